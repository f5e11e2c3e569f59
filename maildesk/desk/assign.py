"""Giving a ticket to somebody: dispatching, handing on, back to the dispatcher (§3.1.1–3.1.3, SPEC 4)."""

from __future__ import annotations

from maildesk.desk import routing, terms
from maildesk.desk.job import Job
from maildesk.model import Attachment, Facts, Kind, Line, Message, State, Step, Term

#: The rule noted where somebody takes a ticket though a deputy acts for him: it stays with him.
BESIDE = "beside the deputy"


def words_of(messages: tuple[Message, ...]) -> str:
    """What the author wrote so far, the appeal first, for whoever gets the ticket now."""
    return "\n\n".join(message.text for message in messages if message.text.strip())


def give(
    job: Job,
    keys: tuple[str, ...],
    category: str | None,
    *,
    text: str,
    attachments: tuple[Attachment, ...],
    how: Line,
    by: str = "",
    comment: str = "",
) -> None:
    """Dispatch the ticket to these staff keys: they get an `assignment`, the take term starts now, those who had it are told.

    `text` is what the author wrote; `how` says why it goes there; `comment` is the dispatcher's own word to the assignee."""
    former = tuple(key for key in job.ticket.assignees if key not in keys)
    shown = job.policy.category(category)
    job.ticket = terms.meet(job.ticket, Term.DISPATCH, job.at)
    job.change(category=category, assignees=keys, state=State.ASSIGNED, dispatched_at=job.now, taken_at=None)
    job.ticket = terms.start(job.policy, job.ticket, Term.TAKE, job.now, ",".join(keys))
    job.ticket = terms.owe(job.ticket, Term.CLOSE, ",".join(keys))
    for key in keys:
        others = routing.names(job.policy, (other for other in keys if other != key))
        job.staff(
            Kind.ASSIGNMENT,
            (key,),
            text=text,
            facts=Facts(reason=how, by=by, to=others, quoted=comment),
            attachments=attachments,
        )
    title = shown.title if shown else ""
    job.event(Step.DISPATCHED, title, routing.names(job.policy, keys), rule=how.code, done=True)
    tell_former(job, former, by=by)


def tell_former(job: Job, keys: tuple[str, ...], *, by: str = "", to: str = "") -> None:
    """Those who had the ticket hear that they have it no longer, but for the one who gave it away himself."""
    others = tuple(key for key in keys if key != job.actor)
    job.staff(
        Kind.REASSIGNED,
        others,
        facts=Facts(to=to or routing.names(job.policy, job.ticket.assignees), by=by, reason=Line(job.ticket.state)),
    )


def to_dispatcher(
    job: Job, *, text: str, attachments: tuple[Attachment, ...], why: Line, by: str = "", comment: str = ""
) -> None:
    """The ticket is nobody's: the dispatcher of its channel is asked where it belongs."""
    keys = routing.dispatchers(job.policy, job.ticket.channel, job.now)
    job.staff(
        Kind.DISPATCH_REQUEST,
        keys,
        text=text,
        facts=Facts(reason=why, by=by, term=Term.DISPATCH, quoted=comment),
        attachments=attachments,
    )
    job.event(Step.TO_DISPATCHER, routing.names(job.policy, keys), rule=why.code)


def take(job: Job, person: str) -> None:
    """The ticket is taken into work by `person` (§3.2.1), from `new` or `assigned`; the other holders are told."""
    if job.ticket.state is State.NEW:
        job.ticket = terms.meet(job.ticket, Term.DISPATCH, job.at)
        job.change(dispatched_at=job.now)
    former = tuple(key for key in job.ticket.assignees if key != person)
    job.ticket = terms.meet(job.ticket, Term.TAKE, job.at)
    taken_at = max(job.at, job.ticket.dispatched_at or job.at)
    job.change(assignees=(person,), state=State.TAKEN, taken_at=min(taken_at, job.now))
    job.ticket = terms.owe(job.ticket, Term.CLOSE, person)
    job.event(Step.TAKEN, routing.names(job.policy, (person,)), rule=beside(job, person), done=True)
    tell_former(job, former)


def beside(job: Job, person: str) -> str:
    """The rule by which somebody who has a deputy now keeps what he himself takes; '' where he has none."""
    return BESIDE if routing.stand_in(job.policy, job.before, person, job.now) != person else ""


def take_if_needed(job: Job, person: str) -> None:
    """`[ASK]`, `[CLOSED]` and a plain reply take the ticket first (SPEC 4)."""
    if job.ticket.state in (State.NEW, State.ASSIGNED):
        take(job, person)
