"""What an author writes after the end (SPEC 4): thanks are filed, anything else opens the ticket; over parser, decisions and store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk.quick import Quick
from office import Letter, kinds, one

PARENT = "Мария Петрова <mama@mail.example>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Quick]:
    quick = Quick(tmp_path)
    yield quick
    quick.close()


def answered(desk: Quick, author: str = PARENT) -> Letter:
    desk.write(author, "[TECH] Звук", "Нет звука на уроке")
    desk.reply(one(desk.work(), "assignment"), "[CLOSED] Включили")
    return one(desk.work(), "answer")


def state(desk: Quick) -> str:
    return str(desk.show("MD-1")["state"])


@pytest.mark.parametrize(
    "text",
    ["Спасибо!\nПерезвоните", "Спасибо!\n\nПомогите", "Спасибо.\nНет", "Спасибо!\nЖду", "Thanks!\nStill Broken",
     "Спасибо!\nНе Работает", "Спасибо\nОшибка 500", "Спасибо за понятно", "Решено\nНо теперь не работает камера",
     "Закрыто\nА проблема осталась", "[ЗАКРЫТО]\nА проблема осталась", "[CLOSED] No it is not", "[ЗАКРЫТО]\nА почему?"],
)  # fmt: skip
def test_a_complaint_below_a_thank_you_opens_the_ticket_again(desk: Quick, text: str) -> None:
    desk.reply(answered(desk), text, sender=PARENT)
    letter = one(desk.work(), "author-reply")
    assert text.split()[-1] in letter.text
    assert state(desk) == "assigned"


@pytest.mark.parametrize(
    "text",
    ["Благодарю вас!", "Благодарим Вас за помощь!", "Спасибо, помогло!", "Спасибо, проблема решена", "Спасибо, разобрались",
     "Спасибо большое, вопрос закрыт", "спасибо, хорошего дня!", "Thanks, that helped!", "Спасибо!!! С уважением, Петрова Мария",
     "Спасибо!\nС уважением,\nМария Петрова", "Спасибо!\nС уважением,\nИван Сидоров", "Спасибо!\nМария", "Спасибо 🙏",
     "Всё работает, спасибо!", "[CLOSED]", "[ЗАКРЫТО]", "Решено", "[ЗАКРЫТО] Спасибо, помогло!", "[ЗАКРЫТО]\nМария"],
)  # fmt: skip
def test_a_thank_you_is_filed_with_the_name_below_it(desk: Quick, text: str) -> None:
    desk.reply(answered(desk), text, sender=PARENT)
    assert desk.work() == []
    assert state(desk) == "closed"


def test_a_name_that_is_not_the_authors_is_a_word_like_any_other(desk: Quick) -> None:
    """Below a thank-you without a courtesy only the author's own name is one."""
    desk.reply(answered(desk, "mama@mail.example"), "Спасибо!\nМария", sender="mama@mail.example")
    assert kinds(desk.work()) == [("author-reply", "smirnov")]


@pytest.mark.parametrize("text", ["Спасибо, помогло!", "[ЗАКРЫТО]"])
def test_thanks_after_the_window_open_no_new_ticket(desk: Quick, text: str) -> None:
    answer = answered(desk)
    desk.step(days=8)
    desk.reply(answer, text, sender=PARENT)
    assert desk.work() == []
    assert desk.desk.store.ticket(2) is None
