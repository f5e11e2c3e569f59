"""Somebody is away: whoever can act hears of it at once, and nothing that is confidential (SPEC 4, 6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk.quick import Quick
from office import ROLES, Letter, kinds, one

PARENT = "Мама Пети <mama@mail.example>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Quick]:
    quick = Quick(tmp_path)
    yield quick
    quick.close()


def away(desk: Quick, letter: Letter, text: str = "Я в отпуске до 1 декабря.") -> list[Letter]:
    """The letter's reader has a program that answers."""
    desk.reply(letter, text, quote=False, subject="Автоматический ответ", Auto_Submitted="auto-replied")
    return desk.work()


def test_the_head_hears_that_the_only_dispatcher_is_away(desk: Quick) -> None:
    """Nobody else could dispatch the appeal; the letter has the buttons to do it, and they work."""
    desk.write(PARENT, "Помогите", "Ничего не работает")
    letters = away(desk, one(desk.work(), "dispatch-request"))
    notice = one(letters, "notice", "sidorov@school.example")
    assert "Иванова" in notice.text and "В отпуске" not in notice.text and "Я в отпуске до 1 декабря" in notice.text
    assert kinds(letters) == [("notice", "sidorov")]
    desk.press(notice, "TECH")
    assert one(desk.work(), "assignment").to == "smirnov@school.example"


def test_the_other_dispatchers_hear_of_it_first(tmp_path: Path) -> None:
    """Where several dispatch, the head is not troubled."""
    desk = Quick(tmp_path, roles={**ROLES, "site_admin": ["ivanova", "petrova"]})
    desk.write(PARENT, "Помогите", "Ничего не работает")
    asked = one(desk.work(), "dispatch-request", "ivanova@school.example")
    assert kinds(away(desk, asked)) == [("notice", "petrova")]
    desk.close()


def test_a_dispatcher_s_late_absence_troubles_nobody(desk: Quick) -> None:
    """The appeal was dispatched meanwhile: nobody waits for its dispatcher."""
    desk.write(PARENT, "Помогите", "Ничего не работает")
    asked = one(desk.work(), "dispatch-request")
    desk.reply(asked, "[TECH]")
    desk.work()
    assert away(desk, asked) == []


def test_an_absence_quotes_nothing_of_a_confidential_appeal(desk: Quick) -> None:
    """What the psychologist's program says may be about the appeal: the dispatcher learns who is away, and no words."""
    desk.write(PARENT, "[ПСИХОЛОГ] Беда", "Плачет")
    letters = away(desk, one(desk.work(), "assignment"), "Щеглёнок: я на больничном, о девочке напишите классному.")
    notice = one(letters, "notice", "ivanova@school.example")
    assert "Щеглёнок" not in notice.text and "больничном" not in notice.text
    assert "отсутствует" in notice.text
