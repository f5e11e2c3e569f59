"""The demo's clock and calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from maildesk.demo import clock as demo_clock
from maildesk.demo.clock import DemoClock, opening, school_day

START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


class Real:
    """A real clock that a test turns by hand."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Real:
    hand = Real()
    monkeypatch.setattr(demo_clock, "real_time", hand)
    return hand


def test_a_second_is_a_minute_at_speed_sixty(real: Real) -> None:
    """The clock runs at its speed."""
    clock = DemoClock(START, 60)
    real.seconds = 5
    assert clock.now() == START + timedelta(minutes=5)


def test_it_hurries_to_a_moment_and_then_goes_on_as_before(real: Real) -> None:
    """A hurry ends at its moment, however late anybody looks, and never goes backwards."""
    clock = DemoClock(START, 60)
    clock.hurry_to(START + timedelta(hours=9))
    real.seconds = demo_clock.HURRY_SECONDS / 2
    halfway = clock.now()
    real.seconds = demo_clock.HURRY_SECONDS + 10
    assert START + timedelta(hours=4) < halfway < START + timedelta(hours=5)
    assert clock.now() == START + timedelta(hours=9, minutes=10)


def test_a_hurry_to_the_past_changes_nothing(real: Real) -> None:
    """Time never goes backwards."""
    clock = DemoClock(START, 60)
    real.seconds = 60
    clock.hurry_to(START)
    assert clock.now() == START + timedelta(hours=1)


def test_it_slows_down_for_those_who_join_in(real: Real) -> None:
    """From that moment on a second is a second."""
    clock = DemoClock(START, 60)
    real.seconds = 60
    clock.slow_to(1)
    real.seconds = 70
    assert clock.now() == START + timedelta(hours=1, seconds=10)


@pytest.mark.parametrize(
    ("today", "played"),
    [
        (date(2026, 11, 23), date(2026, 11, 23)),
        (date(2026, 11, 26), date(2026, 11, 26)),
        (date(2026, 11, 27), date(2026, 11, 26)),
        (date(2026, 11, 28), date(2026, 11, 26)),
        (date(2026, 11, 29), date(2026, 11, 26)),
    ],
)
def test_the_day_is_one_without_a_weekly_report(today: date, played: date) -> None:
    """Monday to Thursday as they are; else the Thursday before, at nine in the morning of the school."""
    assert school_day(today) == played
    assert opening(today, ZoneInfo("Europe/Moscow")) == datetime(played.year, played.month, played.day, 6, tzinfo=UTC)
