"""Which mails took effect: each once by where it lay and once by what it was, and what the daemon had in hand when it died."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from peewee import EXCLUDED

from maildesk.model import Fate, Outcome, SeenKey
from maildesk.store.door import Door
from maildesk.store.prepared import Arg, Prepared, each
from maildesk.store.schema import Attempt, InHand, Seen

#: Uids asked about in one statement; SQLite takes 32766 parameters, and a mailbox may hold more.
_CHUNK = 500


_KNOWN = Prepared(
    lambda count: Seen.select(Seen.uid, Seen.fate).where(
        Seen.source == Arg("source"), Seen.uidvalidity == Arg("uidvalidity"), Seen.uid.in_(each("uids", count))
    ),
    listed="uids",
)
_CONCLUDE = Prepared(
    lambda _count: Seen.update(
        {name: Arg(name) for name in ("outcome", "fate", "ticket", "message_id", "sender", "subject", "note")}
    ).where(Seen.source == Arg("source"), Seen.uidvalidity == Arg("uidvalidity"), Seen.uid == Arg("uid"))
)
_CLEAR = Prepared(
    lambda count: Attempt.delete().where(
        Attempt.source == Arg("source"),
        Attempt.uidvalidity == Arg("uidvalidity"),
        Attempt.uid.in_(each("uids", count)),
    ),
    listed="uids",
)


class Claim(StrEnum):
    """NEW: this mail is ours to handle. SEEN: it was handled. SAME: the same mail was handled under another key."""

    NEW = "new"
    SEEN = "seen"
    SAME = "same"


class Arrivals(Door):
    """What the arrivals verb asks of the store about a mail as a mail."""

    def known(self, keys: Sequence[SeenKey]) -> dict[SeenKey, Fate]:
        """Those of these keys that were handled already, each with what was to become of the mail at its source."""
        found: dict[SeenKey, Fate] = {}
        for source, uidvalidity, uids in _by_folder(keys):
            for uid, fate in self._ask(_KNOWN, source=source, uidvalidity=uidvalidity, uids=uids):
                found[SeenKey(source, uidvalidity, uid)] = Fate(fate)
        return found

    def claim(self, key: SeenKey, fingerprint: str, at: datetime) -> Claim:
        """Takes this mail for this transaction, or says why not. `fingerprint`: what the mail is, '' if that is unknown.

        Decided by the unique keys alone: where two daemons meet, the second waits for the first one's commit."""
        place = {"source": key.source, "uidvalidity": key.uidvalidity, "uid": key.uid, "at": at}
        if self._insert(Seen, ignore=True, fingerprint=fingerprint or None, **place):
            return Claim.NEW
        if self._insert(Seen, ignore=True, outcome=Outcome.DUPLICATE, fate=Fate.PROCESSED, **place):
            return Claim.SAME
        return Claim.SEEN

    def conclude(
        self,
        key: SeenKey,
        *,
        outcome: Outcome,
        fate: Fate,
        ticket: int | None,
        message_id: str,
        sender: str,
        subject: str,
        note: str,
    ) -> None:
        """Writes what the claimed mail was and what is to become of it; `ticket` is the one it went to, or None."""
        self._do(
            _CONCLUDE,
            source=key.source,
            uidvalidity=key.uidvalidity,
            uid=key.uid,
            outcome=outcome,
            fate=fate,
            ticket=ticket,
            message_id=message_id,
            sender=sender.lower(),
            subject=subject,
            note=note,
        )

    # How often, and whether it killed us

    def attempt(self, key: SeenKey, alone: bool) -> int:
        """Counts that this mail is taken in hand, committed at once; returns how often by now (`alone`: how often alone)."""
        counted = {"taken": Attempt.taken + 1, "taken_alone": Attempt.taken_alone + int(alone)}
        query = (
            Attempt.insert(source=key.source, uidvalidity=key.uidvalidity, uid=key.uid, taken=1, taken_alone=int(alone))
            .on_conflict(conflict_target=[Attempt.source, Attempt.uidvalidity, Attempt.uid], update=counted)
            .returning(Attempt.taken, Attempt.taken_alone)
        )
        with self.transaction():
            taken, taken_alone = self._rows(query)[0]
        return int(taken_alone if alone else taken)

    def attempts_clear(self, keys: Sequence[SeenKey]) -> None:
        """Forgets the counts of these mails: they are handled."""
        for source, uidvalidity, uids in _by_folder(keys):
            self._do(_CLEAR, source=source, uidvalidity=uidvalidity, uids=uids)

    def death_begin(self, keys: Sequence[SeenKey]) -> None:
        """Writes down, committed at once, what this thread takes in hand: what a dead daemon leaves here it died with."""
        row = {"holder": self.holder(), "lane": threading.get_ident() % 2**62, "keys": _packed(keys)}
        query = InHand.insert(row).on_conflict(
            conflict_target=[InHand.holder, InHand.lane], update={InHand.keys: EXCLUDED["keys"]}
        )
        with self.transaction():
            self._change(query)

    def death_end(self) -> None:
        """This thread's mails are out of hand. Where all of them took effect nothing is written: they accuse nobody any more."""
        mine = (InHand.holder == self.holder()) & (InHand.lane == threading.get_ident() % 2**62)
        keys = _unpacked(self._value(InHand.select(InHand.keys).where(mine)) or "[]")
        if len(self.known(keys)) < len(keys):
            with self.transaction():
                self._change(InHand.delete().where(mine))

    def in_hand(self) -> tuple[list[SeenKey], int]:
        """What daemons that are gone had in hand and did not finish, and at how many deaths the mail was alone in hand.

        The number is 0 where several were in hand: no batch is accused. Asked once, at the start: asking counts the death."""
        with self.transaction():
            left: list[SeenKey] = []
            rows = self._rows(InHand.select(InHand.holder, InHand.keys).order_by(InHand.id))
            gone = self.gone_holders({int(holder) for holder, _keys in rows})
            for holder, keys in rows:
                if holder in gone:
                    left += _unpacked(keys)
            self._change(InHand.delete().where(InHand.holder.in_(list(gone))))
            done = self.known(left)
            left = [key for key in dict.fromkeys(left) if key not in done]
            return left, self._count_death(left[0]) if len(left) == 1 else 0

    def _count_death(self, key: SeenKey) -> int:
        query = (
            Attempt.insert(source=key.source, uidvalidity=key.uidvalidity, uid=key.uid, deaths=1)
            .on_conflict(
                conflict_target=[Attempt.source, Attempt.uidvalidity, Attempt.uid],
                update={"deaths": Attempt.deaths + 1},
            )
            .returning(Attempt.deaths)
        )
        return int(self._rows(query)[0][0])

    def deaths(self, key: SeenKey) -> int:
        """At how many deaths of the daemon this mail was alone in hand."""
        query = Attempt.select(Attempt.deaths).where(
            Attempt.source == key.source, Attempt.uidvalidity == key.uidvalidity, Attempt.uid == key.uid
        )
        return int(self._value(query) or 0)

    # Given by the locks

    def holder(self) -> int:
        """The number by which this process is known while it lives."""
        raise NotImplementedError

    def gone_holders(self, holders: set[int]) -> set[int]:
        """Those of these processes that live no more."""
        raise NotImplementedError


def _by_folder(keys: Sequence[SeenKey]) -> Iterator[tuple[str, int, list[str]]]:
    folders: dict[tuple[str, int], list[str]] = defaultdict(list)
    for key in keys:
        folders[(key.source, key.uidvalidity)].append(key.uid)
    for (source, uidvalidity), uids in folders.items():
        for start in range(0, len(uids), _CHUNK):
            yield source, uidvalidity, uids[start : start + _CHUNK]


def _packed(keys: Sequence[SeenKey]) -> str:
    return json.dumps([[key.source, key.uidvalidity, key.uid] for key in keys])


def _unpacked(text: str) -> list[SeenKey]:
    return [SeenKey(source, int(uidvalidity), uid) for source, uidvalidity, uid in json.loads(text)]
