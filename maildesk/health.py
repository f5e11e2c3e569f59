"""Whether the desk is well: what `status` tells a person or a monitor (SPEC 2, 8.6)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from maildesk.config import Config
from maildesk.model import Account
from maildesk.sources.imap_settings import ImapSettings
from maildesk.store import LetterState, SourceState, Store

#: A source that was not read for so many of its polls (and at least this long) is a problem.
POLLS_MISSED = 3
GRACE = timedelta(minutes=3)
#: A letter that could have gone and did not for so long is a problem: people wait for it.
LETTER_WAITS = timedelta(minutes=15)
#: With fewer bytes left on its disk the database can soon take no mail any more.
NO_ROOM = 1_000_000


@dataclass(frozen=True, slots=True)
class Health:
    """`problems` are sentences; none means well. `oldest_unprocessed` is when the oldest mail that may lie unread came at the
    earliest: the last successful look at the source that was not read for longest, None where all are read."""

    problems: tuple[str, ...]
    sources: tuple[SourceState, ...]
    oldest_unprocessed: datetime | None
    outbox: int
    failed: int
    quarantine: int
    overdue: int
    account: Account

    @property
    def well(self) -> bool:
        return not self.problems


def examine(store: Store, config: Config, now: datetime) -> Health:
    """Look at everything that the store knows about the desk's health."""
    problems: list[str] = []
    known = {source.name: source for source in store.sources()}
    polls = _polls(config, tuple(known))
    # One that was configured and never read is missing from the books, and one that left the configuration is of no concern.
    sources = tuple(known.get(name) or SourceState(name, None, 0, "", None) for name in sorted(polls))
    unread: list[datetime] = []
    for source in sources:
        late = source.last_ok is None or now - source.last_ok > max(polls[source.name] * POLLS_MISSED, GRACE)
        if source.failures or late:
            since = (
                source.last_ok.astimezone(config.service.zone).isoformat(timespec="seconds")
                if source.last_ok
                else "never"
            )
            problems.append(f"{source.name} was last read {since}{': ' + source.error if source.error else ''}")
            if source.last_ok:
                unread.append(source.last_ok)
    if all(source.last_ok is None for source in sources):
        problems.append("no mailbox was read yet: is `maildesk run` at work?")
    free = _free_bytes(config)
    if free is not None and free < NO_ROOM:
        problems.append(
            f"the disk of {config.database.path} is full ({free // 1000} KB left): make room, then all goes on"
        )
    rows = store.outbox((LetterState.WAITING, LetterState.SENDING))
    failed = store.outbox((LetterState.FAILED,))
    resting = store.resting(now)
    if resting is not None:
        problems.append(
            f"the outbox rests until {resting[0].astimezone(config.service.zone):%d.%m %H:%M}: {resting[1]}"
        )
    stuck = [row for row in rows if now - row.put_at > LETTER_WAITS and row.attempts]
    if stuck:
        problems.append(f"{len(stuck)} letters could not be sent for over 15 minutes: {stuck[0].line}")
    quarantine = len(store.quarantined())
    midnight = now.astimezone(config.service.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return Health(
        problems=tuple(problems),
        sources=sources,
        oldest_unprocessed=min(unread, default=None),
        outbox=len(rows),
        failed=len(failed),
        quarantine=quarantine,
        overdue=len(store.tickets(overdue_at=now)),
        account=store.account(midnight, now + timedelta(seconds=1)),
    )


def _polls(config: Config, known: tuple[str, ...]) -> dict[str, timedelta]:
    """Every source of the configuration, under the name that the daemon keeps its book by, and how often it is read."""
    found = {}
    for mailbox in config.mailboxes:
        settings = ImapSettings(mailbox.host, mailbox.port, mailbox.tls, mailbox.user)
        found[settings.source_name(mailbox.folder)] = mailbox.poll
    if config.relay is not None:
        url = config.relay.url
        # The book has the relay's origin: scheme, host and port, without the path.
        name = next((one for one in known if one.startswith("relay:") and url.startswith(one[6:])), f"relay:{url}")
        found[name] = config.relay.poll
    return found


def _free_bytes(config: Config) -> int | None:
    if config.database.path is None:
        return None
    disk = os.statvfs(config.database.path.parent)
    return disk.f_bavail * disk.f_frsize
