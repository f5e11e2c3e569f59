"""The records that templates read: a ticket, a term, a row, a step in words (templates/README.md lists their fields)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maildesk.model import TermFigures


@dataclass(frozen=True, slots=True)
class TermView:
    """A term: its code, its name, when it is due, and how it stands: 'running', 'late', 'kept', 'missed' or 'ended'."""

    code: str
    name: str
    due: datetime
    state: str


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket in words. Of one that is masked only ref, category, tag, channel, state, received and terms are filled."""

    ref: str
    subject: str
    category: str
    tag: str
    channel: str
    state: str
    state_code: str
    received: datetime
    dispatched: datetime | None
    taken: datetime | None
    closed: datetime | None
    assignees: str
    name: str
    role: str
    class_: str
    phone: str
    email: str
    fields: tuple[tuple[str, str], ...]
    summary: tuple[tuple[str, str], ...]
    terms: tuple[TermView, ...]
    extension_hours: float | None
    extension_until: datetime | None
    extension_reason: str
    linked: str
    reopened: int
    confidential: bool


@dataclass(frozen=True, slots=True)
class RowView:
    """A line of a list. `secret`: of a confidential ticket, which shows neither subject nor author."""

    ref: str
    subject: str
    category: str
    assignee: str
    state: str
    received: datetime
    term: str
    due: datetime | None
    late: bool
    secret: bool
    class_: str = ""


@dataclass(frozen=True, slots=True)
class PersonView:
    """How one person kept one term: the name, the term's name, the figures."""

    name: str
    term: str
    figures: TermFigures


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of a history: when, who, what, and the rule by which ('' where none is worth telling)."""

    at: datetime
    who: str
    what: str
    rule: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """Something that was said: when, by whom, to whom (a letter of the service's own), what sort of mail it was, the words, the
    names of its files. Without words it is a line of the story: a machine wrote it, or its words stand elsewhere in it."""

    at: datetime
    who: str
    kind: str
    to: str
    text: str
    files: tuple[str, ...]
    incoming: bool


@dataclass(frozen=True, slots=True)
class AllowedView:
    """Something the reader may write: the tag as written, what it does, an example of how to write it."""

    tag: str
    what: str
    example: str
