"""The outbox: letters ready to go, who has them in hand, and what the mail server said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from maildesk.model import Answered, Capacity, Kind, Letter, Recipient, Refused, Whose
from maildesk.store.door import Row
from maildesk.store.fields import clean, maybe_moment, micros, moment, packed, unpacked
from maildesk.store.locks import Locks
from maildesk.store.mails import Mails
from maildesk.store.outbox_list import LetterState, OutboxList
from maildesk.store.prepared import Arg, Prepared, each
from maildesk.store.schema import LetterBody, LetterTable


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter taken in hand: `attempts` with this one, `first_at` the moment of the first; whom the last refusal accused, ''
    where there was none."""

    letter: Letter
    attempts: int
    first_at: datetime
    accused: str = ""


_LETTER_COLUMNS = [
    LetterTable.id,
    LetterTable.uid,
    LetterTable.kind,
    LetterTable.to_address,
    LetterTable.to_name,
    LetterTable.person,
    LetterTable.capacity,
    LetterTable.ticket,
    LetterTable.message_id,
    LetterTable.subject,
    LetterTable.created_at,
    LetterTable.attachments,
    LetterTable.attempts,
    LetterTable.first_at,
    LetterTable.whose,
    LetterBody.data,
    LetterBody.text,
]


def _answered_by(column: Any) -> Prepared:
    table = LetterTable
    columns = (table.uid, table.kind, table.capacity, table.person, table.to_address, table.ticket, table.subject)
    return Prepared(lambda count: table.select(column, *columns).where(column.in_(each("names", count))), "names")


_BY_MESSAGE_ID = _answered_by(LetterTable.message_id)
_BY_UID = _answered_by(LetterTable.uid)
_WITH_BODY = Prepared(
    lambda count: (
        LetterTable.select(*_LETTER_COLUMNS)
        .join(LetterBody, on=(LetterBody.letter == LetterTable.id))
        .where(LetterTable.id.in_(each("ids", count)))
    ),
    listed="ids",
)
_SENT = Prepared(
    lambda count: LetterTable.update(
        state=LetterState.SENT, done_at=Arg("at"), line=Arg("line"), code=0, whose=""
    ).where(LetterTable.uid.in_(each("uids", count))),
    listed="uids",
)
_SENT_TO = Prepared(
    lambda count: LetterTable.select(fn.COUNT(LetterTable.id)).where(
        LetterTable.to_folded == Arg("address"),
        LetterTable.put_at >= Arg("since"),
        LetterTable.kind.in_(each("kinds", count)),
    ),
    listed="kinds",
)


