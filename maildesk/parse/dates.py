"""The Date field as an aware datetime: RFC 5322, 3.3 and what senders write instead."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

_LENGTH = 120
_MONTHS = {
    "янв": "Jan", "фев": "Feb", "мар": "Mar", "апр": "Apr", "мая": "May", "май": "May", "июн": "Jun",
    "июл": "Jul", "авг": "Aug", "сен": "Sep", "окт": "Oct", "ноя": "Nov", "дек": "Dec",
}  # fmt: skip
_MONTH = re.compile("|".join(f"{name}[а-я]*" for name in _MONTHS), re.IGNORECASE)
_DAY = re.compile(r"^\s*[а-я]{2,11}\.?,?\s+(?=\d)", re.IGNORECASE)
_WIDE_CLOCK = re.compile(r"(?<=\d)\s:\s(?=\d)")
_CLOCK = re.compile(r"\d:\d\d")
# Zones by name that the standard library does not know, in hours.
_ZONES = {"MSK": 3, "MSD": 4, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "BST": 1, "IST": 5.5, "JST": 9}
_ZONE = re.compile(r"\b(" + "|".join(_ZONES) + r")\b(?!\))")
_OFFSET = re.compile(r"[+-]\d{4}\b")
_COMMENT = re.compile(r"\([^()]{0,100}\)")
# "GMT+0300" of JavaScript, "+03:00" of ISO 8601.
_COLON_OFFSET = re.compile(r"(?:GMT|UTC)?([+-]\d{2}):?(\d{2})\b(?!:)")
_DOTTED = re.compile(r"^(?:\D{0,12}\s)?(\d{1,2})\.(\d{1,2})\.(\d{4})[,\s]+(\d{1,2}:\d{2}(?::\d{2})?)\s*([+-]\d{4})?")


def parse(value: str) -> datetime | None:
    """The moment that a Date field names, aware; UTC where it names no zone; None where it is no date. Never raises."""
    value = value[:_LENGTH].strip()
    if not value:
        return None
    value = _WIDE_CLOCK.sub(":", value)
    if _CLOCK.search(value):
        value = _COLON_OFFSET.sub(r"\1\2", _COMMENT.sub("", _COMMENT.sub("", value))).replace(" ,", ",")
    value = _MONTH.sub(lambda found: _MONTHS[found[0][:3].lower()], _DAY.sub("", value))
    value = re.sub(r"\b(\d{1,2})\.(\d\d)\.(\d\d)\b(?!\.)", r"\1:\2:\3", value) if ":" not in value else value
    return _dotted(value) or _rfc(value) or _iso(value)


def _dotted(value: str) -> datetime | None:
    """25.03.2024 14:05:11 +0300"""
    found = _DOTTED.match(value)
    if found is None:
        return None
    day, month, year, clock, offset = found.groups()
    return _iso(f"{year}-{int(month):02}-{int(day):02}T{clock.zfill(len(clock) + (clock[1] == ':'))}{offset or ''}")


def _rfc(value: str) -> datetime | None:
    try:
        parsed = parsedate_tz(value)
        if parsed is None:
            return None
        offset = parsed[9]
        if not _OFFSET.search(value) and (zone := _ZONE.search(value)):
            offset = int(_ZONES[zone[1]] * 3600)
        # 59 at a leap second (RFC 5322 allows 60); an offset over a day is a broken one.
        zone_seconds = offset if offset and abs(offset) < 86400 else 0
        zone_info = timezone(timedelta(seconds=zone_seconds)) if zone_seconds else UTC
        return datetime(*parsed[:5], min(parsed[5], 59), tzinfo=zone_info)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _iso(value: str) -> datetime | None:
    for form in (value, value[:19]):
        try:
            moment = datetime.fromisoformat(form)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
