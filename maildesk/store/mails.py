"""What was said and done on a ticket: its messages with their files, its history, and the thread that each person sees."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from peewee import EXCLUDED, fn

from maildesk.model import Attachment, Direction, Event, FileName, Message, Step, Thread, TicketPage
from maildesk.store.door import Row
from maildesk.store.fields import clean, moment, packed, unpacked
from maildesk.store.prepared import Arg, Prepared, each
from maildesk.store.schema import AttachmentTable, EventTable, LetterTable, MessageTable, Seen, Threaded
from maildesk.store.tickets import Tickets

#: Who wrote the appeal, as a message's `person`.
AUTHOR = "author"
_AUTHOR_KINDS = ("appeal", "reply")

_MESSAGE_COLUMNS = [
    MessageTable.direction,
    MessageTable.kind,
    MessageTable.sender,
    MessageTable.to,
    MessageTable.at,
    MessageTable.text,
    MessageTable.files,
    MessageTable.message_id,
]


def _got(address: Arg) -> Any:
    """The letter of a thread's row, where it went to that address."""
    same = LetterTable.message_id == Threaded.message_id
    return LetterTable.select(LetterTable.id).where(same, LetterTable.to_folded == address)


def _wrote(address: Arg) -> Any:
    """The mail of a thread's row, where it came from that address."""
    same = (MessageTable.ticket == Threaded.ticket) & (MessageTable.message_id == Threaded.message_id)
    return MessageTable.select(MessageTable.id).where(same, fn.LOWER(MessageTable.sender) == address)


_THREAD = Prepared(
    lambda _count: (
        Threaded.select(Threaded.message_id, Threaded.subject, Threaded.letter)
        .where(Threaded.ticket == Arg("ticket"), Threaded.person == Arg("person"))
        .order_by(Threaded.id)
    )
)
# Authors (and the operators who are nobody's key) are several people under one name: they are told apart by address.
_THREAD_OF = Prepared(
    lambda _count: (
        Threaded.select(Threaded.message_id, Threaded.subject, Threaded.letter)
        .where(
            Threaded.ticket == Arg("ticket"),
            Threaded.person == Arg("person"),
            (Threaded.letter & fn.EXISTS(_got(Arg("address"))))
            | (~Threaded.letter & fn.EXISTS(_wrote(Arg("address")))),
        )
        .order_by(Threaded.id)
    )
)
# The ticket's page may have named the letter before the outbox did; then it had no subject yet.
_THREAD_LETTER = Prepared(
    lambda _count: Threaded.insert(
        message_id=Arg("message_id"), ticket=Arg("ticket"), person=Arg("person"), letter=True, subject=Arg("subject")
    ).on_conflict(
        conflict_target=[Threaded.message_id, Threaded.ticket, Threaded.person],
        update={Threaded.letter: True, Threaded.subject: EXCLUDED["subject"]},
    )
)
_SUBJECTS = Prepared(
    lambda count: Seen.select(Seen.subject).where(Seen.message_id.in_(each("ids", count))).order_by(Seen.id),
    listed="ids",
)
_TICKETS_WITH = Prepared(
    lambda count: (
        Threaded.select(Threaded.message_id, Threaded.ticket, Threaded.person)
        .where(Threaded.message_id.in_(each("ids", count)))
        .order_by(Threaded.id)
    ),
    listed="ids",
)


