"""The tables: what is remembered, and which keys make sure that nothing is remembered twice."""

from __future__ import annotations

from typing import Any

from peewee import SQL, Model

from maildesk.store.fields import Bytes, Flag, Moment, Names, Number, RowNumber, Whole, Words

#: The version that this program writes. A database of a higher one was made by a newer maildesk and is not touched.
VERSION = 2


def _of_ticket(**options: Any) -> Whole:
    return Whole(constraints=[SQL("REFERENCES ticket (number)")], **options)


class Table(Model):
    """Bound to no database: every query is executed by the store that asks it, so that a process may hold several."""

    class Meta:
        database = None
        legacy_table_names = False


class DeskVersion(Table):
    version = Whole()


class Setting(Table):
    key = Words(primary_key=True)
    value = Words()


class TicketTable(Table):
    number = Number()
    received_at = Moment()
    state = Words()
    channel = Words()
    category = Words(null=True)
    #: Staff keys between bars: '|ivanova|petrov|', so that one of them can be looked for.
    assignees = Words(default="")
    dispatched_at = Moment(null=True)
    taken_at = Moment(null=True)
    closed_at = Moment(null=True)
    answered = Flag(default=False)
    awaiting_call = Words(default="")
    merged_into = _of_ticket(null=True)
    linked_to = _of_ticket(null=True)
    reopened = Whole(default=0)
    erased = Flag(default=False)
    subject = Words()
    author_name = Words(default="")
    author_email = Words(default="")
    author_phone = Words(default="")
    author_role = Words(default="")
    author_class = Words(default="")
    author_addresses = Names(default="[]")
    author_dead = Flag(default=False)
    #: The Extension as JSON, or NULL.
    extension = Words(null=True)
    #: In whose window a report counts it as new; NULL until one did.
    counted_at = Moment(null=True)

    class Meta:
        table_name = "ticket"
        indexes = (
            (("state",), False),
            (("received_at",), False),
            (("closed_at",), False),
            (("merged_into",), False),
            (("counted_at",), False),
        )


class AuthorAddress(Table):
    """Every address an author wrote from, lower-cased: whose mail is this?"""

    id = RowNumber()
    address = Words()
    ticket = _of_ticket()

    class Meta:
        table_name = "author_address"
        indexes = ((("address", "ticket"), True), (("ticket",), False))


class TermTable(Table):
    """One run of one term; `pos` is its place in Ticket.terms."""

    id = RowNumber()
    ticket = _of_ticket()
    pos = Whole()
    term = Words()
    started_at = Moment()
    due_at = Moment()
    who = Words(default="")
    met_at = Moment(null=True)
    ended_at = Moment(null=True)
    reminded_at = Moment(null=True)
    escalated_at = Moment(null=True)
    missed = Flag(default=False)

    class Meta:
        table_name = "term"
        # ended_at first: the runs still owed are few, however many tickets there ever were.
        indexes = ((("ticket", "pos"), True), (("ended_at", "due_at"), False))


class MessageTable(Table):
    id = RowNumber()
    ticket = _of_ticket()
    person = Words(default="")
    direction = Words()
    kind = Words()
    sender = Words()
    to = Words()
    at = Moment()
    message_id = Words(default="")
    #: [[name, type, size], …]
    files = Words(default="[]")
    text = Words()

    class Meta:
        table_name = "message"
        indexes = ((("ticket",), False),)


class AttachmentTable(Table):
    id = RowNumber()
    ticket = _of_ticket()
    message = Whole(constraints=[SQL("REFERENCES message (id)")])
    person = Words(default="")
    name = Words()
    type = Words()
    inline = Flag(default=False)
    content_id = Words(default="")
    data = Bytes()

    class Meta:
        table_name = "attachment"
        indexes = ((("ticket",), False), (("message",), False))


class EventTable(Table):
    id = RowNumber()
    ticket = _of_ticket()
    at = Moment()
    actor = Words()
    event = Words()
    args = Names(default="[]")
    rule = Words(default="")

    class Meta:
        table_name = "event"
        indexes = ((("ticket",), False),)


class Threaded(Table):
    """A mail that a person wrote about a ticket or got about it."""

    id = RowNumber()
    message_id = Words()
    ticket = _of_ticket()
    person = Words(default="")
    letter = Flag(default=False)
    subject = Words(default="")

    class Meta:
        table_name = "threaded"
        indexes = ((("message_id", "ticket", "person"), True), (("ticket", "person"), False))


