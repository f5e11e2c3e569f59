"""The daemon: paces the verbs (schedule), drains the outbox, obeys signals; the only look at the clock."""

from __future__ import annotations

import asyncio
import signal
import threading
import time as monotonic_time
from collections.abc import Callable
from datetime import UTC, datetime

import schedule

from maildesk import journal, keeping
from maildesk.config import Config
from maildesk.departures import Departures
from maildesk.moment import now_utc
from maildesk.parse.worker import Worker
from maildesk.store import StoreError
from maildesk.watching import STORE_PAUSE, Watch
from maildesk.wiring import Clock, Desk

#: How often what is due is asked of the store, in seconds: a term of 30 minutes deserves to be noticed within one.
TICK = 1
#: How often deputies, departed staff and expired holds are looked at, in seconds.
HOUSEKEEPING = 60
#: What is in hand at SIGTERM is given so long, in seconds; a server that hangs must not keep the daemon (it leaves within ten).
GRACE = 4.0
#: A wall clock that moved so far from the steady one, in seconds, has jumped.
CLOCK_JUMP = 30.0


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
        self._watch: Watch | None = None
        #: Why the daemon stopped by itself, or ''.
        self.refusal = ""

    # Starting and stopping

    def run(self) -> None:
        """Work until SIGTERM, SIGINT or `stop()`; finishes what is in hand. Raises CannotStart, StoreError, AlreadyRunning."""
        self.desk.store.open()
        with self.desk.store.lock_daemon():
            threads = self._begin().threads()
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
            watch = self._begin()
            try:
                unread = watch.look_at_all()
                now = self.clock()
                self.desk.ticks.people(now)
                # A mailbox that could not be read may hold the mail that met a term; it is waited for as `run` does.
                self.desk.ticks.terms(now, watch.horizon(now))
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
        if self._watch is not None:
            self._watch.wake()

    def _begin(self) -> Watch:
        store, now = self.desk.store, self.clock()
        with store.session():
            store.first_start(now)
            store.release_sending()
            self._watch = Watch(
                self.desk,
                self.desk.arrivals(self._worker),
                stopping=self.stopping,
                wake_outbox=self._wake_outbox.set,
                refuse=self._refuse,
            )
        for line in self.config.warnings:
            journal.warning(line)
        return self._watch

    def _refuse(self, reason: str) -> None:
        self.refusal = reason
        self.stop()

    def _end(self) -> None:
        if self._watch is not None:
            self._watch.close()
        if self._own_worker:
            self._worker.close()
        self.desk.store.close()
        journal.stopped("daemon")

    # Time

    def _tick(self) -> None:
        assert self._watch is not None
        now = self.clock()
        horizon = self._watch.horizon(now)
        with self.desk.store.session():
            due = self.desk.store.due_terms(now, self.desk.policy.terms.remind)
            if due:
                touched = self.desk.ticks.terms(now, horizon)
                if any(term.what == "late" for term in due):
                    self._watch.hurry(now)
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
