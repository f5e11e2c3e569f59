"""When a mail in a file was received: its Date header (RFC 5322, 3.6.1), or what the mbox noted above it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_tz

# The first blank line ends the headers; a Date further down is quoted text.
_HEADERS_END = re.compile(rb"\r?\n\r?\n|\r\r")
_DATE = re.compile(rb"(?:^|[\r\n])date[ \t]*:([^\r\n]{1,200}(?:\r?\n[ \t][^\r\n]{0,200})?)", re.IGNORECASE)

# `From sender Thu Jan  1 10:00:00 2026`, with an offset before or after the year in some programs.
_FROM_TIME = re.compile(rb"[A-Z][a-z]{2} +[A-Z][a-z]{2} +\d{1,2} +\d{1,2}:\d{2}(?::\d{2})? .{0,30}")


def arrival(headers: bytes, from_line: bytes = b"") -> datetime | None:
    """The beginning of a mail → its moment (aware, UTC), or None where nothing usable stands there."""
    end = _HEADERS_END.search(headers)
    found = _DATE.search(headers[: end.start()] if end else headers)
    at = _moment(found.group(1)) if found else None
    if at is None and (noted := _FROM_TIME.search(from_line)):
        at = _moment(noted.group(0))
    return at


def _moment(value: bytes) -> datetime | None:
    """A date without an offset is taken as UTC; one that no calendar knows is none."""
    try:
        parts = parsedate_tz(value.decode("latin-1"))
        if parts is None:
            return None
        at = datetime(*parts[:6], tzinfo=UTC)
        return datetime.fromtimestamp(at.timestamp() - (parts[9] or 0), UTC)
    except (ValueError, OverflowError, OSError, IndexError, TypeError):
        return None