class Seen(Table):
    """A mail that took effect: once by where it lay, once by what it was."""

    id = RowNumber()
    source = Words()
    uidvalidity = Whole()
    uid = Words()
    fingerprint = Words(null=True, unique=True)
    at = Moment()
    outcome = Words(default="")
    fate = Words(default="processed")
    ticket = Whole(null=True)
    message_id = Words(default="")
    sender = Words(default="")
    subject = Words(default="")
    note = Words(default="")

    class Meta:
        table_name = "seen"
        indexes = (
            (("source", "uidvalidity", "uid"), True),
            (("at",), False),
            (("message_id",), False),
            (("ticket",), False),
            (("sender",), False),
        )


class Attempt(Table):
    """How often a mail was taken in hand, and at how many deaths of the daemon it was alone in hand."""

    id = RowNumber()
    source = Words()
    uidvalidity = Whole()
    uid = Words()
    taken = Whole(default=0)
    taken_alone = Whole(default=0)
    deaths = Whole(default=0)

    class Meta:
        table_name = "attempt"
        indexes = ((("source", "uidvalidity", "uid"), True),)


class InHand(Table):
    """What one thread of one daemon works on now: what is left here when the daemon is gone, it died with."""

    id = RowNumber()
    holder = Whole()
    lane = Whole()
    keys = Words()

    class Meta:
        table_name = "in_hand"
        indexes = ((("holder", "lane"), True),)


class LetterTable(Table):
    """The outbox. What changes at every attempt is kept apart from the bytes, which never do."""

    id = RowNumber()
    uid = Words(unique=True)
    message_id = Words(unique=True)
    kind = Words()
    capacity = Words()
    person = Words(default="")
    to_address = Words()
    #: Lower-cased: how many letters did this address get?
    to_folded = Words()
    to_name = Words(default="")
    ticket = _of_ticket(null=True)
    subject = Words()
    lists_as = Words(default="")
    attachments = Names(default="[]")
    #: When it was put into the outbox (of one that has to wait: from when it may leave), and the Letter's own created_at.
    put_at = Moment()
    created_at = Moment(null=True)
    state = Words()
    priority = Whole()
    next_at = Moment()
    attempts = Whole(default=0)
    first_at = Moment(null=True)
    last_at = Moment(null=True)
    done_at = Moment(null=True)
    claimer = Whole(default=0)
    code = Whole(default=0)
    whose = Words(default="")
    line = Words(default="")

    class Meta:
        table_name = "letter"
        # The order in which letters are claimed; next_at within it, so that what rests is passed over in the index.
        indexes = (
            (("state", "priority", "id", "next_at"), False),
            (("to_folded", "put_at"), False),
            (("done_at",), False),
            (("ticket",), False),
        )


class LetterBody(Table):
    letter = Whole(primary_key=True, constraints=[SQL("REFERENCES letter (id)")])
    data = Bytes()
    text = Words()

    class Meta:
        table_name = "letter_body"


class Hold(Table):
    """A command that waits for its sender's yes, with the mail that gave it."""

    uid = Words(primary_key=True)
    person = Words()
    ticket = Whole(null=True)
    expires_at = Moment()
    used = Flag(default=False)
    mail = Bytes()

    class Meta:
        table_name = "hold"
        indexes = ((("expires_at",), False), (("ticket",), False))


class Quarantine(Table):
    id = RowNumber()
    source = Words(null=True)
    uidvalidity = Whole(null=True)
    uid = Words(null=True)
    at = Moment()
    state = Words()
    reason = Words()
    sender = Words(default="")
    subject = Words(default="")
    message_id = Words(default="")
    size = Whole(default=0)
    data = Bytes()

    class Meta:
        table_name = "quarantine"
        indexes = ((("source", "uidvalidity", "uid"), True), (("state",), False))


class ReportSlot(Table):
    id = RowNumber()
    name = Words()
    slot = Moment()

    class Meta:
        table_name = "report_slot"
        indexes = ((("name", "slot"), True),)


class SourceTable(Table):
    name = Words(primary_key=True)
    last_ok = Moment(null=True)
    failures = Whole(default=0)
    error = Words(default="")
    since = Moment(null=True)
    floor = Words(default="")

    class Meta:
        table_name = "source"


class Erased(Table):
    """The erase list: hashes of what was asked to be forgotten, so that a restored backup can forget it again."""

    id = RowNumber()
    mark = Words(unique=True)
    at = Moment()

    class Meta:
        table_name = "erased"


#: In an order in which each may refer to those before it.
TABLES: tuple[type[Table], ...] = (
    DeskVersion,
    Setting,
    TicketTable,
    AuthorAddress,
    TermTable,
    MessageTable,
    AttachmentTable,
    EventTable,
    Threaded,
    Seen,
    Attempt,
    InHand,
    LetterTable,
    LetterBody,
    Hold,
    Quarantine,
    ReportSlot,
    SourceTable,
    Erased,
)
