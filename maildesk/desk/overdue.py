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
    Line,
    Outcome,
    Outgoing,
    Policy,
    State,
    Step,
    Term,
    Ticket,
    Trouble,
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


def hand_over(policy: Policy, ticket: Ticket, now: datetime, text: str, *, gone: bool) -> Decision | None:
    """An open ticket whose assignee has a deputy now goes to the deputy; one whose assignee left the configuration, to the
    dispatcher (R13). None where its assignees are as they should be. `text` is what the author wrote."""
    if not ticket.open or not ticket.assignees:
        return None
    if gone:
        missing = [key for key in ticket.assignees if key not in policy.staff]
        left = tuple(key for key in ticket.assignees if key in policy.staff)
        if not missing:
            return None
        if left:
            return Decision(Outcome.AUTOMATIC, ticket=replace(ticket, assignees=left), rule="staff gone")
        return _to_dispatcher(policy, ticket, now, text, missing[0])
    deputies = _deputies(policy, ticket, now)
    if deputies == ticket.assignees:
        return None
    after = replace(ticket, assignees=deputies)
    for term in (Term.TAKE, Term.CLOSE):
        after = terms.owe(after, term, ",".join(deputies))
    new = [key for key in deputies if key not in ticket.assignees]
    old = [key for key in ticket.assignees if key not in deputies]
    names = routing.names(policy, deputies)
    facts = Facts(reason=Line("deputy", (routing.names(policy, old),)), by=routing.names(policy, old))
    out = to_staff(policy, Kind.ASSIGNMENT, new, after, text=text, facts=facts)
    out += to_staff(policy, Kind.REASSIGNED, old, after, facts=Facts(to=names, reason=Line("deputy")))
    event = Event(now, "daemon", Step.DEPUTY, (names,), "deputy")
    return Decision(Outcome.AUTOMATIC, ticket=after, events=(event,), letters=tuple(out), rule="deputy")


def _deputies(policy: Policy, ticket: Ticket, now: datetime) -> tuple[str, ...]:
    today = now.astimezone(policy.zone).date()
    keys = []
    for key in ticket.assignees:
        category = policy.category(ticket.category)
        stand_in = next(
            (
                deputy.by
                for deputy in policy.deputies
                if deputy.since <= today <= deputy.until
                and (
                    deputy.whom == key
                    or (category is not None and deputy.whom == category.role and key in policy.roles[category.role])
                )
            ),
            key,
        )
        keys.append(stand_in)
    return tuple(dict.fromkeys(keys))


def _to_dispatcher(policy: Policy, ticket: Ticket, now: datetime, text: str, missing: str) -> Decision:
    role = routing.DISPATCHERS[ticket.channel]
    after = terms.stop(ticket, Term.TAKE, now)
    after = terms.start(policy, after, Term.DISPATCH, now, role)
    after = terms.owe(after, Term.CLOSE, role)
    secret = routing.confidential(policy, ticket)
    after = replace(after, state=State.NEW, assignees=(), dispatched_at=None, taken_at=None)
    keys = routing.dispatchers(policy, ticket.channel, now)
    reason = Line("staff-gone", (missing,))
    shown = "" if secret else text
    out = to_staff(
        policy, Kind.DISPATCH_REQUEST, keys, after, text=shown, facts=Facts(reason=reason, term=Term.DISPATCH)
    )
    out += to_staff(policy, Kind.NOTICE, keys, after, facts=Facts(reason=Line(Trouble.STAFF_GONE, (missing,))))
    event = Event(now, "daemon", Step.STAFF_GONE, (missing,), "staff gone")
    return Decision(Outcome.AUTOMATIC, ticket=after, events=(event,), letters=tuple(out), rule="staff gone")
