"""Finds a filled-in form in a mail: `label: value` lines, labels above their values, two-column tables (Annexes 1 and 2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from maildesk.model import FormFields
from maildesk.parse import form_values
from maildesk.parse.form_category import category_of
from maildesk.parse.form_label_table import FIELDS, FORWARD_LABELS
from maildesk.parse.form_labels import normal, table
from maildesk.parse.form_table import table_lines

__all__ = ["category_of", "read", "read_with"]

#: A filled form is a page; beyond this nothing of a text is looked at.
MAX_TEXT = 256 * 1024
MAX_LINES = 4000
LONGEST_LABEL = 120

_KNOWN = table()
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?){1,20}")
_SEPARATED = re.compile(r"([^:：\t|]{1,120}?)[ \t]*(?:[:：]|\t|[ \t]\|)[ \t|]*(.*)", re.DOTALL)
_DASHED = re.compile(r"([^:：]{1,60}?)[ \t]+[-–—=][ \t]+(.*)", re.DOTALL)
_RULE = re.compile(r"--[ \t]*|[-_=*—]{5,}[ \t]*")
_ATTRIBUTION = re.compile(
    r"\n[^\n]{0,300}(?:@[^\n]{0,100}>?|пишет|писал\w*|написал\w*|wrote)[ \t]*:[ \t]*$", re.IGNORECASE
)
_FORWARD = frozenset(normal(label) for label in FORWARD_LABELS)

#: Fields that run over several lines; the others end with their first.
_LONG = frozenset({"text"})
_CHOICES = frozenset({"role", "category"})


@dataclass(slots=True)
class _Entry:
    """A label that was found: its field, how deep it was quoted, and the lines of its value."""

    field: str
    depth: int
    lines: list[str]

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
    """The fuller of what the text and the tables of the HTML hold."""
    found = [
        _form(lines, known)
        for lines in (_quoted_lines(text), [(0, line) for line in table_lines(html, known)])
        if lines
    ]
    forms = [fields for fields in found if fields is not None]
    return max(forms, key=_filled, default=None)


def _filled(fields: FormFields) -> tuple[int, int]:
    return sum(1 for name in FIELDS if fields[name]), -len(fields.text)


def _quoted_lines(text: str) -> list[tuple[int, str]]:
    """The lines of a text without their quote marks, each with the depth of its quotation."""
    lines = []
    for line in text[:MAX_TEXT].replace("\r\n", "\n").split("\n")[:MAX_LINES]:
        mark = _QUOTE.match(line) if line[:8].lstrip()[:1] == ">" else None
        lines.append((mark.group().count(">"), line[mark.end() :]) if mark else (0, line))
    return lines


def _form(lines: Sequence[tuple[int, str]], known: Mapping[str, str]) -> FormFields | None:
    entries = list(_entries(lines, known))
    labels = {entry.field for entry in entries} & {*FIELDS, "surname", "given"}
    if any(entry.field == "from" for entry in entries) and not _forwarded(lines):
        labels.add("name")
    if not ("text" in labels and len(labels) >= 2) and len(labels) < 3:
        return None
    fields = _fields(entries, from_counts=not _forwarded(lines))
    return fields if _convincing(fields, labels) else None


def _convincing(fields: FormFields, labels: set[str]) -> bool:
    """A label whose value cannot be one (a phone without digits) was a sentence, unless it was left empty."""
    filled = sum(1 for name in FIELDS if fields[name])
    if filled == 0:
        return False
    return filled >= 2 or len(labels) >= 3 or bool(fields.text)


def _forwarded(lines: Sequence[tuple[int, str]]) -> bool:
    """Whether the lines hold the header of a forwarded mail: «Кому:» or "Sent:" beside «От:»."""
    for _, line in lines:
        match = _SEPARATED.fullmatch(line[: LONGEST_LABEL * 4])
        if match and normal(match.group(1)) in _FORWARD:
            return True
    return False


def _label(line: str, known: Mapping[str, str]) -> tuple[str, str] | None:
    """The field and the value on the same line, where a line begins with a known label or is one."""
    bare = line.strip().strip("*")
    if not bare or (len(bare) > LONGEST_LABEL and ":" not in bare[:LONGEST_LABEL] and "\t" not in bare[:LONGEST_LABEL]):
        return None
    for pattern in (_SEPARATED, _DASHED):
        match = pattern.fullmatch(bare)
        if match:
            found = known.get(normal(match.group(1)))
            if found:
                return found, match.group(2).strip().strip("*").strip()
    whole = known.get(normal(bare)) if len(bare) <= LONGEST_LABEL else None
    return (whole, "") if whole else None


def _entries(lines: Sequence[tuple[int, str]], known: Mapping[str, str]) -> Iterator[_Entry]:
    """The labels in order with their values: what follows a label belongs to it until the next one."""
    current: _Entry | None = None
    filled: set[str] = set()
    for depth, line in lines:
        found = _label(line, known)
        if (
            found
            and current
            and current.field == "text"
            and (found[0] in filled or (found[0] == "text" and current.lines))
        ):
            # A second «Вопрос:» or «Телефон:» inside a description is part of the description.
            found = None if current.value else found
        if found:
            if current:
                yield current
                filled |= {current.field} if current.value else set()
            current = _Entry(found[0], depth, [found[1]] if found[1] else [])
        elif current and not _take(current, depth, line):
            yield current
            filled |= {current.field} if current.value else set()
            current = None
    if current:
        yield current


def _take(entry: _Entry, depth: int, line: str) -> bool:
    """Add a line to a value; False where the value has ended."""
    if depth > entry.depth or (entry.field in _LONG and _RULE.fullmatch(line)):
        return False
    bare = line.strip()
    if entry.field in _LONG:
        entry.lines.append(line.rstrip())
        return True
    if entry.field in _CHOICES and (not bare or re.match(r"[-–—•*·▪○●☐☑☒✓✔✅+\[(]|[xх]\s", bare, re.IGNORECASE)):
        entry.lines.append(bare)
        return True
    if entry.value:
        return False
    if bare:
        entry.lines.append(bare)
    return True


def _fields(entries: Sequence[_Entry], *, from_counts: bool) -> FormFields:
    """The values of the entries: the first of a field that holds something wins."""
    values: dict[str, str] = {}
    for entry in entries:
        value = _value(entry)
        if value:
            values.setdefault(entry.field, value)
    name, address = form_values.name_and_email(
        values.get("name", "") or (values.get("from", "") if from_counts else "")
    )
    parts = (values.get("surname", ""), values.get("given", "") or name, values.get("patronymic", ""))
    return FormFields(
        name=" ".join(part for part in parts if part),
        role=values.get("role", ""),
        class_=values.get("class", ""),
        category=values.get("category", ""),
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
