"""Whether the desk is well: what `status` tells a person or a monitor (SPEC 2, 8.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from maildesk.config import Config
from maildesk.model import Account
from maildesk.store import LetterState, SourceState, Store

#: A source that was not read for so many of its polls (and at least this long) is a problem.
POLLS_MISSED = 3
GRACE = timedelta(minutes=3)
#: A letter that could have gone and did not for so long is a problem: people wait for it.
LETTER_WAITS = timedelta(minutes=15)


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
    slowest = max([config_poll.poll for config_poll in config.mailboxes], default=timedelta(0))
    sources = tuple(source for source in store.sources() if source.name != "quarantine")
    unread: list[datetime] = []
    for source in sources:
        late = source.last_ok is None or now - source.last_ok > max(slowest * POLLS_MISSED, GRACE)
        if source.failures or late:
            since = (
                source.last_ok.astimezone(config.service.zone).isoformat(timespec="seconds")
                if source.last_ok
                else "never"
            )
            problems.append(f"{source.name} was last read {since}{': ' + source.error if source.error else ''}")
            if source.last_ok:
                unread.append(source.last_ok)
    if not sources:
        problems.append("no mailbox was read yet: is `maildesk run` at work?")
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
