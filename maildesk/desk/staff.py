"""A mail from a member of staff: does it count, and what does it do (SPEC 4, 6). One door for every staff mail."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from maildesk.desk import answers, appeals, commands, inquiries, letters, permits, routing
from maildesk.desk.authentication import Verdict
from maildesk.desk.job import Job, Refusal, message
from maildesk.desk.situation import Situation
from maildesk.model import (
    Capacity,
    Channel,
    CommandPolicy,
    Decision,
    Event,
    Facts,
    Held,
    Kind,
    Line,
    Name,
    Outcome,
    Person,
    Policy,
    Step,
    Tag,
    Ticket,
    Trouble,
    Why,
)

#: Instead of proposals: there are none.
_WITHOUT = re.compile(
    r"(?:без предложений|предложений нет|нет предложений|without proposals|no proposals)\W*", re.IGNORECASE
)
#: What sends the files of a mail on; a plain reply does too. With other tags they stay on the ticket.
_SENDS_FILES = frozenset({Name.ASK, Name.CLOSED, Name.NOTE, Name.HOTLINE})
#: How long a command waits for its sender's yes (SPEC 6).
CONFIRM_WITHIN = timedelta(hours=24)


def proven(policy: Policy, situation: Situation, person: Person) -> bool:
    """Whether this mail may act for this person on its ticket: a right proof of theirs, and by policy an aligned pass."""
    if situation.granted:
        return True
    proof, ticket = situation.proof, situation.ticket
    right = proof is not None and proof.person == person.key and proof.capacity is not Capacity.AUTHOR
    if not right or situation.conflict:
        return False
    if ticket is not None and proof is not None and proof.ticket != ticket.number and not situation.joined:
        return False
    # A proof for a ticket that joined this one serves those who have to do with this one.
    if ticket is not None and situation.joined:
        belongs = permits.belongs(policy, ticket, person.key, situation.now)
        if not belongs or _speaks_to_author(situation, ticket, person):
            return False
    return policy.commands is CommandPolicy.PROOF or situation.verdict is Verdict.PASS


def _speaks_to_author(situation: Situation, ticket: Ticket, person: Person) -> bool:
    """Whether a mail asks or tells the author something: written under a letter about the ticket that joined, it was meant for that
    one's author, who may be another family. Its writer is asked; an answer goes to both anyway."""
    names = {tag.name for tag in situation.commands.tags}
    return person.key in ticket.assignees and (not names or Name.ASK in names)


def decide(policy: Policy, situation: Situation, person: Person) -> Decision | None:
    """What this staff mail causes; None where it is an appeal of theirs like anyone's."""
    try:
        return _decide(policy, situation, person)
    except Refusal as refusal:
        return error(policy, situation, person, refusal.line)


def _decide(policy: Policy, situation: Situation, person: Person) -> Decision | None:
    tags = situation.commands.tags
    names = {tag.name for tag in tags}
    if situation.verdict is Verdict.FAIL and not situation.granted and _asks_something(situation, names):
        return _refused(policy, situation, person)
    if Name.HOTLINE in names or _is_form_reply(situation, person):
        return _hotline(policy, situation, person)
    if Name.SEND in names:
        return _send(policy, situation, person)
    if names and names <= permits.INQUIRIES.keys():
        return inquiries.decide(policy, situation, person, tags)
    if situation.ticket is None:
        return _without_ticket(policy, situation, person, names)
    if _forwarded(situation):
        return _kept(policy, situation, person)
    if not proven(policy, situation, person):
        return confirm(policy, situation, person)
    return _carry_out(policy, situation, person)


def _asks_something(situation: Situation, names: set[Name]) -> bool:
    """Whether a mail from a staff address is more than an appeal like anyone's: a tag, a proof, a ticket that it is about."""
    return situation.ticket is not None or situation.proof is not None or bool(names - {Name.UNKNOWN, Name.NEAR})


