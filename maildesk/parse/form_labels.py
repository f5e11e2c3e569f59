"""Recognises the labels of forms, however they are numbered, starred and introduced."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from maildesk.parse.form_label_table import LABELS

_NUMBER = re.compile(r"\A(?:(?:№ ?)?\d{1,2} ?[.)\]:-] ?(?!\d)|[-*•·–—▪●○☐] ?)")
_HINT = re.compile(r"\([^()]{0,100}\)|\[[^\[\]]{0,100}\]")
_BEFORE = re.compile(
    r"(?:пожалуйста|укажите|введите|напишите|впишите|выберите|отметьте|ваш[аеиу]?|вашего|вашу|мой|моя|мо[её]"
    r"|контактный адрес|what is your|please|enter|specify|choose|select|state|give|indicate|your|the|my)\b,? "
)
#: CRMs write whose field it is: «Контакт: Имя».
_WHOSE = re.compile(r"\A(?:контакт|клиент|заявитель|сделка|лид|поле|contact|lead|client|field) ?[:.] ?(?=\w)")
_AFTER = re.compile(
    r" (?:обратившегося|заявителя|отправителя|родителя|автора|обязательно|обязательное поле|required|optional)$"
)
_EDGE = " \t\u00a0*_#:：?!.,;–—-«»\"'`|=✓"


def normal(label: str) -> str:
    """A label as it is compared: small letters, ё as е, no number, hint, asterisk, «укажите» or «ваш».

    >>> normal("1. Укажите ФИО *"), normal("4. Класс (для родителя):")
    ('фио', 'класс')
    """
    text = " ".join(_HINT.sub(" ", label.replace("\u00a0", " ").replace("_", " ")).split()).casefold().replace("ё", "е")
    text = text.replace("’", "'").replace("what's", "what is")
    text = _NUMBER.sub("", text.lstrip("*_#> "), count=1).strip(_EDGE)
    return _unprefixed(_WHOSE.sub("", text))


def _unprefixed(text: str) -> str:
    for _ in range(5):
        if text in _EXACT:
            return text
        shorter = (_BEFORE.sub("", text, count=1) if _BEFORE.match(text) else _AFTER.sub("", text)).strip(_EDGE)
        if shorter == text or not shorter:
            return text
        text = shorter
    return text


def _plain(label: str) -> str:
    return " ".join(_HINT.sub(" ", label).split()).casefold().replace("ё", "е").strip(_EDGE)


#: Labels whose own words would be taken for a prefix, such as «Ваше имя» → «имя», stay as they are here.
_EXACT: frozenset[str] = frozenset(_plain(label) for labels in LABELS.values() for label in labels)


def table(extra: Mapping[str, Sequence[str]] | None = None) -> dict[str, str]:
    """Normal label → field; `extra` are the labels of the configuration (SPEC 3, `[form_mail] labels`), which win."""
    known = {normal(label): field for field, labels in LABELS.items() for label in labels}
    for field, labels in (extra or {}).items():
        for label in labels:
            known[normal(label)] = field.rstrip("_")
    return known
