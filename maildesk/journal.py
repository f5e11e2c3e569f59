"""The operator's log: one function per thing that happens; ticket and message id first, no bodies, no authors' addresses."""

from __future__ import annotations

import logging
import re

from maildesk.model import Refused, SeenKey

_LOG = logging.getLogger("maildesk")
#: One field of a line is never longer: a subject of a megabyte must not fill the disk.
FIELD_LENGTH = 512
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def clean(value: object) -> str:
    """One field on one line: control characters escaped, at most 512 characters."""
    text = str(value)[:FIELD_LENGTH]
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def without_addresses(line: str) -> str:
    """A server's line without the addresses that servers like to repeat: the log names no author (DESIGN, habit 8)."""
    return _ADDRESS.sub("<address>", line)


def _line(level: int, ticket: int | None, message_id: str, what: str, *fields: object, prefix: str = "") -> None:
    name = f"{prefix or '#'}-{ticket}" if ticket is not None else "-"
    _LOG.log(level, "%s %s %s %s", name, clean(message_id) or "-", what, " ".join(clean(one) for one in fields))


def arrived(prefix: str, ticket: int | None, message_id: str, outcome: str, rule: str) -> None:
    """A mail took effect: what it was, and the rule that decided."""
    _line(logging.INFO, ticket, message_id, "arrived", outcome, f"({rule})", prefix=prefix)


def duplicate(key: SeenKey, message_id: str) -> None:
    """A mail had taken effect before, under this key or another."""
    _line(logging.INFO, None, message_id, "duplicate", key.source, key.uid)


def mail_failed(key: SeenKey, error: Exception) -> None:
    """A mail could not be handled; it stays where it is."""
    _line(logging.ERROR, None, "", "failed", key.source, key.uid, f"{type(error).__name__}: {error}")
    _LOG.debug("traceback", exc_info=error)


def quarantined(key: SeenKey, number: int, reason: str) -> None:
    """A mail was put aside, raw."""
    _line(logging.WARNING, None, "", "quarantined", key.source, key.uid, f"quarantine {number}", reason)


def sent(ticket: int | None, message_id: str, kind: str, line: str) -> None:
    """A letter was taken by the server."""
    _line(logging.INFO, ticket, message_id, "sent", kind, without_addresses(line))


def refused(ticket: int | None, message_id: str, kind: str, refusal: Refused, again: str) -> None:
    """A letter was not taken; when it is tried again, or that it was given up."""
    level = logging.WARNING if refusal.permanent else logging.INFO
    _line(level, ticket, message_id, "refused", kind, refusal.code, without_addresses(refusal.line), again)


def ticked(ticket: int | None, what: str, rule: str) -> None:
    """A term was reminded of or escalated, a ticket handed over."""
    _line(logging.INFO, ticket, "", "tick", what, f"({rule})")


def reported(name: str, slot: str) -> None:
    """A report was made."""
    _line(logging.INFO, None, "", "report", name, slot)


def source_unread(name: str, failures: int, reason: str) -> None:
    """A source could not be read; it is tried again with growing pauses."""
    _line(logging.WARNING, None, "", "source-unread", name, f"{failures} in a row", reason)


def source_read(name: str) -> None:
    """A source that had failed can be read again."""
    _line(logging.INFO, None, "", "source-read", name)


def store_trouble(what: str, reason: str) -> None:
    """The database could not be used; nothing is lost, work resumes when it can."""
    _line(logging.ERROR, None, "", "store", what, reason)


def failed(what: str, error: BaseException) -> None:
    """A loop's turn failed in a way nobody foresaw; the loop goes on."""
    _line(logging.ERROR, None, "", "failed", what, f"{type(error).__name__}: {error}")
    _LOG.debug("traceback", exc_info=error)


def started(what: str) -> None:
    """The daemon, or a part of it, is at work."""
    _line(logging.INFO, None, "", "started", what)


def stopped(what: str) -> None:
    """The daemon, or a part of it, has finished."""
    _line(logging.INFO, None, "", "stopped", what)


def warning(what: str) -> None:
    """Something that the operator should look at, and that stops nothing."""
    _line(logging.WARNING, None, "", "warning", what)
