"""Reads a form line by line: which lines are labels, what belongs to which, and where a description ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from maildesk.parse import form_guess
from maildesk.parse.form_labels import normal
from maildesk.parse.signatures import strip_tail

LONGEST_LABEL = 120

SEPARATED = re.compile(r"([^:：\t|]{1,120}?)[ \t]*(?:[:：]|\t|[ \t]\||\.{3,}[ \t]|…[ \t])[ \t|]*(.*)", re.DOTALL)
_DASHED = re.compile(r"([^:：]{1,60}?)[ \t]+[-–—=][ \t]+(.*)", re.DOTALL)
_RULE = re.compile(r"--[ \t]*|[-_=*—–]{3,}[ \t]*")
_FRAMED_END = re.compile(r"[ \t]*={3,}[ \t]*[^=\s].{0,60}?={3,}[ \t]*")
_FRAMED = re.compile(r"(?:-{2,}|={2,})[ \t]*([^-=].{0,120}?)[ \t]*(?:-{2,}|={2,})")

#: Fields that run over several lines; the others end with their first.
_LONG = frozenset({"text"})
_CHOICES = frozenset({"role", "category"})
_BULLET = re.compile(r"\s*(?:[-–—•*·▪○●☐☑☒✓✔✅+\[(]|[xх]\s)", re.IGNORECASE)
SHORT = frozenset({"name", "role", "class", "category", "phone", "email"})

_ONE_LINE = SHORT | {"child", "surname", "given", "patronymic", "other"}

#: How deep a line was quoted, and what it says.
Line = tuple[int, str]


@dataclass(slots=True)
class Entry:
    """A label that was found: its field, how deep it was quoted, and the lines of its value. `alone`: no value stood on its line;
    `guessed`: no table lists the label; `ended`: a rule was drawn below the value."""

    field: str
    depth: int
    lines: list[str]
    alone: bool = False
    guessed: bool = False
    ended: bool = False

    @property
    def value(self) -> str:
        return "\n".join(self.lines).strip()


def field_of(label: str, known: Mapping[str, str], *, guessing: bool) -> str:
    """The field that this label asks for, '' where it is none."""
    plain = normal(label)
    return known.get(plain) or (form_guess.field_of(plain) if guessing else "")


@dataclass(slots=True)
class Reader:
    """Reads the lines of a form. `guessing`: labels that no table knows count as well; `alone`: also those on a line of their
    own, as this form writes its labels."""

    known: Mapping[str, str]
    guessing: bool = False
    alone: bool = False
    _current: Entry | None = None
    _seen: set[str] = field(default_factory=set)
    _above: str = ""

    def entries(self, lines: Sequence[Line]) -> Iterator[Entry]:
        """The labels in order with their values: what follows a label belongs to it until the next one."""
        for depth, line in lines:
            found = self._label(line)
            if found and self._is_words_of_a_text(found):
                found = None
            self._above = line if line.strip() else ""
            if found:
                found.depth = depth
                yield from self._finished()
                self._current = found
                # «Класс:Тип обращения: Расписание»: the first was left empty, and its line end was lost.
                while self._current and self._current.lines and (nested := self._nested(self._current)):
                    self._current.lines = []
                    yield from self._finished()
                    self._current = nested
            elif self._current and not _take(self._current, depth, line):
                yield from self._finished()
        yield from self._finished()

    def _finished(self) -> Iterator[Entry]:
        entry, self._current = self._current, None
        if entry is None:
            return
        if entry.field == "text":
            lines = _without_heading(entry.lines) if entry.ended else self._without_robots_words(entry.lines)
            entry.lines = strip_tail(lines)
        if entry.value:
            self._seen.add(entry.field)
        yield entry

    def _is_words_of_a_text(self, found: Entry) -> bool:
        """A second «Вопрос:» or «Телефон:» inside a description is part of the description, and so is «Вопрос по профилям: …» that
        opens it."""
        if not (self._current and self._current.field == "text"):
            return False
        if not self._current.value:
            return found.field == "text" and found.guessed
        return found.field in self._seen or found.field == "text"

    def _label(self, line: str) -> Entry | None:
        """The label that a line begins with or is, and the value on the same line."""
        bare = _bare(line)
        head = bare[:LONGEST_LABEL]
        if not bare or (len(bare) > LONGEST_LABEL and ":" not in head and "\t" not in head):
            return None
        for pattern in (SEPARATED, _DASHED):
            match = pattern.fullmatch(bare)
            if match and (found := self._of(match.group(1), guessing=pattern is SEPARATED)):
                value = match.group(2).strip().strip("*").strip()
                guessed = normal(match.group(1)) not in self.known
                return Entry(found, 0, [value] if value else [], alone=not value, guessed=guessed)
        if len(bare) > LONGEST_LABEL:
            return None
        whole = self._of(bare, guessing=self.alone and self._a_label_may_stand(line))
        return Entry(whole, 0, [], alone=True) if whole else None

    def _a_label_may_stand(self, line: str) -> bool:
        """Where a form that writes its labels alone has one: below an empty line, out of an indented value, behind a short value."""
        current = self._current
        if not self._above or (self._above[:1] in " \t" and line[:1] not in " \t") or current is None:
            return True
        # A bullet below a bullet is one more option to choose from.
        option = _BULLET.match(line) and bool(current.lines) and _BULLET.match(current.lines[0])
        return current.field in _ONE_LINE and bool(current.value) and not option

    def _of(self, label: str, *, guessing: bool) -> str:
        found = field_of(label, self.known, guessing=self.guessing and guessing)
        inside = self._current is not None and self._current.field == "text"
        # A robot's label that only looks like one ends no description: what stands behind it is judged as a whole.
        return "" if found == "other" and inside and normal(label) not in self.known else found

    def _nested(self, entry: Entry) -> Entry | None:
        match = SEPARATED.fullmatch(entry.lines[0]) if entry.field in SHORT else None
        found = self.known.get(normal(match.group(1))) if match else None
        if match is None or found is None or found == entry.field:
            return None
        value = match.group(2).strip()
        return Entry(found, entry.depth, [value] if value else [])

    def _without_robots_words(self, lines: list[str]) -> list[str]:
        """A description without the blocks below it that a site's robot added; each has to stand apart from what is above it."""
        end = len(lines)
        while end:
            if not lines[end - 1].strip() or form_guess.is_rule(lines[end - 1]):
                end -= 1
                continue
            start = end
            while start and self._is_robots(lines[start - 1]):
                start -= 1
            if start == end and end < len(lines) and form_guess.is_rule(lines[end]):
                start = len(_without_heading(lines[:end]))  # the next section's heading, underlined
            apart = not start or not lines[start - 1].strip() or form_guess.is_rule(lines[start - 1])
            if start == end or not apart:
                break
            end = start
        return lines[:end]

    def _is_robots(self, line: str) -> bool:
        if form_guess.is_heading(line) or form_guess.is_robots(line):
            return True
        match = SEPARATED.fullmatch(_bare(line)[:400])
        return match is not None and field_of(match.group(1), self.known, guessing=True) == "other"


