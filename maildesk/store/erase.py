"""Forgetting: personal data out of every table, statistics kept (SPEC 2 `erase`; Federal Law 152-FZ, article 21)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from maildesk.model import OPEN_STATES, Kind
from maildesk.store.faults import StoreBusy
from maildesk.store.fields import clean, micros, moment
from maildesk.store.letters import Letters
from maildesk.store.outbox_list import LetterState
from maildesk.store.quarantine import QuarantineState
from maildesk.store.schema import (
    AttachmentTable,
    AuthorAddress,
    Erased,
    EventTable,
    Hold,
    LetterBody,
    LetterTable,
    MessageTable,
    Quarantine,
    Seen,
    Setting,
    Threaded,
    TicketTable,
)

_OPEN = [str(state) for state in sorted(OPEN_STATES)]
_CHUNK = 500

#: Their subjects are fixed phrases; those of other letters about no ticket may quote a stranger's mail.
_FIXED_SUBJECTS = [
    Kind.DAILY_REPORT,
    Kind.WEEKLY_REPORT,
    Kind.WEEKLY_ANALYSIS,
    Kind.LIST,
    Kind.HELP,
    Kind.HOTLINE_FORM,
]


#: A role (student, parent) is a figure in reports; a school class of thirty names a person.
_PERSONAL = ("subject", "author_name", "author_email", "author_phone", "author_class")


@dataclass(frozen=True, slots=True)
class ErasedCount:
    """What was (or would be) forgotten: how many tickets, letters and mails in quarantine, and the Message-IDs of the
    mails that are to be deleted from the mailbox folders too."""

    tickets: int
    letters: int
    message_ids: tuple[str, ...]
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """Which rows hold the data. `since`: the earliest moment at which it can have come into a letter about no ticket."""

    tickets: tuple[int, ...]
    letters: tuple[int, ...]
    seen: tuple[int, ...]
    quarantine: tuple[int, ...]
    holds: tuple[str, ...]
    message_ids: tuple[str, ...]
    since: int | None


class Erase(Letters):
    """What `maildesk erase` and retention do."""

    def erase(
        self,
        *,
        email: str | None = None,
        ticket: int | None = None,
        closed_before: datetime | None = None,
        dry: bool = False,
        at: datetime | None = None,
    ) -> ErasedCount:
        """Forgets an author (all that came from or went to this address), a ticket, or what was closed before a moment;
        one transaction. `dry` only counts. `at` is when that was asked, for the erase list. The bytes are out of the
        files after `scrub`."""
        address = None if email is None else clean(email).strip().lower()
        with self.transaction():
            found = self._find(address, ticket, closed_before)
            if not dry:
                self._wipe_settings(found.tickets, address)
                self._wipe_tickets(found.tickets)
                self._wipe_letters(found)
                self._wipe_mails(found)
                marks = [] if address is None else [_mark("email", address)]
                marks += [_mark("ticket", str(number)) for number in found.tickets]
                self._remember(marks, at)
            return ErasedCount(len(found.tickets), len(found.letters), found.message_ids, len(found.quarantine))

    # The erase list

    def erase_list(self) -> list[tuple[str, datetime]]:
        """What was forgotten and when, as hashes: to be kept beside a backup, for a restore would bring the data back."""
        rows = self._rows(Erased.select(Erased.mark, Erased.at).order_by(Erased.id))
        return [(mark, moment(at)) for mark, at in rows]

    def reapply_erasures(self, entries: Sequence[tuple[str, datetime]] | None = None) -> int:
        """Forgets again, in a restored backup, all of this list (by default the database's own) that was there when it was
        asked; how many tickets. What the same person wrote afterwards stays."""
        again = dict(self.erase_list() if entries is None else entries)
        count = 0
        with self.transaction():
            for number, received_at, address in self._erasable():
                asked = again.get(_mark("ticket", str(number))) or again.get(_mark("email", address or ""))
                if asked is not None and received_at < micros(asked):
                    count += self.erase(ticket=number, at=asked).tickets
        return count

    def _erasable(self) -> list[tuple[Any, ...]]:
        query = TicketTable.select(TicketTable.number, TicketTable.received_at, AuthorAddress.address)
        query = query.left_outer_join(AuthorAddress, on=(AuthorAddress.ticket == TicketTable.number))
        return self._rows(query.where(~TicketTable.erased).order_by(TicketTable.number))

    def _remember(self, marks: Sequence[str], at: datetime | None) -> None:
        # Without a moment of asking the list would forget nothing of what is here: the newest ticket is the latest we know.
        latest = micros(at) if at else (self._value(TicketTable.select(fn.MAX(TicketTable.received_at))) or 0) + 1
        for mark in marks:
            query = Erased.insert(mark=mark, at=latest)
            self._change(query.on_conflict(conflict_target=[Erased.mark], update={"at": latest}))

    # What is to be forgotten

    def _find(self, address: str | None, ticket: int | None, closed_before: datetime | None) -> _Found:
        tickets = self._find_tickets(address, ticket, closed_before)
        letters = self._ids(LetterTable.id, LetterTable.ticket, tickets)
        seen = self._ids(Seen.id, Seen.ticket, tickets)
        holds = self._ids(Hold.uid, Hold.ticket, tickets)
        quarantine: set[Any] = set()
        if address is not None:
            letters |= self._set(LetterTable.select(LetterTable.id).where(LetterTable.to_folded == address))
            seen |= self._set(Seen.select(Seen.id).where(Seen.sender == address))
            holds |= self._mentioning(Hold.uid, Hold.mail, address)
            quarantine = self._mentioning(Quarantine.id, Quarantine.data, address)
            quarantine |= self._set(Quarantine.select(Quarantine.id).where(Quarantine.sender.contains(address)))
        return _Found(
            tickets=tuple(sorted(tickets)),
            letters=tuple(sorted(letters)),
            seen=tuple(sorted(seen)),
            quarantine=tuple(sorted(quarantine)),
            holds=tuple(sorted(holds)),
            message_ids=self._message_ids(tickets, seen, quarantine),
            since=self._earliest(tickets, seen, quarantine),
        )

    def _find_tickets(self, address: str | None, ticket: int | None, closed_before: datetime | None) -> set[Any]:
        found: set[Any] = set()
        fresh = TicketTable.select(TicketTable.number).where(~TicketTable.erased)
        if address is not None:
            theirs = AuthorAddress.select(AuthorAddress.ticket).where(AuthorAddress.address == address)
            found |= self._set(fresh.where(TicketTable.number.in_(theirs)))
        if ticket is not None:
            found |= self._set(fresh.where(TicketTable.number == ticket))
        if closed_before is not None:
            # What was merged or rejected may never have been closed: it ended when it came.
            ended = fn.COALESCE(TicketTable.closed_at, TicketTable.received_at) < micros(closed_before)
            found |= self._set(fresh.where(TicketTable.state.not_in(_OPEN), ended))
        return found

    def _mentioning(self, column: Any, data: Any, address: str) -> set[Any]:
        # One at a time: a mail may have 25 MB.
        names = self._set(column.model.select(column))
        wanted = address.encode()
        return {name for name in names if wanted in self._bytes(data, column == name).lower()}

    def _bytes(self, column: Any, condition: Any) -> bytes:
        return bytes(self._value(column.model.select(column).where(condition)) or b"")

    def _message_ids(self, tickets: set[Any], seen: set[Any], quarantine: set[Any]) -> tuple[str, ...]:
        found = self._ids(Threaded.message_id, Threaded.ticket, tickets, ~Threaded.letter)
        found |= self._ids(Seen.message_id, Seen.id, seen)
        found |= self._ids(Quarantine.message_id, Quarantine.id, quarantine)
        return tuple(sorted(message_id for message_id in found if message_id))

    def _earliest(self, tickets: set[Any], seen: set[Any], quarantine: set[Any]) -> int | None:
        moments = self._ids(TicketTable.received_at, TicketTable.number, tickets)
        moments |= self._ids(Seen.at, Seen.id, seen) | self._ids(Quarantine.at, Quarantine.id, quarantine)
        return min(moments, default=None)

    def _ids(self, wanted: Any, column: Any, values: set[Any], *conditions: Any) -> set[Any]:
        found: set[Any] = set()
        for part in _parts(sorted(values)):
            found |= self._set(column.model.select(wanted).where(column.in_(part), *conditions))
        return found

    def _set(self, query: Any) -> set[Any]:
        return {row[0] for row in self._rows(query)}

    # Forgetting it

    def _wipe_tickets(self, tickets: Sequence[int]) -> None:
        for part in _parts(tickets):
            for table in (AttachmentTable, AuthorAddress):
                self._change(table.delete().where(table.ticket.in_(part)))
            self._change(Threaded.delete().where(Threaded.ticket.in_(part), ~Threaded.letter))
            self._change(Threaded.update(subject="").where(Threaded.ticket.in_(part)))
            spoken = MessageTable.update(sender="", to="", text="", files="[]", message_id="")
            self._change(spoken.where(MessageTable.ticket.in_(part)))
            self._change(EventTable.update(args="[]").where(EventTable.ticket.in_(part)))
            blank: dict[str, Any] = dict.fromkeys(_PERSONAL, "")
            blank |= {"author_addresses": "[]", "extension": None, "awaiting_call": "", "erased": True}
            self._change(TicketTable.update(blank).where(TicketTable.number.in_(part)))

    def _wipe_settings(self, tickets: Sequence[int], address: str | None) -> None:
        # What is remembered of an address ends with it: 'proven:a@b.example'.
        addresses = self._ids(AuthorAddress.address, AuthorAddress.ticket, set(tickets)) | ({address} - {None})
        names = {key for key in self._set(Setting.select(Setting.key)) if key.partition(":")[2] in addresses}
        for part in _parts(sorted(names)):
            self._change(Setting.delete().where(Setting.key.in_(part)))

    def _wipe_letters(self, found: _Found) -> None:
        for part in _parts(found.letters):
            unsent = LetterTable.id.in_(part), LetterTable.state.in_([LetterState.WAITING, LetterState.FAILED])
            self._change(LetterTable.update(state=LetterState.DROPPED).where(*unsent))
            blank = {"subject": "", "lists_as": "", "attachments": "[]", "line": ""}
            self._change(LetterTable.update(blank).where(LetterTable.id.in_(part)))
            to_author = LetterTable.update(to_address="", to_folded="", to_name="")
            self._change(to_author.where(LetterTable.id.in_(part), LetterTable.person.in_(["author", ""])))
            self._empty(part)
        if found.since is not None:
            self._wipe_reports(found.since)

    def _wipe_reports(self, since: int) -> None:
        # Reports and notices that went out since then may tell of it; they were sent, and what is kept is only a copy.
        done = LetterTable.ticket.is_null(), LetterTable.put_at >= since, LetterTable.done_at.is_null(False)
        for part in _parts(sorted(self._set(LetterTable.select(LetterTable.id).where(*done)))):
            self._empty(part)
            quoting = LetterTable.id.in_(part), LetterTable.kind.not_in(_FIXED_SUBJECTS)
            self._change(LetterTable.update(subject="", lists_as="").where(*quoting))

    def _empty(self, letters: Sequence[int]) -> None:
        self._change(LetterBody.update(data=b"", text="").where(LetterBody.letter.in_(letters)))

    def _wipe_mails(self, found: _Found) -> None:
        for part in _parts(found.seen):
            blank = {"sender": "", "subject": "", "message_id": "", "note": ""}
            self._change(Seen.update(blank).where(Seen.id.in_(part)))
        for part in _parts(found.quarantine):
            nothing = Quarantine.update(
                data=b"", size=0, reason="", sender="", subject="", message_id="", state=QuarantineState.DROPPED
            )
            self._change(nothing.where(Quarantine.id.in_(part)))
        for part in _parts(found.holds):
            self._change(Hold.delete().where(Hold.uid.in_(part)))

    # Out of the files

    def scrub(self) -> None:
        """Makes the files anew, so that what was erased is in none of them. Raises StoreBusy where others work on them."""
        if not self.is_sqlite:
            for table in _ERASED_FROM:
                self._fetch_nothing(f'VACUUM FULL "{table._meta.table_name}"')
            return
        self._checkpoint()
        self._fetch_nothing("VACUUM")
        self._checkpoint()

    def _fetch_nothing(self, sql: str) -> None:
        with self.session():
            self._run(sql)

    def _checkpoint(self) -> None:
        busy = self._fetch("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
        if busy:
            raise StoreBusy(f"{self.place.name} is in use, its log still holds what was erased: try again in a minute")


_ERASED_FROM: tuple[Any, ...] = (
    TicketTable,
    AuthorAddress,
    MessageTable,
    AttachmentTable,
    EventTable,
    Threaded,
    Seen,
    Setting,
    LetterTable,
    LetterBody,
    Hold,
    Quarantine,
)


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def _mark(what: str, value: str) -> str:
    return hashlib.sha256(f"maildesk {what} {value}".encode()).hexdigest()
