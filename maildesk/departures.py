"""A letter leaves: claim what is due, write the attempt, hand it to SMTP, write the result."""

from __future__ import annotations

import asyncio
import time as monotonic_time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from maildesk import journal
from maildesk.desk.job import Job
from maildesk.desk.letters import to_operator
from maildesk.desk.machines import undeliverable
from maildesk.desk.situation import Situation
from maildesk.failpoints import hit
from maildesk.model import (
    AUTHOR_KINDS,
    Answered,
    Facts,
    Kind,
    Letter,
    Line,
    Mail,
    Outcome,
    Policy,
    Refused,
    Sent,
    Trouble,
    Whose,
)
from maildesk.outbox import retry
from maildesk.outbox.courier import Courier
from maildesk.post import Post, priority
from maildesk.store import Claimed, Store, StoreError

T = TypeVar("T")

#: Letters claimed at once: enough to keep every connection busy, few enough for another daemon to have its share.
CLAIM = 32
#: A letter whose refusal could not be dealt with is tried again after so long.
AFTER_A_FAULT = timedelta(hours=1)
#: A letter about letters is not written about (an operator's dead address must not fill the outbox).
_SILENT = frozenset({Kind.DELIVERY_FAILED, Kind.FLOOD, Kind.NOTICE, Kind.QUARANTINED})


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
        self._policy = policy
        self._post = post
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

    async def drain(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Send all that is due now; returns how many letters the server took. Raises what the store raises; results that it did
        not take are written at the next call."""
        taken = 0
        while not stop():
            claimed = await self._in_thread(self._claim)
            if not claimed:
                break
            taken += await self._send_all(claimed, stop)
            if self._fault is not None:
                fault, self._fault = self._fault, None
                raise fault
        return taken

    async def close(self) -> None:
        """Let go of the connections and the thread."""
        for courier in self._couriers:
            await courier.close()
        self._thread.shutdown()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _claim(self) -> list[Claimed]:
        now = self._clock()
        self._catch_up()
        room = min(self._limits.room(), self._left_today(now))
        if not room or self._store.resting(now) is not None:
            return []
        claimed = self._store.claim_due(now, room)
        hit("departures.claimed")
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
        return left if left > 0 else CLAIM

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

    async def _send_all(self, claimed: list[Claimed], stop: Callable[[], bool]) -> int:
        queue = deque(claimed)
        counts = await asyncio.gather(*(self._worker(courier, queue, stop) for courier in self._couriers))
        self._untouched += [one.letter.uid for one in queue]
        self._limits.spent(len(claimed))
        if self._untouched and stop():
            await self._in_thread(self._catch_up)
        return sum(counts)

    async def _worker(self, courier: Courier, queue: deque[Claimed], stop: Callable[[], bool]) -> int:
        taken = 0
        while queue and self._fault is None and not stop():
            one = queue.popleft()
            hit("departures.before-send")
            outcome = await courier.send(one.letter.to.address, one.letter.data)
            hit("departures.after-send")
            await self._record(one, outcome)
            if self._fault is not None:
                break
            if isinstance(outcome, Sent):
                taken += 1
            elif outcome.whose is not Whose.ADDRESS:
                # The server is in trouble: the rest of this batch would only knock at the same door.
                await self._put_back(queue, outcome)
        return taken

    async def _put_back(self, queue: deque[Claimed], outcome: Refused) -> None:
        if outcome.code and outcome.whose is Whose.SERVER:
            return  # it answers, and spoke of this letter alone
        self._untouched += [one.letter.uid for one in queue]
        queue.clear()
        try:
            await self._in_thread(self._catch_up)
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
                    self._refused(one, outcome, now)
        for one, outcome in results:
            if isinstance(outcome, Sent):
                journal.sent(one.letter.ticket, one.letter.message_id, one.letter.kind, outcome.line)

    def _refused(self, one: Claimed, refusal: Refused, now: datetime) -> None:
        following = retry.after(refusal, one.attempts, one.first_at, now)
        letter = one.letter
        self._store.mark_refused(letter.uid, refusal, next_at=following.again_at, at=now)
        again = following.again_at.isoformat() if following.again_at else "given up"
        journal.refused(letter.ticket, letter.message_id, letter.kind, refusal, again)
        if following.rest_until is not None and self._store.resting(now) is None:
            self._store.rest(following.rest_until, refusal.line)
            reason = Line(Trouble.OUTBOX_RESTS, (refusal.line[:300], following.rest_until.isoformat()))
            self._post.put(to_operator(self._policy, Kind.NOTICE, now, None, Facts(reason=reason)), now)
        if following.again_at is None:
            self._given_up(letter, refusal, now)

    def _given_up(self, letter: Letter, refusal: Refused, now: datetime) -> None:
        """A person hears of a letter that cannot be delivered; an author who cannot be mailed is called (SPEC 8.3)."""
        if letter.kind in _SILENT:
            return
        ticket = self._store.ticket(letter.ticket, lock=True) if letter.ticket else None
        if ticket is None:
            facts = Facts(reason=Line(Trouble.UNDELIVERABLE, (letter.to.address, letter.kind, refusal.line[:300])))
            letters = to_operator(self._policy, Kind.DELIVERY_FAILED, now, None, facts)
            self._post.put([one for one in letters if one.to.address != letter.to.address], now)
            return
        job = Job(
            self._policy, Situation(Mail(), now, now, ticket=ticket), ticket, "daemon", "refused by the mail server"
        )
        answered = Answered(
            letter.uid, letter.kind, letter.capacity, letter.to.person, letter.to.address, letter.ticket, letter.subject
        )
        undeliverable(job, answered, refusal.line, text=letter.text if letter.kind in AUTHOR_KINDS else "")
        decision = job.decision(Outcome.AUTOMATIC)
        saved = self._store.save(decision.ticket) if decision.ticket else None
        if saved is not None and saved.number is not None:
            for event in decision.events:
                self._store.add_event(saved.number, event)
        self._post.put(decision.letters, now)
