"""One pass over a plain text's lines: what is quoted goes, what a person wrote is kept in order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice

from maildesk.parse import quotes_fresh, quotes_line
from maildesk.parse.quotes_attribution import Strength, attribution, attribution_at, glued, may_announce
from maildesk.parse.quotes_dates import ADDRESS, TIME
from maildesk.parse.quotes_heads import (
    before_inline_headers,
    ends_forward,
    header_block_at,
    is_dashed_phrase,
    is_marker,
    is_our_marker,
    separator,
)
from maildesk.parse.quotes_line import is_piped, is_quoted, is_rule
from maildesk.parse.quotes_lotus import lotus_head_at
from maildesk.parse.quotes_unknown import unknown_attribution
from maildesk.parse.signatures import strip_tail, without_armour

# Texts are bounded by the door at 1 MB of HTML; a plain text of more lines is a log, and its head is what was written.
MAX_LINES = 200_000
# So many characters of unquoted lines are searched for the head of a quotation; below them everything is kept.
MAX_LOOKED = 150_000
# What looking at a line costs besides its characters.
LINE_COST = 20
# Blank lines that may stand between an attribution and its quotation.
MAX_BLANKS = 12
# Signatures are looked for above so many quotations: inline answers have none.
MAX_SETTLED = 50
# So far below an attribution that names only a day a quotation is looked for.
MAX_AHEAD = 200
# The last lines of an answer, among which client lines and signatures stand.
_END = 40


@dataclass(frozen=True, slots=True)
class _Found:
    """A quotation's head: what kind (original, forward, headers, attribution, marker) and the index after it."""

    kind: str
    end: int


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A plain text's own words, whether anything quoted was cut off, and whether it was a forwarded letter."""

    text: str
    found_quote: bool
    forwards: bool


def own_words(text: str, *, fresh: bool = False) -> OwnWords:
    """Cut one plain text. `fresh`: the mail answers nothing, so what only looks quoted is the person's own."""
    lines = without_armour(text.replace("\r\n", "\n").replace("\r", "\n").split("\n", MAX_LINES))
    walker = _Walker(quotes_fresh.protected(lines) if fresh else lines, fresh=fresh)
    kept = "\n".join(line.removeprefix(quotes_fresh.OWN).rstrip() for line in walker.walk())
    return OwnWords(kept.strip("\n"), walker.found_quote, walker.forwards)


