"""What a decision is made from: one mail and everything that was looked up about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from maildesk.desk.authentication import Verdict
from maildesk.desk.proofs import Proof
from maildesk.model import (
    Answered,
    Attachment,
    Commands,
    FormFields,
    Mail,
    Message,
    Person,
    ReportView,
    Ticket,
    TicketPage,
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as filled in: its fields, the category that was meant (None: unknown), and whether the person named in it
    is believed to be its author (the desk's own relay, a sender in [form_mail])."""

    fields: FormFields
    category: str | None
    believed: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """`at` is when the mail arrived (never later than `now`). `proof` is the right proof that it carries and `answered` the letter
    that it answers. `ticket` is the one that the proof, the conversation or the subject leads to; `by_subject` says that only the
    number in the subject does. `joined`: the proof is for a ticket that has joined this one. `conflict`: the subject names another
    ticket than the proof. `granted`: its sender confirmed it. `original` and `files` are what the author wrote and sent before;
    `cut` names those of his files that broke off with a mail over the limit (None: all was read whole). `stray`: a tag that
    stands below the top of the text. `phone`: a number that the sender wrote in it."""

    mail: Mail
    at: datetime
    now: datetime
    commands: Commands = field(default_factory=Commands)
    sender: Person | None = None
    verdict: Verdict = Verdict.NONE
    proof: Proof | None = None
    answered: Answered | None = None
    ticket: Ticket | None = None
    by_subject: bool = False
    joined: bool = False
    conflict: bool = False
    granted: bool = False
    missing: int | None = None
    other: Ticket | None = None
    page: TicketPage | None = None
    tickets: tuple[Ticket, ...] = ()
    merged: tuple[Ticket, ...] = ()
    original: tuple[Message, ...] = ()
    files: tuple[Attachment, ...] = ()
    cut: tuple[str, ...] | None = None
    category_hint: str = ""
    subject_category: str | None = None
    form: Filled | None = None
    recent: tuple[tuple[Ticket, str], ...] = ()
    new_lately: int = 0
    receipt_lately: bool = False
    proven: bool = False
    held_expired: bool = False
    report: ReportView | None = None
    stray: str = ""
    phone: str = ""

    @property
    def answering(self) -> str:
        """The Message-ID that a letter back to this mail's writer names."""
        return self.mail.message_id

    @property
    def words(self) -> str:
        """The new text without its tags."""
        return self.commands.text
