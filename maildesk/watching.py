"""Watches the sources: a thread for each mailbox and relay, which looks, hands over what lies there, waits, and looks again."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from maildesk import journal
from maildesk.arrivals import Arrivals
from maildesk.config.schema import Mailbox
from maildesk.desk.letters import to_operator
from maildesk.model import Facts, Kind, Line, Source, SourceUnavailable, Trouble
from maildesk.retakes import Retakes
from maildesk.sources.imap_settings import Floor
from maildesk.sources.pause import backoff
from maildesk.store import StoreError
from maildesk.wiring import Desk

#: How many mails may lie in a mailbox at the very first run before the daemon asks what to do with them (SPEC 3, backlog).
BACKLOG_COUNT = 50
BACKLOG_AGE = timedelta(days=1)
#: A source that could not be read so often in a row is a mail to the operator (SPEC 8.6), and terms wait for it no longer.
FAILURES_TOLD = 3
#: After a connection that worked was lost, so long in seconds before the first try to come back.
RECONNECT_PAUSE = 0.2
#: Deaths of the daemon with one mail alone in hand after which that mail is quarantined (DESIGN).
DEATHS = 3
#: A source that another daemon on the same database reads is asked for again after so long, in seconds.
TAKEN_PAUSE = 5.0
#: What an operator put back by `quarantine retry` is looked for so often, in seconds.
RETAKES_POLL = 5.0
#: After a fault of the database a loop rests so long, in seconds, and tries again.
STORE_PAUSE = 2.0


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


class Watch:
    """All the sources of one desk. Made within a session of the store; `CannotStart` where a backlog needs a choice first."""

    def __init__(
        self,
        desk: Desk,
        arrivals: Arrivals,
        *,
        stopping: threading.Event,
        wake_outbox: Callable[[], None],
        refuse: Callable[[str], None],
    ) -> None:
        """`stopping` ends every thread; `wake_outbox` is called when letters were written, `refuse` with the reason when the
        daemon has to stop by itself."""
        self.desk = desk
        self._arrivals = arrivals
        self._stopping = stopping
        self._wake_outbox = wake_outbox
        self._refuse = refuse
        self._watched = self._sources()
        self._after_a_death()

    def threads(self) -> list[threading.Thread]:
        """A thread for each source, not yet started."""
        return [
            threading.Thread(target=self._watch, args=(one,), name=one.source.name, daemon=True)
            for one in self._watched
        ]

    def look_at_all(self) -> list[str]:
        """One look at each source, in turn; a line for each that could not be read: its name and why."""
        return [line for line in (self._look_once(one) for one in self._watched) if line]

    def wake(self) -> None:
        """End every wait: the daemon leaves."""
        for one in self._watched:
            one.wake.set()

    def hurry(self, now: datetime) -> None:
        """End the waits of mailboxes that were not read up to now: a term is due that their mail may have met."""
        for one in self._watched:
            if one.is_mailbox and (one.read_until is None or one.read_until < now - timedelta(seconds=1)):
                one.wake.set()

    def close(self) -> None:
        """Let go of every connection."""
        for one in self._watched:
            one.source.close()

    def horizon(self, now: datetime) -> datetime:
        """Up to when all mail has been handled: a term that is due later may have been met by one that waits (SPEC 8.4)."""
        moments = [
            one.read_until or datetime.min.replace(tzinfo=UTC)
            for one in self._watched
            if one.is_mailbox and one.failures < FAILURES_TOLD
        ]
        return min([*moments, now])

    def _sources(self) -> list[Watched]:
        watched = []
        for mailbox in self.desk.config.mailboxes:
            source = self.desk.imap_source(mailbox)
            floor = self._floor(mailbox, source.name)
            if floor is not None:
                source = self.desk.imap_source(mailbox, floor)
            watched.append(Watched(source, mailbox.poll.total_seconds(), True))
        relay = self.desk.relay_source()
        if relay is not None and self.desk.config.relay is not None:
            watched.append(Watched(relay, self.desk.config.relay.poll.total_seconds(), False))
        watched.append(Watched(Retakes(self.desk.store), RETAKES_POLL, False))
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
            old = backlog.oldest is not None and backlog.oldest < self.desk.clock() - BACKLOG_AGE
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
        if not keys:
            return
        self._arrivals.alone = frozenset(keys)
        if deaths < DEATHS:
            return
        for one in self._watched:
            if keys[0].source.startswith(one.source.name):
                try:
                    self._arrivals.accuse(one.source, keys[0], self.desk.clock())
                except SourceUnavailable as unavailable:
                    journal.source_unread(one.source.name, 1, unavailable.reason)

    def _look_once(self, one: Watched) -> str:
        """One look at a source; '' or why it could not be read."""
        try:
            with self.desk.store.session():
                self._look(one)
        except SourceUnavailable as unavailable:
            self._unread(one, unavailable)
            return f"{one.source.name}: {unavailable.reason}"
        return ""

    def _look(self, one: Watched) -> None:
        started = self.desk.clock()
        self._backlog_if_unknown(one)
        handled = self._arrivals.poll(one.source, started)
        if one.failures:
            journal.source_read(one.source.name)
        one.failures = 0
        one.read_until = started
        one.looked += 1
        self.desk.store.polled(one.source.name, started)
        if handled:
            self._wake_outbox()

    def _backlog_if_unknown(self, one: Watched) -> None:
        """The server was away at the start: what it holds was not looked at yet."""
        if not one.is_mailbox or self.desk.store.get(f"backlog:{one.source.name}") is not None:
            return
        for mailbox in self.desk.config.mailboxes:
            if self.desk.imap_source(mailbox).name == one.source.name:
                floor = self._floor(mailbox, one.source.name)
                if floor is not None:
                    one.source.close()
                    one.source = self.desk.imap_source(mailbox, floor)

    def _watch(self, one: Watched) -> None:
        """A source's thread: look, wait, look again; whatever fails is tried again later."""
        pause = 0.0
        while not self._stopping.is_set():
            if pause and self._stopping.wait(pause):
                break
            try:
                pause = self._turn(one)
            except SourceUnavailable as unavailable:
                pause = self._unread(one, unavailable)
            except CannotStart as refusal:
                self._refuse(str(refusal))
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
                one.read_until = self.desk.clock()
                return TAKEN_PAUSE
            while not self._stopping.is_set():
                one.wake.clear()
                with self.desk.store.session():
                    self._look(one)
                if not self._stopping.is_set():
                    one.source.wait(one.poll, one.wake)
        return 0.0

    def _unread(self, one: Watched, unavailable: SourceUnavailable) -> float:
        """Write down that a source failed, tell the operator at the third time, and say how long to leave it alone."""
        now, store = self.desk.clock(), self.desk.store
        one.failures += 1
        try:
            # Counted in the store: a desk that is run by cron has three polls in three processes.
            one.failures = store.poll_failed(one.source.name, now, unavailable.reason)
            journal.source_unread(one.source.name, one.failures, unavailable.reason)
            if one.failures == FAILURES_TOLD:
                with store.transaction():
                    facts = Facts(reason=told_of(one, unavailable, now))
                    self.desk.post.put(to_operator(self.desk.policy, Kind.NOTICE, now, None, facts), now)
                self._wake_outbox()
        except StoreError as error:
            journal.store_trouble(one.source.name, str(error))
        if one.failures == 1 and one.looked and not unavailable.refused:
            # Providers drop waiting connections once or twice an hour: coming back at once is the normal case.
            return RECONNECT_PAUSE
        return backoff(one.failures, random.random(), refused=unavailable.refused)


#: (a mailbox, and not the form's relay; it refused the log-in) → what the operator reads.
_TROUBLES = {
    (True, False): Trouble.SOURCE_UNREAD,
    (True, True): Trouble.LOGIN_REFUSED,
    (False, False): Trouble.FORM_UNREAD,
    (False, True): Trouble.FORM_REFUSED,
}


def told_of(one: Watched, unavailable: SourceUnavailable, now: datetime) -> Line:
    """What the operator reads of a source that could not be read."""
    since = () if unavailable.refused else (now.isoformat(),)
    # Of the form's address the host will do, as of a mailbox: a letter holds no web links.
    name = one.source.name.rpartition("://")[2]
    return Line(_TROUBLES[one.is_mailbox, unavailable.refused], (name, *since, unavailable.reason))


def _floor_from(text: str) -> Floor:
    uidvalidity, uid, at = json.loads(text)
    return Floor(int(uidvalidity), int(uid), datetime.fromisoformat(at))
