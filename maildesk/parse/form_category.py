"""Finds the category that a form's words mean: by key, tag or title of the configuration, or by the Annexes' own wording."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from maildesk.model import Category

#: The wordings of Annexes 1 and 2 and of §3.1.3, their English twins, and how people shorten them, by the usual key.
WORDINGS: Mapping[str, Sequence[str]] = {
    "journal": (
        "проблема с ЭЖД",
        "проблемы с ЭЖД",
        "вопрос по ЭЖД",
        "ЭЖД",
        "электронный журнал",
        "электронный дневник",
        "электронный журнал и дневник",
        "электронный журнал/дневник",
        "работа электронного журнала и дневника",
        "работа электронного журнала",
        "проблема с электронным журналом",
        "проблема с электронным дневником",
        "проблемы с электронным журналом и дневником",
        "журнал",
        "дневник",
        "problem with the electronic journal",
        "problem with the electronic register",
        "problem with the e-journal",
        "problem with the electronic gradebook",
        "problem with the gradebook",
        "electronic journal",
        "electronic register",
        "electronic journal and diary",
        "electronic gradebook",
        "e-journal",
        "journal",
        "gradebook",
        "register",
    ),
    "tech": (
        "проблемы технического характера",
        "проблема технического характера",
        "технические проблемы",
        "техническая проблема",
        "технический вопрос",
        "технические вопросы",
        "техника",
        "техподдержка",
        "техническая поддержка",
        "technical problems",
        "technical problem",
        "technical issue",
        "technical issues",
        "problems of a technical nature",
        "problem of a technical nature",
        "technical question",
        "technical support",
        "technical",
        "tech",
    ),
    "quality": (
        "вопрос по качеству дистанционного урока",
        "вопросы по качеству дистанционного урока",
        "вопрос по качеству дистанционных уроков",
        "качество дистанционного урока",
        "качество дистанционных уроков",
        "качество проведения дистанционных уроков",
        "качество урока",
        "качество уроков",
        "question about the quality of a remote lesson",
        "question about the quality of a distance lesson",
        "question about the quality of an online lesson",
        "question on the quality of a remote lesson",
        "quality of a remote lesson",
        "quality of the remote lesson",
        "quality of remote lessons",
        "quality of distance lessons",
        "quality of online lessons",
        "lesson quality",
        "quality of lessons",
        "quality",
    ),
    "equipment": (
        "необходимость обеспечения техническими средствами обучения",
        "необходимо обеспечение техническими средствами обучения",
        "обеспечение техническими средствами обучения",
        "обеспечение техническими средствами",
        "необходимы технические средства обучения",
        "нужны технические средства обучения",
        "нужен компьютер",
        "нужен ноутбук",
        "нужен планшет",
        "нет компьютера",
        "оборудование",
        "нужно оборудование",
        "equipment is needed",
        "equipment needed",
        "need for equipment",
        "equipment for learning",
        "learning equipment",
        "a computer is needed",
        "computer needed",
        "equipment",
    ),
    "psych": (
        "необходима консультация психолога",
        "нужна консультация психолога",
        "консультация психолога",
        "психологическая поддержка",
        "оказание психологической поддержки",
        "психологическая помощь",
        "помощь психолога",
        "психолог",
        "a psychologist's advice is needed",
        "psychologist's advice is needed",
        "psychologist consultation needed",
        "a consultation with the psychologist is needed",
        "consultation with a psychologist",
        "consultation with the psychologist",
        "psychologist consultation",
        "psychological support",
        "psychologist",
    ),
    "other": (
        "иные вопросы",
        "иной вопрос",
        "другие вопросы",
        "другой вопрос",
        "другое",
        "иное",
        "прочее",
        "прочие вопросы",
        "разное",
        "other questions",
        "other question",
        "other matters",
        "other issues",
        "something else",
        "other",
    ),
}

_EDGE = " \t\u00a0.,;:!?*[]()«»\"'“”„-–—"


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text[:300]).casefold().replace("ё", "е").replace("’", "'")
    return " ".join(re.sub(r"[\s\u00a0]+", " ", folded).strip(_EDGE).split())


_MEANT = {_plain(wording): key for key, wordings in WORDINGS.items() for wording in wordings}


def category_of(written: str, categories: Sequence[Category]) -> str | None:
    """The key of the configured category that these words mean, or None: then the dispatcher decides (SPEC 7).

    Asked in this order: key, tag (with or without brackets), title, a wording of the Annexes whose key is configured, and at
    last the one configured title that begins with these words or that they begin with.
    """
    wanted = _plain(written)
    if not wanted:
        return None
    for names in (_keys, _tags, _titles):
        for category in categories:
            if wanted in names(category):
                return category.key
    meant = _MEANT.get(wanted)
    if meant is not None and any(category.key == meant for category in categories):
        return meant
    return _longer(wanted, categories)


def _keys(category: Category) -> list[str]:
    return [_plain(category.key)]


def _tags(category: Category) -> list[str]:
    return [_plain(tag) for tag in category.tags]


def _titles(category: Category) -> list[str]:
    return [_plain(category.title)]


#: Shorter words begin too many titles.
_SHORTEST = 8


def _longer(wanted: str, categories: Sequence[Category]) -> str | None:
    """«Проблема с ЭЖД: не вижу оценок» begins with a wording; «вопрос по качеству» begins one. Only where just one fits."""
    if len(wanted) < _SHORTEST:
        return None
    known = {category.key for category in categories}
    wordings = [(_plain(category.title), category.key) for category in categories]
    wordings += [(wording, key) for wording, key in _MEANT.items() if key in known]
    found = {
        key
        for wording, key in wordings
        if len(wording) >= _SHORTEST
        and (wanted.startswith(f"{wording} ") or wording.startswith(f"{wanted} ") or _opens(wanted, wording))
    }
    return found.pop() if len(found) == 1 else None


def _opens(wanted: str, wording: str) -> bool:
    """Whether a sentence opens with the wording and goes on after a mark: «проблема с эжд: …», «иные вопросы (питание)»."""
    return wanted.startswith(wording) and wanted[len(wording) :].lstrip()[:1] in set(":,;(-–—/")
