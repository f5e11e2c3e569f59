"""Checks every field of a filled-in form (Annex 1), and says in plain words what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from maildesk.form import clean
from maildesk.form.words import Words
from maildesk.model import Category, FormFields

ROLES = ("student", "teacher", "parent")
#: Characters, of a person's own making: the longest Russian full names have sixty.
LONGEST = {"name": 120, "class": 30, "phone": 40, "email": 254}
# Typed with its code, a number needs no country; eight and ten digits are a Russian one.
_REGION = "RU"
_CYRILLIC = re.compile("[Ѐ-ӿ]")
# The domains that parents write; one that differs from them by a slip of the finger is asked about.
_USUAL = (
    "gmail.com",
    "mail.ru",
    "yandex.ru",
    "yandex.com",
    "ya.ru",
    "bk.ru",
    "list.ru",
    "inbox.ru",
    "internet.ru",
    "rambler.ru",
    "icloud.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "mail.com",
    "proton.me",
    "vk.com",
    "edu.mos.ru",
)
# Of very short names nearly every neighbour is a real one (vk.ru, bk.ru).
_SHORT = 6
# Alike, and real all the same.
_REAL_TOO = frozenset(
    (
        "gmail.ru",
        "email.ru",
        "e-mail.ru",
        "email.com",
        "ymail.com",
        "gmx.com",
        "ok.ru",
        "hotmail.ru",
        "outlook.ru",
        "yahoo.ru",
    )
)
# Names that no public server answers for (RFC 6761, RFC 6762), and that schools use inside their own walls.
_PRIVATE_ENDINGS = frozenset(("local", "localhost", "test", "example", "invalid"))


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was filled in: what to show again (`shown`), the appeal's fields, and what is wrong with which field, in
    the page's order. `confirmed` is the address that the person has been asked about."""

    shown: Mapping[str, str]
    fields: FormFields
    errors: Mapping[str, str]
    confirmed: str = ""
    trapped: bool = False


@dataclass(slots=True)
class _Reading:
    values: Mapping[str, Sequence[str]]
    words: Words
    text_limit: int
    errors: dict[str, str] = field(default_factory=dict)

    def one(self, name: str) -> str:
        return clean.line(next(iter(self.values.get(name, ())), ""))

    def wrong(self, name: str, key: str, **values: object) -> None:
        self.errors.setdefault(name, self.words(f"error.{key}", **values))


def check(
    values: Mapping[str, Sequence[str]], categories: Sequence[Category], words: Words, longest_text: int
) -> Filled:
    """The posted values (each name's in the order sent) as fields. `longest_text` in characters."""
    reading = _Reading(values, words, longest_text)
    name, role = _name(reading), _role(reading)
    class_student, class_parent, class_ = _class(reading, role)
    category = _category(reading, categories)
    text = _text(reading)
    phone = _phone(reading)
    email, confirmed = _email(reading)
    if not reading.one("phone") and not reading.one("email"):
        reading.wrong("phone", "contact_missing")
    if not reading.one("consent"):
        reading.wrong("consent", "consent_missing")
    shown = {
        "name": name,
        "role": role,
        "class_student": class_student,
        "class_parent": class_parent,
        "category": category,
        "text": text,
        "phone": reading.one("phone"),
        "email": reading.one("email"),
        "consent": reading.one("consent"),
    }
    fields = FormFields(name, role, class_, category, text, phone, email)
    return Filled(shown, fields, reading.errors, confirmed, bool(reading.one("website")))


def _name(reading: _Reading) -> str:
    name = reading.one("name")
    if not any(letter.isalpha() for letter in name):
        reading.wrong("name", "name_missing")
    elif len(name) > LONGEST["name"]:
        reading.wrong("name", "name_long", most=LONGEST["name"])
    return name


def _role(reading: _Reading) -> str:
    role = reading.one("role")
    if role not in ROLES:
        reading.wrong("role", "role_missing")
        return ""
    return role


