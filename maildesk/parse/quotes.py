"""Which lines of a plain text announce, head or make a quotation: one look at a bounded window of lines, no more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum

from maildesk.parse.quotes_words import (
    ABOVE_THIS_LINE,
    FORWARD_LINES,
    FORWARDED,
    LABELS,
    MONTHS,
    OPENINGS,
    ORIGINAL,
    WEEKDAYS,
    WROTE,
    literal_words,
    words,
)

# A client's own line is short; what is longer was typed by a person, and no expression shall run along a megabyte.
MAX_LINE = 500
# An attribution wraps over at most this many lines (Gmail breaks at 72–78 characters, addresses are long).
MAX_WRAP = 4
# A quoted header block: this many lines are looked at, blank and wrapped ones among them.
MAX_BLOCK = 16
# Blank lines that may stand between an attribution and its quotation.
MAX_BLANKS = 12


class Strength(IntEnum):
    """How sure an attribution is. WEAK counts only when quoted lines follow at once."""

    NONE = 0
    WEAK = 1
    STRONG = 2


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")

_QUOTED = re.compile(r"\s{0,8}>")
_NOT_QUOTED = re.compile(r">{2,} .{0,200}<{2,}\s*$|>{3} >{3}")
_INITIALS = re.compile(r"\s{0,4}([A-Za-zА-Яа-яЁё][\w.]{0,3})>{1,9}(?:\s|$)")
_PIPED = re.compile(r"\s{0,4}\|(?:\s|$)")
RULE = re.compile(r"\s*[>*]*\s*[-_=—–*~⎯─•]{3,}[-_=—–*~ ⎯─•]*\s*$")

_DASHES = r"[-_=*—–]{2,}"
_ORIGINAL = re.compile(rf"{_DASHES}[\s>*]*{words(ORIGINAL)}[\s:*]*{_DASHES}[*\s]*", re.I)
_FORWARDED = re.compile(rf"{_DASHES}[\s>*]*{words(FORWARDED)}[\s:*]*{_DASHES}[*\s]*", re.I)
_FORWARD_LINE = re.compile(rf"{words(FORWARD_LINES)}\s*[:：]$", re.I)
_UNKNOWN_DASHED = re.compile(r"-{4,}\s?[^\W\d_][^-_=<>]{3,50}-{4,}\s*$")
_MARKER = re.compile(words(ABOVE_THIS_LINE), re.I)
_HASH_MARKER = re.compile(r"##-.{3,150}-##\s*$")

_MONTH = words(MONTHS) + r"\w*"
_NUMERIC = r"\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}"
_NAMED = rf"\d{{1,2}}(?:st|nd|rd|th|er|ª|º)?[.,]?[\s/-]*(?:de\s|d['’]|ve\s)?{_MONTH}|{_MONTH}[.,]?[\s/-]*\d{{1,2}}"
_CJK = r"\d{4}\s?[年년]\s?\d{1,2}\s?[月월]"
DATE = re.compile(rf"(?<![\w@])(?:{_NUMERIC}|{_NAMED}|{_CJK})", re.I)
TIME = re.compile(r"(?<![\d.])\d{1,2}\s?[:.hч시时時]\s?\d{2}(?!\d)(?!\.\d{2,4})", re.I)
ADDRESS = re.compile(r"[\w.+=~/%&'!#-]{1,120}@[\w.-]{1,200}", re.I)
_ADDRESS_END = re.compile(r"[\w.+=~/%&'!#-]{1,120}@[\w.-]{1,200}[>)\]\"'*;» ]*\s*[:：]?[*_ ]*$", re.I)
_BRACKETED_END = re.compile(r"[<(\[][^<>()\[\]\s]{1,120}@[^<>()\[\]\s]{1,200}[>)\]][>*]*\s*[:：]?$")

_VERB = rf"(?<!\w){words(WROTE)}(?!\w)"
_VERB_ANY = re.compile(_VERB, re.I)
_VERB_END = re.compile(
    rf"{_VERB}(?:\s?\([^()]{{1,6}}\))?(?:\s(?:het volgende|følgende|följande|das folgende|следующее|lo siguiente|ci-dessous|ceci))?"
    r"\s*(?:[:：]|\.\.\.|…|-{2,})?[\s>*_-]*$",
    re.I,
)
_CJK_END = re.compile(
    r"(?:写道|寫道|写到|のメール|のメッセージ|書きました|작성|썼습니다|글|작성하였습니다|작성했습니다|다음과 같이 썼습니다)\s*[:：]?$"
)
_VERB_DATE_END = re.compile(
    rf"{_VERB},?\s(?:on\s|am\s|le\s|el\s|em\s|il\s|op\s|den\s|dne\s|dnia\s|в\s)?(?:\w{{2,12}}\.?,?\s)?(?:{_NUMERIC}|{_NAMED}|{_CJK}).{{0,60}}[:：]$",
    re.I,
)
_OPENING = re.compile(rf"(?:{literal_words(OPENINGS)}\s|(?:在|于|於|ב))", re.I)
_WEEKDAY = re.compile(rf"{literal_words(WEEKDAYS)}\w{{0,9}}[.,]*\s", re.I)
_DATE_START = re.compile(rf"(?:{_NUMERIC}|{_NAMED}|{_CJK}|\d{{1,2}}[:.]\d\d[\s,])", re.I)
_VIA = re.compile(r".{1,80}\svia\s.{1,80}\s(?:wrote|schrieb|said)\s?:?$", re.I)
_ISO_NAME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d GMT[+-]\d\d:\d\d [^:]{2,80}:?$")
_POSTED_BY = re.compile(r"Posted by .{1,80} on \d{2}/\d{2}/\d{4}$", re.I)
_QUOTING = re.compile(r"(?:quoting|zitat von|zitiere|citando(?: a)?|цитирую|citat från|citerar)\s.{1,120}[:：]$", re.I)
_YOU_WROTE = re.compile(r".{0,120}(?<!\w)(?:вы писали|ты писала?|you wrote|вы написали)(?!\w).{0,80}[:：]$", re.I)
_GLUED = re.compile(
    r"(?P<own>.{1,200}?)(?:\s*-{2,}\s?|\s)(?P<line>(?:On|Le|Am|El)\s(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|mo|di|mi|do|fr|sa|so)\w{0,8}[.,].{8,160}"
    r"(?:wrote|a [ée]crit|schrieb.{0,80}|escribi[óo])\s?:)\s*$",
    re.I,
)


def readable(line: str) -> str:
    """A line as a reader sees it: at most MAX_LINE characters, odd spaces made plain, invisible characters gone."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", line[: MAX_LINE + 1])).strip()


