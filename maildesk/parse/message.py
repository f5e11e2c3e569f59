"""Raw bytes become a tree of parts: MIME (RFC 2045, 2046) read leniently, in linear time and within named bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from maildesk.parse import charset, clean, headers, limits, transfer, words

# Message types that hold a message; what a server reports about one (delivery-status, feedback-report) is kept as bytes.
_ENCLOSING = frozenset(("message/rfc822", "message/global", "message/news"))
_CHARSET = re.compile(rb"charset\s*=\s*\"?'?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_DELIMITER_END = re.compile(rb"(--)?[ \t]{0,200}(?:\r?\n|\r?\Z)")
_GUESSED_BOUNDARY = re.compile(
    rb"^--([^\s-][^\r\n]{0,199}?)[ \t]*\r?\n(?=content-[a-z-]+:)", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True)
class Part:
    """One entity of a mail.

    `headers` are (lower-case name, decoded and cleaned value) in order. `data` is the payload with its transfer encoding
    undone; of a message/rfc822 part it is the enclosed message's raw bytes, and `parts` then holds that message's tree.
    """

    type: str
    headers: tuple[tuple[str, str], ...] = ()
    data: bytes = field(default=b"", repr=False)
    charset: str = ""
    name: str = ""
    disposition: str = ""
    content_id: str = ""
    parts: tuple[Part, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()

    def header(self, name: str) -> str:
        """The first value of that header, '' if there is none."""
        name = name.lower()
        return next((value for field_name, value in self.headers if field_name == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of that header, in order."""
        name = name.lower()
        return tuple(value for field_name, value in self.headers if field_name == name)

    def parameter(self, name: str) -> str:
        """A parameter of Content-Type, '' if there is none."""
        return next((value for parameter, value in self.parameters if parameter == name), "")

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in the order of the mail."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))

    @cached_property
    def text(self) -> str:
        """The payload of a text leaf, decoded and cleaned; at most `limits.TEXT` bytes of it."""
        return clean.lines(charset.decode(self.data[: limits.TEXT], self.charset))


@dataclass(slots=True)
class Tree:
    """A mail's root part, its undecoded header fields, its body's bytes, the charset it names, and what was odd."""

    root: Part
    fields: headers.RawHeaders
    body: memoryview
    hint: str
    faults: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    """What one reading has used up of its bounds so far."""

    hint: str
    parts: int = 0
    payload: int = 0
    faults: dict[str, None] = field(default_factory=dict)

    def keep(self, data: bytes) -> bytes:
        self.payload += len(data)
        if self.payload > limits.PAYLOAD:
            self.faults["payload-too-large"] = None
            return b""
        return data


def read(raw: bytes) -> Part:
    """The tree of one mail, within the bounds of `limits`. Never raises; the last resort is one text part."""
    return tree(raw).root


def tree(raw: bytes) -> Tree:
    """As `read`, with the undecoded fields (for addresses, which must be taken apart before they are decoded) and faults."""
    raw = _line_ends(raw)
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]  # a byte order mark, of an editor that saved the mail
    start = len(raw) - len(raw.lstrip(b"\r\n \t")) if raw[:1] in (b"\r", b"\n", b" ", b"\t") else 0
    if start and not headers.block(raw, start, min(len(raw), start + limits.KB)).fields:
        start = 0
    named = _CHARSET.search(raw, 0, 2 * limits.HEADER_BLOCK)
    reading = _Reading(named[1].decode("ascii") if named else "")
    block = headers.block(raw, start, len(raw))
    root = _entity(raw, block, len(raw), reading, nesting=0, enclosed=0)
    faults = tuple(dict.fromkeys((*block.faults, *reading.faults)))
    return Tree(root, block.fields, memoryview(raw)[block.body :], reading.hint, faults)


def _line_ends(raw: bytes) -> bytes:
    """Old Macs and broken gateways end lines with CR alone; such a mail gets LF, any other stays as it is."""
    head = raw[: 4 * limits.KB]
    if b"\r" in head and b"\n" not in head:
        return raw.replace(b"\r", b"\n")
    # A gateway that adds CR to every LF, whether or not one is there.
    return raw.replace(b"\r\r\n", b"\r\n") if b"\r\r\n" in head else raw