class _Walker:
    """One pass over the lines; every look ahead is bounded."""

    def __init__(self, lines: list[str], *, fresh: bool = False) -> None:
        self.lines = lines
        self._fresh = fresh
        self.found_quote = False
        self.forwards = False
        self._kept: list[str] = []
        self._piped = False
        self._looked = 0
        self._heads = 0
        self._cut_out = False
        self._initials = _frequent_initials(lines)

    def walk(self) -> list[str]:
        index = 0
        while index < len(self.lines):
            line = self.lines[index]
            if self._is_quote(line):
                index = self._skip_quote(index)
                continue
            head = self._look(index)
            if head is None:
                self._keep(line)
                index += 1
                continue
            self._begin_quote(head)
            if head.kind != "marker" and self._quote_follows(head.end):
                index = head.end
            elif head.kind == "forward" and (end := self._forward_ends(head.end)):
                index = end
            else:
                break
        self._settle()
        return _trim(self._kept)

    def _forward_ends(self, index: int) -> int:
        """The index after the line that ends a letter sent on; 0 where no line says so."""
        return next((end + 1 for end in range(index, len(self.lines)) if ends_forward(self.lines[end])), 0)

    def _keep(self, line: str) -> None:
        """Keep a line; the answers above and below a quotation that was cut out stand apart by one empty line."""
        if self._cut_out and not line.strip():
            return
        if self._cut_out and self._kept:
            self._kept.append("")
        self._cut_out = False
        self._kept.append(line)

    def _cut_here(self) -> None:
        while self._kept and not self._kept[-1].strip():
            self._kept.pop()
        self._cut_out = True

    def _look(self, index: int) -> _Found | None:
        """The head of a quotation at this line, while there is budget left to look for one."""
        self._looked += len(self.lines[index]) + LINE_COST
        if self._looked > MAX_LOOKED or not self.lines[index].strip():
            return None
        glued_head = None if separator(self.lines[index]) else self._glued_head(index)
        return glued_head or self._head_at(index)

    def _begin_quote(self, head: _Found) -> None:
        if not self.found_quote:
            self.forwards = head.kind == "forward"
        self.found_quote = True
        if head.kind == "marker":
            self._drop_unknown_attribution()
        self._cut_here()
        while self._kept and (not self._kept[-1].strip() or is_rule(self._kept[-1])):
            self._kept.pop()
        self._heads += 1
        if self._heads <= MAX_SETTLED:
            self._settle()
        self._piped = head.end < len(self.lines) and is_piped(self._next_text(head.end))

    def _settle(self) -> None:
        """Take what a client added off the end of what was kept so far."""
        while self._kept and not self._kept[-1].strip():
            self._kept.pop()
        self._kept[-_END:] = strip_tail(self._kept[-_END:])

    def _drop_unknown_attribution(self) -> None:
        """The marker opens our letter: a line right above it that ends in a colon and holds a date or an address is a client's."""
        kept = self._kept
        while kept and not kept[-1].strip():
            kept.pop()
        if kept and attribution(kept[-1]):
            kept.pop()

    def _is_quote(self, line: str) -> bool:
        if is_quoted(line) or (self._piped and is_piped(line)):
            return True
        return bool(self._initials) and quotes_line.initials_of(line) in self._initials

    def _skip_quote(self, index: int) -> int:
        """Pass a run of quoted lines, with what wrapped out of them; the index after it."""
        if not self.found_quote and not self._kept and attribution(self.lines[index]):
            # Mail.ru quotes its own attribution.
            self.forwards = False
        if separator(self.lines[index]) == "forward" and not self.found_quote:
            self.forwards = True
        self.found_quote = True
        previous = self.lines[index]
        index += 1
        while index < len(self.lines):
            line = self.lines[index]
            if not self._is_quote(line):
                following = self.lines[index + 1] if index + 1 < len(self.lines) else ""
                if not (self._is_quote(following) and _wrapped_out(previous, line)):
                    break
            previous = line
            index += 1
        self._cut_here()
        return index

    def _glued_head(self, index: int) -> _Found | None:
        """A head that a client set behind a person's words, on their line; the words are kept."""
        line = self.lines[index]
        for kind, own in (("attribution", glued(line)), ("headers", before_inline_headers(line))):
            if own is not None:
                self._keep(own)
                return _Found(kind, index + 1)
        return None

    def _head_at(self, index: int) -> _Found | None:
        """The head of a quotation that begins at this line, if one does."""
        line = self.lines[index]
        if is_marker(line) and not self._is_desks_own(line):
            return _Found("marker", index + 1)
        kind = separator(line)
        if kind:
            return _Found(kind, self._after_headers(index + 1))
        end = header_block_at(self.lines, index, announced=self._rule_above())
        if end is not None:
            return _Found("headers", end)
        if is_dashed_phrase(line):
            below = self._next_index(index + 1)
            if below is not None and (end := header_block_at(self.lines, below, announced=True)):
                return _Found("original", end)
        strength, end = attribution_at(self.lines, index)
        if strength > Strength.NONE and (
            self._quote_follows(end) or (strength is Strength.STRONG and self._is_sure(index, end))
        ):
            return _Found("attribution", end)
        if end := lotus_head_at(self.lines, index):
            return _Found("headers", end)
        if end := unknown_attribution(self.lines, index) or 0:
            return _Found("attribution", end)
        if self._marks_follow(index + 1) and may_announce(line):
            return _Found("attribution", index + 1)
        return None

    def _is_desks_own(self, line: str) -> bool:
        """Another desk's marker at the very top, with nothing above it and nothing quoted: the letter is that desk's, and its words
        stand below."""
        return not self._kept and not self.found_quote and not is_quoted(line) and not is_our_marker(line)

    def _is_sure(self, start: int, end: int) -> bool:
        """Whether an attribution without quoted lines below it is one: a person's «3 марта Павел писал:» names a day, hardly a time
        or an address, and a real head may still come."""
        text = " ".join(self.lines[start:end])
        if ADDRESS.search(text):
            return True
        below = self.lines[end : end + MAX_AHEAD]
        if self._fresh and not TIME.search(text):
            return False
        if TIME.search(text):
            return not any(self._is_quote(line) and self._announced(end + index) for index, line in enumerate(below))
        return not any(self._is_quote(line) for line in below)

    def _announced(self, index: int) -> bool:
        """Whether a quoted line has an attribution of its own right above it."""
        above = next((at for at in range(index - 1, max(-1, index - 4), -1) if self.lines[at].strip()), None)
        return (
            above is not None
            and not self._is_quote(self.lines[above])
            and attribution(self.lines[above]) is Strength.STRONG
        )

    def _after_headers(self, index: int) -> int:
        below = self._next_index(index)
        if below is None:
            return index
        end = header_block_at(self.lines, below, announced=True)
        return index if end is None else end

    def _rule_above(self) -> bool:
        for line in islice(reversed(self._kept), 3):
            if line.strip():
                return is_rule(line)
        return False

    def _next_index(self, index: int) -> int | None:
        for below in range(index, min(index + MAX_BLANKS, len(self.lines))):
            if self.lines[below].strip():
                return below
        return None

    def _next_text(self, index: int) -> str:
        below = self._next_index(index)
        return "" if below is None else self.lines[below]

    def _marks_follow(self, index: int) -> bool:
        """Whether quoted lines begin on the next line, or behind one empty line."""
        return any(is_quoted(line) for line in self.lines[index : index + 2])

    def _quote_follows(self, index: int) -> bool:
        text = self._next_text(index)
        return bool(text) and (self._is_quote(text) or (is_piped(text) and not self._fresh))


