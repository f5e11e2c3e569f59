"""The people of the demo: who they are, which mail program they use, and which tickets are theirs to work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from maildesk.config import Config


class Program(Enum):
    """The mail programs that people answer with; each quotes in its own way."""

    GMAIL = "Gmail"
    YANDEX = "Яндекс Почта"
    IPHONE = "iPhone"
    OUTLOOK = "Outlook"


@dataclass(frozen=True, slots=True)
class Person:
    """One of the cast. `who` says in two words what they do; `colour` is theirs on the screen."""

    key: str
    name: str
    who: str
    email: str
    program: Program
    colour: str

    @property
    def short(self) -> str:
        """«Белова О. В.» for «Белова Ольга Викторовна»."""
        surname, *given = self.name.split()
        return " ".join((surname, *(f"{one[0]}." for one in given)))


#: What staff of the sample configuration do, by role, with program and colour; their names and addresses are the configuration's.
_STAFF: Mapping[str, tuple[str, Program, str]] = {
    "head": ("руководитель", Program.OUTLOOK, "bright_magenta"),
    "director": ("директор", Program.OUTLOOK, "magenta"),
    "site_admin": ("администратор сайта", Program.GMAIL, "bright_cyan"),
    "hotline": ("горячая линия", Program.YANDEX, "cyan"),
    "journal_admin": ("электронный журнал", Program.YANDEX, "bright_green"),
    "tech": ("техник", Program.IPHONE, "bright_blue"),
    "psychologist": ("психолог", Program.GMAIL, "green"),
}

PARENT = Person("belova", "Белова Ольга Викторовна", "мама, 5 «А»", "belova.olga@mail.example", Program.GMAIL, "yellow")
TEACHER = Person(
    "gromova", "Громова Тамара Ильинична", "учитель", "gromova.t@mail.example", Program.OUTLOOK, "bright_yellow"
)
PUPIL = Person("nikita", "Панов Никита", "ученик, 8 «Б»", "nikita.panov@mail.example", Program.IPHONE, "orange3")
FATHER = Person("zaitsev", "Зайцев Роман Олегович", "папа, 2 «В»", "r.zaitsev@mail.example", Program.YANDEX, "gold3")
JOKER = Person("joker", "Шутов Егор", "шутник", "egor.shutov@mail.example", Program.GMAIL, "red")
GUEST = Person("guest", "Гость Гость", "это вы", "guest@mail.example", Program.GMAIL, "white")
OUTSIDERS = (PARENT, TEACHER, PUPIL, FATHER, JOKER, GUEST)


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who has a mailbox, by key; the staff by role too."""

    desk: str
    people: Mapping[str, Person]
    roles: Mapping[str, Person]

    def at(self, address: str) -> Person | None:
        """Whose address this is."""
        return next((one for one in self.people.values() if one.email == address), None)

    @property
    def staff(self) -> tuple[Person, ...]:
        return tuple(dict.fromkeys(self.roles.values()))


def of(config: Config) -> Cast:
    """The cast of this configuration: its staff, and those who write to them."""
    roles = {}
    for role, (who, program, colour) in _STAFF.items():
        key = config.roles[role][0]
        row = config.staff[key]
        roles[role] = Person(key, row.name, who, row.emails[0], program, colour)
    people = {one.key: one for one in (*roles.values(), *OUTSIDERS)}
    return Cast(config.service.address, people, roles)
