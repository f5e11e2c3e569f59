"""A report as its templates read it: figures already counted, nothing confidential left in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maildesk.model.letter import TicketRow
from maildesk.model.ticket import Term


@dataclass(frozen=True, slots=True)
class TermFigures:
    """How one term was kept: counts, and the median and worst time it took in seconds (None where nothing was measured)."""

    term: Term
    kept: int
    missed: int
    median: float | None
    worst: float | None


@dataclass(frozen=True, slots=True)
class Count:
    """A labelled number, beside the number of the period before."""

    label: str
    count: int
    before: int | None = None


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
    """A daily or weekly report over [since, until). `channels` says which appeals it is about ('web', 'email', 'phone')."""

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
