"""The record of an appeal: its state, its people, its terms, what was said and what happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """How an appeal came (§3.1.1, §3.1.2)."""

    EMAIL = "email"
    WEB = "web"
    PHONE = "phone"


class State(StrEnum):
    """Where a ticket stands (SPEC 1)."""

    NEW = "new"
    ASSIGNED = "assigned"
    TAKEN = "taken"
    CLOSED = "closed"
    CALLBACK = "callback"
    MERGED = "merged"
    REJECTED = "rejected"


#: States in which somebody still owes the author something.
OPEN_STATES = frozenset({State.NEW, State.ASSIGNED, State.TAKEN, State.CALLBACK})


class Term(StrEnum):
    """The three terms: §3.1.1 (dispatch), §3.2.1 (take), §3.2.2 (close)."""

    DISPATCH = "dispatch"
    TAKE = "take"
    CLOSE = "close"


class ExtensionState(StrEnum):
    """Where a request for more time stands (§3.2.2)."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class TermClock:
    """One run of one term. `met_at` is when the mail that met it arrived; `ended_at` is set when the run ended in any way
    (met, or overtaken by a new dispatch, a merge, a rejection). `missed`: an extension came after it was due, so it stays missed.
    `who` is the staff key (or role) that owes it. All moments aware, UTC."""

    term: Term
    started_at: datetime
    due_at: datetime
    who: str = ""
    met_at: datetime | None = None
    ended_at: datetime | None = None
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
    missed: bool = False

    @property
    def running(self) -> bool:
        return self.ended_at is None

    def met(self, now: datetime) -> bool | None:
        """True: met in time. False: missed (met late, or past due). None: not yet decided, or ended without being owed."""
        if self.missed or (self.escalated_at is not None and self.met_at is None):
            return False
        if self.met_at is not None:
            return self.met_at <= self.due_at
        if self.ended_at is not None:
            return False if self.ended_at > self.due_at else None
        return False if now > self.due_at else None


@dataclass(frozen=True, slots=True)
class Extension:
    """A request for more time: `hours` beyond `due_before`; `until` is the wanted close term (aware, UTC)."""

    hours: float
    reason: str
    state: ExtensionState
    requested_by: str
    requested_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Author:
    """Who asks. `email` is where letters go ('' if none); `addresses` are all those he wrote from (lower-cased).
    `dead`: a letter to `email` bounced or was refused for good; from then on letters become calls (SPEC 8.3)."""

    name: str = ""
    email: str = ""
    phone: str = ""
    role: str = ""
    class_: str = ""
    addresses: tuple[str, ...] = ()
    dead: bool = False

    @property
    def mailable(self) -> bool:
        return bool(self.email) and not self.dead

    @property
    def reachable(self) -> bool:
        """Whether there is any way at all to tell him something: an address that works, or a phone."""
        return self.mailable or bool(self.phone)


@dataclass(frozen=True, slots=True)
class Ticket:
    """One appeal as it stands. `number` is None until it is stored. `assignees` are staff keys: several where a role is held
    by several and none has taken it yet. `answered`: an answer once went out or was told. `awaiting_call`: what the hotline still
    has to tell by phone: '' | 'question' | 'answer'. `subject` is the author's, cleaned. `counted_at`: where reports count it as new;
    None until one did."""

    subject: str
    channel: Channel
    author: Author
    received_at: datetime
    state: State = State.NEW
    number: int | None = None
    category: str | None = None
    assignees: tuple[str, ...] = ()
    dispatched_at: datetime | None = None
    taken_at: datetime | None = None
    closed_at: datetime | None = None
    terms: tuple[TermClock, ...] = ()
    extension: Extension | None = None
    answered: bool = False
    awaiting_call: str = ""
    merged_into: int | None = None
    linked_to: int | None = None
    reopened: int = 0
    erased: bool = False
    counted_at: datetime | None = None

    @property
    def new_at(self) -> datetime:
        """From when on it is new in reports: its arrival, or later where the report of that time was written before it was read."""
        return self.counted_at or self.received_at

    @property
    def assignee(self) -> str | None:
        """The one member of staff who has it, or None while nobody or several have."""
        return self.assignees[0] if len(self.assignees) == 1 else None

    @property
    def open(self) -> bool:
        return self.state in OPEN_STATES

    def clock(self, term: Term) -> TermClock | None:
        """The latest run of that term, or None."""
        return next((clock for clock in reversed(self.terms) if clock.term is term), None)

    def running(self, term: Term) -> TermClock | None:
        """The run of that term that is still owed, or None."""
        clock = self.clock(term)
        return clock if clock is not None and clock.running else None


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class FileName:
    """An attachment as a ticket remembers it: its name, media type and size in bytes."""

    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Message:
    """What was said on a ticket. `kind` is 'appeal', 'reply', 'staff', 'note', 'automatic', 'bounce', 'phone' for what came
    in, or the letter's kind for what went out. `sender` and `to` are addresses. `text` is the whole text."""

    direction: Direction
    kind: str
    sender: str
    to: str
    at: datetime
    text: str
    attachments: tuple[FileName, ...] = ()
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a ticket's history: when, who (a staff key, 'author', 'daemon'), what (a code, see `Step`), its arguments,
    and the name of the rule that applied."""

    at: datetime
    actor: str
    event: str
    args: tuple[str, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A ticket with all that was said and done: what `show`, `[STATUS]` and `[HISTORY]` read."""

    ticket: Ticket
    messages: tuple[Message, ...] = ()
    history: tuple[Event, ...] = field(default=())
