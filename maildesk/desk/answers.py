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
    job.change(answered=True)
    job.event(step, done=True)


def close(job: Job, text: str, *, told: bool) -> None:
    """`[CLOSED]`: the text is the answer. `told`: `[PHONED]` stands beside it, the author knows already."""
    if not has_words(job, text) and not job.ticket.answered:
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
    if step is Step.CALLBACK:
        job.change(state=State.CALLBACK)
    else:
        finish(job)
    job.event(step, done=True)
    _tell_merged(job, text, told=told)
    if job.actor not in job.ticket.assignees:
        job.staff(Kind.NOTE, job.ticket.assignees, text=text, facts=_by(job, step))


def _by(job: Job, step: Step) -> Facts:
    return Facts(by=routing.names(job.policy, (job.actor,)), reason=Line("note"), done=(Line(step),))


def finish(job: Job) -> None:
    """The ticket is closed; its close term is met by the mail at hand (§3.2.2)."""
    job.ticket = terms.meet(job.ticket, Term.TAKE, job.at)
    job.ticket = terms.meet(job.ticket, Term.CLOSE, job.at)
    job.change(state=State.CLOSED, closed_at=min(max(job.at, job.ticket.received_at), job.now), awaiting_call="")


def _tell_merged(job: Job, text: str, *, told: bool) -> None:
    """The authors of tickets that joined this one get its answer, each once and under their own number (SPEC 4 `[MERGE]`)."""
    addresses = {job.ticket.author.email.lower()}
    for merged in job.situation.merged:
        address = merged.author.email.lower()
        if told or not text.strip() or address in addresses:
            continue
        if merged.author.mailable:
            addresses.add(address)
            job.author(Kind.ANSWER, text=text, attachments=job.situation.mail.attachments, ticket=merged)
        elif merged.author.phone and merged.number is not None:
            job.staff(
                Kind.CALLBACK_REQUEST,
                callers(job, job.ticket),
                text=text,
                facts=Facts(phone=merged.author.phone, reason=Line("answer"), to=merged.author.name),
            )


def phoned(job: Job, text: str) -> None:
    """`[PHONED]` alone: it ends `callback`; of a question it brings the author's answer to the assignee (SPEC 4)."""
    if job.ticket.state is State.CALLBACK:
        job.change(answered=True)
        finish(job)
        job.event(Step.PHONED, done=True)
    elif job.ticket.awaiting_call == "question" or job.actor in job.ticket.assignees:
        job.change(awaiting_call="")
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