def is_quoted(line: str) -> bool:
    """A line that begins with the quotation mark `>` (and is not an advertisement's `>>> link <<<`)."""
    head = line[: MAX_LINE + 1]
    return _QUOTED.match(head) is not None and _NOT_QUOTED.match(head.strip()) is None


def initials_of(line: str) -> str:
    """The initials of a The Bat! quotation, `СП> text`; '' if it is none."""
    found = _INITIALS.match(line[:40])
    return found[1] if found else ""


def is_piped(line: str) -> bool:
    """A line quoted by a vertical bar: only meant where an attribution stands right above."""
    return _PIPED.match(line[:40]) is not None


def unquoted(line: str) -> str:
    """The line without its quotation marks, readable."""
    return readable(line.lstrip()[: MAX_LINE + 1]).lstrip("> |").strip()


def bare(line: str) -> str:
    """The line without quotation marks and without the dashes and stars that clients set around their own lines."""
    return unquoted(line).strip("*_ ").lstrip("-—–<│ ").strip("* ")


def is_marker(line: str) -> bool:
    """The line above which a desk asks to write, also when a client wrapped or bracketed it."""
    text = unquoted(line)
    return len(text) <= 160 and (_MARKER.search(text) is not None or _HASH_MARKER.match(text) is not None)


