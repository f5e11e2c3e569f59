"""What shall happen: the closed sets of reasons and steps, the tags, and the Decision that the desk hands over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from maildesk.model.letter import Outgoing
from maildesk.model.ticket import Event, Message, Ticket


class Step(StrEnum):
    """What can happen to a ticket: a history event, and a line of a `command-done`. Arguments in brackets."""

    OPENED = "opened"  # [channel]
    DISPATCHED = "dispatched"  # [category title, staff names]
    TO_DISPATCHER = "to-dispatcher"  # [dispatcher names]
    TEXT_ALONG = "text-along"  # [names, title of the category that is not confidential or '']: of a confidential ticket
    TAKEN = "taken"  # [name]
    ASKED = "asked"
    ASKED_BY_PHONE = "asked-by-phone"
    CLOSED = "closed"  # the answer went to the author
    CLOSED_SILENT = "closed-silent"  # an earlier answer had gone out; nothing was sent
    CLOSED_BY_PHONE = "closed-by-phone"  # told by phone already
    CALLBACK = "callback"  # the answer waits to be told by phone
    PHONED = "phoned"
    NOTED = "noted"
    NOTE_SENT = "note-sent"  # [names]: a note or plain reply went to them
    SENT_TO_AUTHOR = "sent-to-author"
    REACHED_AUTHOR = "reached-author"  # the author was in To or Cc: not sent again
    RETURNED = "returned"
    EXTENSION_REQUESTED = "extension-requested"  # [hours]
    EXTENSION_SENT = "extension-sent"  # [names]: an open request went to a deputy of the head's
    CALL_SENT = "call-sent"  # [names]: a call that still waits went to a deputy of the hotline's
    EXTENSION_APPROVED = "extension-approved"  # [hours]
    EXTENSION_DENIED = "extension-denied"
    REOPENED = "reopened"
    MERGED = "merged"  # [ref it joined]
    JOINED_BY = "joined-by"  # [ref that joined it]
    LINKED = "linked"  # [ref]
    REJECTED = "rejected"
    AUTHOR_WROTE = "author-wrote"
    AUTHOR_THANKED = "author-thanked"
    AUTHOR_REOPENED = "author-reopened"
    AUTHOR_CONTENT = "author-content"  # the author wrote [CLOSED]: needs no answer any more
    FORWARD_KEPT = "forward-kept"
    AUTOMATIC = "automatic"  # [kind]: an automatic reply was recorded
    ABSENT = "absent"  # [name, names of those who were told]: an absence answered
    BOUNCED = "bounced"  # [letter kind]
    ADDRESS_DEAD = "address-dead"  # ["no-phone" where nobody can call, or '']
    REMINDED = "reminded"  # [term]
    ESCALATED = "escalated"  # [term]
    CONFIRM_ASKED = "confirm-asked"  # [commands]
    CONFIRM_DROPPED = "confirm-dropped"
    OTHER_ADDRESS = "other-address"  # a proof came from an address that is nobody's
    REFUSED_AUTH = "refused-auth"  # failed the receiving server's check
    STAFF_GONE = "staff-gone"  # [key]: the assignee left the configuration
    DEPUTY = "deputy"  # [names]
    REPORT_SENT = "report-sent"
    HELP_SENT = "help-sent"
    PHONE_OPENED = "phone-opened"  # [ref]
    CUT_SHORT = "cut-short"  # [names of files that broke off, in a confirmation]: the mail was over the limit
    WAITS = "waits"  # [letter kind, until when]: beyond the limit of letters to one reader
    NOT_SENT = "not-sent"  # [letter kind]: beyond that limit, and not sent at all
    ERASED = "erased"


class Why(StrEnum):
    """Why a command was not carried out: the reason of a `command-error`. Arguments in brackets."""

    NO_TICKET = "no-ticket"  # a tag in a mail that answers no letter and names no ticket [tag]
    NO_SUCH_TICKET = "no-such-ticket"  # [ref]
    UNKNOWN_TAG = "unknown-tag"  # [what was written]
    TAG_BELOW = "tag-below"  # a tag alone on a line below the top of the text [tag]
    NEAR_MISS = "near-miss"  # [what was written, the nearest tag]
    NOT_YOURS = "not-yours"  # [tag, name of the assignee or '']
    NOT_NOW = "not-now"  # [tag, state]
    NEEDS_TEXT = "needs-text"  # [tag]
    NEEDS_REASON = "needs-reason"  # [tag]
    NEEDS_TAG = "needs-tag"  # a plain reply to a dispatch-request
    NEEDS_DECISION = "needs-decision"  # a plain reply to an extension-request
    BAD_DURATION = "bad-duration"  # [what was written]
    NOT_LATER = "not-later"  # [what was written]: the wanted term is not later than the present one
    NO_REQUEST = "no-request"  # [tag]: nothing was requested
    UNKNOWN_ROUTE = "unknown-route"  # [what was written]
    ALREADY = "already"  # [tag, name]: done already, by whom
    CONFIDENTIAL = "confidential"  # [tag]
    SAME_TICKET = "same-ticket"  # [ref]
    NO_ADDRESS = "no-address"  # the author has neither address nor phone
    NEEDS_REPORT = "needs-report"  # [SEND] not in reply to a weekly report
    NEEDS_SEND = "needs-send"  # a plain reply to a weekly report
    ANALYSIS_READ = "analysis-read"  # a plain reply to the analysis [whom to write to]: it goes to nobody
    NEEDS_FIELDS = "needs-fields"  # a hotline form without the text of the appeal
    NEEDS_ARGUMENT = "needs-argument"  # [tag]
    STALE_CONFIRMATION = "stale-confirmation"  # used or older than 24 hours
    CONTRADICTION = "contradiction"  # [tag, tag]: several tags that exclude one another
    NOT_READY = "not-ready"  # [tag]: this desk version cannot do it


class Trouble(StrEnum):
    """What a `notice`, `quarantined`, `delivery-failed` or `flood` tells. Arguments in brackets."""

    ABSENCE = (
        "absence"  # [name of who is absent, what the automatic reply said, "dispatch" where it waits to be dispatched]
    )
    DUPLICATE = "duplicate"  # [ref of the other ticket]
    FOLLOW_UP = "follow-up"  # a stranger named this ticket [ref of the new ticket]
    LATE_REPLY = "late-reply"  # a reply after the window opened a new, linked ticket [ref of the old one]
    SOURCE_UNREAD = "source-unread"  # [source, since when, error]
    LOGIN_REFUSED = "login-refused"  # [source, error]
    FORM_UNREAD = "form-unread"  # [address, since when, error]: the web form's relay
    FORM_REFUSED = "form-refused"  # [address, error]: it refused the token
    DISK_FULL = "disk-full"  # [path]
    AUTH_FAILED = "auth-failed"  # a staff mail failed its check [address, ticket or '']
    POISON = "poison"  # a mail could not be understood [quarantine id, reason]
    UNREADABLE = "unreadable"  # [quarantine id, reason]
    TOO_LARGE = "too-large"  # [size in MB]: only the beginning of the mail was read
    UNDELIVERABLE = "undeliverable"  # [address or '', letter kind, server's line]
    NO_WAY_TO_AUTHOR = "no-way-to-author"  # neither address nor phone works
    OUTBOX_RESTS = "outbox-rests"  # [server's line, until when, kind of the refused letter, ref of its ticket or '']
    TOO_MANY_LETTERS = "too-many-letters"  # [address, limit, in how many seconds]
    TOO_MANY_TICKETS = "too-many-tickets"  # [limit, ref that collects the rest]
    STAFF_GONE = "staff-gone"  # [staff key]
    CERTIFICATE = "certificate"  # [host, error]


class Name(StrEnum):
    """The tags by their canonical English names (SPEC 4). Category tags are `CATEGORY` with the category's key as argument."""

    TAKEN = "TAKEN"
    ASK = "ASK"
    CLOSED = "CLOSED"
    PHONED = "PHONED"
    NOTE = "NOTE"
    CATEGORY = "CATEGORY"
    ROUTE = "ROUTE"
    RETURN = "RETURN"
    EXTEND = "EXTEND"
    APPROVE = "APPROVE"
    DENY = "DENY"
    REOPEN = "REOPEN"
    MERGE = "MERGE"
    REJECT = "REJECT"
    HOTLINE = "HOTLINE"
    LINK = "LINK"
    MY = "MY"
    LIST = "LIST"
    STATUS = "STATUS"
    HISTORY = "HISTORY"
    REPORT = "REPORT"
    SEND = "SEND"
    HELP = "HELP"
    UNKNOWN = "UNKNOWN"  # a bracket at the start of the text that is no tag; argument: what was written
    NEAR = "NEAR"  # a near miss; argument: 'written|nearest'


