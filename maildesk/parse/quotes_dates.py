"""Dates, times and addresses as mail clients write them: seen, not understood."""

from __future__ import annotations

import re

from maildesk.parse.quotes_words import MONTHS

ADDRESS = re.compile(r"[\w.+=~/%&'!#-]{1,64}@[\w.-]{1,200}", re.I)
TIME = re.compile(r"(?<![\d.])\d{1,2}\s?[:.hч시时時]\s?\d{2}(?!\d)(?!\.\d{2,4})", re.I)

_NUMERIC = re.compile(r"(?<![\w@])\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}")
_CJK = re.compile(r"\d{4}\s?[年년]\s?\d{1,2}\s?[月월]")
_DAY_MONTH = re.compile(
    r"(?<![\d@])\d{1,2}(?:st|nd|rd|th|er|ª|º)?[.,]?[\s/-]{0,3}(?:(?:de|ve)\s|d['’])?([^\W\d_]{3,14})", re.I
)
_MONTH_DAY = re.compile(r"(?<!\w)([^\W\d_]{3,14})[.,]?[\s/-]{0,3}\d{1,2}(?!\d)", re.I)
_CLOCK = re.compile(r"\d{1,2}[:.]\d\d[\s,]")

_BEGINNINGS = {
    length: {month for month in MONTHS if len(month) == length} for length in {len(month) for month in MONTHS}
}


def _is_month(word: str) -> bool:
    word = word.casefold()
    return any(word[:length] in beginnings for length, beginnings in _BEGINNINGS.items())


def has_date(text: str) -> bool:
    """Whether a day stands anywhere in the line: 23.11.2026, 2026-11-23, 23 ноября, Nov 23, 2026年11月23日."""
    if _NUMERIC.search(text) or _CJK.search(text):
        return True
    return any(_is_month(found[1]) for rule in (_DAY_MONTH, _MONTH_DAY) for found in rule.finditer(text))


def starts_with_date(text: str) -> bool:
    """Whether the line begins with a day or with a time of day."""
    if _NUMERIC.match(text) or _CJK.match(text) or _CLOCK.match(text):
        return True
    return any(found is not None and _is_month(found[1]) for found in (_DAY_MONTH.match(text), _MONTH_DAY.match(text)))
