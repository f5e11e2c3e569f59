"""Figures of reports against tables counted by hand, and the parts add up to the whole on random histories."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.model import (
    Author,
    Category,
    Channel,
    Count,
    Person,
    Policy,
    ReportView,
    State,
    Term,
    TermClock,
    Ticket,
    TicketRow,
)
from maildesk.reports import breakdown, figures, slots
from maildesk.reports.chance import THRESHOLD, by_chance, changed
from maildesk.reports.change import changes
from maildesk.reports.charts import charts
from maildesk.reports.kept import decided, missed, term_figures
from maildesk.reports.windows import Window, Windows, of_day, of_week

sys.path.insert(0, str(Path(__file__).parent))

from made_history import history

MOSCOW = ZoneInfo("Europe/Moscow")
FRIDAY = datetime(2026, 11, 20, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = Policy(
    service_name="Служба",
    organisation="Школа",
    address="support@school.example",
    staff={"smirnov": Person("smirnov", "Смирнов", ("smirnov@school.example",))},
    roles={"head": ("smirnov",)},
    categories=(
        *(
            Category(key, key.title(), (key.upper(),), "head")
            for key in ("tech", "journal", "quality", "equipment", "other")
        ),
        Category("psych", "Психолог", ("PSYCH",), "head", confidential=True),
    ),
    secrets=(b"secret",),
)


def row(ticket: Ticket) -> TicketRow:
    return TicketRow(str(ticket.number), ticket.state, "", "", "", ticket.received_at, None, None, False)


def made(received: datetime, category: str = "tech", **fields: object) -> Ticket:
    author = Author("А", "a@mail.example", role="parent", class_="7 Б")
    return replace(Ticket("Тема", Channel.EMAIL, author, received, category=category), **fields)


def weekly(tickets: tuple[Ticket, ...], windows: Windows) -> ReportView:
    view = figures.report(POLICY, "weekly", tickets, windows=windows, channels=("web", "email", "phone"), row=row)
    return figures.weekly(POLICY, view, tickets, windows)


def clock(term: Term, start: datetime, minutes: int, met: int | None, **fields: object) -> TermClock:
    met_at = None if met is None else start + timedelta(minutes=met)
    return TermClock(term, start, start + timedelta(minutes=minutes), "smirnov", met_at, met_at, **fields)


@pytest.mark.parametrize(
    ("run", "verdict"),
    [
        (clock(Term.TAKE, FRIDAY - HOUR, 30, 10), True),
        (clock(Term.TAKE, FRIDAY - HOUR, 30, 30), True),
        (clock(Term.TAKE, FRIDAY - HOUR, 30, 31), False),
        (clock(Term.TAKE, FRIDAY - HOUR, 30, None), False),
        # due at the report's own moment: the next report's
        (clock(Term.TAKE, FRIDAY - HOUR, 60, None), None),
        (clock(Term.TAKE, FRIDAY - HOUR, 90, None), None),
        # met after the report, before it was due then: the next report's
        (clock(Term.TAKE, FRIDAY - HOUR, 90, 70), None),
        # an extension that came too late leaves it missed
        (clock(Term.TAKE, FRIDAY - HOUR, 30, 10, missed=True), False),
        # overtaken by another dispatch before it was due: owed no more
        (replace(clock(Term.TAKE, FRIDAY - HOUR, 30, None), ended_at=FRIDAY - HOUR), None),
        # settled a week before
        (clock(Term.TAKE, FRIDAY - timedelta(days=8), 30, 10), None),
    ],
)
def test_a_run_of_a_term_is_settled_in_one_period(run: TermClock, verdict: bool | None) -> None:
    """A run counts where it was met or fell due, kept or missed, and nowhere else."""
    assert decided(run, Window(FRIDAY - timedelta(days=7), FRIDAY)) is verdict


def test_a_term_is_counted_as_by_hand() -> None:
    """Five runs: three kept after 10, 20 and 30 minutes, one missed after 50, one missed and not met yet."""
    start = FRIDAY - 5 * HOUR
    runs = [clock(Term.TAKE, start, 30, met) for met in (10, 20, 30, 50, None)]
    tickets = [made(start, terms=(run, clock(Term.CLOSE, start, 9999, None))) for run in runs]
    found = term_figures(tickets, Term.TAKE, Window(FRIDAY - timedelta(days=1), FRIDAY))
    assert (found.kept, found.missed, found.share) == (3, 2, 60)
    assert (found.median, found.worst) == (25 * 60.0, 50 * 60.0)
    assert term_figures(tickets, Term.CLOSE, Window(FRIDAY - timedelta(days=1), FRIDAY)).share is None


def test_a_day_is_compared_with_the_day_before_and_the_usual_weekday() -> None:
    """Arrivals: 4 today, 2 yesterday; on the last four Fridays 1, 5, 3, 9: usually 4."""
    days = {0: 4, 1: 2, 7: 1, 14: 5, 21: 3, 28: 9, 2: 50}
    tickets = tuple(made(FRIDAY - timedelta(days=back) - HOUR) for back, count in days.items() for _ in range(count))
    windows = of_day(FRIDAY - timedelta(days=1), FRIDAY, MOSCOW)
    view = figures.report(POLICY, "daily-web", tickets, windows=windows, channels=("email",), row=row)
    assert view.arrived == Count("arrived", 4, 2, 4.0)
    young = windows.known_from(FRIDAY - timedelta(days=15, hours=1))
    assert figures.report(POLICY, "d", tickets, windows=young, channels=("email",), row=row).arrived.usual == 3.0
    assert figures.report(POLICY, "d", tickets, windows=windows, channels=("phone",), row=row).empty


def test_a_past_report_says_what_was_open_then() -> None:
    """A ticket closed after the report's moment was open at it; one closed before, or not yet received, was not."""
    closed = made(FRIDAY - HOUR, state=State.CLOSED, closed_at=FRIDAY + HOUR)
    assert figures.open_at(closed, FRIDAY) and not figures.open_at(closed, FRIDAY + 2 * HOUR)
    assert not figures.open_at(closed, FRIDAY - 2 * HOUR)
    assert not figures.open_at(made(FRIDAY - HOUR, state=State.REJECTED), FRIDAY)


