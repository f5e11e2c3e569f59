"""Yields the appeals of the web form's relay, and acknowledges them once they are committed (SPEC 7)."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from maildesk.model import Backlog, Fate, Mail, RawMail, SeenKey, SourceUnavailable
from maildesk.sources.relay_appeal import Appeal, mail_of, read_page
from maildesk.sources.relay_link import FileRefused, RelayLink

#: Appeals asked for in one call, and held here between being listed and being settled.
USUAL_LIMIT = 100
MOST_HELD = 1000
#: Appeals handed over in one batch: each may bring 50 MB of attachments.
BATCH = 20
BATCH_BYTES = 60_000_000
#: What an appeal may bring (the form's own bounds are five files of 10 MB).
MOST_FILES = 20
MOST_FILE_BYTES = 25_000_000
MOST_APPEAL_BYTES = 60_000_000
#: An attachment that the relay cannot give so many times is left out and named: the appeal itself must not wait for it.
FILE_TRIES = 3
#: Appeals of this run that are remembered as settled; the desk itself remembers all.
MOST_SETTLED = 20_000
#: Every so many polls the listing starts anew, so that nothing hangs on a cursor for ever.
FRESH_START_EVERY = 120


def utc_now() -> datetime:
    """The moment, for callers that bring no clock of their own."""
    return datetime.now(UTC)


@dataclass(slots=True)
class _Held:
    """An appeal that was listed and is not settled yet."""

    appeal: Appeal
    tries: int = 0
    files: dict[str, bytes] = field(default_factory=dict)


class RelaySource:
    """A relay behind the seam of sources (`maildesk.model.Source`). The cursor lives in memory only: after a start, all that
    the relay still has is offered again, and the desk knows what it has seen. So is an acknowledgement that gets lost harmless.
    """

    def __init__(
        self,
        url: str,
        token: str,
        limit: int = USUAL_LIMIT,
        *,
        clock: Callable[[], datetime] = utc_now,
        seconds: float = 30,
    ) -> None:
        """`url`: the relay's own address; `limit`: appeals a call; `seconds`: how long to wait for an answer. Raises ValueError
        where the address is no https one (or http to this very machine)."""
        self._link = RelayLink(url, token, seconds)
        self.name = f"relay:{self._link.origin}"
        self._limit, self._clock = limit, clock
        self._cursor = ""
        self._polls = 0
        self._held: dict[SeenKey, _Held] = {}
        self._settled: dict[SeenKey, object] = {}
        self._unacknowledged: dict[SeenKey, object] = {}

    def backlog(self) -> Backlog:
        """What the relay has now."""
        self.waiting()
        moments = [held.appeal.received_at for held in self._held.values() if held.appeal.received_at]
        return Backlog(len(self._held), min(moments, default=None))

    def waiting(self) -> list[SeenKey]:
        """The keys of all that was listed and is not settled, oldest first. Raises SourceUnavailable."""
        # A relay that cannot take an acknowledgement may still have appeals to give.
        with contextlib.suppress(SourceUnavailable):
            self._acknowledge()
        self._polls += 1
        if self._polls % FRESH_START_EVERY == 0:
            self._cursor = ""
        while len(self._held) < MOST_HELD and self._list_more():
            continue
        return list(self._held)

    def fetch(self, keys: Sequence[SeenKey]) -> Iterator[list[RawMail]]:
        """These appeals with their attachments. One whose attachments cannot be had now is left for the next time.
        Raises SourceUnavailable where the relay is gone."""
        batch: list[RawMail] = []
        size = 0
        for key in keys:
            held = self._held.get(key)
            if held is None or not self._complete(held):
                continue
            batch.append(self._raw(key, held))
            size += len(batch[-1].data) + sum(map(len, held.files.values()))
            held.files = {}
            if len(batch) >= BATCH or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def settle(self, keys: Sequence[SeenKey], fate: Fate) -> None:
        """Acknowledge these, whatever became of them. Never raises: what could not be told now is told at the next poll."""
        for key in keys:
            held = self._held.pop(key, None)
            ack = held.appeal.ack if held else self._settled.get(key)
            self._settled[key] = ack
            if ack is not None:
                self._unacknowledged[key] = ack
        while len(self._settled) > MOST_SETTLED:
            del self._settled[next(iter(self._settled))]
        with contextlib.suppress(SourceUnavailable):
            self._acknowledge()

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """A relay tells nothing of itself: wait for the time or the event."""
        wake.wait(seconds)

    def close(self) -> None:
        self._link.close()

    def _acknowledge(self) -> None:
        keys = list(self._unacknowledged)
        for start in range(0, len(keys), MOST_HELD):
            part = keys[start : start + MOST_HELD]
            self._link.acknowledge([self._unacknowledged[key] for key in part])
            for key in part:
                del self._unacknowledged[key]

    def _list_more(self) -> bool:
        """Ask for what comes after the cursor; True where another call may bring more."""
        page = read_page(self._link.appeals(self._cursor, self._limit))
        fresh = 0
        for appeal in page.appeals:
            key = SeenKey(self.name, 0, appeal.key)
            if key in self._settled:
                # Offered again: the relay did not hear that the desk has it.
                if appeal.ack is not None:
                    self._unacknowledged[key] = appeal.ack
            elif key not in self._held:
                self._held[key] = _Held(appeal)
                fresh += 1
        moved = page.cursor is not None and page.cursor != self._cursor
        self._cursor = page.cursor if page.cursor is not None else self._cursor
        return moved and fresh > 0 and len(page.appeals) >= self._limit

    def _complete(self, held: _Held) -> bool:
        """Get the attachments that are missing yet. False: not now."""
        if held.appeal.fields is None:
            return True
        room = MOST_APPEAL_BYTES
        for link in held.appeal.links[:MOST_FILES]:
            if link.url not in held.files and not link.fault:
                try:
                    held.files[link.url] = self._link.file(link.url, min(room, MOST_FILE_BYTES))
                except FileRefused as refused:
                    link.fault = refused.reason
                except SourceUnavailable:
                    held.tries += 1
                    if held.tries < FILE_TRIES:
                        return False
                    link.fault = "unreachable"
            room -= len(held.files.get(link.url, b""))
        for link in held.appeal.links[MOST_FILES:]:
            link.fault = "too-many"
        return True

    def _raw(self, key: SeenKey, held: _Held) -> RawMail:
        appeal, now = held.appeal, self._clock()
        received_at = min(appeal.received_at or now, now)
        mail: Mail | None = None
        if appeal.fields is not None:
            fingerprint = hashlib.sha256(f"{self.name}\0{appeal.key}".encode()).hexdigest()
            mail = mail_of(appeal, held.files, received_at, fingerprint)
        return RawMail(key, appeal.data, received_at, size=len(appeal.data), mail=mail, trusted_form=mail is not None)
