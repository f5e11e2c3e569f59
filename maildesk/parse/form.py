"""Finds a filled-in form in a mail: `label: value` lines, labels above their values, two-column tables (Annexes 1 and 2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from maildesk.model import FormFields
from maildesk.parse import form_guess, form_table, form_values
from maildesk.parse.form_category import category_of
from maildesk.parse.form_label_table import FIELDS, FORWARD_LABELS
from maildesk.parse.form_labels import normal, table

__all__ = ["category_of", "read", "read_with"]

#: A filled form is a page; beyond this nothing of a text is looked at.
MAX_TEXT = 256 * 1024
MAX_LINES = 4000
LONGEST_LABEL = 120

_KNOWN = table()
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?){1,20}")
_SEPARATED = re.compile(r"([^:：\t|]{1,120}?)[ \t]*(?:[:：]|\t|[ \t]\|)[ \t|]*(.*)", re.DOTALL)
_DASHED = re.compile(r"([^:：]{1,60}?)[ \t]+[-–—=][ \t]+(.*)", re.DOTALL)
_RULE = re.compile(r"--[ \t]*|[-_=*—–]{3,}[ \t]*")
_FRAMED = re.compile(r"(?:-{2,}|={2,})[ \t]*([^-=].{0,120}?)[ \t]*(?:-{2,}|={2,})")
_QUESTION = re.compile(r"[ \t]*(?:вопрос|question)[ \t]*(?:№?[ \t]?\d{1,3})?[ \t]*:[ \t]*(\S.{0,200})", re.IGNORECASE)
_ANSWER = re.compile(r"[ \t]*(?:ответ|answer)[ \t]*:[ \t]*", re.IGNORECASE)
_ATTRIBUTION = re.compile(
    r"\n[^\n]{0,300}(?:@[^\n]{0,100}>?|пишет|писал\w*|написал\w*|wrote)[ \t]*:[ \t]*$", re.IGNORECASE
)
_FORWARD = frozenset(normal(label) for label in FORWARD_LABELS)

#: Fields that run over several lines; the others end with their first.
_LONG = frozenset({"text"})
_CHOICES = frozenset({"role", "category"})
_SHORT = frozenset({"name", "role", "class", "category", "phone", "email"})
#: Labels that tell a form from a letter; «Тема» and «От» stand above any mail that was sent on.
_COUNTED = frozenset({*FIELDS, "surname", "given"})
#: So many known ones have to be there before what only looks like a label is taken for one.
FEWEST_KNOWN = 2

#: How deep a line was quoted, and what it says.
Line = tuple[int, str]


@dataclass(slots=True)
class _Entry:
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


def read(text: str, html: str) -> FormFields | None:
    """The fields of the form that a mail holds; None where it holds none, or a blank one. Quoted lines are read too.

    Convincing are two different labels of which one is the description, or three: «Проблема: не открывается журнал» in a
    letter is no form.
    """
    return _best(text, html, _KNOWN)


def read_with(text: str, html: str, labels: Mapping[str, Sequence[str]]) -> FormFields | None:
    """As `read`, with more labels for the fields (SPEC 3, `[form_mail] labels`): {"text": ["Сообщение"], …}."""
    return _best(text, html, table(labels))


def _best(text: str, html: str, known: Mapping[str, str]) -> FormFields | None:
    """The fuller of what the tables of the HTML and the text hold; of two that are as full, the tables', whose cells are whole."""
    lines = _paired(_quoted_lines(text))
    pairs = form_table.pairs(html, lambda label: bool(_field(label, known, guessing=True)))
    found = [_of_pairs(pairs, known), _of_lines(lines, known)]
    return max((fields for fields in found if fields is not None), key=_filled, default=None)


def _filled(fields: FormFields) -> int:
    return sum(1 for name in FIELDS if fields[name])


def _field(label: str, known: Mapping[str, str], *, guessing: bool) -> str:
    """The field that this label asks for, '' where it is none."""
    plain = normal(label)
    return known.get(plain) or (form_guess.field_of(plain) if guessing else "")


