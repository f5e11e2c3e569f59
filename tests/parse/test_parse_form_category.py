"""Which configured category the words of a form mean."""

from __future__ import annotations

import pytest

from maildesk.model import Category
from maildesk.parse.form import category_of

CATEGORIES = (
    Category("journal", "Проблема с ЭЖД", ("JOURNAL", "ЭЖД"), "journal_admin"),
    Category("tech", "Проблемы технического характера", ("TECH", "ТЕХ"), "tech"),
    Category("quality", "Вопрос по качеству дистанционного урока", ("QUALITY", "КАЧЕСТВО"), "head"),
    Category("equipment", "Обеспечение техническими средствами обучения", ("EQUIPMENT", "ОБОРУДОВАНИЕ"), "head"),
    Category("psych", "Необходима консультация психолога", ("PSYCH", "ПСИХОЛОГ"), "psychologist", confidential=True),
    Category("other", "Иные вопросы", ("OTHER", "ИНОЕ"), "head"),
    Category("food", "Питание в столовой", ("FOOD", "ЕДА"), "head"),
)

ROWS = (
    ("journal", "journal"),
    ("JOURNAL", "journal"),
    ("[ЭЖД]", "journal"),
    ("проблема с ЭЖД", "journal"),
    ("Проблема с ЭЖД;", "journal"),
    ("- проблема с ЭЖД", "journal"),
    ("Электронный дневник", "journal"),
    ("Проблема с ЭЖД: не вижу оценок", "journal"),
    ("problem with the electronic journal", "journal"),
    ("проблемы технического характера", "tech"),
    ("Проблемы  технического\u00a0характера", "tech"),
    ("техническая проблема", "tech"),
    ("ТЕХ", "tech"),
    ("Technical problems", "tech"),
    ("вопрос по качеству дистанционного урока", "quality"),
    ("Вопрос по качеству", "quality"),
    ("question about the quality of a remote lesson", "quality"),
    ("обеспечение техническими средствами", "equipment"),
    ("нужен компьютер", "equipment"),
    ("Equipment is needed", "equipment"),
    ("необходима консультация психолога", "psych"),
    ("Психолог", "psych"),
    ("a psychologist’s advice is needed", "psych"),
    ("иные вопросы", "other"),
    ("Иные вопросы (питание)", "other"),
    ("другое", "other"),
    ("other questions", "other"),
    ("food", "food"),
    ("[ЕДА]", "food"),
    ("питание в столовой", "food"),
    ("Питание в столовой: холодный суп", "food"),
    ("Питание в", "food"),
    ("проблема", None),
    ("вопрос", None),
    ("что-то ещё", None),
    ("", None),
    ("   ", None),
)


@pytest.mark.parametrize(("written", "key"), ROWS)
def test_the_words_of_a_form_mean_a_category(written: str, key: str | None) -> None:
    """Key, tag, title, or a wording of the Annexes; what means none or several goes to the dispatcher."""
    assert category_of(written, CATEGORIES) == key


def test_a_category_that_is_not_configured_is_never_meant() -> None:
    """A wording counts only where the school has that category."""
    assert category_of("нужен компьютер", CATEGORIES[:2]) is None
    assert category_of("ЭЖД", ()) is None


def test_the_schools_own_title_wins() -> None:
    """A school that calls another category so is taken at its word."""
    own = (Category("x", "Психолог", ("X",), "head"), *CATEGORIES[:3])
    assert category_of("психолог", own) == "x"