def _without_ticket(policy: Policy, situation: Situation, person: Person, names: set[Name]) -> Decision | None:
    """No ticket is named: a command asks for one, anything else is an appeal (SPEC 4)."""
    tags = [tag for tag in situation.commands.tags if tag.name not in (Name.UNKNOWN, Name.NEAR)]
    if situation.missing is not None and tags:
        raise Refusal(Why.NO_SUCH_TICKET, str(situation.missing))
    # A category's tag in a new mail routes the appeal, as anyone's does.
    commands_proper = [tag for tag in tags if tag.name is not Name.CATEGORY]
    if commands_proper:
        raise Refusal(Why.NO_TICKET, commands_proper[0].written)
    answered = situation.answered
    if answered is None or situation.proof is None or answered.kind is Kind.CONFIRM_COMMAND:
        return None
    if answered.kind is Kind.WEEKLY_REPORT:
        raise Refusal(Why.NEEDS_SEND)
    if answered.kind is Kind.WEEKLY_ANALYSIS:
        raise Refusal(Why.ANALYSIS_READ, _other_side(policy, situation, person))
    raise Refusal(Why.NO_TICKET, "")


def _other_side(policy: Policy, situation: Situation, person: Person) -> str:
    """To whom somebody writes who answers the weekly analysis: the director to the head, anybody else to the director."""
    directors = routing.holders(policy, routing.DIRECTOR, situation.now)
    keys = routing.heads(policy, situation.now) if person.key in directors else directors
    others = routing.people(policy, (key for key in keys if key != person.key))
    return ", ".join(f"{other.name} <{other.address}>" for other in others)


def _forwarded(situation: Situation) -> bool:
    """A forwarded letter of the desk's is no reply, whether its code survived or not (SPEC 4)."""
    return situation.mail.is_forward and situation.ticket is not None


def _kept(policy: Policy, situation: Situation, person: Person) -> Decision:
    job = _job(policy, situation, person)
    job.keep("note", situation.mail.text)
    job.event(Step.FORWARD_KEPT, done=True)
    return _confirmed(job)


def _job(policy: Policy, situation: Situation, person: Person) -> Job:
    if situation.ticket is None:
        raise Refusal(Why.NO_TICKET, "")
    rule = "confirmed" if situation.granted else "proof"
    return Job(policy, situation, situation.ticket, person.key, rule)


def _carry_out(policy: Policy, situation: Situation, person: Person) -> Decision:
    job = _job(policy, situation, person)
    tags = _meant(situation)
    text = situation.words if tags == situation.commands.tags else situation.mail.reply
    if situation.stray:
        raise Refusal(Why.TAG_BELOW, situation.stray)
    if tags:
        commands.run(job, tags, text)
        kind = "note" if {tag.name for tag in tags} & {Name.NOTE} else "staff"
        if not any(kept.kind == "note" for kept in job.messages):
            job.keep(kind, text)
    else:
        _plain(job, text)
    return _confirmed(job)


def _meant(situation: Situation) -> tuple[Tag, ...]:
    """The tags of this mail; a bare «Да» or «Нет» is one only in answer to a request for a decision."""
    deciding = situation.answered is not None and situation.answered.kind is Kind.EXTENSION_REQUEST
    return tuple(
        tag
        for tag in situation.commands.tags
        if tag.name not in (Name.APPROVE, Name.DENY) or deciding or tag.written.startswith("[")
    )


#: letter → why a plain reply to it cannot be carried out.
_NEEDS = {Kind.DISPATCH_REQUEST: Why.NEEDS_TAG, Kind.EXTENSION_REQUEST: Why.NEEDS_DECISION}


def _plain(job: Job, text: str) -> None:
    """A reply without a tag: the assignee's goes to the author, anyone else's is a note (SPEC 4)."""
    answered = job.situation.answered
    if answered is not None and answered.kind in _NEEDS and not _assignee_now(job, answered.kind):
        raise Refusal(_NEEDS[answered.kind])
    if answered is not None and answered.kind is Kind.CALLBACK_REQUEST:
        _told_by_phone(job, text)
        return
    noting = answered is not None and answered.kind is Kind.NOTE
    if not noting and job.actor in job.ticket.assignees and job.ticket.state in letters.SPOKEN_IN:
        answers.say(job, text)
        job.keep("staff", text)
        return
    if not answers.has_words(job, text):
        raise Refusal(Why.NEEDS_TEXT, "")
    job.keep("note", text)
    commands.note(job, text)


def _assignee_now(job: Job, kind: Kind) -> bool:
    """The dispatcher who took the ticket himself may answer its author from the letter that asked him to dispatch it."""
    return kind is Kind.DISPATCH_REQUEST and job.actor in job.ticket.assignees


