"""The daemon: paces the verbs (schedule), waits on each mailbox in a thread, drains the outbox, obeys signals."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import threading
import time as monotonic_time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import schedule

from maildesk import journal, keeping
from maildesk.arrivals import Arrivals
from maildesk.config import Config
from maildesk.config.schema import Mailbox
from maildesk.departures import Departures
from maildesk.desk.letters import to_operator
from maildesk.model import Facts, Kind, Line, Source, SourceUnavailable, Trouble
from maildesk.moment import now_utc
from maildesk.parse.worker import Worker
from maildesk.retakes import Retakes
from maildesk.sources.imap_settings import Floor
from maildesk.sources.pause import backoff
from maildesk.store import StoreError
from maildesk.wiring import Clock, Desk

#: How many mails may lie in a mailbox at the very first run before the daemon asks what to do with them (SPEC 3, backlog).
BACKLOG_COUNT = 50
BACKLOG_AGE = timedelta(days=1)
#: A source that could not be read so often in a row is a mail to the operator (SPEC 8.6), and terms wait for it no longer.
FAILURES_TOLD = 3
#: After a connection that worked was lost, so long in seconds before the first try to come back.
RECONNECT_PAUSE = 0.2
#: Deaths of the daemon with one mail alone in hand after which that mail is quarantined (DESIGN).
DEATHS = 3
#: How often what is due is asked of the store, in seconds: a term of 30 minutes deserves to be noticed within one.
TICK = 1
#: How often deputies, departed staff and expired holds are looked at, in seconds.
HOUSEKEEPING = 60
#: After a fault of the database a loop rests so long, in seconds, and tries again.
STORE_PAUSE = 2.0
#: What is in hand at SIGTERM is given so long, in seconds; a server that hangs must not keep the daemon (it leaves within ten).
GRACE = 4.0
#: A wall clock that moved so far from the steady one, in seconds, has jumped.
CLOCK_JUMP = 30.0


class CannotStart(Exception):
    """The daemon may not start as things are; the message says what to do."""


@dataclass(slots=True)
class Watched:
    """A source, how long to wait between looks (seconds), what wakes it, and the moment up to which its mail is handled."""

    source: Source
    poll: float
    is_mailbox: bool
    wake: threading.Event = field(default_factory=threading.Event)
    read_until: datetime | None = None
    failures: int = 0
    looked: int = 0


class Daemon:
    """One desk at work. `run()` until stopped, or `once()`: all that waits, then back."""

    def __init__(self, config: Config, clock: Clock = now_utc, worker: Worker | None = None) -> None:
        """`worker`: a parser's process to use (and to leave running) instead of one of its own."""
        self.config = config
        self.clock = clock
        self.desk = Desk.of(config, clock)
        self.stopping = threading.Event()
        self.ready = threading.Event()
        self._wake_outbox = threading.Event()
        self._worker = worker or Worker()
        self._own_worker = worker is None
        self._arrivals: Arrivals | None = None
        self._watched: list[Watched] = []
        #: Why the daemon stopped by itself, or ''.
        self.refusal = ""

    # Starting and stopping

    def run(self) -> None:
        """Work until SIGTERM, SIGINT or `stop()`; finishes what is in hand. Raises CannotStart, StoreError, AlreadyRunning."""
        self.desk.store.open()
        with self.desk.store.lock_daemon():
            self._begin()
            threads = [
                threading.Thread(target=self._watch, args=(one,), name=one.source.name, daemon=True)
                for one in self._watched
            ]
            for thread in threads:
                thread.start()
            journal.started("daemon")
            self.ready.set()
            try:
                asyncio.run(self._pace())
            finally:
                self.stop()
                leave_at = monotonic_time.monotonic() + GRACE
                for thread in threads:
                    thread.join(timeout=max(0.1, leave_at - monotonic_time.monotonic()))
                self._end()

    def once(self) -> list[str]:
        """Handle all that waits: mail, relay, due terms and reports, outbox. Returns the sources that could not be read."""
        self.desk.store.open()
        with self.desk.store.lock_daemon():
            self._begin()
            try:
                unread = [line for line in (self._look_once(one) for one in self._watched) if line]
                now = self.clock()
                self.desk.ticks.people(now)
                # A mailbox that could not be read may hold the mail that met a term; it is waited for as `run` does.
                self.desk.ticks.terms(now, self.horizon(now))
                self.desk.ticks.reports(now)
                self._tidy(now)
                asyncio.run(self._drain_once())
                return unread
            finally:
                self._end()

    def stop(self) -> None:
        """Ask every loop to finish what is in hand."""
        self.stopping.set()
        self._wake_outbox.set()
        for one in self._watched:
            one.wake.set()

    def _begin(self) -> None:
        store, now = self.desk.store, self.clock()
        with store.session():
            store.first_start(now)
            store.release_sending()
            self._arrivals = self.desk.arrivals(self._worker)
            self._watched = self._sources()
            self._after_a_death()
        for line in self.config.warnings:
            journal.warning(line)

    def _end(self) -> None:
        for one in self._watched:
            one.source.close()
        if self._own_worker:
            self._worker.close()
        self.desk.store.close()
        journal.stopped("daemon")

    def _sources(self) -> list[Watched]:
        watched = []
        for mailbox in self.config.mailboxes:
            source = self.desk.imap_source(mailbox)
            floor = self._floor(mailbox, source.name)
            if floor is not None:
                source = self.desk.imap_source(mailbox, floor)
            watched.append(Watched(source, mailbox.poll.total_seconds(), True))
        relay = self.desk.relay_source()
        if relay is not None and self.config.relay is not None:
            watched.append(Watched(relay, self.config.relay.poll.total_seconds(), False))
        watched.append(Watched(Retakes(self.desk.store), 5.0, False))
        return watched

    def _floor(self, mailbox: Mailbox, name: str) -> Floor | None:
        """What lay in the mailbox at the very first run and is to be left there; asks (by refusing) where nobody chose."""
        store = self.desk.store
        if store.get(f"backlog:{name}") is not None:
            kept = store.floor(name)
            return _floor_from(kept) if kept else None
        source = self.desk.imap_source(mailbox)
        try:
            backlog = source.backlog()
            if mailbox.backlog == "leave":
                floor = source.floor_here()
                store.set_floor(name, json.dumps([floor.uidvalidity, floor.uid, floor.at.isoformat()]))
                store.set(f"backlog:{name}", "leave")
                return floor
            old = backlog.oldest is not None and backlog.oldest < self.clock() - BACKLOG_AGE
            if mailbox.backlog == "ask" and (backlog.count > BACKLOG_COUNT or old):
                raise CannotStart(
                    f"{backlog.count} mails wait in {mailbox.folder} of {mailbox.user}, the oldest of "
                    f'{backlog.oldest:%Y-%m-%d}: set backlog = "take" in its [[mailbox]] to answer them all, '
                    'or backlog = "leave" to leave them where they are'
                )
            store.set(f"backlog:{name}", "take")
        except SourceUnavailable:
            return None  # it is asked again at the first look that succeeds
        finally:
            source.close()
        return None

    def _after_a_death(self) -> None:
        """What an earlier process died with is retried mail by mail; a mail alone in hand at three deaths is quarantined."""
        keys, deaths = self.desk.store.in_hand()
        if self._arrivals is None or not keys:
            return
        self._arrivals.alone = frozenset(keys)
        if deaths < DEATHS:
            return
        for one in self._watched:
            if keys[0].source.startswith(one.source.name):
                try:
                    self._arrivals.accuse(one.source, keys[0], self.clock())
                except SourceUnavailable as unavailable:
                    journal.source_unread(one.source.name, 1, unavailable.reason)

    # Sources

    def _look_once(self, one: Watched) -> str:
        """One look at a source; '' or why it could not be read."""
        assert self._arrivals is not None
        try:
            with self.desk.store.session():
                self._look(one)
        except SourceUnavailable as unavailable:
            self._unread(one, unavailable)
            return f"{one.source.name}: {unavailable.reason}"
        return ""

    def _look(self, one: Watched) -> None:
        assert self._arrivals is not None
        started = self.clock()
        self._backlog_if_unknown(one)
        handled = self._arrivals.poll(one.source, started)
        if one.failures:
            journal.source_read(one.source.name)
        one.failures = 0
        one.read_until = started
        one.looked += 1
        self.desk.store.polled(one.source.name, started)
        if handled:
            self._wake_outbox.set()

    def _backlog_if_unknown(self, one: Watched) -> None:
        """The server was away at the start: what it holds was not looked at yet."""
        if not one.is_mailbox or self.desk.store.get(f"backlog:{one.source.name}") is not None:
            return
        for mailbox in self.config.mailboxes:
            if self.desk.imap_source(mailbox).name == one.source.name:
                floor = self._floor(mailbox, one.source.name)
                if floor is not None:
                    one.source.close()
                    one.source = self.desk.imap_source(mailbox, floor)

    def _watch(self, one: Watched) -> None:
        """A source's thread: look, wait, look again; whatever fails is tried again later."""
        pause = 0.0
        while not self.stopping.is_set():
            if pause and self.stopping.wait(pause):
                break
            try:
                pause = self._turn(one)
            except SourceUnavailable as unavailable:
                pause = self._unread(one, unavailable)
            except CannotStart as refusal:
                self.refusal = str(refusal)
                self.stop()
            except StoreError as error:
                journal.store_trouble(one.source.name, str(error))
                pause = STORE_PAUSE
            except Exception as error:  # a thread that ends is a mailbox that nobody reads
                journal.failed(one.source.name, error)
                one.source.close()
                pause = backoff(one.failures + 1, random.random())

    def _turn(self, one: Watched) -> float:
        with self.desk.store.lock_source(one.source.name) as mine:
            if not mine:
                # Another daemon on the same database reads it; here it counts as read.
                one.read_until = self.clock()
                return TICK * 5
            while not self.stopping.is_set():
                one.wake.clear()
                with self.desk.store.session():
                    self._look(one)
                if not self.stopping.is_set():
                    one.source.wait(one.poll, one.wake)
        return 0.0

    def _unread(self, one: Watched, unavailable: SourceUnavailable) -> float:
        """Write down that a source failed, tell the operator at the third time, and say how long to leave it alone."""
        now, store = self.clock(), self.desk.store
        one.failures += 1
        try:
            # Counted in the store: a desk that is run by cron has three polls in three processes.
            one.failures = store.poll_failed(one.source.name, now, unavailable.reason)
            journal.source_unread(one.source.name, one.failures, unavailable.reason)
            if one.failures == FAILURES_TOLD:
                what = Trouble.LOGIN_REFUSED if unavailable.refused else Trouble.SOURCE_UNREAD
                args: tuple[str, ...] = (one.source.name, unavailable.reason)
                if what is Trouble.SOURCE_UNREAD:
                    args = (one.source.name, now.isoformat(), unavailable.reason)
                with store.transaction():
                    facts = Facts(reason=Line(what, args))
                    self.desk.post.put(to_operator(self.desk.policy, Kind.NOTICE, now, None, facts), now)
                self._wake_outbox.set()
        except StoreError as error:
            journal.store_trouble(one.source.name, str(error))
        if one.failures == 1 and one.looked and not unavailable.refused:
            # Providers drop waiting connections once or twice an hour: coming back at once is the normal case.
            return RECONNECT_PAUSE
        return backoff(one.failures, random.random(), refused=unavailable.refused)

    # Time

    def horizon(self, now: datetime) -> datetime:
        """Up to when all mail has been handled: a term that is due later may have been met by one that waits (SPEC 8.4)."""
        moments = [
            one.read_until or datetime.min.replace(tzinfo=UTC)
            for one in self._watched
            if one.is_mailbox and one.failures < FAILURES_TOLD
        ]
        return min([*moments, now])

    def _tick(self) -> None:
        now = self.clock()
        horizon = self.horizon(now)
        with self.desk.store.session():
            due = self.desk.store.due_terms(now, self.desk.policy.terms.remind)
            if due:
                touched = self.desk.ticks.terms(now, horizon)
                for one in self._watched:
                    unread = one.read_until is None or one.read_until < now - timedelta(seconds=TICK)
                    if one.is_mailbox and unread and any(term.what == "late" for term in due):
                        one.wake.set()
                if touched:
                    self._wake_outbox.set()
            if horizon > datetime.min.replace(tzinfo=UTC) and self.desk.ticks.reports(now):
                self._wake_outbox.set()

    def _keep_house(self) -> None:
        now = self.clock()
        with self.desk.store.session():
            if self.desk.ticks.people(now):
                self._wake_outbox.set()
            if not self.desk.store.is_sqlite and self.desk.store.release_sending():
                self._wake_outbox.set()  # another daemon on this database is gone
            self._tidy(now)

    def _tidy(self, now: datetime) -> None:
        """What needs doing now and then, and hurts nobody who waits for it."""
        self.desk.store.forget_holds(now)
        keeping.warn_of_full_disk(self.desk, now)
        keeping.retire(self.desk, now)

    def _guarded(self, what: str, work: Callable[[], None]) -> Callable[[], None]:
        """A job that raises would end all jobs of `schedule` for good."""

        def job() -> None:
            try:
                work()
            except StoreError as error:
                journal.store_trouble(what, str(error))
            except Exception as error:  # the pacemaker must not stop
                journal.failed(what, error)

        return job

    async def _pace(self) -> None:
        """The main thread's loop: the outbox, and in a thread beside it the ticks."""
        self._catch_signals()
        ticker = threading.Thread(target=self._tick_for_ever, name="ticks", daemon=True)
        ticker.start()
        departures = self.desk.departures()
        try:
            while not self.stopping.is_set():
                self._wake_outbox.clear()
                try:
                    await self._drain(departures)
                except StoreError as error:
                    journal.store_trouble("outbox", str(error))
                    await asyncio.sleep(STORE_PAUSE)
                except Exception as error:  # one letter's fault must not stop all others
                    journal.failed("outbox", error)
                    await asyncio.sleep(STORE_PAUSE)
                await asyncio.to_thread(self._wake_outbox.wait, TICK)
        finally:
            await departures.close()
            ticker.join(timeout=GRACE)

    async def _drain(self, departures: Departures) -> None:
        """Drain, but wait for a server that hangs no longer than the daemon may take to leave: what was broken off is sent at
        the next start, under the same Message-ID."""
        draining = asyncio.create_task(departures.drain(self.stopping.is_set))
        while not self.stopping.is_set() and not draining.done():
            await asyncio.wait({draining}, timeout=TICK / 2)
        _, hangs = await asyncio.wait({draining}, timeout=GRACE)
        if hangs:
            draining.cancel()
            await asyncio.wait({draining})
            return
        draining.result()

    def _pacemaker(self) -> schedule.Scheduler:
        pacemaker = schedule.Scheduler()
        pacemaker.every(TICK).seconds.do(self._guarded("ticks", self._tick))
        pacemaker.every(HOUSEKEEPING).seconds.do(self._guarded("housekeeping", self._keep_house))
        return pacemaker

    def _tick_for_ever(self) -> None:
        """`schedule` goes by the wall clock: set back by an hour, that would stand still for one."""
        pacemaker = self._pacemaker()
        self._guarded("housekeeping", self._keep_house)()
        apart = now_utc().timestamp() - monotonic_time.monotonic()
        while not self.stopping.wait(TICK / 2):
            drift = now_utc().timestamp() - monotonic_time.monotonic() - apart
            if abs(drift) > CLOCK_JUMP:
                journal.warning(f"the clock jumped by {drift:.0f} seconds")
                apart += drift
                pacemaker = self._pacemaker()
            pacemaker.run_pending()

    async def _drain_once(self) -> None:
        departures = self.desk.departures()
        try:
            await departures.drain()
        finally:
            await departures.close()

    def _catch_signals(self) -> None:
        """On the loop, not in the interrupt: there, a flag's own lock may be held by what was interrupted."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stop)


def _floor_from(text: str) -> Floor:
    uidvalidity, uid, at = json.loads(text)
    return Floor(int(uidvalidity), int(uid), datetime.fromisoformat(at))