def _entity(
    data: bytes, block: headers.Block, end: int, reading: _Reading, *, nesting: int, enclosed: int, digest: bool = False
) -> Part:
    """The part whose fields are `block` and whose body runs to `end`."""
    reading.parts += 1
    fields = block.fields
    kind, parameters = headers.parameters(headers.first(fields, "content-type"), reading.hint)
    disposition, its_parameters = headers.parameters(headers.first(fields, "content-disposition"), reading.hint)
    kind = _known_type(kind, "message/rfc822" if digest else "text/plain")
    encoding = transfer.named(headers.first(fields, "content-transfer-encoding").decode("ascii", "replace"))
    body: bytes | None = None
    parts: tuple[Part, ...] = ()
    if kind.startswith("multipart/"):
        parts = _children(data, block.body, end, kind, parameters.get("boundary", ""), reading, nesting, enclosed)
        if not parts:
            # No delimiter at all: what is there is shown as text, as a mail client would.
            body = reading.keep(transfer.decode(data[block.body : end], encoding))
            kind = "text/html" if re.match(rb"\s*<(?:!doctype|html)", body[:200], re.IGNORECASE) else "text/plain"
    elif kind in _ENCLOSING:
        body = reading.keep(transfer.decode(data[block.body : end], encoding))
        parts = _enclosed_message(body, reading, nesting, enclosed)
    else:
        body = reading.keep(_payload(data[block.body : end], encoding, kind))
    return Part(
        type=kind,
        headers=tuple((name, words.decode(value, reading.hint)) for name, value in fields),
        data=body or b"",
        charset=parameters.get("charset", "").split(" ")[0],
        name=_better_name(its_parameters.get("filename", ""), parameters.get("name", ""))
        or its_parameters.get("name", ""),
        disposition=disposition,
        content_id=words.decode(headers.first(fields, "content-id")).strip("<> "),
        parts=parts,
        parameters=tuple(parameters.items()),
    )


def _known_type(kind: str, default: str) -> str:
    if kind in ("text", "plain"):
        return "text/plain"
    if kind == "html":
        return "text/html"
    if "/" not in kind:
        return f"{kind}/mixed" if kind == "multipart" else default
    return kind


def _better_name(filename: str, name: str) -> str:
    """Content-Disposition's name, unless a gateway made question marks of it and Content-Type still has the real one."""
    if name and filename.count("?") * 2 > len(filename.rpartition(".")[0]) > 0 and "?" not in name:
        return name
    return filename or name


def _payload(data: bytes, encoding: str, kind: str) -> bytes:
    if encoding in ("", "7bit", "8bit", "binary") and kind in ("text/plain", "text/html"):
        return transfer.unlabelled(data)
    return transfer.decode(data, encoding)


def _enclosed_message(body: bytes, reading: _Reading, nesting: int, enclosed: int) -> tuple[Part, ...]:
    if enclosed >= limits.ENCLOSED or nesting >= limits.NESTING or reading.parts >= limits.PARTS:
        reading.faults["nested-too-deep"] = None
        return ()
    start = len(body) - len(body.lstrip(b"\r\n"))
    block = headers.block(body, start, len(body))
    return (_entity(body, block, len(body), reading, nesting=nesting + 1, enclosed=enclosed + 1),)


def _children(
    data: bytes, start: int, end: int, kind: str, boundary: str, reading: _Reading, nesting: int, enclosed: int
) -> tuple[Part, ...]:
    """The parts of a multipart body between its delimiter lines (RFC 2046, 5.1.1); a lost last delimiter does not matter."""
    if nesting >= limits.NESTING:
        reading.faults["nested-too-deep"] = None
        return ()
    spans = _spans(data, start, end, boundary, reading)
    parts = []
    for begin, stop in spans:
        if reading.parts >= limits.PARTS:
            reading.faults["too-many-parts"] = None
            break
        block = headers.block(data, begin, stop)
        digest = kind == "multipart/digest"
        parts.append(_entity(data, block, stop, reading, nesting=nesting + 1, enclosed=enclosed, digest=digest))
    return tuple(parts)


def _spans(data: bytes, start: int, end: int, boundary: str, reading: _Reading) -> list[tuple[int, int]]:
    delimiter = boundary.rstrip().encode("utf-8", "surrogateescape")
    if len(delimiter) > limits.BOUNDARY:
        reading.faults["boundary-too-long"] = None
        delimiter = b""
    spans = _between(data, start, end, delimiter) if delimiter else []
    if not spans and (guessed := _GUESSED_BOUNDARY.search(data, start, min(end, start + 64 * limits.KB))):
        reading.faults["boundary-guessed"] = None
        spans = _between(data, start, end, guessed[1])
    if not spans:
        reading.faults["boundary-missing"] = None
    return spans


def _between(data: bytes, start: int, end: int, delimiter: bytes) -> list[tuple[int, int]]:
    """Where the parts lie. The line end before a delimiter belongs to the delimiter."""
    marker = b"--" + delimiter
    spans: list[tuple[int, int]] = []
    begin = -1
    at = data.find(marker, start, end)
    while at >= 0 and len(spans) <= limits.PARTS:
        line = _DELIMITER_END.match(data, at + len(marker), end)
        if line is None or (at > start and data[at - 1] != 10):
            at = data.find(marker, at + 1, end)
            continue
        if begin >= 0:
            spans.append((begin, _before_line_end(data, begin, at)))
        begin = line.end()
        if line[1] and spans:
            return spans
        at = data.find(marker, begin, end)
    if begin >= 0:
        spans.append((begin, end))
    return spans


def _before_line_end(data: bytes, begin: int, stop: int) -> int:
    if stop > begin and data[stop - 1] == 10:
        stop -= 1
        if stop > begin and data[stop - 1] == 13:
            stop -= 1
    return stop
