"""Mails that a person sends out of quarantine again (`quarantine retry`), behind the same seam as a mailbox."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from maildesk.model import Backlog, Fate, RawMail, SeenKey
from maildesk.store import Store

NAME = "quarantine"


class Retakes:
    """Yields what was marked for another try; what fails again is kept in quarantine under a new entry."""

    name = NAME

    def __init__(self, store: Store) -> None:
        self._store = store

    def backlog(self) -> Backlog:
        """How many were marked."""
        return Backlog(len(self.waiting()))

    def waiting(self) -> list[SeenKey]:
        """Those marked, oldest first."""
        return [_key(row.id, row.at.timestamp()) for row in self._store.quarantine_retries()]

    def fetch(self, keys: Sequence[SeenKey]) -> Iterator[list[RawMail]]:
        """One at a time: each of them was trouble once."""
        for key in keys:
            row = self._store.quarantine_item(int(key.uid))
            if row is not None:
                yield [RawMail(key, row.data, row.at, len(row.data))]

    def settle(self, keys: Sequence[SeenKey], fate: Fate) -> None:
        """They took effect, or were put aside anew: this entry is done."""
        for key in keys:
            self._store.quarantine_done(int(key.uid))

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Until woken or so many seconds."""
        wake.wait(seconds)

    def close(self) -> None:
        """Nothing is open."""


def _key(number: int, at: float) -> SeenKey:
    return SeenKey(NAME, int(at), str(number))
