"""What goes out: the kinds of letters, what a decision wants said, and the letter ready to be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from maildesk.model.mail import Attachment
from maildesk.model.ticket import Event, Message, Term, Ticket

if TYPE_CHECKING:
    from maildesk.model.report import ReportView


class Kind(StrEnum):
    """The kinds of letters: SPEC 5. The value stands in X-Maildesk-Kind and names the templates."""

    RECEIPT = "receipt"
    DISPATCH_REQUEST = "dispatch-request"
    ASSIGNMENT = "assignment"
    AUTHOR_REPLY = "author-reply"
    QUESTION = "question"
    ANSWER = "answer"
    CALLBACK_REQUEST = "callback-request"
    NOTE = "note"
    COMMAND_DONE = "command-done"
    COMMAND_ERROR = "command-error"
    CONFIRM_COMMAND = "confirm-command"
    REASSIGNED = "reassigned"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    EXTENSION_REQUEST = "extension-request"
    EXTENSION_DECISION = "extension-decision"
    TERM_CHANGED = "term-changed"
    DAILY_REPORT = "daily-report"
    WEEKLY_REPORT = "weekly-report"
    WEEKLY_ANALYSIS = "weekly-analysis"
    LIST = "list"
    STATUS = "status"
    HELP = "help"
    HOTLINE_FORM = "hotline-form"
    NOTICE = "notice"
    QUARANTINED = "quarantined"
    DELIVERY_FAILED = "delivery-failed"
    FLOOD = "flood"


#: To an author; everything else goes to staff (or the operator).
AUTHOR_KINDS = frozenset({Kind.RECEIPT, Kind.QUESTION, Kind.ANSWER, Kind.TERM_CHANGED})

#: What a person wrote, or whose reader's absence the desk must learn of: no Auto-Submitted (SPEC 5).
PERSONAL_KINDS = frozenset(
    {
        Kind.QUESTION,
        Kind.ANSWER,
        Kind.AUTHOR_REPLY,
        Kind.NOTE,
        Kind.CALLBACK_REQUEST,
        Kind.WEEKLY_ANALYSIS,
        Kind.ASSIGNMENT,
        Kind.DISPATCH_REQUEST,
    }
)

#: Held back beyond [limits] letters_per_recipient; what carries people's words never is (SPEC 3).
LIMITED_KINDS = frozenset(
    {
        Kind.RECEIPT,
        Kind.REMINDER,
        Kind.ESCALATION,
        Kind.COMMAND_ERROR,
        Kind.COMMAND_DONE,
        Kind.CONFIRM_COMMAND,
        Kind.REASSIGNED,
        Kind.TERM_CHANGED,
        Kind.NOTICE,
        Kind.QUARANTINED,
        Kind.DELIVERY_FAILED,
        Kind.LIST,
        Kind.STATUS,
        Kind.HELP,
    }
)


class Capacity(StrEnum):
    """In which capacity the reader of a letter may answer it: bound by its proof (SPEC 6)."""

    AUTHOR = "author"
    STAFF = "staff"
    CONFIRMATION = "confirmation"
    FORM = "form"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom. `person` is a staff key, 'author', or '' for a bare operator's address."""

    address: str
    name: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Something to be said in the reader's language: a code from a closed set (decision.py lists them) and its arguments."""

    code: str
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """A mailto: link to draw: the tag to write (a canonical English name such as 'TAKEN', or a category's first tag), its
    argument, and whether the body should invite text (an answer, a reason)."""

    tag: str
    argument: str = ""
    wants_text: bool = False


class PlainReply(StrEnum):
    """What a reply without a tag to this letter will do; every letter to staff says it (SPEC 4)."""

    TO_AUTHOR = "to-author"
    UNREACHABLE = "unreachable"  # it would go to the author, whom neither mail nor phone reaches: nothing happens
    NOTE = "note"
    FROM_AUTHOR = "from-author"  # callback-request for a question: what the author said, to the assignee
    ERROR = "error"  # a tag is needed
    YES = "yes"  # confirm-command: да carries it out, anything else drops it
    FORM = "form"  # hotline-form: the fields open a phone appeal
    PROPOSALS = "proposals"  # weekly-report: nothing is sent without [SEND]
    NOTHING = "nothing"  # command-error and the like that name no ticket: needs a ticket to be named


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket in a list. Of a confidential one only reference, state and times (`subject`, `class_` empty)."""

    ref: str
    state: str
    subject: str
    category: str
    assignee: str
    received_at: datetime
    next_term: Term | None
    due_at: datetime | None
    late: bool
    class_: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a letter has to tell besides its ticket; each kind uses a few (see the table in templates/README)."""

    reason: Line | None = None
    done: tuple[Line, ...] = ()
    allowed: tuple[Line, ...] = ()
    by: str = ""
    to: str = ""
    term: Term | None = None
    since: datetime | None = None
    due: datetime | None = None
    hours: float | None = None
    phone: str = ""
    commands: tuple[str, ...] = ()
    quoted: str = ""
    rows: tuple[TicketRow, ...] = ()
    history: tuple[Event, ...] = ()
    messages: tuple[Message, ...] = ()
    report: ReportView | None = None
    refused_files: tuple[str, ...] = ()
    #: Of the author's mail only the beginning was read: the names of the files that broke off. None: it was read whole.
    cut: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A letter that a decision wants to go out, not yet worded. `text` is a person's words. `answering` is the Message-ID of
    the recipient's own mail that it answers, or ''. `ticket` is the ticket it is about, as it will stand; None if it is about none.
    `masked`: the reader may not see what is confidential."""

    kind: Kind
    to: Recipient
    capacity: Capacity = Capacity.STAFF
    ticket: Ticket | None = None
    text: str = ""
    facts: Facts = field(default_factory=Facts)
    attachments: tuple[Attachment, ...] = ()
    buttons: tuple[Button, ...] = ()
    plain_reply: PlainReply = PlainReply.NOTE
    answering: str = ""
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """What one person's client has of one ticket: the subject of their first letter and the Message-IDs they wrote or got,
    oldest first. Empty for the first letter."""

    subject: str = ""
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to be sent: the same bytes at every attempt. `uid` is its own name (10 base32 letters)."""

    uid: str
    kind: Kind
    to: Recipient
    capacity: Capacity
    ticket: int | None
    message_id: str
    subject: str
    data: bytes
    text: str = ""
    created_at: datetime | None = None
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """The letter that a mail answers, found by the Message-IDs or the code it carries."""

    uid: str
    kind: Kind
    capacity: Capacity
    person: str
    address: str
    ticket: int | None
    subject: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The server took the letter: 250 after the final dot."""

    line: str = ""


class Whose(StrEnum):
    """Whom a refusal accuses (SPEC 8.3)."""

    ADDRESS = "address"  # this recipient cannot be reached: 5.1.x, 5.2.x
    SENDER = "sender"  # the sender, the amount, the content or the log-in: accuses no recipient; the outbox rests
    LETTER = (
        "letter"  # this letter alone: it is too big, or refused again though others went; accuses nobody, nothing rests
    )
    SERVER = "server"  # a fault on the way: connection, TLS, an unknown temporary error


@dataclass(frozen=True, slots=True)
class Rest:
    """No letter leaves from `since` until `until`: `reason` is the server's line, `count` says how many rests in a row this is."""

    since: datetime
    until: datetime
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Refused:
    """The letter did not go. `code` is the SMTP reply code or 0; `line` the raw reply or error; `unknown`: the
    connection broke between the final dot and the 250, so it may have gone."""

    permanent: bool
    code: int
    line: str
    whose: Whose = Whose.SERVER
    unknown: bool = False
