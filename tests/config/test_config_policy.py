"""The Policy that decisions see: people, routes and a calendar with the country's own days."""

import sys
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from maildesk.config import Config, load
from maildesk.model import Category, Deputy, WorkCalendar

TODAY = date(2026, 11, 23)
TEXT = """
[service]
name = "Служба"
organisation = "Школа"
address = "info@ПОЧТА.рф"
secret = "0123456789abcdef0"
[[mailbox]]
host = "localhost"
user = "support"
password = "x"
[smtp]
host = "localhost"
[staff.ivanova]
name = "Иванова Анна"
email = ["Ivanova@School.Test", "anna@пример.рф"]
[roles]
head = "ivanova"
director = "ivanova"
site_admin = "ivanova"
hotline = "ivanova"
[category.psych]
title = "Психолог"
tags = ["PSYCH", "ПСИХОЛОГ"]
role = "head"
confidential = true
[deputies]
head = { by = "ivanova", from = 2026-12-01, until = 2026-12-14 }
[form_mail]
from = ["Robot@School.Test"]
"""


def desk(tmp_path: Path, add: str = "") -> Config:
    (tmp_path / "config.toml").write_text(TEXT + add, "utf-8")
    return load(tmp_path / "config.toml", {})


def test_the_policy_holds_people_and_routes(tmp_path: Path) -> None:
    """People, roles, categories, deputies and senders of forms are in the policy as decisions want them."""
    policy = desk(tmp_path).policy(TODAY)
    assert policy.staff["ivanova"].address == "ivanova@school.test"
    assert policy.roles["head"] == ("ivanova",)
    assert policy.categories == (Category("psych", "Психолог", ("PSYCH", "ПСИХОЛОГ"), "head", True),)
    assert policy.deputies == (Deputy("head", "ivanova", date(2026, 12, 1), date(2026, 12, 14)),)
    assert policy.form_senders == {"robot@school.test"}
    assert policy.secrets == (b"0123456789abcdef0",)
    assert (policy.daily_at, policy.weekly_at) == (time(18), (4, time(16)))


def test_an_international_address_is_known_in_both_spellings(tmp_path: Path) -> None:
    """Mail from a Cyrillic domain is its owner's whether the domain comes in punycode or in letters."""
    policy = desk(tmp_path).policy(TODAY)
    for spelling in ("anna@пример.рф", "anna@xn--e1afmkfd.xn--p1ai", "Ivanova@school.test"):
        person = policy.by_address(spelling)
        assert person and person.key == "ivanova"
    assert policy.address == "info@xn--80a1acny.xn--p1ai"


def test_terms_always_need_no_calendar(tmp_path: Path) -> None:
    """With calendar = "always" no holidays are looked up and nothing is warned of."""
    config = desk(tmp_path)
    assert config.policy(TODAY).calendar == WorkCalendar(
        always=True, spans=((time(8), time(12, 30)), (time(13), time(18)))
    )
    assert config.calendar_warnings(TODAY) == ()


WORKING = '[terms]\ncalendar = "working"\n'


@pytest.mark.parametrize(
    ("day", "off"),
    [
        ("2026-01-09", True),  # moved from Saturday 3 January
        ("2026-05-11", True),  # Victory Day fell on a Saturday
        ("2026-11-04", True),
        ("2026-11-05", False),
        ("2026-12-31", True),  # moved from Sunday 4 January
        ("2027-02-22", True),  # moved to the working Saturday before
        ("2027-02-24", False),
        ("2027-11-05", True),
    ],
)
def test_russia_s_days_off_are_known(tmp_path: Path, day: str, off: bool) -> None:
    """Holidays and moved days off of the government's decrees are off."""
    assert (date.fromisoformat(day) in desk(tmp_path, WORKING).policy(TODAY).calendar.off) is off


def test_russia_s_working_saturday_is_known(tmp_path: Path) -> None:
    """A Saturday that the decree moved to work is a working day."""
    calendar = desk(tmp_path, WORKING).policy(TODAY).calendar
    assert date(2027, 2, 20) in calendar.working
    assert calendar.always is False


def test_the_years_run_from_last_year_to_three_ahead(tmp_path: Path) -> None:
    """Holidays are known for the year before, this one and three after, or for the years asked for."""
    config = desk(tmp_path, WORKING)
    assert {day.year for day in config.policy(TODAY).calendar.off} == {2025, 2026, 2027, 2028, 2029}
    assert {day.year for day in config.policy(TODAY, years=[2024]).calendar.off} == {2024}


def test_a_year_without_its_decree_is_a_warning(tmp_path: Path) -> None:
    """Of years whose moved days the package does not know, each is named in a sentence, and its holidays hold."""
    config = desk(tmp_path, WORKING)
    warnings = config.calendar_warnings(TODAY, years=[2026, 2041])
    assert [line for line in warnings if "2041" in line] == list(warnings) and len(warnings) == 1
    assert date(2041, 1, 1) in config.policy(TODAY, years=[2041]).calendar.off


def test_the_school_s_own_days_stand_above_the_country_s(tmp_path: Path) -> None:
    """[calendar] extra makes a working Saturday free, working makes a holiday worked."""
    add = WORKING + "[calendar]\nextra = [2027-02-20, 2026-12-28]\nworking = [2026-11-04]\n"
    calendar = desk(tmp_path, add).policy(TODAY).calendar
    assert date(2027, 2, 20) in calendar.off and date(2027, 2, 20) not in calendar.working
    assert date(2026, 12, 28) in calendar.off
    assert date(2026, 11, 4) in calendar.working and date(2026, 11, 4) not in calendar.off


def test_no_country_has_no_holidays(tmp_path: Path) -> None:
    """holidays = "" leaves the week and the school's own days."""
    calendar = desk(tmp_path, WORKING + '[calendar]\nholidays = ""\nextra = [2026-12-28]\n').policy(TODAY).calendar
    assert (calendar.off, calendar.working) == ({date(2026, 12, 28)}, frozenset())


def test_another_country_is_known(tmp_path: Path) -> None:
    """A German school has German holidays, and no warning about decrees."""
    config = desk(tmp_path, WORKING + '[calendar]\nholidays = "DE"\n')
    assert date(2026, 10, 3) in config.policy(TODAY).calendar.off
    assert config.calendar_warnings(TODAY) == ()


def test_without_the_package_there_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the holidays package is not installed the desk runs, and says what is missing."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    config = desk(tmp_path, WORKING)
    assert config.policy(TODAY).calendar.off == frozenset()
    assert "maildesk[calendar]" in config.calendar_warnings(TODAY)[0]


def test_lengths_and_limits_are_in_the_policy(tmp_path: Path) -> None:
    """Terms, the window after closing and limits are handed on as they are written."""
    add = '[terms]\ndispatch = "1s"\ntake = "2m"\nclose = "3h"\nremind = "1h"\n[follow_up]\nreopen_within = "1d"\n'
    policy = desk(tmp_path, add).policy(TODAY)
    assert (policy.terms.dispatch, policy.terms.take) == (timedelta(seconds=1), timedelta(minutes=2))
    assert (policy.terms.close, policy.terms.remind) == (timedelta(hours=3), timedelta(hours=1))
    assert policy.reopen_within == timedelta(days=1)
