"""The lines above a quotation in a language that no table knows: told by what every client puts there, a moment and an address."""

from __future__ import annotations

import re
from collections.abc import Sequence

from maildesk.parse.quotes_attribution import Strength, attribution_at
from maildesk.parse.quotes_dates import ADDRESS
from maildesk.parse.quotes_line import MAX_LINE, bare, is_quoted

# An attribution wraps over so many lines, and has so many characters in all, at most.
MAX_LINES = 4
MAX_LENGTH = 320
# Empty lines between an attribution and its quotation.
MAX_BLANKS = 2

_YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d\d(?!\d)")
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.h]\d\d(?!\d)")
_CLOSED = (":", "：", "־:", ">:")


def unknown_attribution(lines: Sequence[str], start: int) -> int | None:
    """The index after an attribution that begins at `start` and opens a paragraph, or None.

    It has to be short, to end in a colon, to have `>` lines right below it, and to hold an address, or a year and a time of
    day, in the figures of any script.
    """
    if not lines[start].strip() or (start and lines[start - 1].strip()):
        return None
    end = start
    while end < len(lines) and lines[end].strip() and not is_quoted(lines[end]):
        end += 1
        if end - start > MAX_LINES or len(lines[end - 1]) > MAX_LINE:
            return None
    below = end
    while below < len(lines) and below - end < MAX_BLANKS and not lines[below].strip():
        below += 1
    if below >= len(lines) or not is_quoted(lines[below]):
        return None
    text = " ".join(bare(line) for line in lines[start:end])
    if len(text) > MAX_LENGTH or not text.rstrip("> ").endswith(_CLOSED) or _holds_a_known_one(lines[start:end]):
        return None
    # Arabic, Persian and Thai figures are figures to `\\d` as well.
    moment = _TIME.search(text) is not None and (_YEAR.search(_western(text)) is not None)
    return end if moment or ADDRESS.search(text) is not None else None


def _holds_a_known_one(lines: Sequence[str]) -> bool:
    """Whether the first line is a person's own, right above an attribution that the tables know, or above one that begins there."""
    if not any(sign.isdecimal() for sign in lines[0]):
        return len(lines) > 1
    return any(
        attribution_at(lines, index)[0] > Strength.NONE
        for index in range(1, len(lines))
        if not lines[index].lstrip(" (\u200f").startswith("<")
    )


def _western(text: str) -> str:
    """The text with the figures of every script as 0–9."""
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)
