"""An mbox file as a row of places (RFC 4155 and what programs really write), found in one streaming pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from maildesk.sources.folder_place import Place

CHUNK = 1 << 20
# More than the longest From_ line with the beginning of the next one, so that none is missed between two chunks.
OVERLAP = 1024

# A line `From sender … 10:00 … 2026` at a line's start, and a header after it: a sentence that begins with «From» is no
# border. The blank line before it, which RFC 4155 wants, is missing in some programs' files. Any line ends.
_FROM_LINE = re.compile(
    rb"From (?<![^\r\n]From )([^\r\n]{0,250}?\d{1,2}:\d{2}[^\r\n]{0,60}?\d{4}[^\r\n]{0,60})(?:\r\n|\n|\r)"
    rb"(?=>?From |[!-9;-~]{1,80}[ \t]{0,9}:)"
)
# mboxrd: every line of `>`s and `From ` has been given one `>` more.
_QUOTED = re.compile(rb"(^|[\r\n])>(>*From )")
_LAST_LINE = re.compile(rb"(\r\n|\n|\r)\1\Z")


def looks_like_mbox(path: Path) -> bool:
    """Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return _FROM_LINE.match(file.read(OVERLAP)) is not None


def messages(path: Path) -> Iterator[Place]:
    """The mails of the file in its order; a mail's uid is the offset of its From_ line. Raises OSError."""
    size = path.stat().st_size
    before: tuple[int, int, bytes] | None = None
    for border in _borders(path):
        if before is not None:
            yield _place(path, before, border[0])
        before = border
    if before is not None:
        yield _place(path, before, size)


def unquoted(data: bytes) -> bytes:
    """A mail as it was before it was put into an mbox: without the quoting and the blank line that ends it."""
    return _LAST_LINE.sub(rb"\1", _QUOTED.sub(rb"\1\2", data))


def _place(path: Path, border: tuple[int, int, bytes], end: int) -> Place:
    start, first_byte, line = border
    return Place(str(start), path, first_byte, end - first_byte, line)


def _borders(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """(offset of the From_ line, offset of the mail, the line) for each."""
    with path.open("rb") as file:
        buffer, base, last = b"", 0, -1
        while chunk := file.read(CHUNK):
            buffer += chunk
            for found in _FROM_LINE.finditer(buffer):
                start = base + found.start()
                # The buffer's own start is no line's start, but for the file's.
                if start > last and (found.start() or not base):
                    yield start, base + found.end(), found.group(1)
                    last = start
            base += max(len(buffer) - OVERLAP, 0)
            buffer = buffer[-OVERLAP:]