def glued(line: str) -> str | None:
    """The own words of a line that runs on into an attribution ("Yes. On Wed, … wrote:"), or None."""
    if len(line) > MAX_LINE or ("@" not in line and ":" not in line):
        return None
    found = _GLUED.match(readable(line))
    if found is None or attribution(found["line"]) is not Strength.STRONG or _OPENING.match(readable(line)):
        return None
    return found["own"]


def separator(line: str) -> str:
    """'original' or 'forward' for a line like `-----Original Message-----`; '' if it is none."""
    if not line.strip() or len(line) > MAX_LINE:
        return ""
    text = unquoted(line)
    plain = text.strip("* ")
    for name, dashed in (("forward", _FORWARDED), ("original", _ORIGINAL)):
        found = dashed.match(plain)
        # Old clients set the first header on the same line: "-----Original Message----- From: …".
        if found and (found.end() == len(plain) or label_of(plain[found.end() :])):
            return name
    return "forward" if _FORWARD_LINE.match(plain) else ""


def is_dashed_phrase(line: str) -> bool:
    """Words between dashes in a language that no table knows; a quotation only if a header block follows."""
    return len(line) <= 120 and _UNKNOWN_DASHED.match(unquoted(line)) is not None


def attribution(line: str) -> Strength:
    """How surely one (unwrapped) line is "on that day that person wrote:"."""
    text = bare(line)
    if not 8 <= len(text) <= MAX_LINE:
        return Strength.NONE
    colon = text.rstrip("*_->| ").endswith((":", "："))
    verb_end = _VERB_END.search(text[-60:]) is not None or _CJK_END.search(text[-40:]) is not None
    if not (colon or verb_end or text.endswith((">", "]")) or text[0].isdigit() or text[:6].lower() == "posted"):
        return Strength.NONE
    date = DATE.search(text) is not None
    time = TIME.search(text) is not None
    address = ADDRESS.search(text) is not None
    opening = _OPENING.match(text) is not None
    starts = opening or _WEEKDAY.match(text) is not None or _DATE_START.match(text) is not None
    if _strong(text, colon, verb_end, date, time, address, starts):
        return Strength.STRONG
    if (verb_end and (colon or date)) or (colon and ((date and time) or (address and date))) or _QUOTING.match(text):
        return Strength.WEAK
    if colon and (_YOU_WROTE.match(text) or (_VERB_ANY.search(text) and (date or address or opening))):
        return Strength.WEAK
    return Strength.NONE


def _strong(text: str, colon: bool, verb_end: bool, date: bool, time: bool, address: bool, starts: bool) -> bool:
    verb = verb_end or (colon and _VERB_ANY.search(text) is not None)
    dashes = text.endswith("--") or verb_end
    address_end = address and _ADDRESS_END.search(text[-330:]) is not None
    return bool(
        (verb and date and (time or address or starts) and (starts or address) and (colon or dashes))
        or (verb_end and colon and address and len(text) < 250)
        or (date and time and address_end and (colon or (starts and _BRACKETED_END.search(text[-330:]))))
        or (date and starts and _DATE_START.match(text) and _BRACKETED_END.search(text[-330:]))
        or (colon and _VERB_DATE_END.search(text[-160:]))
        or (colon and time and date and _YOU_WROTE.match(text))
        or (colon and address_end and _QUOTING.match(text))
        or (len(text) < 160 and _VIA.match(text))
        or _ISO_NAME.match(text)
        or _POSTED_BY.match(text)
    )


def _may_start_plainly(text: str) -> bool:
    return bool(_OPENING.match(text) or _WEEKDAY.match(text) or _DATE_START.match(text))


def _may_start(text: str) -> bool:
    name_first = ADDRESS.search(text) is not None or (text.endswith(("<", "[", "(")) and len(text) < 120)
    return name_first or _may_start_plainly(text)


