"""Counting: from the tickets of a period to the figures of its report. Pure; a confidential ticket counts and shows nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from maildesk.model import (
    Account,
    Count,
    ExtensionState,
    Policy,
    ReportView,
    State,
    Term,
    Ticket,
    TicketRow,
    Week,
)
from maildesk.reports import breakdown
from maildesk.reports.breakdown import compared
from maildesk.reports.change import changes
from maildesk.reports.kept import missed, term_figures
from maildesk.reports.windows import Moments, Window, Windows

Rows = Callable[[Ticket], TicketRow]


def open_at(ticket: Ticket, moment: datetime) -> bool:
    """Whether somebody owed the author something at that moment, though the ticket may be closed since."""
    closed_since = ticket.state is State.CLOSED and ticket.closed_at is not None and ticket.closed_at >= moment
    return ticket.received_at < moment and (ticket.open or closed_since)


def report(
    policy: Policy,
    name: str,
    tickets: Sequence[Ticket],
    *,
    windows: Windows,
    channels: tuple[str, ...],
    row: Rows,
    account: Account | None = None,
    earlier: tuple[Count, ...] = (),
    spam: tuple[str, ...] = (),
) -> ReportView:
    """The figures of `windows.own` over these tickets (all that were received, closed or open within the windows), those of the other
    windows beside them. `row` shows a ticket as the head may see it."""
    mine = [ticket for ticket in tickets if ticket.channel in channels]
    own = windows.own
    open_now = [ticket for ticket in mine if open_at(ticket, own.until)]
    rows = sorted(map(row, open_now), key=lambda one: (not one.late, one.due_at or own.until))
    return ReportView(
        name=name,
        since=own.since,
        until=own.until,
        channels=channels,
        arrived=compared("arrived", windows, Moments(one.new_at for one in mine).within),
        closed=compared("closed", windows, Moments(one.closed_at for one in mine).within),
        open_now=len(open_now),
        terms=tuple(term_figures(mine, term, own) for term in Term),
        by_category=breakdown.by_category(policy, mine, windows),
        open_rows=tuple(rows),
        closed_rows=tuple(row(ticket) for ticket in mine if own.has(ticket.closed_at)),
        decisions=tuple(map(row, filter(_wants_decision, open_now))),
        missed_rows=tuple(one for one in rows if one.late),
        account=account,
        earlier=earlier,
        spam=spam,
        missed=compared("missed", windows, missed(mine, own.until).within),
    )


def weekly(policy: Policy, daily: ReportView, tickets: Sequence[Ticket], windows: Windows) -> ReportView:
    """A week's figures with what the analysis for the director adds (§3.3.3): trend, breakdowns, people, hours, what changed."""
    return replace(
        daily,
        reopened=compared("reopened", windows, lambda window: reopened_in(tickets, window)),
        trend=_trend(tickets, windows),
        by_class=breakdown.by_class(policy, tickets, windows),
        by_role=breakdown.by_role(policy, tickets, windows),
        by_channel=breakdown.by_channel(policy, tickets, windows),
        by_person=breakdown.by_person(policy, tickets, windows.own),
        hours=breakdown.by_hour(tickets, windows.own, policy.zone),
        changes=changes(policy, tickets, windows),
    )


def reopened_in(tickets: Iterable[Ticket], window: Window) -> int:
    """How often a ticket was opened again within the window: each time its close term began anew."""
    count = 0
    for ticket in tickets:
        if ticket.reopened:
            again = [clock for clock in ticket.terms if clock.term is Term.CLOSE][1:]
            count += sum(window.has(clock.started_at) for clock in again)
    return count


def _wants_decision(ticket: Ticket) -> bool:
    return ticket.extension is not None and ticket.extension.state is ExtensionState.REQUESTED


def _trend(tickets: Sequence[Ticket], windows: Windows) -> tuple[Week, ...]:
    arrived = Moments(one.new_at for one in tickets)
    closed = Moments(one.closed_at for one in tickets)
    late = missed(tickets, windows.own.until)
    return tuple(Week(one.until, arrived.within(one), closed.within(one), late.within(one)) for one in windows.trend)
