"""Those who are away or gone: what they have goes to a deputy, what they were asked is sent to one (SPEC 3 [deputies], R13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from maildesk.desk import routing, terms
from maildesk.desk.assign import BESIDE
from maildesk.desk.extend import requested
from maildesk.desk.letters import to_staff
from maildesk.model import (
    Attachment,
    Decision,
    Event,
    Facts,
    Kind,
    Line,
    Message,
    Outcome,
    Outgoing,
    Policy,
    State,
    Step,
    Term,
    Ticket,
    Trouble,
)


@dataclass(frozen=True, slots=True)
class Words:
    """What the author wrote so far, with the files; `cut` names those that broke off with a mail over the limit (None: all was read
    whole)."""

    text: str = ""
    files: tuple[Attachment, ...] = ()
    cut: tuple[str, ...] | None = None


NOTHING = Words()
#: Steps that say by whose will a ticket is with its assignee.
_GIVEN = frozenset({Step.DISPATCHED, Step.TAKEN, Step.REOPENED, Step.AUTHOR_REOPENED, Step.DEPUTY})


@dataclass(frozen=True, slots=True)
class Asked:
    """A letter that waits for whoever holds a role to act: its kind, the role, since when, and what it says beside the author's
    words."""

    kind: Kind
    role: str
    since: datetime
    text: str = ""


# Those who left the configuration


def left(policy: Policy, ticket: Ticket) -> tuple[str, ...]:
    """The assignees of an open ticket who are nobody on the staff any more."""
    return tuple(key for key in ticket.assignees if key not in policy.staff) if ticket.open else ()


def without_them(policy: Policy, ticket: Ticket, now: datetime, words: Words) -> Decision | None:
    """An open ticket whose assignee left the configuration goes to the dispatcher, or stays with the others who have it (R13)."""
    missing = left(policy, ticket)
    if not missing:
        return None
    here = tuple(key for key in ticket.assignees if key not in missing)
    if here:
        return Decision(Outcome.AUTOMATIC, ticket=replace(ticket, assignees=here), rule="staff gone")
    return _to_dispatcher(policy, ticket, now, words, missing[0])


def _to_dispatcher(policy: Policy, ticket: Ticket, now: datetime, words: Words, missing: str) -> Decision:
    role = routing.DISPATCHERS[ticket.channel]
    after = terms.stop(ticket, Term.TAKE, now)
    after = terms.start(policy, after, Term.DISPATCH, now, role)
    after = terms.owe(after, Term.CLOSE, role)
    secret = routing.confidential(policy, ticket)
    after = replace(after, state=State.NEW, assignees=(), dispatched_at=None, taken_at=None)
    keys = routing.dispatchers(policy, ticket.channel, now)
    reason = Line("staff-gone", (missing,))
    shown = NOTHING if secret else words
    facts = Facts(reason=reason, term=Term.DISPATCH, cut=shown.cut)
    out = to_staff(policy, Kind.DISPATCH_REQUEST, keys, after, text=shown.text, facts=facts, attachments=shown.files)
    out += to_staff(policy, Kind.NOTICE, keys, after, facts=Facts(reason=Line(Trouble.STAFF_GONE, (missing,))))
    event = Event(now, "daemon", Step.STAFF_GONE, (missing,), "staff gone")
    return Decision(Outcome.AUTOMATIC, ticket=after, events=(event,), letters=tuple(out), rule="staff gone")


# Those who have a deputy now


def _stand_ins(policy: Policy, ticket: Ticket, now: datetime) -> tuple[str, ...]:
    return tuple(dict.fromkeys(routing.stand_in(policy, ticket, key, now) for key in ticket.assignees))


def away(policy: Policy, ticket: Ticket, now: datetime) -> bool:
    """Whether a deputy acts now for somebody who has this open ticket."""
    return ticket.open and _stand_ins(policy, ticket, now) != ticket.assignees


def hand_over(policy: Policy, ticket: Ticket, now: datetime, words: Words, history: Sequence[Event]) -> Decision | None:
    """An open ticket whose assignee has a deputy now goes to the deputy, as `assignment`; None where it is as it should be. What
    the one who is represented took himself, beside the deputy, stays with him (`history` tells)."""
    if not away(policy, ticket, now) or _by_own_will(history):
        return None
    keys = _stand_ins(policy, ticket, now)
    after = replace(ticket, assignees=keys)
    for term in (Term.TAKE, Term.CLOSE):
        after = terms.owe(after, term, ",".join(keys))
    new = [key for key in keys if key not in ticket.assignees]
    old = [key for key in ticket.assignees if key not in keys]
    names = routing.names(policy, keys)
    represented = routing.names(policy, old)
    facts = Facts(reason=Line("deputy", (represented,)), by=represented, cut=words.cut)
    out = to_staff(policy, Kind.ASSIGNMENT, new, after, text=words.text, facts=facts, attachments=words.files)
    out += to_staff(policy, Kind.REASSIGNED, old, after, facts=Facts(to=names, reason=Line("deputy")))
    event = Event(now, "daemon", Step.DEPUTY, (names,), "deputy")
    return Decision(Outcome.AUTOMATIC, ticket=after, events=(event,), letters=tuple(out), rule="deputy")


def _by_own_will(history: Sequence[Event]) -> bool:
    given = [event for event in history if event.event in _GIVEN]
    return bool(given) and given[-1].rule == BESIDE


def waiting(policy: Policy, ticket: Ticket, call: Message | None = None) -> tuple[Asked, ...]:
    """What is asked about this ticket of whoever holds a role: where it belongs, more time, to phone its author (`call` is the first
    letter that asked for that; of a confidential ticket only the assignee may know whom and why, SPEC 6)."""
    found = []
    clock, extension = ticket.running(Term.DISPATCH), requested(ticket)
    if ticket.state is State.NEW and clock is not None:
        found.append(Asked(Kind.DISPATCH_REQUEST, routing.DISPATCHERS[ticket.channel], clock.started_at))
    if ticket.open and extension is not None:
        found.append(Asked(Kind.EXTENSION_REQUEST, routing.HEAD, extension.requested_at))
    if ticket.open and ticket.awaiting_call and call is not None and not routing.confidential(policy, ticket):
        found.append(Asked(Kind.CALLBACK_REQUEST, routing.HOTLINE, call.at, call.text))
    return tuple(found)


def unasked(policy: Policy, asked: Asked, told: Sequence[str], now: datetime) -> tuple[str, ...]:
    """Who holds that role now and was not asked, though others were (`told`: the addresses that got the letter). Where nobody was,
    the ticket was imported without letters, and nobody is."""
    people = {person.key for person in map(policy.by_address, told) if person is not None}
    return tuple(key for key in routing.holders(policy, asked.role, now) if key not in people) if told else ()


def ask_again(
    policy: Policy, ticket: Ticket, now: datetime, asked: Asked, keys: Sequence[str], words: Words
) -> Decision | None:
    """What waits for somebody to act is sent to these too, who hold the role now; None where there are none."""
    if not keys:
        return None
    make, step = _AGAIN[asked.kind]
    told = Words(asked.text) if asked.text else words
    out = [
        letter for key in keys for letter in make(policy, ticket, key, _represents(policy, asked.role, key, now), told)
    ]
    event = Event(now, "daemon", step, (routing.names(policy, keys),), "deputy")
    return Decision(Outcome.AUTOMATIC, ticket=ticket, events=(event,), letters=tuple(out), rule="deputy")


def _represents(policy: Policy, role: str, key: str, now: datetime) -> Line | None:
    """For whom this person holds that role now; None where it is the person's own."""
    own = policy.roles.get(role, ())
    absent = [other for other in own if other not in routing.holders(policy, role, now)]
    return Line("deputy", (routing.names(policy, absent),)) if absent and key not in own else None


