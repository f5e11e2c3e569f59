"""What is remembered: the only room that knows the database (peewee, SQLite or PostgreSQL)."""

from __future__ import annotations

from maildesk.store.arrivals import Arrivals, Claim
from maildesk.store.backup import Backup
from maildesk.store.erase import Erase, ErasedCount
from maildesk.store.faults import (
    AlreadyRunning,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreGone,
    StoreTrouble,
    trouble,
)
from maildesk.store.holds import Holds
from maildesk.store.letters import Claimed
from maildesk.store.opening import Opening
from maildesk.store.outbox_list import LetterState, OutboxRow
from maildesk.store.quarantine import QuarantineRoom, QuarantineRow, QuarantineState
from maildesk.store.queries import DueTerm, Queries, SourceState


class Store(Opening, Backup, Erase, Holds, QuarantineRoom, Queries, Arrivals):
    """All of it behind one name. Every method raises StoreBusy, StoreFull, StoreGone or StoreError and nothing of the driver's."""

    @staticmethod
    def trouble(exc: BaseException) -> StoreTrouble:
        """What kind of trouble an exception is: LOCKED, FULL, GONE or OTHER."""
        return trouble(exc)


__all__ = [
    "AlreadyRunning",
    "Claim",
    "Claimed",
    "DueTerm",
    "ErasedCount",
    "LetterState",
    "OutboxRow",
    "QuarantineRow",
    "QuarantineState",
    "SourceState",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreFull",
    "StoreGone",
    "StoreTrouble",
    "trouble",
]
