"""What the author writes after the first mail: passed on, filed as thanks, or the ticket opened again (SPEC 4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maildesk.desk import routing, terms
from maildesk.desk.assign import to_dispatcher
from maildesk.desk.job import Job
from maildesk.desk.situation import Situation
from maildesk.desk.thanks import asks_nothing, thanks_alone
from maildesk.model import Attachment, Facts, Kind, Line, Name, Policy, State, Step, Term, Ticket


def files(attachments: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """What somebody attached on purpose: a picture within a signature is no file."""
    return tuple(file for file in attachments if not file.inline)


def filed(situation: Situation, text: str, attachments: tuple[Attachment, ...], name: str) -> bool:
    """Whether what an author wrote after the end is filed and opens nothing: thanks alone, or [CLOSED] with nothing to say beside.

    `name`: what the author is known to be called."""
    if files(attachments):
        return False
    return thanks_alone(text, name) or (_content(situation) and asks_nothing(situation.words, name))


def _content(situation: Situation) -> bool:
    """Whether the author wrote [CLOSED]: needs no answer any more (SPEC 4)."""
    return any(tag.name is Name.CLOSED for tag in situation.commands.tags)


def window_open(policy: Policy, ticket: Ticket, at: datetime) -> bool:
    """Whether a reply that arrived at `at` still opens the closed ticket ([follow_up] reopen_within)."""
    return ticket.closed_at is None or at <= ticket.closed_at + policy.reopen_within


def wrote(job: Job, text: str, attachments: tuple[Attachment, ...], *, sender: str, name: str) -> None:
    """The author's words reach whoever has the ticket; a closed one opens again (the caller saw that the window is open).

    `sender`: the author's address, '' where it is not to be kept; `name`: how the author signs this mail."""
    content = _content(job.situation)
    author = job.ticket.author
    known = tuple(dict.fromkeys((*author.addresses, sender.lower()))) if sender else author.addresses
    job.change(
        author=replace(author, addresses=known, dead=author.dead and sender.lower() != author.email.lower()),
        awaiting_call="" if job.ticket.awaiting_call == "question" else job.ticket.awaiting_call,
    )
    if job.ticket.state is State.CLOSED:
        if filed(job.situation, text, attachments, f"{author.name} {name}"):
            job.event(Step.AUTHOR_THANKED)
            return
        _reopen(job)
        reason = "reopened"
    else:
        job.event(Step.AUTHOR_CONTENT if content else Step.AUTHOR_WROTE)
        reason = "content" if content else "wrote"
    _pass_on(job, text, attachments, reason)


def _pass_on(job: Job, text: str, attachments: tuple[Attachment, ...], reason: str) -> None:
    here = tuple(person.key for person in routing.people(job.policy, job.ticket.assignees))
    keys = here or routing.dispatchers(job.policy, job.ticket.channel, job.now)
    job.staff(Kind.AUTHOR_REPLY, keys, text=text, facts=Facts(reason=Line(reason)), attachments=attachments)


def _reopen(job: Job) -> None:
    """closed → assigned, the same assignee, take and close terms anew; nobody left to have it: to the dispatcher."""
    keys = tuple(person.key for person in routing.people(job.policy, job.ticket.assignees))
    job.change(
        state=State.ASSIGNED if keys else State.NEW,
        assignees=keys,
        closed_at=None,
        taken_at=None,
        reopened=job.ticket.reopened + 1,
    )
    who = ",".join(keys)
    job.ticket = terms.start(job.policy, job.ticket, Term.CLOSE, job.at, who)
    if keys:
        job.ticket = terms.start(job.policy, job.ticket, Term.TAKE, job.now, who)
    else:
        job.ticket = terms.start(
            job.policy, job.ticket, Term.DISPATCH, job.now, routing.DISPATCHERS[job.ticket.channel]
        )
        to_dispatcher(job, text="", attachments=(), why=Line("staff-gone"))
    job.event(Step.AUTHOR_REOPENED)
