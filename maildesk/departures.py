"""A letter leaves: claim what is due, write the attempt, hand it to SMTP, write the result."""

from __future__ import annotations

import asyncio
import time as monotonic_time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from maildesk import journal
from maildesk.failpoints import hit
from maildesk.model import Policy, Refused, Sent, Whose
from maildesk.outbox.courier import Courier
from maildesk.post import Post, priority
from maildesk.refusals import Refusals
from maildesk.store import Claimed, Store, StoreError

T = TypeVar("T")

#: Letters claimed at once: enough to keep every connection busy, few enough for another daemon to have its share.
CLAIM = 32
#: A letter whose refusal could not be dealt with is tried again after so long.
AFTER_A_FAULT = timedelta(hours=1)
#: How often a free connection looks for new letters while another is at work, in seconds.
LOOK_AGAIN = 1.0


@dataclass(slots=True)
class Limits:
    """[smtp] per_minute and per_day; 0 means none."""

    per_minute: int = 0
    per_day: int = 0
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    _sent: deque[float] = field(default_factory=deque)

    def room(self) -> int:
        """How many letters may go within this minute."""
        if not self.per_minute:
            return CLAIM
        now = monotonic_time.monotonic()
        while self._sent and now - self._sent[0] >= 60:
            self._sent.popleft()
        return max(0, min(CLAIM, self.per_minute - len(self._sent)))

    def spent(self, count: int) -> None:
        """So many letters went just now."""
        self._sent.extend([monotonic_time.monotonic()] * count)

    def midnight(self, now: datetime) -> datetime:
        """When the desk's day began."""
        return now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)


