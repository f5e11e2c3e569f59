"""Time that counts: adds and measures lengths of time within the desk's working hours (SPEC 3, [calendar])."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from maildesk.model import WorkCalendar

# A year and its longest vacation: a calendar without an open hour in that time is a mistake, not a holiday.
HORIZON_DAYS = 400
_NOTHING = timedelta(0)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)

Interval = tuple[datetime, datetime]


class NoWorkingTime(ValueError):
    """The calendar has no open hour within HORIZON_DAYS of a moment, so no term can end."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(f"no working time within {HORIZON_DAYS} days of {moment.isoformat()}")
        self.moment = moment


def add(start: datetime, length: timedelta, calendar: WorkCalendar, zone: ZoneInfo) -> datetime:
    """The moment at which `length` of working time has passed since `start` (both aware; the result in UTC).

    A length that fills a span ends with that span, not at the opening of the next; no length at all ends at `start`.
    Raises NoWorkingTime where the hours never come, ValueError for a negative length or a naive moment.
    """
    moment = _utc(start)
    if length < _NOTHING:
        raise ValueError(f"a negative length of time: {length}")
    if calendar.always or not length:
        return moment + length
    rest = length
    for opens, closes in _open_after(moment, calendar, zone):
        if rest <= closes - opens:
            return opens + rest
        rest -= closes - opens
    raise NoWorkingTime(moment)


def between(a: datetime, b: datetime, calendar: WorkCalendar, zone: ZoneInfo) -> timedelta:
    """The working time from `a` to `b` (both aware), nothing where `b` is not after `a`."""
    first, last = _utc(a), _utc(b)
    if last <= first:
        return _NOTHING
    if calendar.always:
        return last - first
    total = _NOTHING
    # The day before as well: where clocks go back over midnight, a moment's date can run ahead of its tile.
    day, end = first.astimezone(zone).date() - _DAY, last.astimezone(zone).date()
    while day <= end:
        for opens, closes in _open_on(day, calendar, zone):
            total += max(min(closes, last) - max(opens, first), _NOTHING)
        day += _DAY
    return total


def next_open(moment: datetime, calendar: WorkCalendar, zone: ZoneInfo) -> datetime:
    """The earliest working moment not before `moment` (aware), in UTC. Raises NoWorkingTime."""
    start = _utc(moment)
    if calendar.always:
        return start
    return next(opens for opens, _ in _open_after(start, calendar, zone))


def is_open(moment: datetime, calendar: WorkCalendar, zone: ZoneInfo) -> bool:
    """Is this moment (aware) within working hours? A span holds its first moment and not its last."""
    start = _utc(moment)
    if calendar.always:
        return True
    today = start.astimezone(zone).date()
    return any(
        opens <= start < closes for day in (today - _DAY, today) for opens, closes in _open_on(day, calendar, zone)
    )


def is_working_day(day: date, calendar: WorkCalendar) -> bool:
    """Is this a day on which the desk works? A day moved to work stands above a day off, and both above the week."""
    if day in calendar.working:
        return True
    return day not in calendar.off and day.weekday() in calendar.days


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC)


def _open_after(moment: datetime, calendar: WorkCalendar, zone: ZoneInfo) -> Iterator[Interval]:
    """The open intervals from this moment (UTC) on, without end; the first is cut where it has begun.

    Raises NoWorkingTime where so many days bring none.
    """
    day = moment.astimezone(zone).date() - _DAY
    empty_days = 0
    while empty_days <= HORIZON_DAYS:
        empty_days += 1
        for opens, closes in _open_on(day, calendar, zone):
            if closes > moment:
                empty_days = 0
                yield max(opens, moment), closes
        day += _DAY
    raise NoWorkingTime(moment)


def _open_on(day: date, calendar: WorkCalendar, zone: ZoneInfo) -> Iterator[Interval]:
    """The open intervals of a local day, in UTC and in order: all moments whose wall-clock time lies in a span.

    So on the day of a change of the clock a span is longer or shorter in elapsed time than its figures say.
    """
    if not is_working_day(day, calendar):
        return
    for begins, ends, offset in _pieces(day, zone):
        for start, end in calendar.spans:
            opens = datetime.combine(day, start, UTC) - offset
            # An end of 24:00 is written time(0): the midnight after.
            closes = datetime.combine(day + _DAY if end == time(0) else day, end, UTC) - offset
            if max(opens, begins) < min(closes, ends):
                yield max(opens, begins), min(closes, ends)


def _pieces(day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """A local day as stretches (UTC) of one offset each: one, or two where the clock is changed that day.

    Days follow each other without gap or overlap: each begins with the first instant that is called its midnight.
    """
    begins, ends = (datetime.combine(midnight, time(0), zone).astimezone(UTC) for midnight in (day, day + _DAY))
    first, last = _offset(begins, zone), _offset(ends - _SECOND, zone)
    if begins < ends and first == last:
        yield begins, ends, first
    elif begins < ends:
        change = _change(begins, ends, zone)
        yield begins, change, first
        yield change, ends, last


def _change(begins: datetime, ends: datetime, zone: ZoneInfo) -> datetime:
    """The instant (a whole second) between these two at which the offset becomes another."""
    before, low, high = _offset(begins, zone), 0, int((ends - begins) / _SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(begins + middle * _SECOND, zone) == before else (low, middle)
    return begins + high * _SECOND


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or _NOTHING
