"""A report as its templates read it: figures already counted, nothing confidential left in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maildesk.model.letter import TicketRow
from maildesk.model.mail import Attachment
from maildesk.model.ticket import Term


@dataclass(frozen=True, slots=True)
class TermFigures:
    """How one term was kept: counts, and the median and worst time it took in seconds (None where nothing was measured)."""

    term: Term
    kept: int
    missed: int
    median: float | None
    worst: float | None

    @property
    def share(self) -> int | None:
        """Of a hundred runs how many were kept; None where none was decided. 100 only where none was missed."""
        decided = self.kept + self.missed
        return self.kept * 100 // decided if decided else None


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """How one person (a staff key, or the role that owed it) kept one term."""

    who: str
    figures: TermFigures


@dataclass(frozen=True, slots=True)
class Count:
    """A labelled number, beside the number of the period before and the usual one (a median; None where too little is known).
    `small`: fewer than five of a confidential category, so the numbers are not told (they are 0 and None here)."""

    label: str
    count: int
    before: int | None = None
    usual: float | None = None
    small: bool = False


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the trend: the moment it ends, what came, what was closed, how many terms were missed."""

    until: datetime
    arrived: int
    closed: int
    missed: int


@dataclass(frozen=True, slots=True)
class Change:
    """A number that changed by more than chance makes: `what` is 'arrived', 'closed', 'missed' or 'category', `label` the term or the
    category. `before` and `usual` are None where the change against that is no more than chance."""

    what: str
    label: str
    count: int
    before: int | None = None
    usual: float | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """The day's account (SPEC 8.6): mails seen = new + replies + commands + automatic + duplicates + quarantined."""

    seen: int = 0
    new: int = 0
    replies: int = 0
    commands: int = 0
    automatic: int = 0
    duplicates: int = 0
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class ReportView:
    """A daily or weekly report over [since, until). `channels` says which appeals it is about ('web', 'email', 'phone').
    `hours` are 24 counts by the local hour of arrival. `charts` are pictures for the HTML, found by their content ids; `files` are
    the tables to attach."""

    name: str
    since: datetime
    until: datetime
    channels: tuple[str, ...]
    arrived: Count
    closed: Count
    open_now: int
    terms: tuple[TermFigures, ...]
    by_category: tuple[Count, ...] = ()
    open_rows: tuple[TicketRow, ...] = ()
    closed_rows: tuple[TicketRow, ...] = ()
    decisions: tuple[TicketRow, ...] = ()
    missed_rows: tuple[TicketRow, ...] = ()
    account: Account | None = None
    earlier: tuple[Count, ...] = ()
    spam: tuple[str, ...] = ()
    missed: Count | None = None
    reopened: Count | None = None
    trend: tuple[Week, ...] = ()
    by_class: tuple[Count, ...] = ()
    by_role: tuple[Count, ...] = ()
    by_channel: tuple[Count, ...] = ()
    by_person: tuple[PersonFigures, ...] = ()
    hours: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
    charts: tuple[Attachment, ...] = ()
    files: tuple[Attachment, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing came, nothing was closed, nothing is open, no term was missed: one line says it."""
        return not (self.arrived.count or self.closed.count or self.open_now or (self.missed and self.missed.count))