class Letters(Mails, OutboxList, Locks):
    """Keeps letters until they are gone, and remembers them afterwards."""

    def put(self, letter: Letter, *, priority: int, not_before: datetime, lists_as: str = "") -> None:
        """A letter to be sent, the lowest `priority` first, not before that moment. It joins its reader's thread.
        `lists_as` stands for its subject wherever letters are listed."""
        row = self._insert_returning(
            LetterTable,
            "id",
            uid=letter.uid,
            message_id=letter.message_id,
            kind=letter.kind,
            capacity=letter.capacity,
            person=letter.to.person,
            to_address=letter.to.address,
            to_folded=letter.to.address.lower(),
            to_name=letter.to.name,
            ticket=letter.ticket,
            subject=letter.subject,
            lists_as=lists_as,
            attachments=packed(letter.attachments),
            put_at=not_before,
            created_at=letter.created_at,
            state=LetterState.WAITING,
            priority=priority,
            next_at=not_before,
        )
        self._insert(LetterBody, letter=row, data=letter.data, text=letter.text)
        if letter.ticket is not None:
            self.thread_letter(letter.ticket, letter.to.person, letter.message_id, letter.subject)

    # What a mail answers

    def answered(self, message_ids: Sequence[str], uids: Sequence[str]) -> Answered | None:
        """The letter with the first of these Message-IDs that is one of ours, else with the first of these names; or None."""
        return self._answered(_BY_MESSAGE_ID, message_ids) or self._answered(_BY_UID, uids)

    def _answered(self, query: Prepared, wanted: Sequence[str]) -> Answered | None:
        if not wanted:
            return None
        names = [clean(name) for name in wanted]
        rows = self._ask(query, names=names)
        if not rows:
            return None
        _name, uid, kind, capacity, person, address, ticket, subject = min(rows, key=lambda row: names.index(row[0]))
        return Answered(uid, Kind(kind), Capacity(capacity), person, address, ticket, subject)

    # On their way

    def claim_due(self, now: datetime, limit: int, *, resters: bool | None = None) -> list[Claimed]:
        """Takes the letters whose time has come in hand, most urgent and oldest first, and writes the attempt before
        anybody dials. Two that claim at once get different letters. `resters`: True for those alone at which the outbox
        went to rest, False for all others alone."""
        holder = self.holder()
        due = LetterTable.select(LetterTable.id).where(
            LetterTable.state == LetterState.WAITING, LetterTable.next_at <= now
        )
        if resters is not None:
            due = due.where((LetterTable.whose == Whose.SENDER) if resters else (LetterTable.whose != Whose.SENDER))
        due = due.order_by(LetterTable.priority, LetterTable.id).limit(limit)
        if not self.is_sqlite:
            due = due.for_update(skip_locked=True)
        elif not self._rows(due.limit(1)):
            # Most looks find nothing; they need no write lock and no commit.
            return []
        with self.transaction():
            ids = [row[0] for row in self._rows(due)]
            if not ids:
                return []
            self._change(
                LetterTable.update(
                    state=LetterState.SENDING,
                    attempts=LetterTable.attempts + 1,
                    first_at=fn.COALESCE(LetterTable.first_at, micros(now)),
                    last_at=now,
                    claimer=holder,
                ).where(LetterTable.id.in_(ids))
            )
            return self._claimed(ids)

    def _claimed(self, ids: list[int]) -> list[Claimed]:
        rows = {row[0]: row for row in self._ask(_WITH_BODY, ids=ids)}
        return [Claimed(_letter(rows[id]), int(rows[id][12]), moment(rows[id][13]), rows[id][14]) for id in ids]

    def mark_sent(self, uids: Sequence[str] | str, at: datetime, line: str) -> None:
        """The server took these letters at that moment and said so."""
        wanted = [uids] if isinstance(uids, str) else list(uids)
        if wanted:
            self._do(_SENT, uids=wanted, at=at, line=line)

    def mark_refused(self, uid: str, refusal: Refused, *, next_at: datetime | None, at: datetime) -> None:
        """The letter did not go: it is tried again at `next_at`, or has failed for good where that is None."""
        result: dict[str, Any] = {"code": refusal.code, "whose": refusal.whose, "line": refusal.line}
        if next_at is None:
            result |= {"state": LetterState.FAILED, "done_at": at}
        else:
            result |= {"state": LetterState.WAITING, "next_at": next_at}
        self._change(LetterTable.update(result).where(LetterTable.uid == uid, LetterTable.state == LetterState.SENDING))

    def release_sending(self, uids: Sequence[str] | None = None) -> int:
        """Puts letters back that nobody has in hand any more: these of our own, or, where none are named, all that daemons
        who are gone left behind. How many."""
        with self.transaction():
            sending = LetterTable.select(LetterTable.id, LetterTable.claimer).where(
                LetterTable.state == LetterState.SENDING
            )
            if uids is not None:
                mine = sending.where(LetterTable.claimer == self.holder(), LetterTable.uid.in_(list(uids)))
                ids = [row[0] for row in self._rows(mine)]
            else:
                rows = self._rows(sending)
                gone = self.gone_holders({int(claimer) for _id, claimer in rows})
                ids = [id for id, claimer in rows if claimer in gone]
            if not ids:
                return 0
            return self._change(LetterTable.update(state=LetterState.WAITING).where(LetterTable.id.in_(ids)))

    def next_due(self) -> datetime | None:
        """When the next waiting letter wants to go, or None where none waits."""
        query = LetterTable.select(fn.MIN(LetterTable.next_at)).where(LetterTable.state == LetterState.WAITING)
        return maybe_moment(self._value(query))

    # Counting

    def sent_to(self, address: str, since: datetime, kinds: Sequence[Kind]) -> int:
        """How many letters of these kinds were put into the outbox for this address at `since` or later, those that wait for
        their time included."""
        return int(self._ask(_SENT_TO, address=address.lower(), since=since, kinds=list(kinds))[0][0]) if kinds else 0

    def last_to(self, address: str, since: datetime, kinds: Sequence[Kind], most: int) -> list[datetime]:
        """When the latest letters of these kinds left for this address, or are yet to leave: at most so many, none from before
        `since`, the latest first."""
        query = LetterTable.select(LetterTable.put_at).where(
            LetterTable.to_folded == address.lower(),
            LetterTable.put_at >= since,
            LetterTable.kind.in_(list(kinds)),
        )
        return [moment(row[0]) for row in self._rows(query.order_by(LetterTable.put_at.desc()).limit(most))]

    def sent_after(self, moment: datetime) -> bool:
        """Whether the server took any letter later than that."""
        query = LetterTable.select(LetterTable.id).where(
            LetterTable.done_at > moment, LetterTable.state == LetterState.SENT
        )
        return bool(self._rows(query.limit(1)))

    def sent_today(self, since: datetime) -> int:
        """How many letters the server took at `since` or later."""
        query = LetterTable.select(fn.COUNT(LetterTable.id)).where(
            LetterTable.done_at >= since, LetterTable.state == LetterState.SENT
        )
        return int(self._value(query))


def _letter(row: Row) -> Letter:
    _id, uid, kind, address, name, person, capacity, ticket, message_id, subject, created_at, files = row[:12]
    return Letter(
        uid=uid,
        kind=Kind(kind),
        to=Recipient(address, name, person),
        capacity=Capacity(capacity),
        ticket=ticket,
        message_id=message_id,
        subject=subject,
        data=bytes(row[15]),
        text=row[16],
        created_at=maybe_moment(created_at),
        attachments=unpacked(files),
    )
