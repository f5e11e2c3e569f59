"""The other heads of a quoted letter: a line that says so between dashes, a block of its headers, our own marker line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from maildesk.parse.quotes_attribution import Strength, attribution_at
from maildesk.parse.quotes_dates import ADDRESS, TIME, has_date
from maildesk.parse.quotes_line import MAX_LINE, is_groupwise, is_rule, unquoted
from maildesk.parse.quotes_phrases import (
    ABOVE_THIS_LINE,
    FORWARD_BARE,
    FORWARD_ENDS,
    FORWARD_LINES,
    FORWARDED,
    INLINE_LABELS,
    LABELS,
    ORIGINAL,
    ORIGINAL_LINES,
)
from maildesk.parse.quotes_words import words

# A quoted header block: this many lines are looked at, blank and wrapped ones among them.
MAX_BLOCK = 16

_DASHES = r"[-_=*—–‐‑−]{2,40}"
_ORIGINAL = re.compile(rf"{_DASHES}[\s>*]{{0,4}}{words(ORIGINAL)}[\s:*]{{0,4}}{_DASHES}[*\s]{{0,4}}", re.I)
_FORWARDED = re.compile(rf"{_DASHES}[\s>*]{{0,4}}{words(FORWARDED)}[\s:*]{{0,4}}{_DASHES}[*\s]{{0,4}}", re.I)
_FORWARD_LINE = re.compile(rf"{words(FORWARD_LINES)}\s?[:：]$", re.I)
_FORWARD_BARE = re.compile(words(FORWARD_BARE), re.I)
_ORIGINAL_LINE = re.compile(rf"{words(ORIGINAL_LINES)}$", re.I)
_FORWARD_END = re.compile(rf"{_DASHES}\s?{words(FORWARD_ENDS)}\s?{_DASHES}$", re.I)
_PHRASE_ALONE = re.compile(rf"{words(ORIGINAL)}\s?[:：]?", re.I)
_UNKNOWN_DASHED = re.compile(r"-{4,40}\s?[^\W\d_][^-_=<>]{3,50}-{4,40}\s?$")
_MARKER = re.compile(words(ABOVE_THIS_LINE), re.I)
_OUR_MARKER = re.compile(r"[-—–]\s?(?:пишите выше этой строки|please write above this line)", re.I)
_HASH_MARKER = re.compile(r"##-.{3,150}-##$")
# One of these stands in every marker line: a look that is cheaper than the expression.
_MARKER_WORDS = (
    "above",
    "below",
    "выше",
    "над ",
    "вище",
    "oberhalb",
    "über",
    "dessus",
    "encima",
    "sobre",
    "acima",
    "sopra",
    "##-",
)
_LABEL = re.compile(r"[*_ ]{0,4}([^\W\d_][^:：*_<>@]{0,24}?)\s?[*_]{0,3}\s?[:：]")
_LABEL_KINDS = {label.casefold(): kind for kind, labels in LABELS.items() for label in labels}


def is_marker(line: str) -> bool:
    """The line above which a desk asks to write, also when a client wrapped or bracketed it."""
    text = unquoted(line)
    if not 10 < len(text) <= 160:
        return False
    lower = text.casefold()
    if not any(word in lower for word in _MARKER_WORDS):
        return False
    return _MARKER.search(text) is not None or _HASH_MARKER.match(text) is not None


def is_our_marker(line: str) -> bool:
    """The marker of this desk's own letters, in Russian or in English."""
    return _OUR_MARKER.search(unquoted(line)) is not None


def separator(line: str) -> str:
    """'original' or 'forward' for a line like `-----Original Message-----`; '' if it is none."""
    if len(line) > MAX_LINE:
        return ""
    plain = unquoted(line.replace("&nbsp;", " ")).strip("* ")
    if not plain:
        return ""
    if plain[0] in "-_=—–‐‑−":
        for name, dashed in (("forward", _FORWARDED), ("original", _ORIGINAL)):
            found = dashed.match(plain)
            # Old clients set the first header on the same line: "-----Original Message----- From: …".
            if found and (found.end() == len(plain) or label_of(plain[found.end() :])):
                return name
        return ""
    if _ORIGINAL_LINE.match(plain) or is_groupwise(line):
        return "original"
    return "forward" if _FORWARD_LINE.match(plain) or _FORWARD_BARE.fullmatch(plain) else ""


def ends_forward(line: str) -> bool:
    """The line "-------- Конец пересылаемого сообщения --------" that Yandex sets below a letter sent on."""
    return (
        len(line) <= 160
        and line.lstrip(" >")[:2] in ("--", "==", "__")
        and _FORWARD_END.match(unquoted(line)) is not None
    )


