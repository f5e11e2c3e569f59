"""What goes to the author, by mail or by phone: questions, answers, calls (§3.2.1, §3.2.3)."""

from __future__ import annotations

from maildesk.desk import routing, terms
from maildesk.desk.assign import take_if_needed
from maildesk.desk.job import Job, Refusal
from maildesk.model import Attachment, Facts, Kind, Line, Name, State, Step, Term, Ticket, Why


def callers(job: Job, ticket: Ticket) -> tuple[str, ...]:
    """Who makes a call for this ticket: the hotline; of a confidential one only its assignee may know whom and why (SPEC 6)."""
    if routing.confidential(job.policy, ticket):
        return ticket.assignees
    return routing.holders(job.policy, routing.HOTLINE, job.now)


def reached(job: Job) -> bool:
    """Whether this mail itself went to the author too: then it has reached him and is not sent again (SPEC 4)."""
    mail = job.situation.mail
    known = {job.ticket.author.email.lower(), *job.ticket.author.addresses} - {""}
    return any(address.address.lower() in known for address in (*mail.to, *mail.cc))


def call(job: Job, text: str, what: str, *, reason: str = "") -> None:
    """Somebody is asked to tell the author by phone. `what` is 'question' or 'answer'."""
    phone = job.ticket.author.phone
    job.change(awaiting_call=what)
    job.staff(
        Kind.CALLBACK_REQUEST,
        callers(job, job.ticket),
        text=text,
        facts=Facts(phone=phone, reason=Line(reason or what), by=routing.names(job.policy, job.ticket.assignees)),
    )


def _deliver(job: Job, kind: Kind, text: str, attachments: tuple[Attachment, ...]) -> Step:
    """The words go to the author by the way there is; the step that it was."""
    if reached(job):
        return Step.REACHED_AUTHOR
    if job.ticket.author.mailable:
        job.author(kind, text=text, attachments=attachments)
        return Step.CLOSED if kind is Kind.ANSWER else Step.SENT_TO_AUTHOR
    if job.ticket.author.phone:
        call(job, text, "answer" if kind is Kind.ANSWER else "question")
        return Step.CALLBACK if kind is Kind.ANSWER else Step.ASKED_BY_PHONE
    raise Refusal(Why.NO_ADDRESS)


def has_words(job: Job, text: str) -> bool:
    """Whether there is anything to pass on: words, or a file."""
    return bool(text.strip()) or any(not file.inline for file in job.situation.mail.attachments)


def ask(job: Job, text: str) -> None:
    """`[ASK]`: the text goes to the author as a question."""
    if not has_words(job, text):
        raise Refusal(Why.NEEDS_TEXT, Name.ASK)
    take_if_needed(job, job.actor)
    step = _deliver(job, Kind.QUESTION, text, job.situation.mail.attachments)
    job.event(Step.ASKED if step is Step.SENT_TO_AUTHOR else step, done=True)


def say(job: Job, text: str) -> None:
    """A plain reply of the assignee: a message to the author, which may serve as the answer (SPEC 4)."""
    if not has_words(job, text):
        raise Refusal(Why.NEEDS_TEXT, "")
    take_if_needed(job, job.actor)
    step = _deliver(job, Kind.QUESTION, text, job.situation.mail.attachments)
    # What waits to be told by phone has not been said yet: [CLOSED] without words must not end it.
    job.change(answered=job.ticket.answered or step is not Step.ASKED_BY_PHONE)
    job.event(step, done=True)


