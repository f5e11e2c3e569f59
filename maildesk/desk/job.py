"""One piece of work on a ticket: gathers what a decision changes, and refuses with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from maildesk.desk import letters
from maildesk.desk.situation import Situation
from maildesk.model import (
    Attachment,
    Decision,
    Direction,
    Event,
    Facts,
    FileName,
    Kind,
    Line,
    MailKind,
    Message,
    Outcome,
    Outgoing,
    Policy,
    Step,
    Ticket,
    Why,
)

#: How a source says that an appeal's file could not be had; the file's name and the reason follow.
_REFUSED = "attachment-refused: "
#: Letters that pass an author's files on.
_WITH_FILES = frozenset({Kind.ASSIGNMENT, Kind.DISPATCH_REQUEST, Kind.AUTHOR_REPLY})
#: Mails that were meant to be read whole.
_WRITTEN = frozenset({MailKind.PERSON, MailKind.LIST})


class Refusal(Exception):
    """A command cannot be carried out: nothing of the mail is (SPEC 4: all or none)."""

    def __init__(self, why: Why, *args: str) -> None:
        super().__init__(why, *args)
        self.line = Line(why, args)


class Job:
    """The changes under way. Lives within one decision; `decision()` freezes it."""

    def __init__(self, policy: Policy, situation: Situation, ticket: Ticket, actor: str, rule: str = "") -> None:
        self.policy = policy
        self.situation = situation
        self.before = ticket
        self.ticket = ticket
        self.actor = actor
        self.rule = rule
        self.letters: list[Outgoing] = []
        self.events: list[Event] = []
        self.messages: list[Message] = []
        self.done: list[Line] = []
        self.others: list[Ticket] = []
        self.other_events: list[tuple[int, Event]] = []
        self.other_messages: list[tuple[int, Message]] = []

    @property
    def at(self) -> datetime:
        """When the mail arrived: what it meets, it met then (SPEC 8.4)."""
        return self.situation.at

    @property
    def now(self) -> datetime:
        return self.situation.now

    def change(self, **fields: object) -> None:
        """The ticket with these fields changed."""
        self.ticket = replace(self.ticket, **fields)  # type: ignore[arg-type]

    def event(self, step: Step, *args: str, rule: str = "", done: bool = False) -> None:
        """A step of the history; with `done` also a line of the confirmation to its writer."""
        self.events.append(Event(self.now, self.actor, step, args, rule or self.rule))
        if done:
            self.done.append(Line(step, args))

    def staff(
        self,
        kind: Kind,
        keys: Iterable[str],
        *,
        text: str = "",
        facts: Facts | None = None,
        attachments: tuple[Attachment, ...] = (),
        answering: str = "",
    ) -> None:
        """A letter to these members of staff. Its ticket is set to the final one when the decision is frozen."""
        told = replace(facts or Facts(), **self._missing()) if kind in _WITH_FILES else facts
        self.letters += letters.to_staff(
            self.policy, kind, keys, self.ticket, text=text, facts=told, attachments=attachments, answering=answering
        )

    def _missing(self) -> dict[str, Any]:
        """What a letter that passes an author's mail on has to say of what is missing in it: of a mail that came earlier where
        the one at hand only says where that one goes."""
        situation = self.situation
        cut = situation.cut if situation.original else situation.mail.cut_files
        return {"refused_files": refused_files(situation.mail.faults), "cut": cut}

    def author(
        self,
        kind: Kind,
        *,
        text: str = "",
        facts: Facts | None = None,
        attachments: tuple[Attachment, ...] = (),
        answering: str = "",
        ticket: Ticket | None = None,
    ) -> None:
        """A letter to the author (of another ticket, where one is given)."""
        self.letters.append(
            letters.to_author(
                kind, ticket or self.ticket, text=text, facts=facts, attachments=attachments, answering=answering
            )
        )

    def keep(self, kind: str, text: str, *, sender: str = "", to: str = "") -> None:
        """The mail stays on the ticket as a message of that kind."""
        self.messages.append(message(self.situation, kind, text, sender=sender, to=to))

    def decision(self, outcome: Outcome, *, rule: str = "") -> Decision:
        """What came of it. Letters about this ticket carry it as it stands at the end."""
        self._note_a_cut()
        final = self.ticket
        mine = {id(self.before)}
        out = [
            letters.current(self.policy, letter, final)
            if letter.ticket is not None and (letter.ticket.number == final.number or id(letter.ticket) in mine)
            else letter
            for letter in self.letters
        ]
        return Decision(
            outcome=outcome,
            ticket=final,
            messages=tuple(self.messages),
            events=tuple(self.events),
            letters=tuple(out),
            others=tuple(self.others),
            other_events=tuple(self.other_events),
            other_messages=tuple(self.other_messages),
            rule=rule or self.rule,
        )

    def _note_a_cut(self) -> None:
        """The history says that of this mail only the beginning was read; not which files broke off, whose names may tell more of
        a confidential appeal than a history may."""
        situation = self.situation
        if self.messages and situation.mail.oversized and situation.mail.kind in _WRITTEN:
            by_author = situation.sender is None or situation.ticket is None
            actor = "author" if by_author else self.actor
            self.events.append(Event(self.now, actor, Step.CUT_SHORT, (), self.rule))


def refused_files(faults: Iterable[str]) -> tuple[str, ...]:
    """The names of files that a form's relay offered and that could not be had: refused and named (SPEC 7)."""
    return tuple(fault.removeprefix(_REFUSED) for fault in faults if fault.startswith(_REFUSED))


def message(situation: Situation, kind: str, text: str, *, sender: str = "", to: str = "") -> Message:
    """What came in, as a ticket remembers it."""
    mail = situation.mail
    return Message(
        direction=Direction.IN,
        kind=kind,
        sender=sender or mail.sender.address,
        to=to,
        at=situation.at,
        text=text,
        attachments=(
            *(FileName(file.name, file.type, len(file.bytes)) for file in mail.attachments),
            *(FileName(name, "", 0) for name in mail.cut_files or ()),
        ),
        message_id=mail.message_id,
    )
