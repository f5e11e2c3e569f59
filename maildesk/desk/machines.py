"""What machines write: bounces, vacation answers, notices; and letters that cannot be delivered (SPEC 4, 8.3)."""

from __future__ import annotations

from dataclasses import replace

from maildesk.desk import routing, terms
from maildesk.desk.answers import call, call_other
from maildesk.desk.job import Job
from maildesk.desk.letters import buttons_for, to_operator, to_staff
from maildesk.desk.situation import Situation
from maildesk.model import (
    AUTHOR_KINDS,
    Answered,
    Decision,
    Facts,
    Kind,
    Line,
    Name,
    Outcome,
    Person,
    Policy,
    State,
    Step,
    Term,
    Trouble,
)

#: Reasons of `parse.automatic` that say somebody is away; a read receipt or a delay notice does not.
ABSENCES = frozenset({"vacation", "auto-replied", "auto-reply"})
#: Letters whose reader's absence the dispatcher must learn of at once.
_TOLD_OF = frozenset({Kind.ASSIGNMENT, Kind.AUTHOR_REPLY, Kind.REMINDER, Kind.DISPATCH_REQUEST})


def automatic(policy: Policy, situation: Situation) -> Decision:
    """An automatic mail changes nothing; it is recorded, and the absence of whom the ticket waits for is told to who can act."""
    ticket, mail = situation.ticket, situation.mail
    if ticket is None or (situation.by_subject and situation.sender is None and not _from_author(situation)):
        return Decision(Outcome.AUTOMATIC, rule=f"automatic: {mail.kind_reason or mail.kind}")
    job = Job(policy, situation, ticket, "daemon", "automatic")
    job.keep("automatic", mail.text)
    job.event(Step.AUTOMATIC, mail.kind_reason or mail.kind)
    person = situation.sender
    answered = situation.answered
    away = mail.kind_reason in ABSENCES or mail.kind_reason.startswith(("vacation", "auto-repl"))
    if person and away and _waited_for(job, person.key) and (answered is None or answered.kind in _TOLD_OF):
        _absent(job, person)
    return job.decision(Outcome.AUTOMATIC)


def _waited_for(job: Job, key: str) -> bool:
    """Whether the ticket waits for this member of staff: its assignee, or while it has none, its dispatcher."""
    ticket = job.ticket
    if ticket.assignees or ticket.state is not State.NEW:
        return key in ticket.assignees
    return key in routing.dispatchers(job.policy, ticket.channel, job.now)


def _absent(job: Job, person: Person) -> None:
    """The dispatchers hear that this one is away, the other ones where it is a dispatcher; where there are none, the head."""
    policy, ticket = job.policy, job.ticket
    # What an absent psychologist's answer says may be about the appeal, and quotes it (SPEC 6).
    said = "" if routing.confidential(policy, ticket) else " ".join(job.situation.mail.reply.split())[:300]
    waiting = "" if ticket.assignees else "dispatch"
    dispatchers, heads = routing.dispatchers(policy, ticket.channel, job.now), routing.heads(policy, job.now)
    keys = tuple(key for key in dispatchers if key != person.key) or tuple(key for key in heads if key != person.key)
    job.event(Step.ABSENT, person.name, routing.names(policy, keys))
    facts = Facts(reason=Line(Trouble.ABSENCE, (person.name, said, waiting)), by=person.name)
    categories = tuple(one for one in buttons_for(policy, Kind.DISPATCH_REQUEST, ticket) if one.tag == Name.CATEGORY)
    buttons = categories if waiting else None
    job.letters += to_staff(policy, Kind.NOTICE, keys, job.ticket, facts=facts, buttons=buttons)


def _from_author(situation: Situation) -> bool:
    ticket = situation.ticket
    return ticket is not None and situation.mail.sender.address.lower() in ticket.author.addresses


def bounced(policy: Policy, situation: Situation) -> Decision:
    """A bounce of one of our letters; a forged one (of no such letter) is only recorded.

    The server has given up, whatever its code: a letter that expired (4.4.7) or met a full mailbox (5.2.2) has not arrived either.
    What is still being tried is a delay notice, and no bounce."""
    bounce, answered = situation.mail.bounce, situation.answered
    if bounce is None or answered is None:
        return automatic(policy, situation)
    line = next((failed.diagnostic or failed.status for failed in bounce.recipients), "")
    if situation.ticket is None:
        facts = Facts(reason=Line(Trouble.UNDELIVERABLE, (answered.address, answered.kind, line[:300])))
        return Decision(
            Outcome.AUTOMATIC,
            letters=tuple(to_operator(policy, Kind.DELIVERY_FAILED, situation.now, None, facts)),
            rule="bounce",
        )
    job = Job(policy, situation, situation.ticket, "daemon", "bounce")
    job.keep("bounce", situation.mail.text)
    undeliverable(job, answered, line)
    return job.decision(Outcome.AUTOMATIC)


