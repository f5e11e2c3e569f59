"""When a report is due: the moments of the daily and weekly reports, in the desk's zone, each once whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def last_daily(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The latest daily moment that is not after `now` (aware, UTC). A day of 23 or 25 hours has one like any other."""
    local = now.astimezone(zone)
    slot = _on(local, at, zone)
    return slot if slot <= now else _on(local - timedelta(days=1), at, zone)


def last_weekly(now: datetime, weekday: int, at: time, zone: ZoneInfo) -> datetime:
    """The latest weekly moment that is not after `now` (aware, UTC); Monday is 0."""
    local = now.astimezone(zone)
    day = local - timedelta(days=(local.weekday() - weekday) % 7)
    slot = _on(day, at, zone)
    return slot if slot <= now else _on(day - timedelta(days=7), at, zone)


def days_between(since: datetime, until: datetime, at: time, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The daily moments after `since` and up to `until`, oldest first, at most the last 31."""
    slots: list[datetime] = []
    slot = last_daily(until, at, zone)
    while slot > since and len(slots) < 31:
        slots.append(slot)
        slot = last_daily(slot - timedelta(minutes=1), at, zone)
    return tuple(reversed(slots))


def earlier(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same time of day so many days before, in the desk's zone (aware, UTC): a day of 23 or 25 hours is a day."""
    local = moment.astimezone(zone)
    return _on(local - timedelta(days=days), local.time(), zone)


def _on(day: datetime, at: time, zone: ZoneInfo) -> datetime:
    # A moment that a spring change skips is read as the zone's rules do (PEP 495, fold 0); UTC keeps it unique.
    return datetime.combine(day.date(), at, tzinfo=zone).astimezone(UTC)
