"""The one door: what one mail causes. An ordered table of rules; the first that fits decides (SPEC 4–7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from maildesk.desk import appeals, follow_up, machines, routing, staff
from maildesk.desk.authentication import Verdict
from maildesk.desk.job import Job
from maildesk.desk.letters import to_staff
from maildesk.desk.situation import Situation
from maildesk.model import (
    Capacity,
    Channel,
    Decision,
    Event,
    Facts,
    Kind,
    Line,
    MailKind,
    Name,
    Outcome,
    Policy,
    State,
    Step,
    Why,
)

#: How a yes begins (SPEC 6): да, yes, ок, [ДА], after look-alike letters and punctuation are folded.
_YES = re.compile(r"[\W_]*(?:да|дa|yes|ок|oк|ok|оk|угу|согласен|согласна)(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule: when it fits, what it decides. `decide` may return None: then the next rules are asked."""

    name: str
    fits: Callable[[Policy, Situation], bool]
    decide: Callable[[Policy, Situation], Decision | None]


def decide(policy: Policy, situation: Situation) -> Decision:
    """What this mail causes. Pure; every mail is decided by exactly one rule."""
    for rule in RULES:
        if rule.fits(policy, situation):
            decision = rule.decide(policy, situation)
            if decision is not None:
                return decision
    raise AssertionError("the last rule fits every mail")


def _is_own(policy: Policy, s: Situation) -> bool:
    return s.mail.kind is MailKind.OWN and not s.granted


def _own(policy: Policy, s: Situation) -> Decision:
    return Decision(Outcome.AUTOMATIC, rule="one of the desk's own letters came back")


def _is_believed_form(policy: Policy, s: Situation) -> bool:
    return s.form is not None and s.form.believed


def _web_appeal(policy: Policy, s: Situation) -> Decision:
    crowded = appeals.too_many(policy, s)
    if crowded is not None:
        return crowded
    return appeals.open_appeal(policy, s, channel=Channel.WEB, rule="a believed form").decision(Outcome.NEW)


def _is_bounce(policy: Policy, s: Situation) -> bool:
    return s.mail.kind is MailKind.BOUNCE


def _is_automatic(policy: Policy, s: Situation) -> bool:
    if s.mail.kind is MailKind.AUTOMATIC and (_filled_by_a_website(s) or _announces(s)):
        return False
    return s.mail.kind in (MailKind.AUTOMATIC, MailKind.COMPLAINT)


def _announces(s: Situation) -> bool:
    """A robot that answers nothing and bears no automatic header, but a no-reply address: its news is an appeal, without a receipt."""
    return s.mail.may_open and s.ticket is None and not (s.mail.in_reply_to or s.mail.references)


def _filled_by_a_website(s: Situation) -> bool:
    """A form that a website mails and nobody named in [form_mail] yet: generated, not an answer to anything. A family wrote it."""
    form, mail = s.form, s.mail
    answers = bool(mail.in_reply_to or mail.references or s.ticket is not None)
    return form is not None and bool(form.fields.text.strip()) and not answers and mail.kind_reason == "auto-generated"


def _answers_confirmation(policy: Policy, s: Situation) -> bool:
    return (
        s.answered is not None
        and s.answered.kind is Kind.CONFIRM_COMMAND
        and s.proof is not None
        and s.proof.capacity is Capacity.CONFIRMATION
        and s.sender is not None
        and s.sender.key == s.proof.person
        and not s.granted
        and s.verdict is not Verdict.FAIL
        # Proposals in answer to "are there no proposals?" go in by the staff's door (SPEC 4, `[SEND]`).
        and not (s.ticket is None and any(tag.name is Name.SEND for tag in s.commands.tags))
    )


def is_yes(s: Situation) -> bool:
    """Whether a reply to a `confirm-command` says yes: it begins with да, yes, ок or [ДА]."""
    approves = any(tag.name is Name.APPROVE for tag in s.commands.tags)
    return approves or bool(_YES.match(s.mail.reply.strip()))


def _confirmation(policy: Policy, s: Situation) -> Decision:
    assert s.answered is not None and s.sender is not None
    if s.held_expired:
        return staff.error(policy, s, s.sender, Line(Why.STALE_CONFIRMATION))
    if is_yes(s):
        return Decision(Outcome.COMMAND, carries_out=s.answered.uid, rule="confirmed")
    events = (Event(s.now, s.sender.key, Step.CONFIRM_DROPPED, (), "not a yes"),) if s.ticket else ()
    facts = Facts(done=(Line(Step.CONFIRM_DROPPED),))
    out = to_staff(policy, Kind.COMMAND_DONE, (s.sender.key,), s.ticket, facts=facts, answering=s.answering)
    return Decision(
        Outcome.COMMAND, ticket=s.ticket, events=events, letters=tuple(out), uses=s.answered.uid, rule="dropped"
    )


