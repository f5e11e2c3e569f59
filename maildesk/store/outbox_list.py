"""The outbox as a person sees it: what waits and why, what to send again and what to give up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from maildesk.model import Kind
from maildesk.store.door import Door, Row
from maildesk.store.fields import maybe_moment, micros, moment
from maildesk.store.schema import LetterTable

#: More digits than this are no row's number, and overflow the column.
_LONGEST_NUMBER = 18


class LetterState(StrEnum):
    """WAITING for its time; SENDING: handed to SMTP; SENT; FAILED for good; DROPPED by a person or an erasure."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A letter as `maildesk outbox` lists it. `subject` is what may be listed: of a confidential one, not the real one."""

    id: int
    uid: str
    kind: Kind
    to: str
    person: str
    ticket: int | None
    subject: str
    message_id: str
    state: LetterState
    put_at: datetime
    next_at: datetime
    attempts: int
    last_at: datetime | None
    done_at: datetime | None
    code: int
    line: str


class OutboxList(Door):
    """What `maildesk outbox` does."""

    def outbox(self, states: Sequence[str] | None = None) -> list[OutboxRow]:
        """Letters in the order in which they were put: those in these states, by default all that are not gone."""
        wanted = states or (LetterState.WAITING, LetterState.SENDING, LetterState.FAILED)
        table = LetterTable
        query = table.select(
            table.id, table.uid, table.kind, table.to_address, table.person, table.ticket, table.subject,
            table.lists_as, table.message_id, table.state, table.put_at, table.next_at, table.attempts,
            table.last_at, table.done_at, table.code, table.line,
        )  # fmt: skip
        rows = self._rows(query.where(table.state.in_([str(state) for state in wanted])).order_by(table.id))
        return [_outbox_row(row) for row in rows]

    def retry(self, uid_or_id: str | int, now: datetime | None = None) -> bool:
        """Sends a waiting or failed letter at once, its attempts counted anew; False where there is none such."""
        anew = {"state": LetterState.WAITING, "attempts": 0, "first_at": None, "done_at": None, "whose": ""}
        anew["next_at"] = 0 if now is None else micros(now)
        return self._by_hand(uid_or_id, (LetterState.WAITING, LetterState.FAILED), anew)

    def drop(self, uid_or_id: str | int, now: datetime | None = None) -> bool:
        """Gives a waiting or failed letter up; False where there is none such."""
        given_up = {"state": LetterState.DROPPED, "done_at": None if now is None else micros(now)}
        return self._by_hand(uid_or_id, (LetterState.WAITING, LetterState.FAILED), given_up)

    def _by_hand(self, uid_or_id: str | int, states: Sequence[LetterState], changes: dict[str, Any]) -> bool:
        name = str(uid_or_id)
        which = LetterTable.uid == name
        if name.isdecimal() and len(name) <= _LONGEST_NUMBER:
            which |= LetterTable.id == int(name)
        with self.transaction():
            return bool(self._change(LetterTable.update(changes).where(which, LetterTable.state.in_(list(states)))))


def _outbox_row(row: Row) -> OutboxRow:
    (id, uid, kind, to, person, ticket, subject, lists_as, message_id, state) = row[:10]
    (put_at, next_at, attempts, last_at, done_at, code, line) = row[10:]
    return OutboxRow(
        id=id,
        uid=uid,
        kind=Kind(kind),
        to=to,
        person=person,
        ticket=ticket,
        subject=lists_as or subject,
        message_id=message_id,
        state=LetterState(state),
        put_at=moment(put_at),
        next_at=moment(next_at),
        attempts=attempts,
        last_at=maybe_moment(last_at),
        done_at=maybe_moment(done_at),
        code=code,
        line=line,
    )