def _told_by_phone(job: Job, text: str) -> None:
    """What the hotline answers to a question that it asked by phone goes to the assignee as `author-reply`; never to the author,
    who cannot be written to, though the one who rang be the assignee."""
    if job.ticket.awaiting_call == "question" and answers.has_words(job, text):
        answers.phoned(job, text)
        job.keep("phone", text)
        return
    job.keep("note", text)
    commands.note(job, text)


def _confirmed(job: Job) -> Decision:
    """The writer hears what was done, and what of his mail was not read."""
    cut = job.situation.mail.cut_files
    if cut is not None:
        job.done.append(Line(Step.CUT_SHORT, (", ".join(cut),)))
    job.staff(
        Kind.COMMAND_DONE,
        (job.actor,),
        facts=Facts(done=tuple(job.done), by=job.actor),
        answering=job.situation.answering,
    )
    return job.decision(Outcome.COMMAND)


#: Why something was not done → all that helps here, where the list of everything would hide it.
_ONLY: dict[str, tuple[Line, ...]] = {Why.NEEDS_SEND: (Line(Name.SEND),), Why.ANALYSIS_READ: ()}


def error(policy: Policy, situation: Situation, person: Person, line: Line) -> Decision:
    """Nothing was done: why, what is allowed now, and what was written, so that no word typed is lost."""
    ticket = situation.ticket
    allowed = _ONLY.get(line.code)
    if allowed is None:
        allowed = inquiries.help_lines(policy, person.key, ticket, situation.now)
    facts = Facts(reason=line, allowed=allowed, quoted=situation.mail.reply[:10_000])
    out = letters.to_staff(
        policy, Kind.COMMAND_ERROR, (person.key,), ticket, facts=facts, answering=situation.answering
    )
    return Decision(Outcome.COMMAND, letters=tuple(out), rule=f"refused: {line.code}")


def confirm(policy: Policy, situation: Situation, person: Person) -> Decision:
    """Without a proof nothing happens but a letter to the staff address, which shows what would (SPEC 6)."""
    ticket = situation.ticket
    meant = _meant(situation)
    tags = tuple(tag.written for tag in meant)
    facts = Facts(commands=tags, since=situation.now + CONFIRM_WITHIN, quoted="")
    out = letters.to_staff(
        policy,
        Kind.CONFIRM_COMMAND,
        (person.key,),
        ticket,
        text=situation.words if tags else situation.mail.reply,
        facts=facts,
        attachments=situation.mail.attachments if not tags or _SENDS_FILES & {tag.name for tag in meant} else (),
        answering=situation.answering,
    )
    number = ticket.number if ticket else None
    events = (Event(situation.now, "daemon", Step.CONFIRM_ASKED, (", ".join(tags),), "no proof"),) if ticket else ()
    return Decision(
        Outcome.COMMAND,
        ticket=ticket,
        events=events,
        letters=tuple(out),
        held=Held(person.key, number, situation.now + CONFIRM_WITHIN),
        rule="no proof",
    )


def _refused(policy: Policy, situation: Situation, person: Person) -> Decision:
    """The receiving server says that this mail is not from where it claims to be: refused, and the operator is told."""
    ticket = situation.ticket
    reference = f"{policy.prefix}-{ticket.number}" if ticket else ""
    facts = Facts(reason=Line(Trouble.AUTH_FAILED, (situation.mail.sender.address, reference)))
    events = (
        (Event(situation.now, "daemon", Step.REFUSED_AUTH, (person.key,), "authentication failed"),) if ticket else ()
    )
    out = letters.to_operator(policy, Kind.NOTICE, situation.now, ticket, facts)
    return Decision(Outcome.COMMAND, ticket=ticket, events=events, letters=tuple(out), rule="authentication failed")


def _is_form_reply(situation: Situation, person: Person) -> bool:
    """A reply to the blank form (or its button's mail) carries the form's proof."""
    proof = situation.proof
    return proof is not None and proof.capacity is Capacity.FORM and proof.person == person.key