def close(job: Job, text: str, *, told: bool) -> None:
    """`[CLOSED]`: the text is the answer. `told`: `[PHONED]` stands beside it, the author knows already."""
    # Told by phone is told: the call is on record, though nobody wrote down the words.
    if not has_words(job, text) and not (job.ticket.answered or told):
        raise Refusal(Why.NEEDS_TEXT, Name.CLOSED)
    if not has_words(job, text) and _untold(job):
        raise Refusal(Why.NEEDS_TEXT, Name.CLOSED)
    # A head who closes what another has does not take it over: the assignee stays, and hears of it.
    if job.actor in job.ticket.assignees or not job.ticket.assignees:
        take_if_needed(job, job.actor)
    if told:
        step = Step.CLOSED_BY_PHONE
    elif has_words(job, text):
        step = _deliver(job, Kind.ANSWER, text, job.situation.mail.attachments)
    else:
        step = Step.CLOSED_SILENT
    job.change(answered=True)
    to_call = _tell_merged(job, text)
    if step is Step.CALLBACK or to_call:
        job.ticket = terms.meet(job.ticket, Term.TAKE, job.at)
        job.change(state=State.CALLBACK, awaiting_call="answer")
    else:
        finish(job)
    job.event(step, done=True)
    if job.actor not in job.ticket.assignees:
        job.staff(Kind.NOTE, job.ticket.assignees, text=text, facts=_by(job, step))


def _by(job: Job, step: Step) -> Facts:
    return Facts(by=routing.names(job.policy, (job.actor,)), reason=Line("note"), done=(Line(step),))


def finish(job: Job) -> None:
    """The ticket is closed; its close term is met by the mail at hand (§3.2.2)."""
    job.ticket = terms.meet(job.ticket, Term.TAKE, job.at)
    job.ticket = terms.meet(job.ticket, Term.CLOSE, job.at)
    job.change(state=State.CLOSED, closed_at=min(max(job.at, job.ticket.received_at), job.now), awaiting_call="")


def _untold(job: Job) -> list[Ticket]:
    """The tickets that joined this one whose authors are other people than its own: each once."""
    known = {job.ticket.author.email.lower(), job.ticket.author.phone} - {""}
    found = []
    for merged in job.situation.merged:
        ways = {merged.author.email.lower(), merged.author.phone} - {""}
        if ways and not ways & known:
            known |= ways
            found.append(merged)
    return found


def _tell_merged(job: Job, text: str) -> bool:
    """The authors of tickets that joined this one get its answer, each once and under their own number (SPEC 4 `[MERGE]`).
    Returns whether one of them has to be called."""
    to_call = False
    for merged in _untold(job):
        if merged.author.mailable:
            job.author(Kind.ANSWER, text=text, attachments=job.situation.mail.attachments, ticket=merged)
        elif merged.author.phone:
            to_call = True
            call_other(job, merged, text)
    return to_call


def call_other(job: Job, merged: Ticket, text: str, *, reason: str = "answer") -> None:
    """The author of a ticket that joined this one is to be told its answer by phone."""
    facts = Facts(phone=merged.author.phone, reason=Line(reason), to=merged.author.name)
    job.staff(Kind.CALLBACK_REQUEST, callers(job, job.ticket), text=text, facts=facts)


def phoned(job: Job, text: str) -> None:
    """`[PHONED]` alone: it ends `callback`; of a question it brings the author's answer to the assignee (SPEC 4)."""
    if job.ticket.state is State.CALLBACK:
        job.change(answered=True)
        finish(job)
        job.event(Step.PHONED, done=True)
    elif job.ticket.awaiting_call == "question" or job.actor in job.ticket.assignees:
        # An assignee who rang of his own accord has told the author something; one who asked a question has not yet.
        told = job.ticket.answered or job.ticket.awaiting_call != "question"
        job.change(awaiting_call="", answered=told)
        job.event(Step.PHONED, done=True)
    else:
        raise Refusal(Why.NOT_NOW, Name.PHONED, job.ticket.state)
    others = tuple(key for key in job.ticket.assignees if key != job.actor)
    if text.strip() and job.ticket.state is not State.CLOSED:
        job.staff(
            Kind.AUTHOR_REPLY,
            others,
            text=text,
            facts=Facts(reason=Line("phone"), by=routing.names(job.policy, (job.actor,))),
        )
    elif text.strip():
        job.staff(
            Kind.NOTE, others, text=text, facts=Facts(by=routing.names(job.policy, (job.actor,)), reason=Line("note"))
        )
