"""The stretches of time that a report compares: its own, the one before it, and the usual ones."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from maildesk.reports.slots import earlier

#: The usual day or week is the median of so many like it.
USUAL = 4
#: The trend of the weekly report, its own week included (R11).
WEEKS = 8


@dataclass(frozen=True, slots=True)
class Window:
    """The moments from `since` (included) to `until` (not included)."""

    since: datetime
    until: datetime

    def has(self, moment: datetime | None) -> bool:
        """Whether that moment lies within."""
        return moment is not None and self.since <= moment < self.until


class Moments:
    """Moments in order, so that many windows are counted without looking at each ticket again."""

    def __init__(self, moments: Iterable[datetime | None]) -> None:
        self._sorted = sorted(moment for moment in moments if moment is not None)

    def within(self, window: Window) -> int:
        """How many lie within that window."""
        return bisect_left(self._sorted, window.until) - bisect_left(self._sorted, window.since)


@dataclass(frozen=True, slots=True)
class Windows:
    """A report's own window, the one before it, the usual ones, and those of the trend (oldest first, its own the last)."""

    own: Window
    before: Window
    usual: tuple[Window, ...] = ()
    trend: tuple[Window, ...] = ()

    @property
    def oldest(self) -> datetime:
        """From when on tickets are needed."""
        return min(one.since for one in (self.own, self.before, *self.usual, *self.trend))

    def known_from(self, moment: datetime) -> Windows:
        """Without the usual windows that begin before anything was known: a desk's first weeks are not compared with nothing."""
        return replace(self, usual=tuple(one for one in self.usual if one.since >= moment))


def of_day(since: datetime, until: datetime, zone: ZoneInfo) -> Windows:
    """A day's report, beside the day before and the same weekday of the last four weeks. A day of 23 hours is a day."""
    start = earlier(until, 1, zone)
    usual = tuple(
        Window(earlier(until, 7 * weeks + 1, zone), earlier(until, 7 * weeks, zone)) for weeks in range(1, USUAL + 1)
    )
    return Windows(Window(since, until), Window(earlier(until, 2, zone), start), usual)


def of_week(until: datetime, zone: ZoneInfo) -> Windows:
    """A week's report, beside the week before, the four before it as the usual ones, and the trend of eight."""
    ends = [until, *(earlier(until, 7 * weeks, zone) for weeks in range(1, WEEKS + 1))]
    weeks = [Window(since, end) for end, since in pairwise(ends)]
    return Windows(weeks[0], weeks[1], tuple(weeks[1 : USUAL + 1]), tuple(reversed(weeks)))
