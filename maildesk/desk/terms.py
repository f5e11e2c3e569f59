"""The three terms of a ticket: when each starts, is met, ends, is moved (§3.1.1, §3.2.1, §3.2.2; SPEC 8.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from maildesk.desk import worktime
from maildesk.model import Policy, Term, TermClock, Ticket


def length(policy: Policy, term: Term) -> timedelta:
    """How long that term is, by configuration."""
    return {Term.DISPATCH: policy.terms.dispatch, Term.TAKE: policy.terms.take, Term.CLOSE: policy.terms.close}[term]


def due(policy: Policy, start: datetime, term: Term) -> datetime:
    """When that term ends if it starts at `start`, in plain or working time."""
    return worktime.add(start, length(policy, term), policy.calendar, policy.zone)


def start(policy: Policy, ticket: Ticket, term: Term, at: datetime, who: str) -> Ticket:
    """A new run of that term from `at`, owed by `who`; a run still going is ended without being met."""
    clock = TermClock(term, at, due(policy, at, term), who)
    ended = stop(ticket, term, at)
    return replace(ended, terms=(*ended.terms, clock))


def _change(ticket: Ticket, old: TermClock, new: TermClock) -> Ticket:
    return replace(ticket, terms=tuple(new if clock is old else clock for clock in ticket.terms))


def meet(ticket: Ticket, term: Term, at: datetime) -> Ticket:
    """The running run of that term is met by a mail that arrived at `at` (in time or not)."""
    clock = ticket.running(term)
    if clock is None:
        return ticket
    moment = max(at, clock.started_at)
    return _change(ticket, clock, replace(clock, met_at=moment, ended_at=moment))


def stop(ticket: Ticket, term: Term, at: datetime) -> Ticket:
    """The running run of that term ends without being met: it was overtaken."""
    clock = ticket.running(term)
    return ticket if clock is None else _change(ticket, clock, replace(clock, ended_at=max(at, clock.started_at)))


def stop_all(ticket: Ticket, at: datetime) -> Ticket:
    """Nothing is owed any more: the ticket was merged or rejected."""
    for term in Term:
        ticket = stop(ticket, term, at)
    return ticket


def owe(ticket: Ticket, term: Term, who: str) -> Ticket:
    """The running run of that term is owed by somebody else from now on."""
    clock = ticket.running(term)
    return ticket if clock is None else _change(ticket, clock, replace(clock, who=who))


def resume(ticket: Ticket, term: Term) -> Ticket:
    """The last run of that term is owed again with the same due moment: what had met it did not hold (an answer bounced)."""
    clock = ticket.clock(term)
    return ticket if clock is None else _change(ticket, clock, replace(clock, met_at=None, ended_at=None))


def extended(policy: Policy, ticket: Ticket, extra: timedelta) -> datetime | None:
    """Where the close term would end with so much more, or None where no close term runs."""
    clock = ticket.running(Term.CLOSE)
    return None if clock is None else worktime.add(clock.due_at, extra, policy.calendar, policy.zone)


def move(ticket: Ticket, until: datetime, now: datetime) -> Ticket:
    """The close term now ends at `until`. Granted after it was due, it stays missed (SPEC 4)."""
    clock = ticket.running(Term.CLOSE)
    if clock is None:
        return ticket
    late = clock.missed or now > clock.due_at
    return _change(ticket, clock, replace(clock, due_at=until, missed=late, reminded_at=None))


def reminded(ticket: Ticket, term: Term, now: datetime) -> Ticket:
    """Note that the owed run of that term was reminded of."""
    clock = ticket.running(term)
    return ticket if clock is None else _change(ticket, clock, replace(clock, reminded_at=now))


def escalated(ticket: Ticket, term: Term, now: datetime) -> Ticket:
    """Note that the miss of that term was told to the head: once per run (SPEC 5)."""
    clock = ticket.running(term)
    return ticket if clock is None else _change(ticket, clock, replace(clock, escalated_at=now))
