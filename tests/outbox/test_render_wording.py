"""Moments, durations and sizes as people say them, in Russian and in English."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from maildesk.outbox.wording import Wording

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=MOSCOW)  # a Monday
RU, EN = Wording("ru"), Wording("en")


def at(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=MOSCOW).astimezone(ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("moment", "russian", "english"),
    [
        (at(11, 23, 14, 30), "до 14:30 сегодня", "by 14:30 today"),
        (at(11, 24), "до 09:00 завтра, 24 ноября", "by 09:00 tomorrow, 24 November"),
        (at(11, 24, 0, 0), "до 00:00 завтра, 24 ноября", "by 00:00 tomorrow, 24 November"),
        (at(11, 24, 23, 59), "до 23:59 завтра, 24 ноября", "by 23:59 tomorrow, 24 November"),
        (at(11, 25), "до 09:00 в среду, 25 ноября", "by 09:00 on Wednesday, 25 November"),
        (at(11, 26), "до 09:00 в четверг, 26 ноября", "by 09:00 on Thursday, 26 November"),
        (at(11, 27), "до 09:00 в пятницу, 27 ноября", "by 09:00 on Friday, 27 November"),
        (at(11, 28), "до 09:00 в субботу, 28 ноября", "by 09:00 on Saturday, 28 November"),
        (at(11, 29), "до 09:00 в воскресенье, 29 ноября", "by 09:00 on Sunday, 29 November"),
        (at(11, 30), "до 09:00 30 ноября", "by 09:00 on 30 November"),
        (at(1, 11, year=2027), "до 09:00 11 января 2027", "by 09:00 on 11 January 2027"),
        (at(11, 22, 18), "до 18:00 вчера, 22 ноября", "by 18:00 yesterday, 22 November"),
        (at(11, 20), "до 09:00 20 ноября", "by 09:00 on 20 November"),
    ],
)
def test_a_term_is_a_time_of_day(moment: datetime, russian: str, english: str) -> None:
    assert (RU.until(moment, NOW), EN.until(moment, NOW)) == (russian, english)


def test_tuesday_takes_its_own_preposition() -> None:
    sunday = datetime(2026, 11, 22, 12, tzinfo=MOSCOW)
    assert RU.until(at(11, 24), sunday) == "до 09:00 во вторник, 24 ноября"


@pytest.mark.parametrize(
    ("moment", "russian", "english"),
    [
        (at(11, 23, 14, 5), "сегодня в 14:05", "today at 14:05"),
        (at(11, 22, 9), "вчера, 22 ноября, в 09:00", "yesterday, 22 November, at 09:00"),
        (at(11, 24, 9), "завтра, 24 ноября, в 09:00", "tomorrow, 24 November, at 09:00"),
        (at(11, 2, 9), "2 ноября в 09:00", "on 2 November at 09:00"),
        (None, "", ""),
    ],
)
def test_a_moment_is_told_by_its_day(moment: datetime | None, russian: str, english: str) -> None:
    assert (RU.moment(moment, NOW), EN.moment(moment, NOW)) == (russian, english)


@pytest.mark.parametrize(
    ("seconds", "russian", "english"),
    [
        (0, "0 минут", "0 minutes"),
        (60, "1 минута", "1 minute"),
        (1800, "30 минут", "30 minutes"),
        (3600, "1 час", "1 hour"),
        (8100, "2 часа 15 минут", "2 hours 15 minutes"),
        (75600, "21 час", "21 hours"),
        (86400, "24 часа", "24 hours"),
        (90000, "25 часов", "25 hours"),
        (172800, "2 дня", "2 days"),
        (180000, "2 дня 2 часа", "2 days 2 hours"),
        (432000, "5 дней", "5 days"),
        (None, "", ""),
    ],
)
def test_a_duration_is_said_in_days_hours_and_minutes(seconds: float | None, russian: str, english: str) -> None:
    assert (RU.duration(seconds), EN.duration(seconds)) == (russian, english)


@pytest.mark.parametrize(
    ("hours", "russian"),
    [(1, "1 час"), (24, "24 часа"), ("12", "12 часов"), (1.5, "1 час 30 минут"), (48, "48 часов"), ("скоро", "скоро")],
)
def test_hours_are_said_as_hours(hours: float | str, russian: str) -> None:
    assert RU.hours(hours) == russian


@pytest.mark.parametrize(
    ("count", "russian", "english"), [(10, "1 КБ", "1 KB"), (12_000, "12 КБ", "12 KB"), (3_400_000, "3,4 МБ", "3.4 MB")]
)
def test_a_size_is_rounded(count: int, russian: str, english: str) -> None:
    assert (RU.size(count), EN.size(count)) == (russian, english)


def test_an_argument_that_is_a_moment_is_told_and_any_other_is_left() -> None:
    assert RU.told("2026-11-23T10:40:00+00:00", NOW) == "сегодня в 13:40"
    assert RU.told("2026-99-99T10:40:00+00:00", NOW) == "2026-99-99T10:40:00+00:00"
    assert RU.told("MD-7", NOW) == "MD-7"
