"""Reads a posted form under bounds: its whole size, its pace, its parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.types import Receive

from maildesk.form.clean import decoded
from maildesk.form.files import Upload
from maildesk.form.settings import Patience

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

#: Parts of a form, those of a file chooser with many files included; a name, a file's name and a part's headers in bytes.
MOST_PARTS = 60
LONGEST_FIELD = 200_000
LONGEST_HEADER = 4_000
#: What a sender of too much may still send, so that he can be answered: a connection that is cut shows no page.
DRAINED = 4


class Refusal(StrEnum):
    """Why a body was not read to its end."""

    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    MALFORMED = "malformed"
    GONE = "gone"


class BodyRefused(Exception):
    """The body cannot be taken."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Submission:
    """What was posted: each name's values in the order sent, and the files."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uploads: tuple[Upload, ...] = ()


async def read(receive: Receive, content_type: str, most: int, patience: Patience) -> Submission:
    """The form in the body of a request. `most` in bytes. Raises BodyRefused."""
    kind, options = parse_options_header(content_type.encode("latin-1", "replace"))
    if kind == b"application/x-www-form-urlencoded":
        data = b"".join([chunk async for chunk in bounded(receive, min(most, LONGEST_FIELD * 2), patience)])
        return _urlencoded(data)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise BodyRefused(Refusal.MALFORMED)
    parts = _Parts()
    try:
        parser = MultipartParser(
            options[b"boundary"], parts.callbacks(), max_header_count=8, max_header_size=LONGEST_HEADER
        )
        async for chunk in bounded(receive, most, patience):
            parser.write(chunk)
        parser.finalize()
    except FormParserError:
        raise BodyRefused(Refusal.MALFORMED) from None
    if not parts.ended:
        raise BodyRefused(Refusal.MALFORMED)
    return parts.submission()


def _urlencoded(data: bytes) -> Submission:
    try:
        pairs = parse_qsl(data.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_PARTS)
    except ValueError:
        raise BodyRefused(Refusal.MALFORMED) from None
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        values[name] = (*values.get(name, ()), decoded(value.encode("latin-1")))
    return Submission(values)


async def bounded(receive: Receive, most: int, patience: Patience) -> AsyncIterator[bytes]:
    """The body's chunks, at most `most` bytes of it, from a sender who keeps a pace. Raises BodyRefused."""
    clock = asyncio.get_running_loop().time
    began, size, more = clock(), 0, True
    while more:
        spent = clock() - began
        if spent > patience.whole or (spent > patience.grace and size < spent * patience.slowest):
            raise BodyRefused(Refusal.TOO_SLOW)
        try:
            message = await asyncio.wait_for(receive(), patience.idle)
        except TimeoutError:
            raise BodyRefused(Refusal.TOO_SLOW) from None
        if message["type"] != "http.request":
            raise BodyRefused(Refusal.GONE)
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size > most * DRAINED:
            raise BodyRefused(Refusal.TOO_LARGE)
        if size <= most:
            yield chunk
    if size > most:
        raise BodyRefused(Refusal.TOO_LARGE)


class _Parts:
    """The parser's callbacks: gathers parts in memory (the budget of bodies in flight bounds that)."""

    def __init__(self) -> None:
        self.ended = False
        self._values: dict[str, tuple[str, ...]] = {}
        self._uploads: list[Upload] = []
        self._count = 0
        self._field = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._data = bytearray()
        self._is_file = False

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def submission(self) -> Submission:
        return Submission(self._values, tuple(self._uploads))

    def _begin(self) -> None:
        self._count += 1
        if self._count > MOST_PARTS:
            raise BodyRefused(Refusal.MALFORMED)
        self._disposition, self._data, self._is_file = b"", bytearray(), False

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._field.strip().lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._field, self._value = bytearray(), bytearray()

    def _headers_finished(self) -> None:
        self._is_file = b"filename" in _options(self._disposition)

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]
        if not self._is_file and len(self._data) > LONGEST_FIELD:
            raise BodyRefused(Refusal.TOO_LARGE)

    def _end(self) -> None:
        options = _options(self._disposition)
        name = decoded(options.get(b"name", b""))
        file_name = decoded(options.get(b"filename", b""))
        if not self._is_file:
            self._values[name] = (*self._values.get(name, ()), decoded(bytes(self._data)))
        # A chooser in which nothing was chosen sends a nameless, empty file.
        elif file_name or self._data:
            self._uploads.append(Upload(file_name, bytes(self._data)))

    def _all(self) -> None:
        self.ended = True


def _options(disposition: bytes) -> dict[bytes, bytes]:
    return parse_options_header(disposition)[1]


class Budget:
    """How many bytes of bodies are held in memory at once: a flood of large ones waits, then is sent away."""

    def __init__(self, most: int) -> None:
        self._left = self._most = most
        self._freed = asyncio.Condition()

    async def reserve(self, size: int, patience: float) -> bool:
        """Take `size` bytes, waiting at most `patience` seconds; False where they did not come free."""
        size = min(size, self._most)
        async with self._freed:
            try:
                await asyncio.wait_for(self._freed.wait_for(lambda: self._left >= size), patience)
            except TimeoutError:
                return False
            self._left -= size
            return True

    async def release(self, size: int) -> None:
        """Give back what was reserved."""
        async with self._freed:
            self._left += min(size, self._most)
            self._freed.notify_all()
