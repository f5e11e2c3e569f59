"""Working time holds together on any calendar: adding and measuring agree, in every zone and over every change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from maildesk.desk.worktime import HORIZON_DAYS, NoWorkingTime, add, between, is_open, is_working_day, next_open
from maildesk.model import WorkCalendar

ZONES = [
    ZoneInfo(name)
    for name in (
        *("Europe/Moscow", "Europe/Volgograd", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"),
        *("Pacific/Apia", "America/Sao_Paulo", "America/St_Johns", "Asia/Gaza", "Africa/Casablanca"),
    )
]
# Around the changes of the clock that the zones above know, and anywhere else.
CHANGES = [
    datetime(2014, 10, 25, 22, tzinfo=UTC),
    datetime(2020, 12, 26, 22, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
    datetime(2019, 2, 17, 2, tzinfo=UTC),
    datetime(2018, 11, 4, 3, tzinfo=UTC),
]
PROFILE = settings(max_examples=150, deadline=None)

seconds = st.integers(min_value=1, max_value=10 * 86_400).map(lambda count: timedelta(seconds=count))
moments = st.one_of(
    st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.builds(
        lambda change, shift: change + timedelta(minutes=shift), st.sampled_from(CHANGES), st.integers(-3000, 3000)
    ),
)
zones = st.sampled_from(ZONES)


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    """A week of one to seven days, one to three spans a day in quarters of an hour, and some days off and on."""
    marks = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=6)))
    marks = marks[: len(marks) // 2 * 2]
    clock = [time(mark // 4 % 24, mark % 4 * 15) for mark in marks]
    spans = tuple(zip(clock[::2], clock[1::2], strict=True))
    dates = st.dates(date(2011, 12, 25), date(2026, 12, 31))
    return WorkCalendar(
        always=False,
        days=frozenset(draw(st.sets(st.integers(0, 6), min_size=1))),
        spans=spans,
        off=frozenset(draw(st.sets(dates, max_size=5))),
        working=frozenset(draw(st.sets(dates, max_size=5))),
    )


@PROFILE
@given(moments, seconds, calendars(), zones)
def test_measuring_gives_back_what_was_added(a: datetime, d: timedelta, calendar: WorkCalendar, zone: ZoneInfo) -> None:
    """between(a, add(a, d)) is d."""
    assert between(a, add(a, d, calendar, zone), calendar, zone) == d


@PROFILE
@given(moments, seconds, calendars(), zones)
def test_the_end_is_the_first_moment_with_that_much_behind_it(
    a: datetime, d: timedelta, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    """A second before add(a, d), less than d has passed."""
    end = add(a, d, calendar, zone)
    assert between(a, end - timedelta(seconds=1), calendar, zone) < d


@PROFILE
@given(moments, seconds, seconds, calendars(), zones)
def test_adding_twice_is_adding_the_sum(
    a: datetime, d: timedelta, e: timedelta, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    """add(add(a, d), e) is add(a, d + e)."""
    assert add(add(a, d, calendar, zone), e, calendar, zone) == add(a, d + e, calendar, zone)


@PROFILE
@given(moments, moments, seconds, seconds, calendars(), zones)
def test_later_and_longer_never_ends_earlier(
    a: datetime, b: datetime, d: timedelta, e: timedelta, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    """add is monotone in the moment and in the length."""
    (a, b), (d, e) = sorted((a, b)), sorted((d, e))
    assert add(a, d, calendar, zone) <= add(b, d, calendar, zone)
    assert add(a, d, calendar, zone) <= add(a, e, calendar, zone)


@PROFILE
@given(moments, seconds, seconds, calendars(), zones)
def test_parts_of_a_time_add_up(
    a: datetime, d: timedelta, e: timedelta, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    """between(a, c) is between(a, b) and between(b, c) together, and no more than the time that passed."""
    b, c = a + d, a + d + e
    parts = between(a, b, calendar, zone) + between(b, c, calendar, zone)
    assert between(a, c, calendar, zone) == parts <= d + e


@PROFILE
@given(moments, calendars(), zones)
def test_the_next_open_moment_is_open_and_nothing_before_it_counts(
    a: datetime, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    """next_open(a) is open, a itself exactly where a is open, and no working time lies between."""
    opened = next_open(a, calendar, zone)
    assert opened >= a and is_open(opened, calendar, zone)
    assert (opened == a) is is_open(a, calendar, zone)
    assert between(a, opened, calendar, zone) == timedelta(0)


@PROFILE
@given(moments, calendars(), st.sampled_from([zone for zone in ZONES if zone.key != "America/St_Johns"]))
def test_open_is_what_the_clock_on_the_wall_says(a: datetime, calendar: WorkCalendar, zone: ZoneInfo) -> None:
    """A moment is open where its wall-clock time lies in a span of a working day, whatever the clocks did that day."""
    wall = a.astimezone(zone)
    inside = any(
        opens <= wall.time() and (closes == time(0) or wall.time() < closes) for opens, closes in calendar.spans
    )
    assert is_open(a, calendar, zone) is (inside and is_working_day(wall.date(), calendar))


@PROFILE
@given(moments, seconds, zones)
def test_always_is_plain_time(a: datetime, d: timedelta, zone: ZoneInfo) -> None:
    """With calendar = "always" time simply passes."""
    calendar = WorkCalendar(always=True)
    assert add(a, d, calendar, zone) == a + d
    assert between(a, a + d, calendar, zone) == d
    assert next_open(a, calendar, zone) == a and is_open(a, calendar, zone)


@PROFILE
@given(moments, seconds, calendars(), zones)
def test_moments_come_out_in_utc(a: datetime, d: timedelta, calendar: WorkCalendar, zone: ZoneInfo) -> None:
    """Whatever zone a moment is given in, the same moment comes out, in UTC."""
    assume(a.astimezone(zone).astimezone(UTC) == a)
    end, opened = add(a.astimezone(zone), d, calendar, zone), next_open(a.astimezone(zone), calendar, zone)
    assert (end, opened) == (add(a, d, calendar, zone), next_open(a, calendar, zone))
    assert end.tzinfo is UTC and opened.tzinfo is UTC


MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 23, 12, tzinfo=MOSCOW)
EMPTY = {
    "no day": WorkCalendar(always=False, days=frozenset()),
    "no span": WorkCalendar(always=False, spans=()),
    "all off": WorkCalendar(always=False, off=frozenset(date(2026, 1, 1) + timedelta(days=day) for day in range(900))),
}


@pytest.mark.parametrize("calendar", EMPTY.values(), ids=EMPTY)
def test_a_calendar_without_hours_is_an_error_with_a_name(calendar: WorkCalendar) -> None:
    """Where no working hour comes within the horizon, NoWorkingTime says so instead of searching for ever."""
    with pytest.raises(NoWorkingTime, match=f"within {HORIZON_DAYS} days of 2026-11-23T09:00:00"):
        add(NOW, timedelta(minutes=30), calendar, MOSCOW)
    with pytest.raises(NoWorkingTime):
        next_open(NOW, calendar, MOSCOW)
    assert between(NOW, NOW + timedelta(days=30), calendar, MOSCOW) == timedelta(0)
    assert is_open(NOW, calendar, MOSCOW) is False


def test_a_year_of_holidays_is_waited_through() -> None:
    """A term that meets a year off ends after it."""
    year_off = frozenset(date(2026, 11, 23) + timedelta(days=day) for day in range(365))
    calendar = WorkCalendar(always=False, spans=((time(9), time(18)),), off=year_off)
    end = add(NOW, timedelta(minutes=30), calendar, MOSCOW)
    assert end == datetime(2027, 11, 23, 9, 30, tzinfo=MOSCOW)


def test_no_length_ends_where_it_starts() -> None:
    """Nothing added is the moment itself, open or not."""
    assert add(NOW, timedelta(0), EMPTY["no day"], MOSCOW) == NOW


def test_a_negative_length_is_an_error() -> None:
    """Time is not taken back."""
    with pytest.raises(ValueError, match="negative"):
        add(NOW, timedelta(seconds=-1), WorkCalendar(always=True), MOSCOW)


def test_a_moment_without_a_zone_is_an_error() -> None:
    """A naive moment is refused rather than guessed at."""
    naive = datetime(2026, 11, 23, 12)
    for calendar in (WorkCalendar(), WorkCalendar(always=False)):
        with pytest.raises(ValueError, match="without a time zone"):
            add(naive, timedelta(hours=1), calendar, MOSCOW)
        with pytest.raises(ValueError, match="without a time zone"):
            between(naive, NOW, calendar, MOSCOW)
        with pytest.raises(ValueError, match="without a time zone"):
            next_open(naive, calendar, MOSCOW)
        with pytest.raises(ValueError, match="without a time zone"):
            is_open(naive, calendar, MOSCOW)


def test_a_day_moved_to_work_stands_above_a_day_off() -> None:
    """A date that is both worked and off is worked."""
    day = date(2027, 2, 20)
    assert is_working_day(day, WorkCalendar(always=False, off=frozenset({day}), working=frozenset({day})))
