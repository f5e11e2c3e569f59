"""More time in special cases, with the head's agreement (§3.2.2): asking, granting, refusing, and what durations mean."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from maildesk.desk import routing, terms
from maildesk.desk.job import Job, Refusal
from maildesk.model import Extension, ExtensionState, Facts, Kind, Line, Name, Step, Term, Ticket, Why

#: Nobody needs more at once; a longer one is a slip of the finger.
LONGEST = timedelta(days=60)

_LENGTH = re.compile(r"\+?(\d{1,4})\s*(h|d|m|ч|д|час\w*|дн\w*|ден\w*|сут\w*|hours?|days?)\.?", re.IGNORECASE)
_UNTIL = re.compile(
    r"(?:until|till|до)?\s*(\d{1,2})[./](\d{1,2})(?:[./](\d{2}|\d{4}))?(?:\s*(?:г\.?)?[,\s]\s*(?:в\s+)?(\d{1,2})[:.](\d{2}))?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:until|till|до)?\s*(\d{1,2}):(\d{2})", re.IGNORECASE)
_DAYS = re.compile(r"d|д|day|сут", re.IGNORECASE)


def length_of(written: str) -> timedelta | None:
    """`24h`, `2d`, `12ч`, `2д`, `2 дня`: how much more; None where it is none of these or out of bounds."""
    match = _LENGTH.fullmatch(written.strip())
    if match is None or match[2].lower() == "m":
        return None
    count = int(match[1])
    length = timedelta(days=count) if _DAYS.match(match[2]) else timedelta(hours=count)
    return length if timedelta(0) < length <= LONGEST else None


def moment_of(written: str, now: datetime, job: Job) -> datetime | None:
    """`until 25.11 12:00`, `до 25.11`, `до 18:00`: the moment meant in the desk's zone (a day alone: its end), or None."""
    zone = job.policy.zone
    local = now.astimezone(zone)
    clock = _CLOCK.fullmatch(written.strip())
    match = _UNTIL.fullmatch(written.strip())
    try:
        if clock:
            return local.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0).astimezone(UTC)
        if match is None:
            return None
        year = int(match[3]) + (2000 if len(match[3]) == 2 else 0) if match[3] else local.year
        hour, minute = (int(match[4]), int(match[5])) if match[4] else (23, 59)
        moment = datetime(year, int(match[2]), int(match[1]), hour, minute, tzinfo=zone)
        if not match[3] and moment < local - timedelta(days=180):
            moment = moment.replace(year=year + 1)
    except ValueError:
        return None
    return moment.astimezone(UTC)


def _wanted(job: Job, written: str) -> datetime:
    """The close term that an argument asks for; refused where it says nothing, or nothing later."""
    clock = job.ticket.running(Term.CLOSE)
    if clock is None:
        raise Refusal(Why.NOT_NOW, Name.EXTEND, job.ticket.state)
    extra = length_of(written)
    until = terms.extended(job.policy, job.ticket, extra) if extra else moment_of(written, job.now, job)
    if until is None:
        raise Refusal(Why.BAD_DURATION, written)
    if until <= clock.due_at or until <= job.now or until - job.now > LONGEST:
        raise Refusal(Why.NOT_LATER, written)
    return until


def _hours(job: Job, until: datetime, written: str) -> float:
    extra = length_of(written)
    clock = job.ticket.running(Term.CLOSE)
    span = extra or (until - clock.due_at if clock else timedelta(0))
    return round(span.total_seconds() / 3600, 2)


def request(job: Job, argument: str, reason: str) -> None:
    """`[EXTEND …]`: the head is asked; a head who is the assignee needs no asking."""
    if not argument.strip():
        raise Refusal(Why.NEEDS_ARGUMENT, Name.EXTEND)
    if not reason.strip():
        raise Refusal(Why.NEEDS_REASON, Name.EXTEND)
    until = _wanted(job, argument)
    hours = _hours(job, until, argument)
    clock = job.ticket.running(Term.CLOSE)
    own = job.actor in routing.entitled(job.policy, routing.HEAD, job.now)
    state = ExtensionState.APPROVED if own else ExtensionState.REQUESTED
    job.change(extension=Extension(hours, reason.strip(), state, job.actor, job.at, until))
    if own:
        _grant(job, until, hours)
        return
    job.staff(
        Kind.EXTENSION_REQUEST,
        routing.heads(job.policy, job.now),
        text=reason.strip(),
        facts=Facts(
            hours=hours, by=routing.names(job.policy, (job.actor,)), due=clock.due_at if clock else None, since=until
        ),
    )
    job.event(Step.EXTENSION_REQUESTED, f"{hours:g}", done=True)


def requested(ticket: Ticket) -> Extension | None:
    """The request for more time that waits for a decision, or None. One for a term that has ended waits no more: the ticket was
    closed and opened again since."""
    extension, clock = ticket.extension, ticket.running(Term.CLOSE)
    if extension is None or clock is None or extension.state is not ExtensionState.REQUESTED:
        return None
    return extension if clock.started_at <= extension.requested_at else None


def _pending(job: Job, tag: Name) -> Extension:
    extension = requested(job.ticket)
    if extension is None:
        raise Refusal(Why.NO_REQUEST, tag)
    return extension


def approve(job: Job, argument: str, text: str) -> None:
    """`[APPROVE]` grants what was asked, `[APPROVE 12h]` another length (counted from the present term)."""
    extension = _pending(job, Name.APPROVE)
    until, hours = extension.until, extension.hours
    if argument.strip():
        until = _wanted(job, argument)
        hours = _hours(job, until, argument)
    elif until <= job.now:
        raise Refusal(Why.NOT_LATER, f"{hours:g}h")
    job.change(extension=replace(extension, state=ExtensionState.APPROVED, hours=hours, until=until))
    _grant(job, until, hours)
    job.staff(
        Kind.EXTENSION_DECISION,
        job.ticket.assignees,
        text=text,
        facts=Facts(reason=Line("approved"), hours=hours, due=until, by=routing.names(job.policy, (job.actor,))),
    )


def _grant(job: Job, until: datetime, hours: float) -> None:
    job.ticket = terms.move(job.ticket, until, job.now)
    if job.ticket.author.mailable:
        job.author(Kind.TERM_CHANGED, facts=Facts(due=until))
    job.event(Step.EXTENSION_APPROVED, f"{hours:g}", done=True)


def deny(job: Job, text: str) -> None:
    """`[DENY]`: the term stays; the text goes to the assignee."""
    extension = _pending(job, Name.DENY)
    clock = job.ticket.running(Term.CLOSE)
    job.change(extension=replace(extension, state=ExtensionState.DENIED))
    job.staff(
        Kind.EXTENSION_DECISION,
        job.ticket.assignees,
        text=text,
        facts=Facts(
            reason=Line("denied"),
            hours=extension.hours,
            due=clock.due_at if clock else None,
            by=routing.names(job.policy, (job.actor,)),
        ),
    )
    job.event(Step.EXTENSION_DENIED, done=True)
