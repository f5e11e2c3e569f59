"""Writes an appeal as a form mail: `label: value` lines with the labels of Annex 1, for a desk that polls no relay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from maildesk.form.files import FormFile
from maildesk.form.settings import FormSettings
from maildesk.form.spool import StoredAppeal
from maildesk.form.words import Words
from maildesk.model import FormFields

#: Characters of the description in the subject.
SUBJECT_WORDS = 70
_NOTHING = "—"
# Labels that a form of ours has not, and that a description may begin a line with: an empty one of the same field before
# the description tells the reader that its own is text.
_STRAY = {
    "Фамилия": re.compile(r"^\W*(?:фамилия|last name|surname|family name)\b", re.IGNORECASE | re.MULTILINE),
    "First name": re.compile(r"^\W*(?:first name|given name)\b", re.IGNORECASE | re.MULTILINE),
    "Отчество": re.compile(r"^\W*(?:отчество|middle name|patronymic)\b", re.IGNORECASE | re.MULTILINE),
    "Тема": re.compile(r"^\W*(?:тема|subject|topic)\b", re.IGNORECASE | re.MULTILINE),
    "От кого": re.compile(r"^\W*(?:от|from)\b", re.IGNORECASE | re.MULTILINE),
}
# What a reader of mails takes for the end of a text (a rule, a signature, a quotation) is moved off the line's beginning.
_ENDING = re.compile(r"^(?=(?:--|[-_=*—]{5,})[ \t]*$|[ \t]*>)", re.MULTILINE)
_INDENT = " " * 9
_END = "-" * 20


def compose(settings: FormSettings, words: Words, appeal: StoredAppeal, files: list[FormFile]) -> bytes:
    """The mail's bytes; the same Message-ID each time. Nothing that a stranger typed is in a header but his own address
    (Reply-To) and words of the subject."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(settings.service_name or settings.organisation, addr_spec=settings.address)
    mail["To"] = Address(addr_spec=settings.mail_to)
    if appeal.fields.email:
        mail["Reply-To"] = Address(addr_spec=appeal.fields.email)
    mail["Subject"] = f"{words('page.fold')} {appeal.number}: {_first_words(appeal.fields.text)}"
    mail["Date"] = format_datetime(appeal.received_at)
    mail["Message-ID"] = f"<form.{appeal.id}@{settings.address.rpartition('@')[2]}>"
    mail.set_content("\n".join(_lines(settings, appeal)) + "\n")
    for file in files:
        kind, _, subtype = file.type.partition("/")
        mail.add_attachment(file.bytes, maintype=kind, subtype=subtype, filename=file.name)
    return mail.as_bytes()


def _lines(settings: FormSettings, appeal: StoredAppeal) -> Iterator[str]:
    """Every label of Annex 1, empty ones too: a label that stands there once is taken for text where it comes again."""
    labels, fields = _LABELS[settings.language], appeal.fields
    titles = {category.key: category.title for category in settings.categories}
    values = {
        "name": fields.name,
        "role": _ROLES[settings.language].get(fields.role, ""),
        "class": fields.class_,
        "category": titles.get(fields.category, fields.category),
        "phone": fields.phone,
        "email": fields.email,
    }
    for stray, pattern in _STRAY.items():
        if pattern.search(fields.text):
            yield f"{stray}: {_NOTHING}"
    yield f"{labels['number']}: {appeal.number}"
    for name, value in values.items():
        yield f"{_label(labels, name, fields)}: {value or _NOTHING}"
    yield f"{labels['text']}: {_ENDING.sub(_INDENT, fields.text)}"
    # Says where the description ends: without it, a «Страница: 15» in its last lines would pass for a robot's own.
    yield _END


def _label(labels: dict[str, str], name: str, fields: FormFields) -> str:
    return labels["class-student"] if name == "class" and fields.role == "student" else labels[name]


_LABELS = {
    "ru": {
        "number": "Номер заявки",
        "name": "Укажите ФИО",
        "role": "Вы являетесь",
        "class-student": "Укажите класс, в котором Вы обучаетесь",
        "class": "Укажите класс, в котором обучается Ваш ребенок",
        "category": "Выберите тип обращения",
        "phone": "Укажите телефон для обратной связи",
        "email": "Укажите адрес электронной почты",
        "text": "Опишите Вашу проблему",
    },
    "en": {
        "number": "Request ID",
        "name": "Full name",
        "role": "You are",
        "class-student": "Class in which you study",
        "class": "Class in which your child studies",
        "category": "Type of appeal",
        "phone": "Phone number for feedback",
        "email": "E-mail address",
        "text": "Describe your problem",
    },
}
_ROLES = {
    "ru": {"student": "учеником", "teacher": "учителем", "parent": "родителем"},
    "en": {"student": "student", "teacher": "teacher", "parent": "parent"},
}


def _first_words(text: str) -> str:
    """The beginning of the description on one line, without brackets, which mean commands in a desk's mail."""
    line = re.sub(r"[\[\]［］【】]", " ", " ".join(text.split()))
    line = " ".join(line.split())
    if len(line) <= SUBJECT_WORDS:
        return line
    return line[:SUBJECT_WORDS].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
