"""Letters that a decision wants to go out: to whom, with which buttons, and what a plain reply to each will do (SPEC 4, 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from maildesk.desk import routing
from maildesk.desk.privacy import masked
from maildesk.model import (
    Attachment,
    Button,
    Capacity,
    Facts,
    Kind,
    Name,
    Outgoing,
    PlainReply,
    Policy,
    Recipient,
    ReportView,
    State,
    Ticket,
)

AUTHOR = "author"

_TAKEN = Button(Name.TAKEN)
_ASK = Button(Name.ASK, wants_text=True)
_CLOSED = Button(Name.CLOSED, wants_text=True)
_RETURN = Button(Name.RETURN, wants_text=True)
_EXTEND = Button(Name.EXTEND, "24h", wants_text=True)
_PHONED = Button(Name.PHONED)
_APPROVE = Button(Name.APPROVE)
_DENY = Button(Name.DENY, wants_text=True)

#: kind → the buttons it holds, before those that depend on the ticket (categories, merge and link).
BUTTONS: dict[Kind, tuple[Button, ...]] = {
    Kind.DISPATCH_REQUEST: (_TAKEN, _ASK, _CLOSED),
    Kind.ASSIGNMENT: (_TAKEN, _CLOSED, _ASK, _EXTEND, _RETURN),
    Kind.AUTHOR_REPLY: (_CLOSED, _ASK),
    Kind.CALLBACK_REQUEST: (_PHONED,),
    Kind.REMINDER: (_TAKEN, _CLOSED, _EXTEND),
    Kind.EXTENSION_REQUEST: (_APPROVE, _DENY),
    Kind.EXTENSION_DECISION: (_CLOSED,),
    Kind.ESCALATION: (Button(Name.HISTORY),),
    Kind.CONFIRM_COMMAND: (Button("YES"),),
    Kind.HOTLINE_FORM: (Button(Name.HOTLINE),),
    Kind.WEEKLY_REPORT: (Button(Name.SEND, wants_text=True),),
}

#: kind → what a plain reply does; kinds not named here: the assignee's goes to the author, anyone else's is a note.
PLAIN: dict[Kind, PlainReply] = {
    Kind.DISPATCH_REQUEST: PlainReply.ERROR,
    Kind.EXTENSION_REQUEST: PlainReply.ERROR,
    Kind.NOTE: PlainReply.NOTE,
    Kind.CALLBACK_REQUEST: PlainReply.NOTE,
    Kind.CONFIRM_COMMAND: PlainReply.YES,
    Kind.HOTLINE_FORM: PlainReply.FORM,
    Kind.WEEKLY_REPORT: PlainReply.PROPOSALS,
    Kind.REASSIGNED: PlainReply.NOTE,
    Kind.EXTENSION_DECISION: PlainReply.TO_AUTHOR,
}

#: The assignee's plain reply goes to the author in these states; in any other it is a note.
SPOKEN_IN = frozenset({State.ASSIGNED, State.TAKEN, State.CLOSED, State.CALLBACK})

#: The reasons of a `callback-request` that asks the author something.
ASKING_CALLS = frozenset({"question", "bounced-question"})

#: kind → the capacity its reader answers in, where it is not plainly `staff`.
CAPACITIES: dict[Kind, Capacity] = {
    Kind.CONFIRM_COMMAND: Capacity.CONFIRMATION,
    Kind.HOTLINE_FORM: Capacity.FORM,
    Kind.WEEKLY_REPORT: Capacity.REPORT,
}

#: Kinds whose text and files a masked reader may see all the same: their own words, or words meant for them (an extension's reason).
UNMASKED_TEXT = frozenset(
    {
        Kind.EXTENSION_REQUEST,
        Kind.CONFIRM_COMMAND,
        Kind.COMMAND_ERROR,
        Kind.COMMAND_DONE,
        Kind.EXTENSION_DECISION,
        Kind.HELP,
    }
)


def buttons_for(policy: Policy, kind: Kind, ticket: Ticket | None) -> tuple[Button, ...]:
    """The buttons of a letter of that kind about that ticket."""
    buttons = BUTTONS.get(kind, ())
    if ticket is None:
        return buttons
    secret = routing.confidential(policy, ticket)
    if kind is Kind.DISPATCH_REQUEST:
        # What is confidential is passed on by those who may not read it, and only to others who are as silent (SPEC 6).
        open_to = [category for category in policy.categories if category.confidential or not secret]
        return (*(Button(Name.CATEGORY, category.key) for category in open_to), *(() if secret else buttons))
    if ticket.state == "taken":
        buttons = tuple(button for button in buttons if button.tag != Name.TAKEN)
    if secret:
        buttons = tuple(button for button in buttons if button.tag != Name.RETURN)
    return buttons


def plain_reply(kind: Kind, ticket: Ticket | None, person: str, reason: str = "") -> PlainReply:
    """What a plain reply of this person to that letter will do: every letter to staff says it. `reason`: the letter's, as a code."""
    if kind is Kind.CALLBACK_REQUEST and reason in ASKING_CALLS:
        return PlainReply.FROM_AUTHOR
    if ticket is None:
        return PLAIN.get(kind, PlainReply.NOTHING)
    speaks = person in ticket.assignees and ticket.state in SPOKEN_IN
    does = PLAIN.get(kind, PlainReply.TO_AUTHOR if speaks else PlainReply.NOTE)
    lost = does is PlainReply.TO_AUTHOR and not ticket.author.reachable
    return PlainReply.UNREACHABLE if lost else does


