"""Outlook's winmail.dat (TNEF, MS-OXTNEF) unpacked by tnefparse, where that is installed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from maildesk.parse import charset, clean, limits

TYPES = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The files in a winmail.dat, as (name, bytes), and the letter's text where it lies in there ('' else)."""

    files: tuple[tuple[str, bytes], ...]
    text: str
    html: str


def unpack(data: bytes) -> Unpacked | None:
    """What is in a winmail.dat, or None where it cannot be read: then the file is kept as it is. Never raises."""
    if data[:4] != b"\x78\x9f\x3e\x22" or len(data) > limits.MESSAGE or _objects(data) > limits.TNEF_OBJECTS:
        return None
    try:
        library = import_module("tnefparse")
        opened = library.TNEF(data, do_checksum=False)
        files = tuple(_file(one) for one in opened.attachments[: limits.ATTACHMENTS])
        return Unpacked(
            tuple(one for one in files if one[0] or one[1]),
            _text(_get(opened, "body")),
            _text(_get(opened, "htmlbody")),
        )
    except Exception:  # a library of 2021 on strangers' bytes: whatever it raises, the file stays whole
        return None


def _objects(data: bytes) -> int:
    """How many objects a TNEF stream holds (MS-OXTNEF, 2.1.3.3): level, id, length, data, checksum."""
    count, position = 0, 6
    while position + 9 <= len(data) and count <= limits.TNEF_OBJECTS:
        position += 11 + int.from_bytes(data[position + 5 : position + 9], "little")
        count += 1
    return count


def _file(one: Any) -> tuple[str, bytes]:
    long_name = _get(one, "long_filename")
    name = _text(long_name) if long_name else _text(getattr(one, "_name", b""))
    data = getattr(one, "data", b"") or b""
    return name.strip("\x00 "), bytes(data) if isinstance(data, (bytes, bytearray)) else b""


def _get(owner: Any, name: str) -> Any:
    """An attribute that decodes bytes on the way, and may fail at it."""
    try:
        value = getattr(owner, name, None)
        return value() if callable(value) else value
    except (UnicodeError, ValueError, LookupError, AttributeError, TypeError):
        return None


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    if isinstance(value, (bytes, bytearray)):
        return clean.lines(charset.decode(bytes(value)[: limits.TEXT])).rstrip("\x00")
    return clean.lines(value) if isinstance(value, str) else ""