def test_a_reopened_ticket_counts_in_the_week_in_which_its_term_began_anew() -> None:
    runs = (clock(Term.CLOSE, FRIDAY - timedelta(days=9), 60, 10), clock(Term.CLOSE, FRIDAY - HOUR, 60, None))
    ticket = made(FRIDAY - timedelta(days=9), terms=runs, reopened=1)
    assert figures.reopened_in([ticket], of_week(FRIDAY, MOSCOW).own) == 1
    assert figures.reopened_in([ticket], of_week(FRIDAY, MOSCOW).before) == 0


@pytest.mark.parametrize(("count", "shown"), [(4, Count("psych", 0, small=True)), (5, Count("psych", 5, None, None))])
def test_a_small_group_of_a_confidential_category_is_not_told(count: int, shown: Count) -> None:
    """Fewer than five are 'fewer than five', now and before; five and more are told, without class or role."""
    before = [made(FRIDAY - timedelta(days=8), "psych")] * 2
    view = weekly((*[made(FRIDAY - HOUR, "psych")] * count, *before), of_week(FRIDAY, MOSCOW))
    assert view.by_category == (shown,)
    assert view.by_class == () and view.by_role == ()
    assert not [change for change in view.changes if change.what == "category"]


def test_a_person_with_few_confidential_terms_is_not_told_of_them() -> None:
    runs = [made(FRIDAY - HOUR, "psych", terms=(clock(Term.TAKE, FRIDAY - HOUR, 30, 10),)) for _ in range(5)]
    window = of_week(FRIDAY, MOSCOW).own
    assert breakdown.by_person(POLICY, runs[:4], window) == ()
    assert [one.figures.kept for one in breakdown.by_person(POLICY, runs, window)] == [5]


@pytest.mark.parametrize(
    ("count", "references", "told"),
    [
        (3, (1,), False),
        (8, (3,), False),
        (0, (6,), False),
        (0, (9,), True),
        (30, (10,), True),
        (42, (28,), False),
        (60, (30,), True),
        (20, (10, 10, 10, 10), False),
        (23, (10, 10, 10, 10), True),
        (10, (10, 10, 10, 10), False),
        (5, (), False),
    ],
)
def test_a_change_is_told_only_where_chance_seldom_makes_it(
    count: int, references: tuple[int, ...], told: bool
) -> None:
    """A count is told apart from those before it where an unchanged rate gives as much less than once in a hundred times."""
    assert changed(count, references) is told