def _without_heading(lines: list[str]) -> list[str]:
    """A description without the next section's heading, which stands apart above the rule that ended it."""
    if len(lines) > 2 and lines[-1].strip() and len(lines[-1].split()) <= 3 and not lines[-2].strip():
        return lines[:-1]
    return lines


def _bare(line: str) -> str:
    """A line without emphasis, and without the dashes and equal signs around a label."""
    bare = line.strip().strip("*").strip()
    framed = _FRAMED.fullmatch(bare)
    return framed.group(1) if framed else bare


def _take(entry: Entry, depth: int, line: str) -> bool:
    """Add a line to a value; False where the value has ended."""
    if not entry.value and _RULE.fullmatch(line.strip()):
        return True  # a label that is underlined
    if _FRAMED_END.fullmatch(line):
        entry.ended = True
        return False
    if depth > entry.depth:
        return False
    if entry.field in _LONG:
        entry.ended = _RULE.fullmatch(line) is not None
        if not entry.ended:
            entry.lines.append(line.rstrip())
        return not entry.ended
    bare = line.strip()
    if entry.field in _CHOICES and (not bare or _BULLET.match(bare)):
        entry.lines.append(bare)
        return True
    if entry.value:
        return False
    if bare:
        entry.lines.append(bare)
    return True