def undeliverable(job: Job, answered: Answered, line: str, text: str = "", *, dead: bool = True) -> None:
    """A letter of this ticket cannot reach its reader for good: a person is told, and an author is called (SPEC 8.3).

    `answered` is the letter, `line` what the server said, `text` the words that the letter carried. `dead`: the address itself
    does not work, so that further letters to this author become calls."""
    policy = job.policy
    job.event(Step.BOUNCED, answered.kind)
    if answered.kind not in AUTHOR_KINDS:
        _staff_unreached(job, answered, line)
        return
    if answered.address.lower() != job.ticket.author.email.lower():
        _joined_unreached(job, answered, line, text)  # or he gave another address since
        return
    if dead and not job.ticket.author.dead:
        job.change(author=replace(job.ticket.author, dead=True))
        job.event(Step.ADDRESS_DEAD, "" if job.ticket.author.phone else "no-phone")
    words = text or "\n\n".join(part.text for part in job.situation.original if part.kind == answered.kind)
    if answered.kind in (Kind.ANSWER, Kind.QUESTION):
        _call_instead(job, answered, words)
    facts = Facts(reason=_reason(job, answered, line))
    keys = routing.dispatchers(policy, job.ticket.channel, job.now)
    job.letters += to_operator(policy, Kind.DELIVERY_FAILED, job.now, job.ticket, facts)
    told = {letter.to.person for letter in job.letters if letter.kind is Kind.DELIVERY_FAILED}
    job.staff(Kind.DELIVERY_FAILED, tuple(key for key in keys if key not in told), facts=facts)
    job.staff(Kind.NOTICE, tuple(key for key in job.ticket.assignees if key not in keys), facts=facts)


def _joined_unreached(job: Job, answered: Answered, line: str, text: str) -> None:
    """The author of a ticket that joined this one cannot be reached: he is called, or a person is told that he cannot be."""
    address = answered.address.lower()
    merged = next((one for one in job.situation.merged if one.author.email.lower() == address), None)
    if merged is None or answered.kind is not Kind.ANSWER:
        return
    words = text or "\n\n".join(part.text for part in job.situation.original if part.kind == "answer")
    if not words:
        _nobody_to_tell(job, line)
        return
    if job.ticket.state is State.CLOSED:
        job.change(state=State.CALLBACK, closed_at=None, awaiting_call="answer")
        job.ticket = terms.resume(job.ticket, Term.CLOSE)
        job.event(Step.CALLBACK)
    call_other(job, merged, words, reason="bounced")


def _reason(job: Job, answered: Answered, line: str) -> Line:
    hidden = routing.confidential(job.policy, job.ticket) and answered.kind in AUTHOR_KINDS
    return Line(
        Trouble.UNDELIVERABLE, ("" if hidden else answered.address, answered.kind, "" if hidden else line[:300])
    )


def _call_instead(job: Job, answered: Answered, words: str) -> None:
    """closed → callback: the answer waits to be told by phone, and the close term is owed again until it is (SPEC 8.4). Where no
    number is known somebody has to find one: what nobody was told is not answered."""
    # A message that served as the answer (closed later without words) was the answer.
    only = job.ticket.state is State.CLOSED and not any(part.kind == Kind.ANSWER for part in job.situation.original)
    answer = answered.kind is Kind.ANSWER or only
    if answer and job.ticket.state is State.CLOSED:
        job.change(state=State.CALLBACK, closed_at=None)
        job.ticket = terms.resume(job.ticket, Term.CLOSE)
        job.event(Step.CALLBACK)
    call(job, words, "answer" if answer else "question", reason="bounced" if answer else "bounced-question")


def _nobody_to_tell(job: Job, line: str) -> None:
    keys = routing.dispatchers(job.policy, job.ticket.channel, job.now)
    # A server's refusal quotes the author's address.
    shown = "" if routing.confidential(job.policy, job.ticket) else line[:300]
    facts = Facts(reason=Line(Trouble.NO_WAY_TO_AUTHOR, (shown,)))
    job.letters += to_staff(job.policy, Kind.NOTICE, keys, job.ticket, facts=facts)


def _staff_unreached(job: Job, answered: Answered, line: str) -> None:
    facts = Facts(reason=Line(Trouble.UNDELIVERABLE, (answered.address, answered.kind, line[:300])))
    unreached = answered.address.lower()
    out = to_operator(job.policy, Kind.DELIVERY_FAILED, job.now, job.ticket, facts)
    told = {letter.to.person for letter in out}
    others = (*routing.dispatchers(job.policy, job.ticket.channel, job.now), *routing.heads(job.policy, job.now))
    more = to_staff(
        job.policy, Kind.DELIVERY_FAILED, [key for key in others if key not in told], job.ticket, facts=facts
    )
    # Whoever cannot be reached is not written to about that.
    job.letters += [letter for letter in (*out, *more[:1]) if letter.to.address.lower() != unreached]
