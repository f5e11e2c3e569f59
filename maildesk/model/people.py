"""Who serves and by which rules: the part of the configuration that decisions need, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff. `emails` are lower-cased; any of them may write, the first is written to."""

    key: str
    name: str
    emails: tuple[str, ...]

    @property
    def address(self) -> str:
        return self.emails[0]


@dataclass(frozen=True, slots=True)
class Category:
    """What an appeal is about (§3.1.3). `tags` are as configured; the first is shown in subjects."""

    key: str
    title: str
    tags: tuple[str, ...]
    role: str
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class Deputy:
    """`by` (a staff key) acts for `whom` (a role or a staff key) from `since` to `until`, both days included."""

    whom: str
    by: str
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When terms run. `always`: plain time. Else only in `spans` of working days, in the desk's zone.

    `days` are weekday numbers (Monday 0); `off` are holidays and days moved off, `working` are days moved to work.
    """

    always: bool = True
    days: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    spans: tuple[tuple[time, time], ...] = ((time(8), time(18)),)
    off: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Terms:
    """The lengths of the three terms (§3.1.1, §3.2.1, §3.2.2) and how long before `close` to remind."""

    dispatch: timedelta = timedelta(minutes=30)
    take: timedelta = timedelta(minutes=30)
    close: timedelta = timedelta(hours=24)
    remind: timedelta = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` in `per`."""

    count: int
    per: timedelta


class CommandPolicy(StrEnum):
    """What a staff reply needs (SPEC 6): the proof alone, or an aligned DKIM/DMARC pass beside it."""

    PROOF = "proof"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a decision depends on besides the mail, the ticket and the moment. No secrets but `secrets`,
    the signing keys: the first signs, any verifies (key rotation)."""

    service_name: str
    organisation: str
    address: str
    staff: dict[str, Person]
    roles: dict[str, tuple[str, ...]]
    categories: tuple[Category, ...]
    secrets: tuple[bytes, ...] = field(repr=False)
    deputies: tuple[Deputy, ...] = ()
    language: str = "ru"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Moscow"))
    prefix: str = "MD"
    phone: str = ""
    operator: str = "site_admin"
    terms: Terms = field(default_factory=Terms)
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    reopen_within: timedelta = timedelta(days=7)
    new_tickets_per_sender: Rate = Rate(10, timedelta(hours=1))
    letters_per_recipient: Rate = Rate(30, timedelta(hours=1))
    attachments_out: int = 18_000_000
    #: The folder of the mailbox in which handled mail lies; of several mailboxes, all of their names.
    processed: str = "Processed"
    commands: CommandPolicy = CommandPolicy.PROOF
    authserv_id: str = ""
    form_senders: frozenset[str] = frozenset()
    daily_at: time = time(18)
    weekly_at: tuple[int, time] = (4, time(16))

    def category(self, key: str | None) -> Category | None:
        """The category of that key, or None."""
        return next((category for category in self.categories if category.key == key), None)

    def by_address(self, address: str) -> Person | None:
        """The member of staff who writes from this address, or None."""
        wanted = address.lower()
        return next((person for person in self.staff.values() if wanted in person.emails), None)
