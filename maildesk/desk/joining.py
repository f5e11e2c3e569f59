"""Tickets that belong together or nowhere: merge, link, reject, return, reopen (SPEC 4)."""

from __future__ import annotations

from maildesk.desk import follow_up, routing, terms
from maildesk.desk.assign import beside, tell_former, to_dispatcher, words_of
from maildesk.desk.job import Job, Refusal
from maildesk.model import (
    Direction,
    Facts,
    Kind,
    Line,
    Message,
    Name,
    State,
    Step,
    Term,
    Ticket,
    Why,
)


def reference(job: Job, ticket: Ticket | None) -> str:
    """How a ticket is called: MD-42."""
    return f"{job.policy.prefix}-{ticket.number if ticket else '?'}"


def _target(job: Job, name: Name, argument: str) -> Ticket:
    """The other ticket that a tag names; refused where there is none, or it is this one."""
    if not argument.strip():
        raise Refusal(Why.NEEDS_ARGUMENT, name)
    other = job.situation.other
    if other is None:
        raise Refusal(Why.NO_SUCH_TICKET, argument)
    if other.number == job.ticket.number:
        raise Refusal(Why.SAME_TICKET, reference(job, other))
    return other


def merge(job: Job, argument: str) -> None:
    """`[MERGE MD-7]`: this ticket joins that one; its words go to whoever has that one, its author gets that one's answer."""
    other = _target(job, Name.MERGE, argument)
    if routing.confidential(job.policy, job.ticket) or routing.confidential(job.policy, other):
        raise Refusal(Why.CONFIDENTIAL, Name.MERGE)
    if not other.open:
        raise Refusal(Why.NOT_NOW, Name.MERGE, other.state)
    former = job.ticket.assignees
    job.ticket = terms.stop_all(job.ticket, job.now)
    job.change(state=State.MERGED, merged_into=other.number)
    tell_former(job, tuple(key for key in former if key not in other.assignees), to=reference(job, other))
    target = Job(job.policy, job.situation, other, job.actor, "merge")
    keys = other.assignees or routing.dispatchers(job.policy, other.channel, job.now)
    target.staff(
        Kind.NOTE,
        keys,
        text=words_of(job.situation.original),
        facts=Facts(by=reference(job, job.ticket), reason=Line("merged")),
        attachments=job.situation.files,
    )
    _other_side(job, target, other, Step.JOINED_BY)
    job.event(Step.MERGED, reference(job, other), done=True)


def _other_side(job: Job, target: Job, other: Ticket, step: Step) -> None:
    """Take over what the work on the other ticket caused."""
    target.event(step, reference(job, job.ticket))
    job.letters += target.letters
    job.others.append(target.ticket)
    if other.number is not None:
        job.other_events += [(other.number, event) for event in target.events]
        job.other_messages += [(other.number, message) for message in _copies(job)]


def _copies(job: Job) -> list[Message]:
    return [message for message in job.situation.original if message.direction is Direction.IN]


def link(job: Job, argument: str) -> None:
    """`[LINK MD-7]`: this new appeal is the author's reply to that ticket, from another address: it becomes that."""
    other = _target(job, Name.LINK, argument)
    if other.state in (State.MERGED, State.REJECTED):
        raise Refusal(Why.NOT_NOW, Name.LINK, other.state)
    # What one assignee alone may read goes to nobody else by a stroke of the dispatcher's (SPEC 6).
    if routing.confidential(job.policy, job.ticket) and job.ticket.category != other.category:
        raise Refusal(Why.CONFIDENTIAL, Name.LINK)
    job.ticket = terms.stop_all(job.ticket, job.now)
    former = job.ticket.assignees
    job.change(state=State.MERGED, merged_into=other.number, assignees=())
    target = Job(job.policy, job.situation, other, "author", "link")
    sender = job.ticket.author.addresses[0] if job.ticket.author.addresses else ""
    follow_up.wrote(
        target, words_of(job.situation.original), job.situation.files, sender=sender, name=job.ticket.author.name
    )
    tell_former(job, tuple(key for key in former if key not in other.assignees), to=reference(job, other))
    _other_side(job, target, other, Step.JOINED_BY)
    job.event(Step.LINKED, reference(job, other), done=True)


def reject(job: Job) -> None:
    """`[REJECT]`: spam, not an appeal. Nobody outside hears of it."""
    former = job.ticket.assignees
    job.ticket = terms.stop_all(job.ticket, job.now)
    job.change(state=State.REJECTED)
    tell_former(job, former)
    job.event(Step.REJECTED, done=True)


def give_back(job: Job, text: str) -> None:
    """`[RETURN]`: not theirs; the dispatcher is asked anew, with the reason, in a new dispatch term from now."""
    if routing.confidential(job.policy, job.ticket):
        raise Refusal(Why.CONFIDENTIAL, Name.RETURN)
    former = job.ticket.assignees
    job.ticket = terms.stop(job.ticket, Term.TAKE, job.now)
    role = routing.DISPATCHERS[job.ticket.channel]
    job.ticket = terms.start(job.policy, job.ticket, Term.DISPATCH, job.now, role)
    job.ticket = terms.owe(job.ticket, Term.CLOSE, role)
    job.change(state=State.NEW, category=None, assignees=(), dispatched_at=None, taken_at=None)
    job.event(Step.RETURNED, done=True)
    tell_former(job, former)
    to_dispatcher(
        job,
        text=words_of(job.situation.original),
        attachments=job.situation.files,
        why=Line("returned", (routing.names(job.policy, (job.actor,)),)),
        by=routing.names(job.policy, (job.actor,)),
        comment=text,
    )


def reopen(job: Job) -> None:
    """`[REOPEN]`: closed → taken, with a close term anew."""
    keys = tuple(person.key for person in routing.people(job.policy, job.ticket.assignees))
    owner = job.actor if job.actor in keys or not keys else keys[0]
    job.change(
        state=State.TAKEN,
        assignees=(owner,),
        closed_at=None,
        taken_at=job.now,
        reopened=job.ticket.reopened + 1,
    )
    job.ticket = terms.start(job.policy, job.ticket, Term.CLOSE, job.now, owner)
    job.event(Step.REOPENED, rule=beside(job, owner) if owner == job.actor else "", done=True)
    if owner != job.actor:
        facts = Facts(by=routing.names(job.policy, (job.actor,)), reason=Line("reopened"))
        job.staff(Kind.NOTE, (owner,), text=job.situation.words, facts=facts)
