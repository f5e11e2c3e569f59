"""Mails that could not be understood: kept raw, with the reason, until a person decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from maildesk.model import SeenKey
from maildesk.store.door import Door, Row
from maildesk.store.fields import moment
from maildesk.store.schema import Quarantine


class QuarantineState(StrEnum):
    """KEPT until a person decides; RETRY: the daemon shall take it again; DONE: it did; DROPPED by a person."""

    KEPT = "kept"
    RETRY = "retry"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A mail in quarantine. `data` is b'' in lists; `size` is its length in bytes. `key`: where it lay, if it lay anywhere."""

    id: int
    key: SeenKey | None
    at: datetime
    state: QuarantineState
    reason: str
    sender: str
    subject: str
    message_id: str
    size: int
    data: bytes = b""


_COLUMNS = [
    Quarantine.id,
    Quarantine.source,
    Quarantine.uidvalidity,
    Quarantine.uid,
    Quarantine.at,
    Quarantine.state,
    Quarantine.reason,
    Quarantine.sender,
    Quarantine.subject,
    Quarantine.message_id,
    Quarantine.size,
]


class QuarantineRoom(Door):
    """Mails that could not be understood, raw (SPEC 8.1)."""

    def quarantine(
        self,
        key: SeenKey | None,
        data: bytes,
        reason: str,
        at: datetime,
        *,
        sender: str = "",
        subject: str = "",
        message_id: str = "",
    ) -> int:
        """Keeps a mail raw with the reason; returns its id, the same if the mail of this key was there before."""
        values: dict[str, Any] = {
            "at": at,
            "state": QuarantineState.KEPT,
            "reason": reason,
            "sender": sender,
            "subject": subject,
            "message_id": message_id,
            "size": len(data),
            "data": data,
        }
        query = Quarantine.insert(
            source=key.source if key else None,
            uidvalidity=key.uidvalidity if key else None,
            uid=key.uid if key else None,
            **values,
        ).on_conflict(conflict_target=[Quarantine.source, Quarantine.uidvalidity, Quarantine.uid], update=values)
        return int(self._rows(query.returning(Quarantine.id))[0][0])

    def quarantined(self) -> list[QuarantineRow]:
        """What waits for a person or for its retry, oldest first, without the bytes."""
        return self._listed((QuarantineState.KEPT, QuarantineState.RETRY))

    def quarantine_item(self, id: int) -> QuarantineRow | None:
        """One mail in quarantine with its bytes, or None."""
        row = self._row(Quarantine.select(*_COLUMNS, Quarantine.data).where(Quarantine.id == id))
        return None if row is None else _quarantine_row(row[:-1], bytes(row[-1]))

    def quarantine_retries(self) -> list[QuarantineRow]:
        """What a person wants taken again, oldest first, without the bytes."""
        return self._listed((QuarantineState.RETRY,))

    def quarantine_retry(self, id: int) -> bool:
        """The daemon shall take it again; False where it does not wait in quarantine."""
        return self._turn(id, (QuarantineState.KEPT, QuarantineState.RETRY), QuarantineState.RETRY)

    def quarantine_done(self, id: int) -> bool:
        """It took effect after all; inside the transaction of that effect. False where it was not to be retried (any more)."""
        return self._turn(id, (QuarantineState.RETRY,), QuarantineState.DONE)

    def quarantine_keep(self, id: int, reason: str) -> bool:
        """The retry failed too: it waits for a person again, with this reason."""
        with self.transaction():
            self._change(Quarantine.update(reason=reason).where(Quarantine.id == id))
            return self._turn(id, (QuarantineState.RETRY,), QuarantineState.KEPT)

    def quarantine_drop(self, id: int) -> bool:
        """A person gives it up; False where it does not wait in quarantine. The bytes stay until `erase` or retention."""
        return self._turn(id, (QuarantineState.KEPT, QuarantineState.RETRY), QuarantineState.DROPPED)

    def _turn(self, id: int, before: tuple[QuarantineState, ...], after: QuarantineState) -> bool:
        with self.transaction():
            query = Quarantine.update(state=after).where(Quarantine.id == id, Quarantine.state.in_(list(before)))
            return self._change(query) == 1

    def _listed(self, states: tuple[QuarantineState, ...]) -> list[QuarantineRow]:
        query = Quarantine.select(*_COLUMNS).where(Quarantine.state.in_(list(states))).order_by(Quarantine.id)
        return [_quarantine_row(row) for row in self._rows(query)]


def _quarantine_row(row: Row, data: bytes = b"") -> QuarantineRow:
    id, source, uidvalidity, uid, at, state, reason, sender, subject, message_id, size = row
    return QuarantineRow(
        id=id,
        key=None if source is None else SeenKey(source, uidvalidity, uid),
        at=moment(at),
        state=QuarantineState(state),
        reason=reason,
        sender=sender,
        subject=subject,
        message_id=message_id,
        size=size,
        data=data,
    )