class Mails(Tickets):
    """Adds to tickets and reads them whole."""

    def add_message(
        self, number: int, message: Message, attachments: Sequence[Attachment] = (), person: str = ""
    ) -> None:
        """Adds what was said. `person` wrote it: a staff key, 'author' or ''; its Message-ID then belongs to their thread.

        Files whose bytes are given are kept; where `message` names none, theirs are its names."""
        names = message.attachments or tuple(FileName(file.name, file.type, len(file.bytes)) for file in attachments)
        row: dict[str, Any] = {
            "ticket": number,
            "person": person,
            "direction": message.direction,
            "kind": message.kind,
            "sender": message.sender,
            "to": message.to,
            "at": message.at,
            "text": message.text,
            "files": _packed_files(names),
            "message_id": message.message_id,
        }
        if not attachments:
            self._insert(MessageTable, **row)
        else:
            self._keep_files(self._insert_returning(MessageTable, "id", **row), number, attachments, person)
        if message.message_id:
            self._insert(Threaded, ignore=True, message_id=message.message_id, ticket=number, person=person)

    def _keep_files(self, message: int, number: int, attachments: Sequence[Attachment], person: str) -> None:
        for file in attachments:
            self._insert(
                AttachmentTable,
                ticket=number,
                message=message,
                person=person,
                name=file.name,
                type=file.type,
                inline=file.inline,
                content_id=file.content_id,
                data=file.bytes,
            )

    def add_event(self, number: int, event: Event) -> None:
        """Adds a step to the ticket's history."""
        self.add_events(number, (event,))

    def add_events(self, number: int, events: Sequence[Event]) -> None:
        """Adds several steps at once, in their order."""
        rows: list[dict[str, Any]] = [
            {
                "ticket": number,
                "at": event.at,
                "actor": event.actor,
                "event": event.event,
                "args": packed(event.args),
                "rule": event.rule,
            }
            for event in events
        ]
        self._insert_all(EventTable, rows)

    def page(self, number: int) -> TicketPage | None:
        """The ticket with all that was said and done, in the order in which it was stored; None if there is no such ticket."""
        with self.session():
            ticket = self.ticket(number)
            if ticket is None:
                return None
            messages = self._rows(
                MessageTable.select(*_MESSAGE_COLUMNS).where(MessageTable.ticket == number).order_by(MessageTable.id)
            )
            events = self._rows(
                EventTable.select(EventTable.at, EventTable.actor, EventTable.event, EventTable.args, EventTable.rule)
                .where(EventTable.ticket == number)
                .order_by(EventTable.id)
            )
        return TicketPage(ticket, tuple(map(_message, messages)), tuple(map(_event, events)))

    def attachments(self, number: int) -> tuple[Attachment, ...]:
        """All files that the author sent, in their order."""
        table = AttachmentTable
        query = (
            table.select(table.name, table.type, table.data, table.inline, table.content_id)
            .where(table.ticket == number, table.person == AUTHOR)
            .order_by(table.id)
        )
        return tuple(
            Attachment(name=name, type=kind, bytes=bytes(data), inline=bool(inline), content_id=content_id)
            for name, kind, data, inline, content_id in self._rows(query)
        )

    def author_text(self, number: int) -> tuple[Message, ...]:
        """What the author wrote: the appeal and the replies, in their order."""
        query = MessageTable.select(*_MESSAGE_COLUMNS).where(
            MessageTable.ticket == number, MessageTable.kind.in_(_AUTHOR_KINDS)
        )
        return tuple(map(_message, self._rows(query.order_by(MessageTable.id))))

    def recipients(self, number: int, kind: str, since: datetime) -> tuple[str, ...]:
        """The addresses that letters of that kind about this ticket went to at `since` or later, each once."""
        query = MessageTable.select(MessageTable.to).where(
            MessageTable.ticket == number,
            MessageTable.direction == Direction.OUT,
            MessageTable.kind == kind,
            MessageTable.at >= since,
        )
        return tuple(dict.fromkeys(str(row[0]) for row in self._rows(query.order_by(MessageTable.id))))

    def first_letter(self, number: int, kind: str) -> Message | None:
        """The latest letter of that kind about this ticket, the first one of those that say the same; None where there is none."""
        table = MessageTable
        letters = table.select(*_MESSAGE_COLUMNS).where(
            table.ticket == number, table.direction == Direction.OUT, table.kind == kind
        )
        latest = [_message(row) for row in self._rows(letters.order_by(table.id.desc()).limit(1))]
        same = [self._rows(letters.where(table.text == one.text).order_by(table.id).limit(1)) for one in latest]
        return _message(same[0][0]) if same else None

    def cut_files(self, number: int, said: Sequence[Message]) -> tuple[str, ...] | None:
        """Where a mail of the author's was over the limit, the names of the files that broke off with it: those of what he said
        that are not among his files. None where all was read whole."""
        cut = EventTable.select(EventTable.id).where(
            EventTable.ticket == number, EventTable.event == Step.CUT_SHORT, EventTable.actor == AUTHOR
        )
        if not self._rows(cut.limit(1)):
            return None
        table = AttachmentTable
        kept = {row[0] for row in self._rows(table.select(table.name).where(table.ticket == number))}
        return tuple(file.name for message in said for file in message.attachments if file.name not in kept)

    # Threads

    def thread_letter(self, number: int, person: str, message_id: str, subject: str) -> None:
        """A letter about this ticket goes to this person."""
        self._do(_THREAD_LETTER, message_id=message_id, ticket=number, person=person, subject=subject)

    def thread(self, number: int, person: str, address: str) -> Thread:
        """What this person's client has of this ticket: the subject of the first letter to them, and every Message-ID that
        they wrote or got, oldest first. `person`: a staff key; of an author ('author') or an operator ('') only what went to or
        came from `address` counts, for another's Message-ID is another's proof (SPEC 5)."""
        if person in (AUTHOR, ""):
            rows = self._ask(_THREAD_OF, ticket=number, person=person, address=clean(address).lower())
        else:
            rows = self._thread_rows(number, person)
        subject = next((row[1] for row in rows if row[2]), "")
        return Thread(subject, tuple(row[0] for row in rows))

    def known_subjects(self, number: int, person: str) -> tuple[str, ...]:
        """The subjects of all letters to this person and mails of this person on this ticket, each once."""
        with self.session():
            rows = self._thread_rows(number, person)
            written = [row[0] for row in rows if not row[2]]
            mails = self._ask(_SUBJECTS, ids=written) if written else []
        subjects = [row[1] for row in rows if row[2]] + [row[0] for row in mails]
        return tuple(dict.fromkeys(subject for subject in subjects if subject))

    def _thread_rows(self, number: int, person: str) -> list[Row]:
        return self._ask(_THREAD, ticket=number, person=person)

    def tickets_with(self, message_ids: Sequence[str]) -> tuple[tuple[int, str], ...]:
        """(ticket number, person) of the mails and letters with these Message-IDs, in the order of the ids, each pair once."""
        ids = [clean(message_id) for message_id in message_ids]
        if not ids:
            return ()
        rows = self._ask(_TICKETS_WITH, ids=ids)
        rows.sort(key=lambda row: ids.index(row[0]))
        return tuple(dict.fromkeys((int(row[1]), str(row[2])) for row in rows))


def _packed_files(names: Sequence[FileName]) -> str:
    return json.dumps([[clean(name.name), clean(name.type), name.size] for name in names], ensure_ascii=False)


def _message(row: Row) -> Message:
    direction, kind, sender, to, at, text, files, message_id = row
    return Message(
        direction=Direction(direction),
        kind=kind,
        sender=sender,
        to=to,
        at=moment(at),
        text=text,
        attachments=tuple(FileName(*file) for file in json.loads(files)),
        message_id=message_id,
    )


def _event(row: Row) -> Event:
    at, actor, event, args, rule = row
    return Event(at=moment(at), actor=actor, event=event, args=unpacked(args), rule=rule)