def to_staff(
    policy: Policy,
    kind: Kind,
    keys: Iterable[str],
    ticket: Ticket | None,
    *,
    text: str = "",
    facts: Facts | None = None,
    attachments: tuple[Attachment, ...] = (),
    answering: str = "",
    buttons: tuple[Button, ...] | None = None,
) -> list[Outgoing]:
    """One letter of that kind to each of these members of staff; what is confidential is left out for whom it is not."""
    letters = []
    for person in routing.people(policy, keys):
        hidden = masked(policy, ticket, person.key)
        told = facts or Facts()
        letters.append(
            Outgoing(
                kind=kind,
                to=Recipient(person.address, person.name, person.key),
                capacity=CAPACITIES.get(kind, Capacity.STAFF),
                ticket=ticket,
                text="" if hidden and kind not in UNMASKED_TEXT else text,
                facts=replace(told, messages=(), phone="") if hidden else told,
                attachments=() if hidden and kind not in UNMASKED_TEXT else attachments,
                buttons=buttons_for(policy, kind, ticket) if buttons is None else buttons,
                plain_reply=plain_reply(kind, ticket, person.key, told.reason.code if told.reason else ""),
                answering=answering,
                masked=hidden,
            )
        )
    return letters


def report_letters(
    policy: Policy,
    kind: Kind,
    keys: Iterable[str],
    report: ReportView,
    *,
    text: str = "",
    by: str = "",
    answering: str = "",
) -> list[Outgoing]:
    """A report to each of these members of staff: its charts, and the tables but to the director, who gets no rows of people."""
    analysis = kind is Kind.WEEKLY_ANALYSIS
    return to_staff(
        policy,
        kind,
        keys,
        None,
        text=text,
        facts=Facts(report=report, by=by),
        attachments=report.charts if analysis else (*report.charts, *report.files),
        answering=answering,
        buttons=() if analysis else None,
    )


def current(policy: Policy, letter: Outgoing, ticket: Ticket) -> Outgoing:
    """The letter about its ticket as it stands in the end: hidden from a reader who may no longer see it (`[TAKEN] [ROUTE psych]`)."""
    person = letter.to.person
    if letter.masked or person == AUTHOR or not masked(policy, ticket, person):
        return replace(letter, ticket=ticket)
    text = letter.text if letter.kind in UNMASKED_TEXT else ""
    facts = replace(letter.facts, messages=(), phone="")
    return replace(letter, ticket=ticket, text=text, facts=facts, attachments=(), masked=True)


def to_author(
    kind: Kind,
    ticket: Ticket,
    *,
    text: str = "",
    facts: Facts | None = None,
    attachments: tuple[Attachment, ...] = (),
    answering: str = "",
) -> Outgoing:
    """A letter to the ticket's author, at the address that answers go to."""
    return Outgoing(
        kind=kind,
        to=Recipient(ticket.author.email, ticket.author.name, AUTHOR),
        capacity=Capacity.AUTHOR,
        ticket=ticket,
        text=text,
        facts=facts or Facts(),
        attachments=attachments,
        plain_reply=PlainReply.TO_AUTHOR,
        answering=answering,
    )


def to_operator(policy: Policy, kind: Kind, now: datetime, ticket: Ticket | None, facts: Facts) -> list[Outgoing]:
    """The operator is told: of a confidential ticket by number alone."""
    letters: list[Outgoing] = []
    for address, key in routing.operator_addresses(policy, now):
        if key:
            letters += to_staff(policy, kind, (key,), ticket, facts=facts)
        else:
            hidden = masked(policy, ticket, "")
            letters.append(
                Outgoing(
                    kind=kind,
                    to=Recipient(address),
                    ticket=ticket,
                    facts=facts,
                    plain_reply=PlainReply.NOTHING,
                    masked=hidden,
                )
            )
    return letters