@dataclass(frozen=True, slots=True)
class Tag:
    """A command that a person wrote: its name, its argument ('24h', 'tech', 'MD-7', 'until 25.11 12:00') and how it was written."""

    name: Name
    argument: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Commands:
    """What a mail's subject and new text command. `tags` in the order written, each once; `text` is the new text without them."""

    tags: tuple[Tag, ...] = ()
    text: str = ""


class Outcome(StrEnum):
    """What a mail was, for the day's account (SPEC 8.6)."""

    NEW = "new"
    REPLY = "reply"
    COMMAND = "command"
    AUTOMATIC = "automatic"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Held:
    """A command that waits for its sender's yes (SPEC 6): the staff key, the ticket or None, the tags and the text as they
    would be carried out. It lives 24 hours and serves once; the arrivals verb keeps the mail itself beside it."""

    person: str
    ticket: int | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything one mail (or one tick) causes. `ticket` is the first ticket as it will stand (number None: a new one), `others` are
    further tickets it changed. `messages` and `events` belong to `ticket` unless paired in `other_events`. `letters` go out.
    `held`: keep this mail until its sender confirms. `uses`: the confirm-command letter (uid) that this mail uses up."""

    outcome: Outcome
    ticket: Ticket | None = None
    messages: tuple[Message, ...] = ()
    events: tuple[Event, ...] = ()
    letters: tuple[Outgoing, ...] = ()
    others: tuple[Ticket, ...] = ()
    other_events: tuple[tuple[int, Event], ...] = ()
    other_messages: tuple[tuple[int, Message], ...] = ()
    held: Held | None = None
    uses: str = ""
    carries_out: str = ""
    rule: str = ""
