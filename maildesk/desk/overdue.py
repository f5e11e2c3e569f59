"""A term has passed, or is near (§3.3.1, SPEC 5): the assignee is reminded, the head is told, once per run of a term."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maildesk.desk import routing, terms
from maildesk.desk.letters import to_staff
from maildesk.model import (
    Decision,
    Event,
    Facts,
    Kind,
    Outcome,
    Outgoing,
    Policy,
    State,
    Step,
    Term,
    Ticket,
)


def _owed_by(policy: Policy, ticket: Ticket, term: Term, now: datetime) -> str:
    if term is Term.DISPATCH:
        return routing.names(policy, routing.dispatchers(policy, ticket.channel, now))
    keys = ticket.assignees or routing.dispatchers(policy, ticket.channel, now)
    return routing.names(policy, keys)


def escalate(policy: Policy, ticket: Ticket, term: Term, now: datetime) -> Decision | None:
    """The miss of that term is told to the head (of dispatch, to the dispatcher too); None where nothing is owed or it was told."""
    clock = ticket.running(term)
    if clock is None or clock.escalated_at is not None or now <= clock.due_at or not ticket.open:
        return None
    facts = Facts(term=term, by=_owed_by(policy, ticket, term, now), since=clock.due_at, due=clock.due_at)
    heads = routing.heads(policy, now)
    more = routing.dispatchers(policy, ticket.channel, now) if term is Term.DISPATCH else ()
    after = terms.escalated(ticket, term, now)
    out = to_staff(policy, Kind.ESCALATION, (*heads, *(key for key in more if key not in heads)), after, facts=facts)
    events = [Event(now, "daemon", Step.ESCALATED, (term,), "term missed")]
    if term is Term.TAKE and clock.reminded_at is None:
        after = terms.reminded(after, term, now)
        out += _reminder(policy, after, term, clock.due_at)
        events.append(Event(now, "daemon", Step.REMINDED, (term,), "term missed"))
    return Decision(
        Outcome.AUTOMATIC, ticket=after, events=tuple(events), letters=_current(out, after), rule="term missed"
    )


def remind(policy: Policy, ticket: Ticket, term: Term, now: datetime) -> Decision | None:
    """The assignee is reminded that the close term is near; None where it is not owed, not near, or he was reminded."""
    clock = ticket.running(term)
    if clock is None or clock.reminded_at is not None or not ticket.open or ticket.state is State.NEW:
        return None
    if not clock.due_at - policy.terms.remind <= now <= clock.due_at:
        return None
    after = terms.reminded(ticket, term, now)
    event = Event(now, "daemon", Step.REMINDED, (term,), "term near")
    return Decision(
        Outcome.AUTOMATIC,
        ticket=after,
        events=(event,),
        letters=tuple(_reminder(policy, after, term, clock.due_at)),
        rule="term near",
    )


def _reminder(policy: Policy, ticket: Ticket, term: Term, due: datetime) -> list[Outgoing]:
    return to_staff(policy, Kind.REMINDER, ticket.assignees, ticket, facts=Facts(term=term, due=due))


def _current(letters: list[Outgoing], ticket: Ticket) -> tuple[Outgoing, ...]:
    return tuple(replace(letter, ticket=ticket) for letter in letters)