def _quoted_lines(text: str) -> list[Line]:
    """The lines of a text without their quote marks, each with the depth of its quotation."""
    lines = []
    for line in text[:MAX_TEXT].replace("\r\n", "\n").split("\n")[:MAX_LINES]:
        mark = _QUOTE.match(line) if line[:8].lstrip()[:1] == ">" else None
        lines.append((mark.group().count(">"), line[mark.end() :]) if mark else (0, line))
    return lines


def _paired(lines: list[Line]) -> list[Line]:
    """«Вопрос: Кто вы?» above «Ответ: Родитель», as quizzes write it, becomes one line of label and value."""
    joined: list[Line] = []
    for depth, line in lines:
        answer = _ANSWER.match(line)
        question = _QUESTION.match(joined[-1][1]) if answer and joined else None
        if answer and question:
            joined[-1] = (depth, f"{question.group(1)}\t{line[answer.end() :]}")
        else:
            joined.append((depth, line))
    return joined


def _of_pairs(pairs: Sequence[tuple[str, str]], known: Mapping[str, str]) -> FormFields | None:
    strong = {found for label, _ in pairs if (found := _field(label, known, guessing=False)) in _COUNTED}
    guessing = len(strong) >= FEWEST_KNOWN
    entries = [
        _Entry(found, 0, value.split("\n") if value else [])
        for label, value in pairs
        if (found := _field(label, known, guessing=guessing))
    ]
    return _form(entries, forwarded=False)


def _of_lines(lines: Sequence[Line], known: Mapping[str, str]) -> FormFields | None:
    """Read with the known labels; once these show a form, with those as well that only look like labels."""
    entries = list(_Reader(known).entries(lines))
    if len({entry.field for entry in entries} & _COUNTED) >= FEWEST_KNOWN:
        alone = sum(1 for entry in entries if entry.alone) >= FEWEST_KNOWN
        entries = list(_Reader(known, guessing=True, alone=alone).entries(lines))
    return _form(entries, forwarded=_forwarded(lines))


def _form(entries: Sequence[_Entry], *, forwarded: bool) -> FormFields | None:
    labels = {entry.field for entry in entries} & _COUNTED
    if any(entry.field == "from" for entry in entries) and not forwarded:
        labels.add("name")
    if not ("text" in labels and len(labels) >= 2) and len(labels) < 3:
        return None
    fields = _fields(entries, forwarded=forwarded)
    return fields if _convincing(fields, labels) else None


def _convincing(fields: FormFields, labels: set[str]) -> bool:
    """A label whose value cannot be one (a phone without digits) was a sentence, unless it was left empty."""
    filled = sum(1 for name in FIELDS if fields[name])
    if filled == 0:
        return False
    if sum(1 for name in _SHORT if fields[name].endswith("?")) >= 2:
        return False  # «ФИО — моё или сына?»: somebody asks what to write into a form
    return filled >= 2 or len(labels) >= 3 or bool(fields.text)


def _forwarded(lines: Sequence[Line]) -> bool:
    """Whether the lines hold the header of a forwarded mail: «Кому:» or "Sent:" beside «От:»."""
    for _, line in lines:
        match = _SEPARATED.fullmatch(line[: LONGEST_LABEL * 4])
        if match and normal(match.group(1)) in _FORWARD:
            return True
    return False


