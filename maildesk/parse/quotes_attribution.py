"""The line above a quotation, "on that day that person wrote:", also where a client wrapped it over several lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from maildesk.parse.quotes_dates import ADDRESS, TIME, has_date, starts_with_date
from maildesk.parse.quotes_line import MAX_LINE, bare, is_quoted, readable
from maildesk.parse.quotes_words import OPENINGS, WEEKDAYS, WROTE, literal_words, words

# An attribution wraps over at most this many lines (Gmail breaks at 72–78 characters, addresses are long).
MAX_WRAP = 4

# "On Monday afternoon," may be the first line of a wrapped attribution; so many words without a date are a person's own.
FEWEST_WORDS = 5

# What may still follow, on a line of its own, an attribution that is already known: "wrote:", "napisał(a):".
MAX_CLOSING = 24

# An attribution in a shape that no table knows is at most this long.
MAX_ANNOUNCING = 160


class Strength(IntEnum):
    """How sure an attribution is. WEAK counts only when quoted lines follow at once."""

    NONE = 0
    WEAK = 1
    STRONG = 2


_TAIL = r"[>)\]\"'*;» ]{0,6}\s?[:：]?[*_ ]{0,4}$"
_ADDRESS_END = re.compile(rf"[\w.+=~/%&'!#-]{{1,64}}@[\w.-]{{1,200}}{_TAIL}", re.I)
_BRACKETED_END = re.compile(r"[<(\[][^<>()\[\]\s]{1,100}@[^<>()\[\]\s]{1,200}[>)\]][>*]{0,3}\s?[:：]?$")

_VERB = rf"(?<!\w){words(WROTE)}(?!\w)"
_VERB_ANY = re.compile(_VERB, re.I)
_AFTER_VERB = r"(?:het volgende|følgende|följande|das folgende|следующее|lo siguiente|ci-dessous|ceci)"
_VERB_END = re.compile(
    rf"{_VERB}(?:\s?\([^()]{{1,6}}\))?(?:\s{_AFTER_VERB})?\s?(?:[:：]|\.\.\.|…|-{{2,9}})?[\s>*_.-]{{0,9}}$", re.I
)
_CJK_END = re.compile(
    r"(?:写道|寫道|写到|のメール|のメッセージ|書きました|작성|썼습니다|글|작성하였습니다|작성했습니다|다음과 같이 썼습니다)\s?[:：]?$"
)
# Without a colon an attribution ends like this, if at all.
_ENDS = ("--", "wrote", "writes", "said", "...", "…", ")", "写道", "작성")
# Between "wrote" and the day, where a client names the writer first: "schrieb am Fr., 28. Apr. 2017 um 11:53 Uhr:".
_BEFORE_DATE = re.compile(r"(?:on|am|le|el|em|il|op|den|dne|dnia|в)\s", re.I)
_OPENING = re.compile(rf"(?:{literal_words(OPENINGS)}\s|[在于於ב])", re.I)
_WEEKDAY = re.compile(rf"{literal_words(WEEKDAYS)}\w{{0,9}}[.,]{{0,2}}\s", re.I)
_VIA = re.compile(r".{1,80}\svia\s.{1,80}\s(?:wrote|schrieb|said)\s?:?$", re.I)
_ISO_NAME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d GMT[+-]\d\d:\d\d [^:]{2,80}:?$")
_POSTED_BY = re.compile(r"Posted by .{1,80} on \d{2}/\d{2}/\d{4}$", re.I)
_QUOTING = re.compile(r"(?:quoting|zitat von|zitiere|citando(?: a)?|цитирую|citat från|citerar)\s.{1,120}[:：]$", re.I)
_YOU_WROTE = re.compile(r"(?<!\w)(?:вы писали|ты писала?|you wrote|вы написали)(?!\w).{0,80}[:：]$", re.I)
_FROM_WHOM = re.compile(r"(?:сообщение|письмо|message|mail|nachricht) (?:от|from|von) |^(?:цитата|quote)\b", re.I)
_DAYS = "mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|mo|di|mi|do|fr|sa|so"
# A client that lost the line end after its attribution: "On … wrote:Dear …", which nobody types so.
_RUN_ON = re.compile(r"On .{8,160}?\bwrote:(?=[A-Z<])")
_GLUED = re.compile(rf"(?:\s?-{{2,9}}\s?|\s)((?:On|Le|Am|El)\s(?:{_DAYS})\w{{0,8}}[.,].{{8,160}}:)$", re.I)


@dataclass(frozen=True, slots=True)
class _Signs:
    """What is to be seen in one line."""

    colon: bool
    verb_end: bool
    date: bool
    time: bool
    address: bool
    starts: bool


def attribution(line: str) -> Strength:
    """How surely one (unwrapped) line is an attribution."""
    if len(line) > MAX_LINE:
        return Strength.NONE
    text = bare(line)
    if run_on := _RUN_ON.match(text):
        text = run_on[0]
    if len(text) < 8:
        return Strength.NONE
    colon = _is_closed(text)
    verb_end = (colon or text.endswith(_ENDS)) and (
        _VERB_END.search(text[-60:]) is not None or _CJK_END.search(text[-40:]) is not None
    )
    if not (colon or verb_end or text.endswith((">", "]")) or text[0].isdigit() or text[:6].lower() == "posted"):
        return Strength.NONE
    signs = _Signs(
        colon=colon,
        verb_end=verb_end,
        date=has_date(text),
        time=TIME.search(text) is not None,
        address="@" in text and ADDRESS.search(text) is not None,
        starts=_starts(text),
    )
    if _is_strong(text, signs):
        return Strength.STRONG
    return Strength.WEAK if _is_weak(text, signs) else Strength.NONE


def may_announce(line: str) -> bool:
    """A short line that ends in a colon and names a day, an address or a writer: an attribution if `>` lines follow at once."""
    text = bare(line) if len(line) <= MAX_ANNOUNCING else ""
    if not _is_closed(text):
        return False
    return has_date(text) or ADDRESS.search(text) is not None or _FROM_WHOM.search(text) is not None


def _starts(text: str) -> bool:
    return _OPENING.match(text) is not None or _WEEKDAY.match(text) is not None or starts_with_date(text)


def _is_strong(text: str, seen: _Signs) -> bool:
    known = seen.address or (seen.date and seen.time)
    if not (known or seen.date):
        return len(text) < 160 and " via " in text and _VIA.match(text) is not None
    verb = seen.verb_end or (seen.colon and _VERB_ANY.search(text) is not None)
    end = text[-280:]
    address_end = seen.address and _ADDRESS_END.search(end) is not None
    bracketed = seen.address and _BRACKETED_END.search(end) is not None
    return bool(
        (verb and seen.date and (seen.starts or seen.address))
        or (seen.verb_end and seen.colon and seen.address and len(text) < 250)
        or (seen.date and seen.time and address_end and (seen.colon or (seen.starts and bracketed)))
        or (seen.date and bracketed and starts_with_date(text))
        or (seen.colon and verb and seen.date and _names_date_last(text))
        or (seen.colon and seen.date and seen.time and _YOU_WROTE.search(text))
        or (seen.colon and address_end and _QUOTING.match(text))
        or (len(text) < 160 and _VIA.match(text))
        or _ISO_NAME.match(text)
        or _POSTED_BY.match(text)
    )


def _is_weak(text: str, seen: _Signs) -> bool:
    if seen.verb_end and (seen.colon or seen.date):
        return True
    if not seen.colon:
        # Rambler: "03.02.2022, 10:52, help@school.example", and nothing else on the line.
        alone = seen.date and seen.time and seen.address and starts_with_date(text)
        return alone and len(text) < 120 and _ADDRESS_END.search(text[-280:]) is not None
    if (seen.date and (seen.time or seen.address)) or _QUOTING.match(text) or _YOU_WROTE.search(text):
        return True
    return (seen.date or seen.address or _OPENING.match(text) is not None) and _VERB_ANY.search(text) is not None


def _names_date_last(text: str) -> bool:
    """ "Имя писал 2026-11-23 14:05:": the writer, the verb, and nothing behind them but the day."""
    for found in _VERB_ANY.finditer(text):
        rest = text[found.end() :].lstrip(", ")
        for lead in (_BEFORE_DATE, _WEEKDAY):
            if opening := lead.match(rest):
                rest = rest[opening.end() :]
        if len(rest) < 90 and starts_with_date(rest):
            return True
    return False


def _may_start(text: str) -> bool:
    name_first = "@" in text or (text.endswith(("<", "[", "(")) and len(text) < 120)
    return name_first or _starts(text)


def attribution_at(lines: Sequence[str], start: int) -> tuple[Strength, int]:
    """The attribution that begins at `start`, also wrapped, and the index after its last line."""
    first = lines[start]
    text = bare(first)
    if not text or len(first) > MAX_LINE:
        return Strength.NONE, start
    strength = attribution(first)
    if not _may_start(text) or (strength is Strength.STRONG and _is_closed(text)):
        return strength, start + 1
    after = start + 1
    joined = text
    for end in range(start + 1, min(start + MAX_WRAP, len(lines))):
        more = _continuation(lines[end], first)
        if not more or (end == start + 1 and _is_prose_above(text, lines[end])):
            break
        joined += more if joined.endswith(("<", "(", "[", "@")) or more[0] == "@" else f" {more}"
        if strength is Strength.STRONG and (len(more) > MAX_CLOSING or not _is_closed(joined)):
            break
        wrapped = attribution(joined)
        if wrapped > strength or (wrapped is strength is Strength.STRONG):
            strength, after = wrapped, end + 1
        if wrapped is Strength.STRONG and _is_closed(joined):
            break
    return strength, after


def _is_prose_above(text: str, below: str) -> bool:
    """Whether the line is somebody's own sentence that merely begins like an attribution («В каком классе это было?») right above
    one that is whole by itself."""
    if has_date(text) or "@" in text:
        return False
    prose = text.endswith((".", "!", "?", "…")) or len(text.split()) >= FEWEST_WORDS
    return prose and _starts(bare(below)) and attribution(below) is Strength.STRONG


def _is_closed(text: str) -> bool:
    """Whether the line has its final colon: without it "wrote:" may still come on a line of its own."""
    return text.rstrip("*_->|. ").endswith((":", "："))


def _continuation(line: str, first: str) -> str:
    """What a wrapped line adds to the one above it; '' where the attribution cannot go on."""
    if line.strip() in (">:", "> :") and "<" in first and not is_quoted(first):
        return ">:"  # the end of an address, not a quoted line
    if len(line) > MAX_LINE or (is_quoted(line) and not is_quoted(first)):
        return ""
    opening = "<" if line.lstrip("> ").startswith("<") else ""
    return opening + bare(line)


def glued(line: str) -> str | None:
    """The own words of a line that runs on into an attribution ("Yes. On Wed, … wrote:"), or None."""
    if len(line) > MAX_LINE or not line.rstrip().endswith(":"):
        return None
    text = readable(line)
    if _OPENING.match(text):
        return None
    found = _GLUED.search(text)
    if found is None or not found.start() or attribution(found[1]) is not Strength.STRONG:
        return None
    if not (TIME.search(found[1]) or ADDRESS.search(found[1])):
        return None  # "<petra> On Friday, 21 October, Ulf wrote:" is somebody's own
    return text[: found.start()]