def _author_by_proof(s: Situation) -> bool:
    """An author's proof, in the hands of nobody on the staff: who passes an author's letter to a specialist makes no author of him."""
    if s.proof is None or s.proof.capacity is not Capacity.AUTHOR:
        return False
    return s.sender is None or s.mail.sender.address.lower() == s.proof.person.lower()


def from_author(s: Situation) -> bool:
    """Whether this mail is the ticket's author's: by proof, else by address and the reference or the conversation (SPEC 6)."""
    if s.ticket is None or s.granted:
        return False
    if _author_by_proof(s):
        return True
    return s.mail.sender.address.lower() in s.ticket.author.addresses


def _is_author(policy: Policy, s: Situation) -> bool:
    if not from_author(s):
        return False
    if s.sender is None or _author_by_proof(s):
        return True
    # A member of staff who wrote the appeal himself: his tags are commands, his proof is a specialist's.
    return s.proof is None and not s.commands.tags


def _author_reply(policy: Policy, s: Situation) -> Decision | None:
    ticket = s.ticket
    if ticket is None or ticket.erased:
        return None
    if ticket.state is State.REJECTED:
        if not routing.confidential(policy, ticket):
            return None
        # What somebody adds to a confidential matter is not read by the dispatcher because it was once rejected (SPEC 6).
        again = appeals.open_appeal(policy, s, channel=appeals.channel_of(s), rule="after a rejection", linked=ticket)
        return again.decision(Outcome.NEW)
    sender, name = s.mail.sender.address, s.mail.sender.name
    if ticket.state is State.CLOSED and not follow_up.window_open(policy, ticket, s.at):
        if follow_up.filed(s, s.mail.reply, s.mail.attachments, f"{ticket.author.name} {name}"):
            return _filed(policy, s)
        # It came by mail, however the first one came.
        channel = appeals.channel_of(s)
        return appeals.open_appeal(policy, s, channel=channel, rule="after the window", linked=ticket).decision(
            Outcome.NEW
        )
    job = Job(policy, s, ticket, "author", "author's proof" if _author_by_proof(s) else "author's address")
    text = s.mail.reply if s.mail.reply.strip() else s.mail.text
    job.keep("reply", s.mail.text)
    # Who wrote to a ticket that joined this one has an answer coming, but is not this one's author.
    joined = s.proof is not None and s.proof.ticket != ticket.number
    follow_up.wrote(job, text, s.mail.attachments, sender="" if joined else sender, name=name)
    return job.decision(Outcome.REPLY)


def _filed(policy: Policy, s: Situation) -> Decision:
    assert s.ticket is not None
    job = Job(policy, s, s.ticket, "author", "thanks alone")
    job.keep("reply", s.mail.text)
    job.event(Step.AUTHOR_THANKED)
    return job.decision(Outcome.REPLY)


def _is_staff_proof_elsewhere(policy: Policy, s: Situation) -> bool:
    return s.proof is not None and s.proof.capacity is not Capacity.AUTHOR and (s.sender is None)


def _is_staff(policy: Policy, s: Situation) -> bool:
    return s.sender is not None


def _staff(policy: Policy, s: Situation) -> Decision | None:
    assert s.sender is not None
    return staff.decide(policy, s, s.sender)


def _always(policy: Policy, s: Situation) -> bool:
    return True


def _new_appeal(policy: Policy, s: Situation) -> Decision:
    crowded = appeals.too_many(policy, s)
    if crowded is not None:
        return crowded
    rule = "a list or bulk mail" if s.mail.kind is MailKind.LIST else "a new mail"
    return appeals.open_appeal(policy, s, channel=Channel.EMAIL, rule=rule).decision(Outcome.NEW)


#: The order is the policy: a form first whatever its headers say, machines before people, proofs before addresses.
RULES: tuple[Rule, ...] = (
    Rule("own letter", _is_own, _own),
    Rule("believed form", _is_believed_form, _web_appeal),
    Rule("bounce", _is_bounce, machines.bounced),
    Rule("automatic", _is_automatic, machines.automatic),
    Rule("confirmation", _answers_confirmation, _confirmation),
    Rule("author", _is_author, _author_reply),
    Rule("staff proof from elsewhere", _is_staff_proof_elsewhere, staff.other_address),
    Rule("staff", _is_staff, _staff),
    Rule("appeal", _always, _new_appeal),
)
