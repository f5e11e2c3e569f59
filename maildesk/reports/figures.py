"""Counting: from the tickets of a period to the figures of its report. Pure; a confidential ticket counts and shows nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from statistics import median

from maildesk.model import (
    Account,
    Count,
    ExtensionState,
    Policy,
    ReportView,
    Term,
    TermFigures,
    Ticket,
    TicketRow,
)

Rows = Callable[[Ticket], TicketRow]


def within(moment: datetime | None, since: datetime, until: datetime) -> bool:
    """Whether that moment lies in [since, until)."""
    return moment is not None and since <= moment < until


def term_figures(tickets: Iterable[Ticket], term: Term, since: datetime, until: datetime) -> TermFigures:
    """How one term was kept: every run of it that was met, missed or fell due within the period, counted once."""
    kept = missed = 0
    spans: list[float] = []
    for ticket in tickets:
        for clock in ticket.terms:
            if clock.term is not term:
                continue
            decided_at = min((moment for moment in (clock.met_at, clock.due_at) if moment is not None), default=None)
            met = clock.met(until)
            if met is None or not within(decided_at, since, until):
                continue
            kept, missed = kept + met, missed + (not met)
            if clock.met_at is not None:
                spans.append((clock.met_at - clock.started_at).total_seconds())
    return TermFigures(term, kept, missed, median(spans) if spans else None, max(spans, default=None))


def report(
    policy: Policy,
    name: str,
    tickets: Sequence[Ticket],
    *,
    since: datetime,
    until: datetime,
    before: datetime,
    channels: tuple[str, ...],
    row: Rows,
    account: Account | None = None,
    earlier: tuple[Count, ...] = (),
    spam: tuple[str, ...] = (),
) -> ReportView:
    """The figures of [since, until) over these tickets (all that were received, closed or open within [before, until)), those of
    [before, since) beside them. `row` shows a ticket as the head may see it."""
    mine = [ticket for ticket in tickets if ticket.channel in channels]
    arrived = [ticket for ticket in mine if within(ticket.received_at, since, until)]
    closed = [ticket for ticket in mine if within(ticket.closed_at, since, until)]
    open_now = [ticket for ticket in mine if ticket.open and ticket.received_at < until]
    rows = sorted(map(row, open_now), key=lambda one: (not one.late, one.due_at or until))
    waiting = [
        ticket
        for ticket in open_now
        if ticket.extension is not None and ticket.extension.state is ExtensionState.REQUESTED
    ]
    return ReportView(
        name=name,
        since=since,
        until=until,
        channels=channels,
        arrived=Count("arrived", len(arrived), sum(within(ticket.received_at, before, since) for ticket in mine)),
        closed=Count("closed", len(closed), sum(within(ticket.closed_at, before, since) for ticket in mine)),
        open_now=len(open_now),
        terms=tuple(term_figures(mine, term, since, until) for term in Term),
        by_category=_by_category(policy, mine, arrived, before, since),
        open_rows=tuple(rows),
        closed_rows=tuple(row(ticket) for ticket in closed),
        decisions=tuple(map(row, waiting)),
        missed_rows=tuple(one for one in rows if one.late),
        account=account,
        earlier=earlier,
        spam=spam,
    )


def _by_category(
    policy: Policy, mine: Sequence[Ticket], arrived: Sequence[Ticket], before: datetime, since: datetime
) -> tuple[Count, ...]:
    now = Counter(ticket.category for ticket in arrived)
    then = Counter(ticket.category for ticket in mine if within(ticket.received_at, before, since))
    counts = [Count(category.title, now[category.key], then[category.key]) for category in policy.categories]
    if now[None] or then[None]:
        counts.append(Count("", now[None], then[None]))
    return tuple(count for count in counts if count.count or count.before)
