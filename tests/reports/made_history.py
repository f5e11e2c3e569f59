"""A made-up history for reports: appeals as a school gets them, with terms kept and missed, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from maildesk.model import Author, Channel, State, Term, TermClock, Ticket

CATEGORIES = ["tech"] * 5 + ["journal"] * 4 + ["quality"] * 2 + ["equipment"] + ["other"] + ["psych"]
WHO = {"tech": "smirnov", "journal": "orlova", "psych": "belova"}
CLASSES = [f"{year} {letter}" for year in range(5, 12) for letter in "АБВ"]
HOURS = [0, 0, 0, 0, 0, 0, 1, 4, 10, 14, 13, 11, 9, 8, 11, 13, 12, 9, 7, 6, 5, 3, 1, 0]
DAYS = [6, 5, 5, 5, 4, 1, 1]


def history(count: int, until: datetime, days: int, seed: int = 1) -> Iterator[Ticket]:
    """So many appeals of the days before `until`, a third more in the last week; the youngest still open."""
    dice = random.Random(seed)
    weights = [DAYS[(until - timedelta(days=back)).weekday()] * (1.35 if back < 7 else 1) for back in range(days)]
    backs = sorted(dice.choices(range(days), weights, k=count), reverse=True)
    for back in backs:
        midnight = (until - timedelta(days=back)).replace(hour=0, minute=0, second=0, microsecond=0)
        received = midnight + timedelta(hours=dice.choices(range(24), HOURS)[0] - 3, seconds=dice.randrange(3600))
        if received < until:
            yield appeal(dice, received, until)


def appeal(dice: random.Random, received: datetime, until: datetime) -> Ticket:
    """One appeal: dispatched, taken and closed as far as time allows, each a little late now and then."""
    category = dice.choice(CATEGORIES)
    who = WHO.get(category, "sidorov")
    dispatched = received + timedelta(minutes=dice.expovariate(1 / 8))
    taken = dispatched + timedelta(minutes=dice.expovariate(1 / 11))
    closed = taken + timedelta(hours=dice.expovariate(1 / 6))
    steps = {
        Term.DISPATCH: (received, dispatched, timedelta(minutes=30), "ivanova"),
        Term.TAKE: (dispatched, taken, timedelta(minutes=30), who),
        Term.CLOSE: (received, closed, timedelta(hours=24), who),
    }
    done = {term: end if end < until else None for term, (_start, end, _length, _who) in steps.items()}
    clocks = tuple(
        TermClock(term, start, start + length, owed, done[term], done[term])
        for term, (start, _end, length, owed) in steps.items()
        if term is not Term.TAKE or done[Term.DISPATCH]
    )
    state = State.CLOSED if done[Term.CLOSE] else State.TAKEN if done[Term.TAKE] else State.ASSIGNED
    return Ticket(
        subject=dice.choice(["Не открывается урок", "Не вижу оценок", "Забыли пароль", "Нет звука", "Нужен ноутбук"]),
        channel=dice.choice([Channel.EMAIL, Channel.EMAIL, Channel.WEB, Channel.WEB, Channel.PHONE]),
        author=Author(
            "Родитель",
            "parent@mail.example",
            "",
            dice.choice(["parent", "parent", "student", "teacher", ""]),
            dice.choice(CLASSES),
        ),
        received_at=received,
        state=state,
        category=category if done[Term.DISPATCH] else None,
        assignees=(who,) if done[Term.DISPATCH] else (),
        dispatched_at=done[Term.DISPATCH],
        taken_at=done[Term.TAKE],
        closed_at=done[Term.CLOSE],
        terms=clocks,
    )
