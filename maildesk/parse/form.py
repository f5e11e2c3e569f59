"""Finds a filled-in form in a mail: `label: value` lines, labels above their values, two-column tables (Annexes 1 and 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from maildesk.model import FormFields
from maildesk.parse import form_table, form_values
from maildesk.parse.form_category import category_of
from maildesk.parse.form_label_table import FIELDS, FORWARD_LABELS
from maildesk.parse.form_labels import normal, table
from maildesk.parse.form_lines import LONGEST_LABEL, SEPARATED, SHORT, Entry, Line, Reader, field_of

__all__ = ["category_of", "read", "read_with"]

#: A filled form is a page; beyond this nothing of a text is looked at.
MAX_TEXT = 256 * 1024
MAX_LINES = 4000

_KNOWN = table()
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?){1,20}")
_QUESTION = re.compile(r"[ \t]*(?:вопрос|question)[ \t]*(?:№?[ \t]?\d{1,3})?[ \t]*:[ \t]*(\S.{0,200})", re.IGNORECASE)
_ANSWER = re.compile(r"[ \t]*(?:ответ|answer)[ \t]*:[ \t]*", re.IGNORECASE)
_ATTRIBUTION = re.compile(
    r"\n[^\n]{0,300}(?:@[^\n]{0,100}>?|пишет|писал\w*|написал\w*|wrote)[ \t]*:[ \t]*$", re.IGNORECASE
)
_FORWARD = frozenset(normal(label) for label in FORWARD_LABELS)

#: Labels that tell a form from a letter; «Тема» and «От» stand above any mail that was sent on.
_COUNTED = frozenset({*FIELDS, "surname", "given"})
#: So many known ones have to be there before what only looks like a label is taken for one.
FEWEST_KNOWN = 2


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
    pairs = form_table.pairs(html, lambda label: bool(field_of(label, known, guessing=True)))
    found = [_of_pairs(pairs, known), _of_lines(lines, known)]
    return max((fields for fields in found if fields is not None), key=_filled, default=None)


def _filled(fields: FormFields) -> int:
    return sum(1 for name in FIELDS if fields[name])


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
    strong = {found for label, _ in pairs if (found := field_of(label, known, guessing=False)) in _COUNTED}
    guessing = len(strong) >= FEWEST_KNOWN
    entries = [
        Entry(found, 0, value.split("\n") if value else [])
        for label, value in pairs
        if (found := field_of(label, known, guessing=guessing))
    ]
    return _form(entries, forwarded=False)


def _of_lines(lines: Sequence[Line], known: Mapping[str, str]) -> FormFields | None:
    """Read with the known labels; once these show a form, with those as well that only look like labels."""
    entries = list(Reader(known).entries(lines))
    if len({entry.field for entry in entries} & _COUNTED) >= FEWEST_KNOWN:
        alone = sum(1 for entry in entries if entry.alone) >= FEWEST_KNOWN
        entries = list(Reader(known, guessing=True, alone=alone).entries(lines))
    return _form(entries, forwarded=_forwarded(lines))


def _form(entries: Sequence[Entry], *, forwarded: bool) -> FormFields | None:
    labels = {entry.field for entry in entries} & _COUNTED
    if any(entry.field == "from" for entry in entries) and not forwarded:
        labels.add("name")
    if not ("text" in labels and len(labels) >= 2) and len(labels) < 3:
        return None
    if sum(1 for entry in entries if entry.field in SHORT and entry.value.endswith("?")) >= 2:
        return None  # «ФИО — моё или сына?»: somebody asks what to write into a form
    fields = _fields(entries, forwarded=forwarded)
    return fields if _convincing(fields, labels) else None


def _convincing(fields: FormFields, labels: set[str]) -> bool:
    """A label whose value cannot be one (a phone without digits) was a sentence, unless it was left empty."""
    filled = sum(1 for name in FIELDS if fields[name])
    if filled == 0:
        return False
    return filled >= 2 or len(labels) >= 3 or bool(fields.text)


def _forwarded(lines: Sequence[Line]) -> bool:
    """Whether the lines hold the header of a forwarded mail: «Кому:» or "Sent:" beside «От:»."""
    for _, line in lines:
        match = SEPARATED.fullmatch(line[: LONGEST_LABEL * 4])
        if match and normal(match.group(1)) in _FORWARD:
            return True
    return False


def _fields(entries: Sequence[Entry], *, forwarded: bool) -> FormFields:
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
        name=" ".join(part for part in parts if part)
        or (values.get("child", "") if values.get("role") == "student" else ""),
        role=values.get("role", ""),
        class_=values.get("class", ""),
        # Beside a «От:» the «Тема:» is that of a mail.
        category=values.get("category", "") or ("" if forwarded or "from" in values else values.get("subject", "")),
        text=values.get("text", ""),
        phone=values.get("phone", ""),
        email=values.get("email", "") or address,
    )


def _value(entry: Entry) -> str:
    value = entry.value
    if entry.field == "text":
        return _ATTRIBUTION.sub("", f"\n{value}").strip()
    if form_values.is_nothing(value) or (entry.field == "name" and form_values.is_nobody(value)):
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