@dataclass(slots=True)
class _Reader:
    """Reads the lines of a form. `guessing`: labels that no table knows count as well; `alone`: also those on a line of their
    own, as this form writes its labels."""

    known: Mapping[str, str]
    guessing: bool = False
    alone: bool = False
    _current: _Entry | None = None
    _seen: set[str] = field(default_factory=set)
    _above: str = ""

    def entries(self, lines: Sequence[Line]) -> Iterator[_Entry]:
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

    def _finished(self) -> Iterator[_Entry]:
        entry, self._current = self._current, None
        if entry is None:
            return
        if entry.field == "text":
            entry.lines = _without_heading(entry.lines) if entry.ended else self._without_robots_words(entry.lines)
        if entry.value:
            self._seen.add(entry.field)
        yield entry

    def _is_words_of_a_text(self, found: _Entry) -> bool:
        """A second «Вопрос:» or «Телефон:» inside a description is part of the description, and so is «Вопрос по профилям: …» that
        opens it."""
        if not (self._current and self._current.field == "text"):
            return False
        if not self._current.value:
            return found.field == "text" and found.guessed
        return found.field in self._seen or found.field == "text"

    def _label(self, line: str) -> _Entry | None:
        """The label that a line begins with or is, and the value on the same line."""
        bare = _bare(line)
        head = bare[:LONGEST_LABEL]
        if not bare or (len(bare) > LONGEST_LABEL and ":" not in head and "\t" not in head):
            return None
        for pattern in (_SEPARATED, _DASHED):
            match = pattern.fullmatch(bare)
            if match and (found := self._of(match.group(1), guessing=pattern is _SEPARATED)):
                value = match.group(2).strip().strip("*").strip()
                guessed = normal(match.group(1)) not in self.known
                return _Entry(found, 0, [value] if value else [], alone=not value, guessed=guessed)
        if len(bare) > LONGEST_LABEL:
            return None
        apart = self._above == "" or (self._above[:1] in " \t" and line[:1] not in " \t")
        whole = self._of(bare, guessing=self.alone and apart)
        return _Entry(whole, 0, [], alone=True) if whole else None

    def _of(self, label: str, *, guessing: bool) -> str:
        found = _field(label, self.known, guessing=self.guessing and guessing)
        inside = self._current is not None and self._current.field == "text"
        # A robot's label that only looks like one ends no description: what stands behind it is judged as a whole.
        return "" if found == "other" and inside and normal(label) not in self.known else found

    def _nested(self, entry: _Entry) -> _Entry | None:
        match = _SEPARATED.fullmatch(entry.lines[0]) if entry.field in _SHORT else None
        found = self.known.get(normal(match.group(1))) if match else None
        if match is None or found is None or found == entry.field:
            return None
        value = match.group(2).strip()
        return _Entry(found, entry.depth, [value] if value else [])

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
        match = _SEPARATED.fullmatch(_bare(line)[:400])
        return match is not None and _field(match.group(1), self.known, guessing=True) == "other"


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


def _take(entry: _Entry, depth: int, line: str) -> bool:
    """Add a line to a value; False where the value has ended."""
    if not entry.value and _RULE.fullmatch(line.strip()):
        return True  # a label that is underlined
    if depth > entry.depth:
        return False
    if entry.field in _LONG:
        entry.ended = _RULE.fullmatch(line) is not None
        if not entry.ended:
            entry.lines.append(line.rstrip())
        return not entry.ended
    bare = line.strip()
    if entry.field in _CHOICES and (not bare or re.match(r"[-–—•*·▪○●☐☑☒✓✔✅+\[(]|[xх]\s", bare, re.IGNORECASE)):
        entry.lines.append(bare)
        return True
    if entry.value:
        return False
    if bare:
        entry.lines.append(bare)
    return True


def _fields(entries: Sequence[_Entry], *, forwarded: bool) -> FormFields:
    """The values of the entries: the first of a field that holds something wins."""
    values: dict[str, str] = {}
    for entry in entries:
        value = _value(entry)
        if value:
            # «Кто обратился: мама» names no one.
            meant = "role" if entry.field == "name" and form_values.is_role(value) else entry.field
            values.setdefault(meant, form_values.role(value) if meant != entry.field else value)
    name, address = form_values.name_and_email(values.get("name", "") or ("" if forwarded else values.get("from", "")))
    parts = (values.get("surname", ""), values.get("given", "") or name, values.get("patronymic", ""))
    return FormFields(
        name=" ".join(part for part in parts if part),
        role=values.get("role", ""),
        class_=values.get("class", ""),
        # Beside a «От:» the «Тема:» is that of a mail.
        category=values.get("category", "") or ("" if forwarded or "from" in values else values.get("subject", "")),
        text=values.get("text", ""),
        phone=values.get("phone", ""),
        email=values.get("email", "") or address,
    )


def _value(entry: _Entry) -> str:
    value = entry.value
    if entry.field == "text":
        return _ATTRIBUTION.sub("", f"\n{value}").strip()
    if form_values.is_nothing(value):
        return ""
    reader = _READERS.get(entry.field)
    return reader(value) if reader else value.split("\n")[0].strip()


_READERS = {
    "role": form_values.role,
    "class": form_values.school_class,
    "category": form_values.choice,
    "phone": form_values.phone,
    "email": form_values.email,
}