def _frequent_initials(lines: list[str]) -> frozenset[str]:
    """The initials by which The Bat! marks quoted lines here: those that begin two lines, or three if it is a whole name."""
    marks = [initials for line in lines if ">" in line[:48] and (initials := quotes_line.initials_of(line))]
    if not marks:
        return frozenset()
    counts = Counter(marks)
    frequent = {initials for initials, count in counts.items() if count > (1 if len(initials) <= 4 else 2)}
    # A whole name that an attribution names («"Petra" == Petra N. writes:») marks its lines even where there are two of them.
    heads = " ".join(
        line for line in lines[:MAX_AHEAD] if line.rstrip().endswith(":") and attribution(line) > Strength.NONE
    )
    frequent |= {name for name, count in counts.items() if count > 1 and name in heads}
    if frequent:
        # An older letter's lines, «ИГ>> …», may be few.
        frequent |= {
            initials for line in lines if (initials := quotes_line.initials_of(line)) and f"{initials}>>" in line[:48]
        }
    return frozenset(frequent)


def _wrapped_out(previous: str, line: str) -> bool:
    """Whether an unmarked line between two quoted ones is the broken-off end of the first, not an answer."""
    text = line.strip()
    if not text or len(line) > quotes_line.MAX_LINE:
        return False
    before = previous.rstrip()
    if text.startswith(("(http", "<http")) or (" " not in text and before.count("(") > before.count(")")):
        return True
    return len(before) >= 60 and before[-1] not in ".?!:;…" and (text[0].islower() or text[0] in ",.;)»")


def _trim(lines: list[str]) -> list[str]:
    """No blank lines at the top, and none doubled where a quotation was cut out."""
    start = 0
    while start < len(lines) and not lines[start].strip():
        start += 1
    return lines[start:]
