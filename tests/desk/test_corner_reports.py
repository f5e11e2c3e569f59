"""What a daily report counts: each appeal once, whenever it was read, whatever the clock did (SPEC 8.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk.quick import Quick, _Parser
from office import Letter

from maildesk.importing import Importer
from maildesk.model import RawMail, SeenKey

PARENT = "Мама Пети <mama@mail.example>"
#: A Monday morning in Moscow; the daily reports are due at 18:00, the weekly one on Friday at 16:00.
MONDAY = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Quick]:
    quick = Quick(tmp_path, now=MONDAY)
    quick.work()
    yield quick
    quick.close()


def report(desk: Quick, kind: str = "daily-report", word: str = "сайта") -> Letter | None:
    """What is due is reported; the head's report on mail and site, if there is one."""
    desk.desk.ticks.reports(desk.now)
    found = [one for one in desk.work() if one.kind == kind and one.to.startswith("sidorov")]
    return next((one for one in found if word in one.subject or kind != "daily-report"), None)


def new(letter: Letter | None) -> int:
    """How many appeals it counts as new."""
    assert letter is not None
    found = re.search(r"Новых: (\d+)", letter.text)
    return int(found[1]) if found else 0


def test_a_mail_read_after_its_report_is_new_in_the_next(desk: Quick) -> None:
    """It came at 17:50 and was read at 18:10: tomorrow's report counts it, and no other does; its terms count from 17:50."""
    desk.now = EVENING - timedelta(minutes=10)
    desk.write(PARENT, "[ТЕХ] Урок", "Не открывается.")
    desk.now = EVENING
    desk.desk.ticks.reports(desk.now)
    desk.step(minutes=10)
    first = next(one for one in desk.work() if one.kind == "daily-report" and one.to.startswith("sidorov"))
    assert new(first) == 0
    counted = []
    for day in (1, 2):
        desk.now = EVENING + day * DAY
        counted.append(new(report(desk)))
    assert counted == [1, 0]
    page = desk.desk.store.page(1)
    assert page is not None and page.ticket.terms[0].started_at == EVENING - timedelta(minutes=10)


def test_a_mail_read_after_the_weekly_report_is_new_in_the_next_week(desk: Quick) -> None:
    """It came at 15:50 on Friday and was read at 16:10: that day's report and the next week's count it."""
    friday = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
    desk.now = friday - timedelta(minutes=10)
    desk.write(PARENT, "[ТЕХ] Урок", "Не открывается.")
    desk.now = friday
    desk.desk.ticks.reports(desk.now)
    desk.step(minutes=10)
    assert new(next(one for one in desk.work() if one.kind == "weekly-report")) == 0
    desk.now = friday + timedelta(hours=2)
    assert new(report(desk)) == 1
    desk.now = friday + 7 * DAY
    assert new(report(desk, "weekly-report")) == 1


def test_the_mail_that_waited_at_the_first_start_is_new_in_the_first_report(tmp_path: Path) -> None:
    """It came days before the desk began: the first report counts it, the second does not."""
    desk = Quick(tmp_path, now=MONDAY - 3 * DAY)
    desk.write(PARENT, "[ТЕХ] Урок", "Не открывается.")
    desk.now = MONDAY
    desk.work()
    desk.now = EVENING
    first = report(desk)
    desk.now = EVENING + DAY
    assert (new(first), new(report(desk))) == (1, 0)
    desk.close()


def test_imported_tickets_of_the_past_are_new_in_no_report(desk: Quick) -> None:
    """A mail of last week that is imported today is not today's."""
    mail = desk.mail(PARENT, "[ТЕХ] Старое", "Было.").as_bytes()
    importer = Importer(desk.desk, _Parser(), letters=False, since=None, dry_run=False)  # type: ignore[arg-type]
    list(importer.take("folder:x", [RawMail(SeenKey("folder:x", 0, "1"), mail, MONDAY - 9 * DAY, len(mail))]))
    desk.now = EVENING
    assert new(report(desk)) == 0


def test_after_missed_days_the_account_is_that_of_all_of_them(desk: Quick) -> None:
    """The desk wrote no report for three days: the one that comes has the days as lines, and their mails in its account."""
    desk.write(PARENT, "[ТЕХ] Урок", "Не открывается.")
    desk.work()
    desk.now = EVENING + 2 * DAY
    letter = report(desk)
    assert letter is not None and new(letter) == 0
    assert "16.11.2026: 1" in letter.text and "17.11.2026: 0" in letter.text
    assert "всего 1 = новые обращения 1" in letter.text


def test_a_clock_that_ran_ahead_costs_no_report(desk: Quick) -> None:
    """The clock jumps three days ahead and back: each day has its report all the same, and none comes twice."""
    desk.now = EVENING + 3 * DAY
    assert report(desk) is not None
    found = []
    for day in range(5):
        desk.now = EVENING + day * DAY
        found.append((report(desk) is not None, report(desk) is not None))
    assert found == [(True, False)] * 5