def test_the_chance_is_the_binomials() -> None:
    """Nine against none of an unchanged rate: twice two to the minus ninth; the same both ways; never above one."""
    assert by_chance(0, 9) == pytest.approx(2 / 512) == by_chance(9, 0)
    assert by_chance(0, 0) == by_chance(7, 7) == 1.0
    assert 2 / 512 < THRESHOLD < 2 / 128


def test_a_sudden_rise_becomes_a_change_with_both_numbers() -> None:
    """Thirty in a week after ten in each of the four before: the total and the category, each with what it was."""
    tickets = [made(FRIDAY - HOUR)] * 30
    tickets += [made(FRIDAY - timedelta(days=7 * back, hours=1)) for back in range(1, 5) for _ in range(10)]
    found = changes(POLICY, tickets, of_week(FRIDAY, MOSCOW))
    assert [(one.what, one.count, one.before, one.usual) for one in found] == [
        ("arrived", 30, 10, 10.0),
        ("category", 30, 10, 10.0),
    ]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 120))
def test_the_parts_add_up_to_the_whole(seed: int, count: int) -> None:
    """Categories, channels, hours, classes with their confidential rest, people and terms, weeks: each adds up to its whole."""
    tickets = tuple(history(count, FRIDAY, 70, seed))
    windows = of_week(FRIDAY, MOSCOW)
    view = weekly(tickets, windows)
    own = [one for one in tickets if windows.own.has(one.received_at)]
    secret = sum(breakdown.secret(POLICY, one) for one in own)
    assert view.arrived.count == len(own) == view.trend[-1].arrived == sum(view.hours)
    shown = sum(one.count for one in view.by_category)
    assert shown + (secret if secret < 5 else 0) == len(own)
    assert sum(one.count for one in view.by_channel) == len(own)
    assert sum(one.count for one in view.by_class) == sum(one.count for one in view.by_role) == len(own) - secret
    assert (
        view.missed is not None and view.missed.count == sum(one.missed for one in view.terms) == view.trend[-1].missed
    )
    assert view.closed.count == len(view.closed_rows) and view.open_now == len(view.open_rows)
    within = [one for one in tickets if one.received_at >= windows.oldest]
    assert sum(week.arrived for week in view.trend) == len(within)
    hidden = sum(
        decided(run, windows.own) is not None for one in tickets if breakdown.secret(POLICY, one) for run in one.terms
    )
    people = sum(one.figures.kept + one.figures.missed for one in view.by_person)
    everyone = sum(one.kept + one.missed for one in view.terms)
    assert everyone - hidden <= people <= everyone


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_no_run_is_counted_twice_or_lost(seed: int) -> None:
    """Neighbouring windows settle each run once: eight weeks miss together what the whole time misses."""
    tickets = tuple(history(60, FRIDAY, 50, seed))
    windows = of_week(FRIDAY, MOSCOW).trend
    for term in Term:
        apart = [missed(tickets, FRIDAY, term).within(one) for one in windows]
        together = sum(
            decided(run, Window(windows[0].since, windows[-1].until)) is False
            for one in tickets
            for run in one.terms
            if run.term is term
        )
        assert sum(apart) == together


@pytest.mark.parametrize(("zone", "day"), [("Europe/Berlin", "2027-03-28"), ("Europe/Berlin", "2026-10-25")])
def test_a_day_of_23_or_25_hours_is_one_day(zone: str, day: str) -> None:
    """Windows of neighbouring days meet without a gap or an overlap where the clock changes, and a day has one slot."""
    place = ZoneInfo(zone)
    until = datetime.combine(datetime.fromisoformat(day).date(), time(18), tzinfo=place).astimezone(UTC)
    windows = of_day(slots.earlier(until, 1, place), until, place)
    assert (windows.own.until - windows.own.since) in (timedelta(hours=23), timedelta(hours=25))
    assert windows.before.until == windows.own.since
    weeks = of_week(until, place).trend
    assert all(one.until == following.since for one, following in pairwise(weeks))
    assert slots.last_daily(until - timedelta(seconds=1), time(18), place) == windows.own.since


def test_a_desk_without_the_drawing_library_makes_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where vl-convert is not installed the report has no pictures; where nothing came there are none either."""
    windows = of_week(FRIDAY, MOSCOW)
    view = weekly(tuple(history(200, FRIDAY, 50)), windows)
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    assert charts(view, MOSCOW, lambda name: "{}", {}) == ()
    monkeypatch.undo()
    assert charts(weekly((), windows), MOSCOW, lambda name: pytest.fail("drawn"), {}) == ()
