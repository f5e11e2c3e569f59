"""Mail that lies in files as a source: one .eml, a directory of them, an mbox or a Maildir, read and never touched."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from maildesk.model.mail import Backlog, Fate, RawMail, SeenKey, SourceUnavailable
from maildesk.sources.folder_dates import arrival
from maildesk.sources.folder_mbox import looks_like_mbox, messages, unquoted
from maildesk.sources.folder_place import Place

MAILS_A_BATCH = 50
BYTES_A_BATCH = 20_000_000

# Of an oversized mail: room for its headers (the parser reads 256 KB of them at most) and the first 64 KB of its body.
BEGINNING = (256 + 64) * 1024

# One of these at a line's start, among the first lines, is what tells a mail from any other file.
_A_HEADER = re.compile(
    rb"^(?:from|to|cc|subject|date|received|return-path|delivered-to|reply-to|message-id|mime-version|content-type)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)

# Dates stand in the headers, and those of a mail that people wrote fit into this.
HEADERS_TO_LOOK_AT = 64 * 1024


class FolderSource:
    """Files behind the seam of `model.Source`. What is settled is only remembered: nothing is moved, marked or deleted.

    `now` gives the present moment (aware): no mail is newer than that. `message_size` is in bytes. A mail's arrival is
    its Date header; without one the mbox's From_ line or the file's time of change.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] | None = None, message_size: int = 25_000_000) -> None:
        self.path = path
        self.name = f"folder:{_text(path)}"
        self._now = now
        self._message_size = message_size
        self._settled: set[str] = set()
        self._places: dict[str, Place] = {}

    def backlog(self) -> Backlog:
        keys = self.waiting()
        dates = [self._arrival(self._places[key.uid]) for key in keys]
        return Backlog(len(keys), min(dates, default=None))

    def waiting(self) -> list[SeenKey]:
        """A directory's mails by arrival, a file's in its order. Raises SourceUnavailable where there is no such path."""
        try:
            places = self._look()
        except OSError as error:
            raise SourceUnavailable(f"{_text(self.path)}: {error.strerror or error}") from error
        self._places = {place.uid: place for place in places}
        return [SeenKey(self.name, 0, place.uid) for place in places if place.uid not in self._settled]

    def fetch(self, keys: Sequence[SeenKey]) -> Iterator[list[RawMail]]:
        """Batches of at most 50 mails or 20 MB; who is gone, or cannot be read, is missing."""
        if any(key.uid not in self._places for key in keys):
            self.waiting()
        batch: list[RawMail] = []
        for key in keys:
            mail = self._read(key)
            if mail is None:
                continue
            if batch and (len(batch) == MAILS_A_BATCH or sum(len(raw.data) for raw in batch) > BYTES_A_BATCH):
                yield batch
                batch = []
            batch.append(mail)
        if batch:
            yield batch

    def settle(self, keys: Sequence[SeenKey], fate: Fate) -> None:
        if fate is not Fate.LEFT:
            self._settled.update(key.uid for key in keys if key.source == self.name)

    def wait(self, seconds: float, wake: threading.Event) -> None:
        wake.wait(seconds)

    def close(self) -> None:
        """There is nothing to let go of."""

    def _look(self) -> list[Place]:
        if not self.path.is_dir():
            size = self.path.stat().st_size
            is_eml = self.path.suffix.lower() == ".eml"
            if looks_like_mbox(self.path) or (not size and not is_eml):
                return list(messages(self.path))
            return [Place(_text(self.path.name), self.path, 0, size)]
        if (self.path / "cur").is_dir() or (self.path / "new").is_dir():
            places = [_place(file, file.name.partition(":2,")[0]) for file in _files_of_maildir(self.path)]
        else:
            places = [_place(file, file.relative_to(self.path)) for file in _emls(self.path)]
        return sorted((place for place in places if place is not None), key=lambda p: (self._arrival(p), p.uid))

    def _read(self, key: SeenKey) -> RawMail | None:
        place = self._places.get(key.uid) if key.source == self.name else None
        if place is None:
            return None
        try:
            too_large = place.size > self._message_size
            data = place.read(BEGINNING if too_large else place.size)
        except OSError:
            return None
        return RawMail(
            key=key,
            data=unquoted(data) if place.in_mbox else data,
            received_at=self._arrival(place),
            size=place.size,
            truncated=too_large,
        )

    def _arrival(self, place: Place) -> datetime:
        try:
            at = arrival(place.read(min(HEADERS_TO_LOOK_AT, place.size)), place.from_line)
            at = at or datetime.fromtimestamp(place.path.stat().st_mtime, UTC)
        except OSError:
            at = datetime.fromtimestamp(0, UTC)  # gone since we looked; fetch will miss it
        return at if self._now is None else min(at, self._now())


def holds_mail(path: Path) -> bool:
    """Whether a mail may be in there: a folder or an mbox (which may hold none yet), or a file with a mail's header among its first
    lines. Raises OSError where it cannot be read."""
    if path.is_dir() or looks_like_mbox(path) or (path.suffix.lower() != ".eml" and not path.stat().st_size):
        return True
    with path.open("rb") as file:
        return _A_HEADER.search(file.read(HEADERS_TO_LOOK_AT).replace(b"\r", b"\n")) is not None


def _place(file: Path, name: object) -> Place | None:
    try:
        return Place(_text(name), file, 0, file.stat().st_size)
    except OSError:
        return None


def _text(name: object) -> str:
    """A file name as text that a database can hold, whatever bytes it is made of."""
    return os.fsencode(str(name)).decode("utf-8", "backslashreplace")


def _emls(directory: Path) -> list[Path]:
    return [file for file in directory.rglob("*") if file.suffix.lower() == ".eml" and file.is_file()]


def _files_of_maildir(directory: Path) -> list[Path]:
    """`tmp` holds mails that are not whole yet (maildir(5)); names with a leading dot are no mails."""
    folders = [directory / name for name in ("new", "cur") if (directory / name).is_dir()]
    return [file for folder in folders for file in folder.iterdir() if file.is_file() and not file.name.startswith(".")]
