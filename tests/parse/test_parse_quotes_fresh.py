"""What looks quoted in a mail that answers nothing."""

from __future__ import annotations

import pytest

from maildesk.parse import reply
from maildesk.parse.message import Part

NEW = Part(type="text/plain")
ANSWER = Part(type="text/plain", headers=(("in-reply-to", "<a@b.example>"),))

OWN = (
    "Делаю так: Курсы > Тест\n> 80 баллов не ставит никому\nДальше белый экран.",
    'with the new version:\n\n> x <- factor("a")\nNULL\n\nWhat now?',
    "In Python:\n>>> 0.1 + 0.2\n0.30000000000000004\nNot your bug.",
    "Протокол.\n\n10.01.2023 Гусева Л. И. написала:\n«Недостаточно».\n\nРешили продлить.",
    "Выступили:\nПетренко А. С. пишет:\n| класс | 61 % |\nДанные сданы.",
)


@pytest.mark.parametrize("text", OWN)
def test_prompts_and_minutes_of_a_new_mail_stay(text: str) -> None:
    """A mail that answers nothing is kept whole, whatever its lines begin with."""
    assert reply.cut(text=text, html="", subject="Вопрос", headers=NEW).reply == text


QUOTED = (
    ("Да, в среду.\n\n> Когда собрание?\n> Анна\n", "Да, в среду."),
    ("> Когда собрание?\n\nВ среду.", "В среду."),
    (
        "Ниже.\n\n23.11.2026, 14:05, Анна <a@b.example>:\n> Когда?\nВ среду.\n> Где?\nВ зале.",
        "Ниже.\n\nВ среду.\n\nВ зале.",
    ),
)


@pytest.mark.parametrize(("text", "own"), QUOTED)
def test_a_quotation_is_cut_even_where_no_header_says_that_it_is_an_answer(text: str, own: str) -> None:
    """A tail, a top, or an attribution show a quotation by themselves."""
    assert reply.cut(text=text, html="", subject="Собрание", headers=NEW).reply == own


def test_in_an_answer_the_marks_are_quotations() -> None:
    """The same lines, where the mail names the one that it answers."""
    text = "Отвечаю.\n> Когда собрание?\nВ среду."
    assert reply.cut(text=text, html="", subject="Собрание", headers=ANSWER).reply == "Отвечаю.\n\nВ среду."
    assert reply.cut(text=text, html="", subject="Re: Собрание", headers=NEW).reply == "Отвечаю.\n\nВ среду."