def attribution_at(lines: Sequence[str], start: int) -> tuple[Strength, int]:
    """The attribution that begins at `start`, also wrapped, and the index after its last line."""
    first = lines[start]
    text = bare(first)
    if not text or len(first) > MAX_LINE:
        return Strength.NONE, start
    strength = attribution(first)
    if strength is Strength.STRONG or not _may_start(text):
        return strength, start + 1
    weak_end = start + 1
    joined = text
    for end in range(start + 1, min(start + MAX_WRAP, len(lines))):
        more = bare(lines[end]) if lines[end].strip() != "<" else "<"
        if not more or (is_quoted(lines[end]) and not is_quoted(first)):
            break
        glue = "" if joined.endswith(("<", "(", "[")) or more[0] == "@" or joined.endswith("@") else " "
        joined += glue + ("<" + more if lines[end].lstrip("> ").startswith("<") and not more.startswith("<") else more)
        wrapped = attribution(joined)
        if wrapped is Strength.STRONG:
            return wrapped, end + 1
        if wrapped > strength:
            strength, weak_end = wrapped, end + 1
        elif strength and label_of(more):
            break
    return strength, weak_end


_LABEL_KINDS = {label: kind for kind, labels in LABELS.items() for label in labels}
_LABEL = re.compile(r"[*_ ]*([^\W\d_][^:：*_<>@]{0,24}?)\s?[*_]*\s?[:：]\s?[*_]*(?=(\s|\S|$))")
# Lotus and The Bat! align values by tabs; Outlook in Chinese and Japanese uses a full-width colon.


def label_of(line: str) -> str:
    """Which header a line `From: …` names (from, date, to, cc, subject, other), or ''."""
    found = _LABEL.match(unquoted(line))
    return _LABEL_KINDS.get(found[1].strip().casefold(), "") if found else ""


def _value(line: str) -> str:
    text = unquoted(line)
    return text[max(text.find(":"), text.find("：")) + 1 :].strip("* ")


def header_block_at(lines: Sequence[str], start: int, *, announced: bool = False) -> int | None:
    """The index after a quoted header block that begins at `start`, or None. `announced`: a separator stands above it.

    Three different headers, one of them a sender or a date, or two whose values can only be headers' values: people
    write "Кому: …" and "Тема: …" themselves, on forms.
    """
    first = label_of(lines[start])
    if not first or first in ("cc", "other"):
        return None
    kinds = {first: start}
    end, gap = start + 1, 0
    for index in range(start + 1, min(start + MAX_BLOCK, len(lines))):
        kind = label_of(lines[index])
        if kind:
            kinds.setdefault(kind, index)
            end, gap = index + 1, 0
            continue
        gap += 1
        if gap > (3 if announced else 2) or (not lines[index].strip() and len(kinds) >= 4):
            break
    named = len(kinds.keys() - {"other"})
    if announced and first == "from" and RULE.match(lines[start - 1][:MAX_LINE] if start else ""):
        return end
    has_source = "from" in kinds or "date" in kinds
    if named >= 3 and (has_source or announced) and _block_is_plausible(lines, kinds):
        return end
    if named == 2 and (announced or (first == "to" and _attribution_near(lines, end))):
        return end
    if named == 2 and "date" in kinds and kinds.keys() & {"from", "to"}:
        other = kinds.get("from", kinds.get("to", start))
        date = _value(lines[kinds["date"]])
        if DATE.search(date) and TIME.search(date) and ADDRESS.search(_value(lines[other])):
            return end
    if named == 2 and {"from", "subject"} <= kinds.keys() and ADDRESS.search(_value(lines[kinds["from"]])):
        return end
    return None


def _attribution_near(lines: Sequence[str], end: int) -> bool:
    """Yandex writes "Кому: …; Тема: …;" above its attribution, and not always a rule above both."""
    below = [index for index in range(end, min(end + 3, len(lines))) if lines[index].strip()][:1]
    return any(attribution_at(lines, index)[0] is Strength.STRONG for index in below)


def _block_is_plausible(lines: Sequence[str], kinds: dict[str, int]) -> bool:
    """At least one value is an address or a date: an itinerary's "От: Москва, До: Тула" is not a header block."""
    values = [_value(lines[index]) for index in kinds.values()]
    # A label alone on its line has its value on the next one.
    values += [lines[index + 1][:MAX_LINE] for index in kinds.values() if index + 1 < len(lines)]
    return "subject" in kinds or any(ADDRESS.search(value) or DATE.search(value) for value in values)