def _dispatch_request(policy: Policy, ticket: Ticket, key: str, why: Line | None, words: Words) -> list[Outgoing]:
    shown = NOTHING if routing.confidential(policy, ticket) else words
    facts = Facts(reason=why or Line("by-hand"), term=Term.DISPATCH, cut=shown.cut)
    return to_staff(
        policy, Kind.DISPATCH_REQUEST, (key,), ticket, text=shown.text, facts=facts, attachments=shown.files
    )


def _extension_request(policy: Policy, ticket: Ticket, key: str, why: Line | None, words: Words) -> list[Outgoing]:
    extension, clock = ticket.extension, ticket.running(Term.CLOSE)
    assert extension is not None and clock is not None
    facts = Facts(
        hours=extension.hours,
        by=routing.names(policy, (extension.requested_by,)),
        due=clock.due_at,
        since=extension.until,
        reason=why,
    )
    return to_staff(policy, Kind.EXTENSION_REQUEST, (key,), ticket, text=extension.reason, facts=facts)


def _callback_request(policy: Policy, ticket: Ticket, key: str, _why: Line | None, words: Words) -> list[Outgoing]:
    bounced = "bounced-question" if ticket.awaiting_call == "question" else "bounced"
    code = bounced if ticket.author.email and ticket.author.dead else ticket.awaiting_call
    facts = Facts(phone=ticket.author.phone, reason=Line(code), by=routing.names(policy, ticket.assignees))
    return to_staff(policy, Kind.CALLBACK_REQUEST, (key,), ticket, text=words.text, facts=facts)


#: What waits → how it is asked again, and the step that the history notes.
_AGAIN = {
    Kind.DISPATCH_REQUEST: (_dispatch_request, Step.TO_DISPATCHER),
    Kind.EXTENSION_REQUEST: (_extension_request, Step.EXTENSION_SENT),
    Kind.CALLBACK_REQUEST: (_callback_request, Step.CALL_SENT),
}