def is_dashed_phrase(line: str) -> bool:
    """Words between dashes in a language that no table knows, or known words without the dashes (BlackBerry); a quotation only
    if a header block follows."""
    if not 8 < len(line) <= 120:
        return False
    text = unquoted(line)
    return ("---" in line and _UNKNOWN_DASHED.match(text) is not None) or _PHRASE_ALONE.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def label_of(line: str) -> str:
    """Which header a line `From: …` names (from, date, to, cc, subject, other), or ''."""
    if ":" not in line and "：" not in line:
        return ""
    found = _LABEL.match(unquoted(line[:120]))
    return _LABEL_KINDS.get(found[1].strip().casefold(), "") if found else ""


def _label_at(line: str) -> str:
    return label_of(line) if len(line) <= MAX_LINE else label_of(line[:MAX_LINE])


def header_block_at(lines: Sequence[str], start: int, *, announced: bool = False) -> int | None:
    """The index after a quoted header block that begins at `start`, or None. `announced`: a separator stands above it.

    Three different headers, one of them a sender or a date, or two whose values can only be headers' values: people
    write "Кому: …" and "Тема: …" themselves, on forms.
    """
    first = _label_at(lines[start])
    if not first or first in ("cc", "other"):
        return None
    if start and _label_at(lines[start - 1]) not in ("", "cc", "other"):
        return None  # the rest of a block that was judged to be none
    kinds, end = _block(lines, start, first, announced)
    named = kinds.keys() - {"other"}
    if announced and (len(named) >= 2 or (first == "from" and start and is_rule(lines[start - 1]))):
        return end
    if len(named) >= 3 and ("from" in named or "date" in named) and _is_plausible(lines, kinds, first):
        return end
    if len(named) == 2 and _two_are_enough(lines, kinds, first, end):
        return end
    return None


def _block(lines: Sequence[str], start: int, first: str, announced: bool) -> tuple[dict[str, int], int]:
    """The headers that stand together from `start` on, each with its line, and the index after the last."""
    kinds = {first: start}
    end, gap = start + 1, 0
    for index in range(start + 1, min(start + MAX_BLOCK, len(lines))):
        if is_marker(lines[index]):
            break
        kind = _label_at(lines[index])
        if kind:
            kinds.setdefault(kind, index)
            end, gap = index + 1, 0
            continue
        gap += 1
        if gap > (3 if announced else 2) or (not lines[index].strip() and len(kinds) >= 4):
            break
    return kinds, end


def _two_are_enough(lines: Sequence[str], kinds: dict[str, int], first: str, end: int) -> bool:
    if first == "to":
        # Yandex writes "Кому: …; Тема: …;" above its attribution, and not always a rule above both.
        below = [index for index in range(end, min(end + 3, len(lines))) if lines[index].strip()][:1]
        return any(attribution_at(lines, index)[0] is Strength.STRONG for index in below)
    if {"from", "subject"} <= kinds.keys():
        return ADDRESS.search(_value(lines[kinds["from"]])) is not None
    if "date" in kinds and kinds.keys() & {"from", "to"}:
        date = _value(lines[kinds["date"]])
        other = _value(lines[kinds.get("from", kinds.get("to", end - 1))])
        return has_date(date) and TIME.search(date) is not None and ADDRESS.search(other) is not None
    return False


def _value(line: str) -> str:
    text = unquoted(line)
    return text[max(text.find(":"), text.find("：")) + 1 :].strip("* ")


def _is_plausible(lines: Sequence[str], kinds: dict[str, int], first: str) -> bool:
    """Four headers, or at least one value that is an address or a moment: an itinerary's "От: Москва, До: Тула" is no header
    block, nor a joke's "От: меня, Кому: вам, Тема: проверка"."""
    sender_first = first in ("from", "date")
    if sender_first and "subject" in kinds and len(kinds.keys() - {"other"}) >= 4:
        return True
    values = [_value(lines[index]) for index in kinds.values()]
    # A label alone on its line has its value on the next one.
    values += [lines[index + 1][:MAX_LINE] for index in kinds.values() if index + 1 < len(lines)]
    # A notice of one's own, «Тема: … Дата: … Кому: …», begins with what it is about, and names no address.
    dated = sender_first and "subject" in kinds
    return any(ADDRESS.search(value) or (dated and has_date(value)) for value in values)


def before_inline_headers(line: str) -> str | None:
    """The own words before a header block that a client ran together on one line ("…кода.От: … Отправлено: …"), or None."""
    if len(line) > 4 * MAX_LINE or ":" not in line:
        return None
    for writer, date in INLINE_LABELS:
        end = line.find(date)
        start = line.rfind(writer, 0, end) if end > 0 else -1
        values = line[start : end + 80] if start >= 0 else ""
        if ADDRESS.search(values) and has_date(values):
            return line[:start]
    return None