def _hotline(policy: Policy, situation: Situation, person: Person) -> Decision:
    """A phone appeal from the fields of Annex 2; without fields, the blank form (§3.1.2)."""
    if not permits.serves(policy, person.key, (routing.HOTLINE,), situation.now):
        raise Refusal(Why.NOT_YOURS, "[HOTLINE]", "")
    among = [tag.written for tag in situation.commands.tags if tag.name not in (Name.HOTLINE, Name.CATEGORY)]
    if among:
        raise Refusal(Why.CONTRADICTION, "[HOTLINE]", among[0])
    form = situation.form
    replying = _is_form_reply(situation, person)
    if form is None or not form.fields.filled:
        if replying and situation.words.strip():
            raise Refusal(Why.NEEDS_FIELDS)
        return Decision(
            Outcome.COMMAND, letters=tuple(inquiries.blank_form(policy, situation, person)), rule="blank form"
        )
    if not form.fields.text.strip():
        raise Refusal(Why.NEEDS_FIELDS)
    if not (replying or situation.granted) or (
        policy.commands is CommandPolicy.BOTH and situation.verdict is not Verdict.PASS and not situation.granted
    ):
        return confirm(policy, situation, person)
    job = appeals.open_appeal(policy, situation, channel=Channel.PHONE, rule="hotline", actor=person.key)
    job.letters += letters.to_staff(
        policy,
        Kind.COMMAND_DONE,
        (person.key,),
        job.ticket,
        facts=Facts(done=(Line(Step.PHONE_OPENED),)),
        answering=situation.answering,
    )
    return job.decision(Outcome.NEW)


def _send(policy: Policy, situation: Situation, person: Person) -> Decision:
    """`[SEND]` in reply to the weekly report: the analysis, with the text as the head's proposals, goes to the director (§3.3.3)."""
    if not permits.serves(policy, person.key, (routing.HEAD,), situation.now):
        raise Refusal(Why.NOT_YOURS, "[SEND]", "")
    proof = situation.proof
    # The question whether there are no proposals may be answered with them.
    answerable = (Capacity.REPORT, Capacity.CONFIRMATION)
    weekly = proof is not None and proof.capacity in answerable and proof.person == person.key and not proof.ticket
    if situation.report is None or not (weekly or situation.granted):
        raise Refusal(Why.NEEDS_REPORT)
    if policy.commands is CommandPolicy.BOTH and situation.verdict is not Verdict.PASS and not situation.granted:
        return confirm(policy, situation, person)
    words = situation.words.strip()
    without = _WITHOUT.fullmatch(words) is not None
    if not words and not situation.granted:
        return _ask_for_proposals(policy, situation, person)
    directors = routing.holders(policy, routing.DIRECTOR, situation.now)
    readers = (*directors, *(key for key in (person.key,) if key not in directors))
    out = letters.report_letters(
        policy, Kind.WEEKLY_ANALYSIS, readers, situation.report, text="" if without else words, by=person.name
    )
    done = Facts(done=(Line(Step.REPORT_SENT, (routing.names(policy, directors),)),))
    out += letters.to_staff(policy, Kind.COMMAND_DONE, (person.key,), None, facts=done, answering=situation.answering)
    return Decision(Outcome.COMMAND, letters=tuple(out), rule="report sent")


def _ask_for_proposals(policy: Policy, situation: Situation, person: Person) -> Decision:
    """`[SEND]` without text: are there really no proposals? A yes within 24 hours sends the analysis without them (SPEC 4)."""
    until = situation.now + CONFIRM_WITHIN
    facts = Facts(commands=("[SEND]",), since=until, reason=Line("without-proposals"))
    out = letters.to_staff(
        policy, Kind.CONFIRM_COMMAND, (person.key,), None, facts=facts, answering=situation.answering
    )
    return Decision(
        Outcome.COMMAND, letters=tuple(out), held=Held(person.key, None, until), rule="are there no proposals?"
    )


def other_address(policy: Policy, situation: Situation) -> Decision:
    """A staff proof in a mail from an address that is nobody's: a note, and the proof's owner is asked (SPEC 6)."""
    proof, ticket, rule = situation.proof, situation.ticket, "a staff proof from another address"
    owner = policy.staff.get(proof.person) if proof else None
    # A yes from elsewhere confirms nothing, and is not itself to be confirmed.
    asked = owner is not None and proof is not None and proof.capacity is not Capacity.CONFIRMATION
    # The stranger's Message-ID is none that the owner wrote or got (SPEC 5).
    unknown = replace(situation, mail=replace(situation.mail, message_id=""))
    decision = confirm(policy, unknown, owner) if owner is not None and asked else Decision(Outcome.COMMAND)
    if ticket is None:
        return replace(decision, rule=rule)
    kept = message(situation, "note", situation.mail.text)
    event = Event(situation.now, "daemon", Step.OTHER_ADDRESS, (owner.key if owner else "",), rule)
    return replace(decision, ticket=ticket, messages=(kept,), events=(event, *decision.events), rule=rule)