def _class(reading: _Reading, role: str) -> tuple[str, str, str]:
    """The two class fields as typed, and the one that counts: Annex 1 asks it of a pupil (3) and of a parent (4)."""
    typed = [clean.line(value) for value in reading.values.get("class", ())][:2]
    only = typed[0] if len(typed) == 1 else ""
    student, parent = (typed[0], typed[1]) if len(typed) == 2 else ("", "")
    if role == "student":
        student = student or only or parent
    elif role == "parent":
        parent = parent or only or student
    counts = {"student": student, "parent": parent}.get(role, "")
    if role in ("student", "parent"):
        if not counts:
            reading.wrong(f"class_{role}", f"class_missing_{role}")
        elif len(counts) > LONGEST["class"]:
            reading.wrong(f"class_{role}", "class_long")
    return student or only, parent or only, counts


def _category(reading: _Reading, categories: Sequence[Category]) -> str:
    key = reading.one("category")
    if key not in {category.key for category in categories}:
        reading.wrong("category", "category_missing")
        return ""
    return key


def _text(reading: _Reading) -> str:
    text = clean.lines(next(iter(reading.values.get("text", ())), ""))
    if not text.strip():
        reading.wrong("text", "text_missing")
    elif len(text) > reading.text_limit:
        reading.wrong("text", "text_long", most=reading.text_limit)
    return text


def _phone(reading: _Reading) -> str:
    """The number as the person wrote it: only its length is sure, so it is checked and not rewritten."""
    typed = reading.one("phone")
    if typed and (len(typed) > LONGEST["phone"] or not _dialable(typed)):
        reading.wrong("phone", "phone_bad")
        return ""
    return typed


def _dialable(typed: str) -> bool:
    try:
        number = phonenumbers.parse(typed, _REGION)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE


def _email(reading: _Reading) -> tuple[str, str]:
    """The address, and the one that the person is asked about (a second sending of the same confirms it)."""
    typed = reading.one("email")
    if not typed:
        return "", ""
    address = _address(typed)
    if address is None:
        reading.wrong("email", _email_fault(typed))
        return "", ""
    near = _suggestion(address)
    if near and reading.one("email_confirmed") != typed:
        reading.wrong("email", "email_near", suggestion=near)
    return address, typed if near else ""


def _email_fault(typed: str) -> str:
    if "@" not in typed:
        return "email_no_at"
    return "email_cyrillic" if _CYRILLIC.search(typed) else "email_bad"


def _address(typed: str) -> str | None:
    """The address as mail is sent to it, or None. A domain may be Cyrillic (почта.рф), what stands before the @ may not:
    few servers take that (RFC 6531)."""
    private = typed.rpartition(".")[2].lower().rpartition("@")[2] in _PRIVATE_ENDINGS
    try:
        checked = validate_email(
            f"{typed}.org" if private else typed, check_deliverability=False, allow_smtputf8=False, strict=True
        )
    except EmailNotValidError:
        return None
    if checked.ascii_email is None or _mixed(checked.domain):
        return None
    return checked.ascii_email.removesuffix(".org") if private else checked.ascii_email


def _mixed(domain: str) -> bool:
    """Latin and Cyrillic letters within one label: a slip of the keyboard, or a disguise."""
    return any(_CYRILLIC.search(label) and re.search("[a-z]", label) for label in domain.lower().split("."))


def _suggestion(address: str) -> str:
    """The usual domain of which this one is a slip of the finger («gmial.com»), or ''."""
    domain = address.rpartition("@")[2].lower()
    if domain in _USUAL or domain in _REAL_TOO:
        return ""
    return next(
        (
            near
            for near in get_close_matches(domain, _USUAL, n=3, cutoff=0.7)
            if len(near) > _SHORT and _slip(domain, near)
        ),
        "",
    )


def _slip(typed: str, meant: str) -> bool:
    """One letter more, less, other, or two changed over (Damerau's distance of one)."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    rest, goal = typed[start:], meant[start:]
    return (
        rest[1:] == goal
        or rest == goal[1:]
        or rest[1:] == goal[1:]
        or (len(rest) > 1 and len(goal) > 1 and rest[:2] == goal[1::-1] and rest[2:] == goal[2:])
    )
