"""Carrying out the tags of one staff mail: in order, all or none (SPEC 4)."""

from __future__ import annotations

from collections.abc import Callable

from maildesk.desk import answers, extend, joining, routing
from maildesk.desk.assign import give, take, words_of
from maildesk.desk.job import Job, Refusal
from maildesk.desk.permits import PERMITS, hides, may_route, permitted, relations
from maildesk.model import Facts, Kind, Line, Name, State, Step, Tag, Why

#: Which of several tags the text belongs to: the first of these that is there.
TEXT_GOES_TO = (
    Name.CLOSED,
    Name.ASK,
    Name.NOTE,
    Name.EXTEND,
    Name.DENY,
    Name.APPROVE,
    Name.RETURN,
    Name.CATEGORY,
    Name.ROUTE,
    Name.PHONED,
    Name.REOPEN,
    Name.MERGE,
    Name.LINK,
    Name.REJECT,
    Name.TAKEN,
)

#: Tags that exclude one another in one mail: one text cannot be both, one ticket cannot go both ways.
ONE_OF = (
    frozenset({Name.CLOSED, Name.ASK, Name.NOTE, Name.EXTEND}),
    frozenset({Name.CLOSED, Name.RETURN, Name.MERGE, Name.REJECT, Name.LINK, Name.CATEGORY, Name.ROUTE}),
    frozenset({Name.APPROVE, Name.DENY}),
    frozenset({Name.TAKEN, Name.RETURN, Name.MERGE, Name.REJECT, Name.LINK}),
)

#: These are written beside `[CLOSED]` to say how; what they do there, `[CLOSED]` does.
_SAME_STATE = {Name.TAKEN: (State.TAKEN,), Name.CLOSED: (State.CLOSED,)}


def run(job: Job, tags: tuple[Tag, ...], text: str) -> None:
    """Carry out the tags on the job's ticket. Raises `Refusal` where one cannot be: the job is then to be thrown away."""
    _contradictions(tags)
    names = [tag.name for tag in tags]
    owner = next((name for name in TEXT_GOES_TO if name in names), None)
    for tag in tags:
        if tag.name is Name.PHONED and Name.CLOSED in names:
            continue  # it says how the ticket is closed, on whichever side of [CLOSED] it stands
        _check(job, tag)
        handler = HANDLERS[tag.name]
        handler(job, tag, text if tag.name is owner else "", tuple(names))


def _contradictions(tags: tuple[Tag, ...]) -> None:
    for tag in tags:
        if tag.name is Name.UNKNOWN:
            raise Refusal(Why.UNKNOWN_TAG, tag.argument)
        if tag.name is Name.NEAR:
            written, _, nearest = tag.argument.partition("|")
            raise Refusal(Why.NEAR_MISS, written, nearest)
    for group in ONE_OF:
        among = [tag.written for tag in tags if tag.name in group]
        if len(among) > 1:
            raise Refusal(Why.CONTRADICTION, among[0], among[1])


def _check(job: Job, tag: Tag) -> None:
    """Refuse what this person may not write on this ticket as it stands now, and say which it is."""
    state = job.ticket.state
    held = relations(job.policy, job.ticket, job.actor, job.now)
    if permitted(tag.name, state, held):
        if hides(job.policy, job.ticket, tag.name, held):
            raise Refusal(Why.CONFIDENTIAL, tag.written)
        return
    owners = routing.names(job.policy, job.ticket.assignees)
    if state in _SAME_STATE.get(tag.name, ()):
        raise Refusal(Why.ALREADY, tag.written, owners)
    if state not in PERMITS.get(tag.name, {}):
        raise Refusal(Why.NOT_NOW, tag.written, state)
    raise Refusal(Why.NOT_YOURS, tag.written, owners)


def _taken(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    take(job, job.actor)
    if text.strip():
        job.keep("note", text)


def _ask(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    answers.ask(job, text)


def _closed(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    answers.close(job, text, told=Name.PHONED in names)


def _phoned(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    answers.phoned(job, text)


def _note(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    if not answers.has_words(job, text):
        raise Refusal(Why.NEEDS_TEXT, Name.NOTE)
    note(job, text)


def note(job: Job, text: str, *, reason: str = "note") -> None:
    """A word among the staff: to the assignee (while there is none, the dispatcher), unless he wrote it himself."""
    here = tuple(person.key for person in routing.people(job.policy, job.ticket.assignees))
    keys = here or routing.dispatchers(job.policy, job.ticket.channel, job.now)
    others = tuple(key for key in keys if key != job.actor)
    by = routing.names(job.policy, (job.actor,)) or job.situation.mail.sender.address
    files = job.situation.mail.attachments
    job.staff(Kind.NOTE, others, text=text, facts=Facts(by=by, reason=Line(reason)), attachments=files)
    if others:
        job.event(Step.NOTE_SENT, routing.names(job.policy, others), done=True)
    else:
        job.event(Step.NOTED, done=True)


def _route(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    written = tag.argument
    if not written.strip():
        raise Refusal(Why.NEEDS_ARGUMENT, Name.ROUTE)
    secret = routing.confidential(job.policy, job.ticket)
    found = routing.target(job.policy, written, job.now, secret=secret)
    if found is None or not found[1]:
        raise Refusal(Why.UNKNOWN_ROUTE, written)
    category, keys = found
    key = category.key if category else job.ticket.category
    _guard_secret(job, tag, keys, key)
    if keys == job.ticket.assignees and key == job.ticket.category:
        raise Refusal(Why.ALREADY, tag.written, routing.names(job.policy, keys))
    give(
        job,
        keys,
        key,
        text=words_of(job.situation.original),
        attachments=job.situation.files,
        how=Line("by-dispatcher" if job.before.state is State.NEW else "rerouted"),
        by=routing.names(job.policy, (job.actor,)),
        comment=text,
    )
    if secret:
        opened = category.title if category is not None and not category.confidential else ""
        job.event(Step.TEXT_ALONG, routing.names(job.policy, keys), opened, done=True)
    if text.strip():
        job.keep("note", text)


def _guard_secret(job: Job, tag: Tag, keys: tuple[str, ...], category: str | None) -> None:
    """What is confidential is not opened to those who may not read it (SPEC 6)."""
    if not may_route(job.policy, job.ticket, job.actor, keys, category, job.now):
        raise Refusal(Why.CONFIDENTIAL, tag.written)


def _return(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    joining.give_back(job, text)


def _extend(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    extend.request(job, tag.argument, text)


def _approve(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    extend.approve(job, tag.argument, text)


def _deny(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    extend.deny(job, text)


def _reopen(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    joining.reopen(job)


def _merge(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    joining.merge(job, tag.argument)


def _link(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    joining.link(job, tag.argument)


def _reject(job: Job, tag: Tag, text: str, names: tuple[Name, ...]) -> None:
    joining.reject(job)


Handler = Callable[[Job, Tag, str, tuple[Name, ...]], None]

#: tag → what it does.
HANDLERS: dict[Name, Handler] = {
    Name.TAKEN: _taken,
    Name.ASK: _ask,
    Name.CLOSED: _closed,
    Name.PHONED: _phoned,
    Name.NOTE: _note,
    Name.CATEGORY: _route,
    Name.ROUTE: _route,
    Name.RETURN: _return,
    Name.EXTEND: _extend,
    Name.APPROVE: _approve,
    Name.DENY: _deny,
    Name.REOPEN: _reopen,
    Name.MERGE: _merge,
    Name.LINK: _link,
    Name.REJECT: _reject,
}
