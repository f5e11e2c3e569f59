"""Beyond letters_per_recipient: what tells of a term waits its turn, what a mail calls forth is dropped (SPEC 3, [limits])."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk.quick import Quick
from office import kinds, one

PARENT = "Мама Пети <mama@mail.example>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Quick]:
    quick = Quick(tmp_path, sections={"limits": 'letters_per_recipient = "2/h"\nnew_tickets_per_sender = "100/h"'})
    yield quick
    quick.close()


def appeals(desk: Quick, count: int) -> None:
    """So many appeals, each of another parent; nobody takes them."""
    for number in range(count):
        desk.write(f"parent{number}@mail.example", f"[TECH] Звук {number}", f"Нет звука в классе {number}")
    desk.work()


def told(desk: Quick) -> list[str | None]:
    """Of which tickets the head hears now that a term was missed."""
    return [
        letter.ticket for letter in desk.work() if (letter.kind, letter.to) == ("escalation", "sidorov@school.example")
    ]


def test_the_head_hears_of_each_missed_term_once_though_late(desk: Quick) -> None:
    """Five take terms are missed at one moment and two letters an hour are allowed: the head gets all five, two an hour."""
    appeals(desk, 5)
    desk.step(minutes=31)
    heard = [told(desk)]
    for _ in range(3):
        desk.step(minutes=61)
        heard.append(told(desk))
    assert [len(letters) for letters in heard] == [2, 2, 1, 0]
    assert sorted(str(ref) for letters in heard for ref in letters) == [f"MD-{number}" for number in range(1, 6)]


def test_a_reminder_waits_as_an_escalation_does(desk: Quick) -> None:
    """The assignee is reminded of every ticket, the last of them when the limit allows."""
    appeals(desk, 3)
    desk.step(minutes=31)
    assert kinds(desk.work()).count(("reminder", "smirnov")) == 2
    desk.step(minutes=61)
    assert kinds(desk.work()).count(("reminder", "smirnov")) == 1


def test_what_waits_stands_in_the_outbox_with_its_moment(desk: Quick) -> None:
    """An operator sees when each is to leave, and the ticket's history says so."""
    appeals(desk, 3)
    desk.step(minutes=31)
    desk.work()
    waiting = [row for row in desk.desk.store.outbox() if row.kind == "escalation"]
    assert [(row.next_at - desk.now).total_seconds() for row in waiting] == [3600.0]
    assert any(str(event["event"]).startswith("waits") for event in desk.show("MD-3")["history"])


def test_confirmations_beyond_the_limit_are_dropped(desk: Quick) -> None:
    """Nothing of what a mail calls forth comes later: nobody can have a mailbox filled for days."""
    for number in range(4):
        desk.write(f"parent{number}@mail.example", f"[TECH] Звук {number}", f"Нет звука в классе {number}")
    for assignment in [letter for letter in desk.work() if letter.kind == "assignment"]:
        desk.reply(assignment, "[ВЗЯТО]")
    assert kinds(desk.work()).count(("command-done", "smirnov")) == 2
    desk.step(hours=3)
    assert ("command-done", "smirnov") not in kinds(desk.work())


def test_the_flood_letter_says_what_waits_and_what_is_dropped(desk: Quick) -> None:
    """Its reader knows that no missed term is lost, and that receipts are."""
    appeals(desk, 3)
    desk.step(minutes=31)
    flood = one(desk.work(), "flood", "sidorov@school.example")
    assert "2 за час" in flood.text
    text = " ".join(flood.text.split())
    assert "сообщения о просрочке сверх этого не пропадут" in text
    assert "не отправляются вовсе" in text