class Departures:
    """The verb. Lives on one event loop; the store is asked in a thread of its own."""

    def __init__(
        self,
        store: Store,
        policy: Policy,
        post: Post,
        couriers: Sequence[Courier],
        limits: Limits,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._refusals = Refusals(store, policy, post)
        self._couriers = couriers
        self._limits = limits
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "outbox-store")
        self._results: list[tuple[Claimed, Sent | Refused, asyncio.Future[None]]] = []
        self._recorder: asyncio.Task[None] | None = None
        #: Results that the store could not take: written before anything else is claimed, so that nothing goes twice.
        self._unwritten: list[tuple[Claimed, Sent | Refused]] = []
        #: Letters claimed and not dialled for: another claim may have them.
        self._untouched: list[str] = []
        self._fault: Exception | None = None
        #: Claimed and not yet begun; how many are with the server; nothing more is due.
        self._queue: deque[Claimed] = deque()
        self._under_way = 0
        self._dry = False
        self._asking = asyncio.Lock()
        self._one_done = asyncio.Event()

    async def drain(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Send all that is due now, and what becomes due while a connection is still at work; returns how many letters the server
        took. Raises what the store raises; results that it did not take are written at the next call."""
        self._dry = False
        counts = await asyncio.gather(*(self._worker(courier, stop) for courier in self._couriers))
        self._untouched += [one.letter.uid for one in self._queue]
        self._queue.clear()
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault
        if self._untouched:
            await self._in_thread(self._catch_up)
        return sum(counts)

    async def close(self) -> None:
        """Let go of the connections and the thread."""
        for courier in self._couriers:
            await courier.close()
        self._thread.shutdown()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _claim(self) -> list[Claimed]:
        """What is due; a letter at which the outbox went to rest only when nothing else is and nothing is under way: whether the
        others go says whether it alone is to blame."""
        now = self._clock()
        self._catch_up()
        room = min(self._limits.room(), self._left_today(now))
        if not room or self._store.resting(now) is not None:
            return []
        claimed = self._store.claim_due(now, room, resters=False)
        if not claimed and not self._under_way:
            claimed = self._store.claim_due(now, room, resters=True)
        hit("departures.claimed")
        self._limits.spent(len(claimed))
        return self._without_waiting_ones(claimed, now)

    def _catch_up(self) -> None:
        """What an earlier fault of the store left unsaid is said first."""
        if self._unwritten:
            self._write(self._unwritten)
            self._unwritten = []
        if self._untouched:
            self._store.release_sending(self._untouched)
            self._untouched = []

    def _left_today(self, now: datetime) -> int:
        """How many may be claimed before the day's amount is spent; when it is, people's words go all the same."""
        if not self._limits.per_day:
            return CLAIM
        left = self._limits.per_day - self._store.sent_today(self._limits.midnight(now))
        return max(0, left - self._under_way) if left > 0 else CLAIM

    def _without_waiting_ones(self, claimed: list[Claimed], now: datetime) -> list[Claimed]:
        """Where the day's amount is spent, people's words go and all else waits for the next day."""
        if not self._limits.per_day or not claimed:
            return claimed
        midnight = self._limits.midnight(now)
        if self._store.sent_today(midnight) < self._limits.per_day:
            return claimed
        waits = [one for one in claimed if priority(one.letter.kind) > 0]
        with self._store.transaction():
            for one in waits:
                full = Refused(False, 0, "the day's amount of letters is reached")
                self._store.mark_refused(one.letter.uid, full, next_at=midnight + timedelta(days=1), at=now)
        return [one for one in claimed if one not in waits]

    async def _worker(self, courier: Courier, stop: Callable[[], bool]) -> int:
        taken = 0
        while (one := await self._next(stop)) is not None:
            try:
                hit("departures.before-send")
                outcome = await courier.send(one.letter.to.address, one.letter.data)
                hit("departures.after-send")
                await self._record(one, outcome)
            finally:
                self._under_way -= 1
                self._one_done.set()
            taken += isinstance(outcome, Sent)
            if isinstance(outcome, Refused) and outcome.whose is Whose.SENDER:
                await self._put_back()
        return taken

    async def _next(self, stop: Callable[[], bool]) -> Claimed | None:
        """A letter for a connection that is free, or None where there is nothing more to do. One connection asks at a time."""
        async with self._asking:
            while not self._queue:
                if self._dry or self._fault is not None or stop():
                    return None
                self._one_done.clear()
                busy = self._under_way
                try:
                    self._queue.extend(await self._in_thread(self._claim))
                except Exception as error:  # told by `drain`, once every connection has finished what it has in hand
                    self._fault = error
                    return None
                if not self._queue and not busy:
                    self._dry = True
                elif not self._queue:
                    # Another connection is at work, perhaps with a server that hangs: what comes meanwhile goes through this one.
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._one_done.wait(), LOOK_AGAIN)
            if self._fault is not None or stop():
                return None
            self._under_way += 1
            return self._queue.popleft()

    async def _put_back(self) -> None:
        """The server may refuse whatever comes from us: where the outbox rests now, what is claimed waits with the others."""
        try:
            if await self._in_thread(lambda: self._store.resting(self._clock())) is not None:
                self._untouched += [one.letter.uid for one in self._queue]
                self._queue.clear()
        except StoreError as error:
            self._fault = error

    async def _record(self, one: Claimed, outcome: Sent | Refused) -> None:
        """Write the result; results that come while a commit is under way share the next one. Returns when it is written, so that
        no connection sends a second letter before its first one is on record."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._results.append((one, outcome, written))
        if self._recorder is None or self._recorder.done():
            self._recorder = asyncio.create_task(self._write_all())
        await written

    async def _write_all(self) -> None:
        while self._results:
            batch, self._results = self._results, []
            results = [(one, outcome) for one, outcome, _ in batch]
            try:
                await self._in_thread(partial(self._write, results))
            except StoreError as error:  # what the server said is kept, and written before the next claim
                self._unwritten += results
                self._fault = error
            except Exception as error:  # one letter's fault must not keep its neighbours' results
                journal.failed("outbox", error)
                await self._in_thread(partial(self._write_singly, results))
            for _, _, written in batch:
                if not written.done():
                    written.set_result(None)
            hit("departures.recorded")

    def _write_singly(self, results: list[tuple[Claimed, Sent | Refused]]) -> None:
        """Each result in a transaction of its own; where its consequences cannot be drawn, the bare result is kept."""
        for one, outcome in results:
            try:
                self._write([(one, outcome)])
            except StoreError as error:
                self._unwritten.append((one, outcome))
                self._fault = error
            except Exception as error:  # a fault of ours, at this letter alone
                journal.failed(f"outbox {one.letter.message_id}", error)
                if isinstance(outcome, Refused):
                    now = self._clock()
                    self._store.mark_refused(one.letter.uid, outcome, next_at=now + AFTER_A_FAULT, at=now)

    def _write(self, results: list[tuple[Claimed, Sent | Refused]]) -> None:
        now = self._clock()
        with self._store.transaction():
            for one, outcome in results:
                if isinstance(outcome, Sent):
                    self._store.mark_sent(one.letter.uid, now, outcome.line)
                else:
                    self._refusals.take(one, outcome, now)
        for one, outcome in results:
            if isinstance(outcome, Sent):
                journal.sent(one.letter.ticket, one.letter.message_id, one.letter.kind, outcome.line)
