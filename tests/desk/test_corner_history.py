"""A history letter tells what people said, and of the desk's own letters only that they went (SPEC 4, `[HISTORY]`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk.quick import Quick
from office import Letter, one

PARENT = "Мама Пети <mama@mail.example>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Quick]:
    quick = Quick(tmp_path)
    yield quick
    quick.close()


def history(desk: Quick) -> Letter:
    desk.write("sidorov@school.example", "[ИСТОРИЯ MD-1]", "")
    return one(desk.work(), "status")


def test_people_s_words_stand_in_it_once(desk: Quick) -> None:
    """The appeal, the question, what the author replied, the note and the answer."""
    desk.write(PARENT, "[TECH] Звук", "Нет звука на уроке.")
    assignment = one(desk.work(), "assignment")
    desk.reply(assignment, "[ВОПРОС] В каком кабинете?")
    desk.reply(one(desk.work(), "question"), "В двадцатом.")
    desk.work()
    desk.reply(assignment, "[ЗАМЕТКА] Колонка сгорела.")
    desk.work()
    desk.reply(assignment, "[ЗАКРЫТО] Колонку заменили.")
    desk.work()
    letter = history(desk)
    for words in ("Нет звука на уроке.", "В каком кабинете?", "В двадцатом.", "Колонка сгорела.", "Колонку заменили."):
        assert letter.text.count(words) == 1 and letter.html.count(words) == 1, words


def test_the_desk_s_own_letters_are_a_line_each(desk: Quick) -> None:
    """Their kind and their reader, and not their buttons, terms and feet once more."""
    desk.write(PARENT, "[TECH] Звук", "Нет звука на уроке.")
    desk.reply(one(desk.work(), "assignment"), "[ВЗЯТО]")
    desk.work()
    story = history(desk).text.split("Переписка:")[1].split("Код письма")[0]
    assert "служба: поручение, кому: Смирнов" in story
    assert "служба: уведомление о приёме, кому: автор" in story
    assert "служба: подтверждение команды, кому: Смирнов" in story
    for own in ("Горячая линия", "Взять в работу", "Мы ответим", "Ответ на это письмо"):
        assert own not in story
