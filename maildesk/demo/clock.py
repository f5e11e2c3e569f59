"""The demo's clock: it begins at nine in the morning, runs faster than a real one, and hurries where nothing happens."""

from __future__ import annotations

import threading
import time as real_time
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: The school's day begins then.
OPENING = time(9, 0)
#: An idle stretch, however long, takes so many real seconds: the daemon looks at its terms once a second.
HURRY_SECONDS = 4.0
_FRIDAY = 4


class DemoClock:
    """`now()` in UTC; `speed` seconds of the desk's day pass in a real one. Threads may share it."""

    def __init__(self, start: datetime, speed: float) -> None:
        self.speed = speed
        self._lock = threading.Lock()
        self._base, self._since, self._rate = start, real_time.monotonic(), speed
        self._until: datetime | None = None

    def now(self) -> datetime:
        """The demo's moment, in UTC; it never goes backwards."""
        with self._lock:
            return self._read()

    def hurry_to(self, moment: datetime) -> None:
        """Run fast until `moment`, then at the usual speed again; returns at once."""
        with self._lock:
            now = self._read()
            if moment > now:
                self._turn(now, max(self.speed, (moment - now).total_seconds() / HURRY_SECONDS))
                self._until = moment

    def slow_to(self, speed: float) -> None:
        """From now on at this speed."""
        with self._lock:
            self._turn(self._read(), speed)
            self.speed, self._until = speed, None

    def _read(self) -> datetime:
        passed = real_time.monotonic() - self._since
        now = self._base + timedelta(seconds=passed * self._rate)
        if self._until is None or now < self._until:
            return now
        # The usual speed was due again at a moment that has passed: what passed since then is counted at it.
        fast = (self._until - self._base).total_seconds() / self._rate
        self._base, self._since, self._rate = self._until, self._since + fast, self.speed
        self._until = None
        return self._base + timedelta(seconds=(real_time.monotonic() - self._since) * self._rate)

    def _turn(self, now: datetime, rate: float) -> None:
        self._base, self._since, self._rate = now, real_time.monotonic(), rate


def school_day(today: date) -> date:
    """Today where it is a day from Monday to Thursday, else the Thursday before: on a Friday at four a weekly report
    would come into the story."""
    return today - timedelta(days=max(0, today.weekday() - _FRIDAY + 1))


def opening(today: date, zone: ZoneInfo) -> datetime:
    """Nine in the morning of that school day, in UTC."""
    return datetime.combine(school_day(today), OPENING, zone).astimezone(UTC)
