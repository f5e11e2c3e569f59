"""What is due at this moment, what the day's account says, and what the desk remembers about itself and its sources."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from peewee import fn

from maildesk.model import Account, Fate, Outcome, Rest, State, Term
from maildesk.store.door import Door
from maildesk.store.fields import maybe_moment, micros, moment
from maildesk.store.prepared import Arg, Prepared
from maildesk.store.schema import ReportSlot, Seen, Setting, SourceTable, TermTable, TicketTable

_STARTED = "started_at"
_RESTS = "outbox_rest"
_REMEMBERED = Prepared(lambda _count: Setting.select(Setting.value).where(Setting.key == Arg("key")))

#: Which figure of the account each outcome adds to.
_FIGURES = {
    Outcome.NEW: "new",
    Outcome.REPLY: "replies",
    Outcome.COMMAND: "commands",
    Outcome.AUTOMATIC: "automatic",
    Outcome.DUPLICATE: "duplicates",
    Outcome.QUARANTINED: "quarantined",
}


@dataclass(frozen=True, slots=True)
class DueTerm:
    """A running term that somebody must hear of: `what` is 'late' (missed, not yet escalated) or 'remind'."""

    number: int
    term: Term
    what: str


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source fares: when it was last read, and how often in a row and since when it could not be."""

    name: str
    last_ok: datetime | None
    failures: int
    error: str
    since: datetime | None


class Queries(Door):
    """What the ticks verb, the reports and `status` ask."""

    def due_terms(self, now: datetime, remind: timedelta) -> list[DueTerm]:
        """Running terms that are past due and not escalated ('late'); close terms due within `remind` of tickets that somebody
        has, and take terms past due, of which nobody was reminded ('remind'). The longest due first."""
        table = TermTable
        columns = (table.ticket, table.term)
        late = table.select(*columns).where(table.ended_at.is_null(), table.due_at < now, table.escalated_at.is_null())
        near = table.select(*columns).where(
            table.ended_at.is_null(),
            table.due_at <= now + max(remind, timedelta(0)),
            table.reminded_at.is_null(),
            (
                # Nobody is reminded of what has passed, nor while nobody has the ticket: such a row would be due for ever.
                (table.term == Term.CLOSE)
                & (table.due_at >= now)
                & table.ticket.not_in(TicketTable.select(TicketTable.number).where(TicketTable.state == State.NEW))
            )
            | ((table.term == Term.TAKE) & (table.due_at < now)),
        )
        found: list[DueTerm] = []
        for query, what in ((late, "late"), (near, "remind")):
            rows = self._rows(query.order_by(table.due_at, table.ticket))
            found += [DueTerm(number, Term(term), what) for number, term in rows]
        return found

    def next_term(self, now: datetime) -> datetime | None:
        """When the next running term after `now` is due, or None."""
        query = TermTable.select(fn.MIN(TermTable.due_at)).where(TermTable.ended_at.is_null(), TermTable.due_at >= now)
        return maybe_moment(self._value(query))

    # Reports

    def report_last(self, name: str, now: datetime) -> datetime | None:
        """The latest slot of this report that was claimed, or None. One later than now was claimed while the clock went wrong."""
        query = ReportSlot.select(fn.MAX(ReportSlot.slot)).where(ReportSlot.name == name, ReportSlot.slot <= now)
        return maybe_moment(self._value(query))

    def reports_forget(self, after: datetime) -> int:
        """Forgets the slots claimed that lie after that moment, so that their reports come when it is time; how many."""
        ahead = ReportSlot.slot > after
        if not self._rows(ReportSlot.select(ReportSlot.id).where(ahead).limit(1)):
            return 0
        with self.transaction():
            return self._change(ReportSlot.delete().where(ahead))

    def report_claim(self, name: str, slot: datetime) -> bool:
        """Takes one report's slot for this transaction: True for one caller only, for ever."""
        return self._insert(ReportSlot, ignore=True, name=name, slot=slot)

    def account(self, since: datetime, until: datetime) -> Account:
        """What the mails handled within [since, until) were (SPEC 8.6). A mail without an outcome counts as seen alone."""
        query = (
            Seen.select(Seen.outcome, fn.COUNT(Seen.id)).where(Seen.at >= since, Seen.at < until).group_by(Seen.outcome)
        )
        counted = {outcome: int(count) for outcome, count in self._rows(query)}
        figures = {name: counted.get(outcome, 0) for outcome, name in _FIGURES.items()}
        return Account(seen=sum(counted.values()), **figures)

    def left_in_spam(self, since: datetime, until: datetime) -> tuple[tuple[str, str], ...]:
        """(sender, subject) of the mails seen within [since, until) that were left where they lay, oldest first."""
        query = Seen.select(Seen.sender, Seen.subject).where(
            Seen.at >= since, Seen.at < until, Seen.fate == Fate.LEFT, Seen.sender != ""
        )
        return tuple((sender, subject) for sender, subject in self._rows(query.order_by(Seen.id)))

    # Sources

    def polled(self, name: str, at: datetime) -> None:
        """The source was read; its failures are over."""
        fine = {"last_ok": micros(at), "failures": 0, "error": "", "since": None}
        with self.transaction():
            self._change(
                SourceTable.insert(name=name, **fine).on_conflict(conflict_target=[SourceTable.name], update=fine)
            )

    def poll_failed(self, name: str, at: datetime, error: str) -> int:
        """The source could not be read; returns how often in a row by now."""
        update = {
            "failures": SourceTable.failures + 1,
            "error": error,
            "since": fn.COALESCE(SourceTable.since, micros(at)),
        }
        query = (
            SourceTable.insert(name=name, failures=1, error=error, since=at)
            .on_conflict(conflict_target=[SourceTable.name], update=update)
            .returning(SourceTable.failures)
        )
        with self.transaction():
            return int(self._rows(query)[0][0])

    def sources(self) -> list[SourceState]:
        """All sources ever read or tried, by name."""
        table = SourceTable
        query = table.select(table.name, table.last_ok, table.failures, table.error, table.since).order_by(table.name)
        return [
            SourceState(name, maybe_moment(last_ok), failures, error, maybe_moment(since))
            for name, last_ok, failures, error, since in self._rows(query)
        ]

    def floor(self, name: str) -> str | None:
        """What was left lying at this source when the desk began, as the source wrote it (JSON), or None."""
        return self._value(SourceTable.select(SourceTable.floor).where(SourceTable.name == name)) or None

    def set_floor(self, name: str, floor: str) -> None:
        """Remembers what is to be left lying at this source."""
        with self.transaction():
            self._change(
                SourceTable.insert(name=name, floor=floor).on_conflict(
                    conflict_target=[SourceTable.name], update={"floor": floor}
                )
            )

    # The desk itself

    def get(self, key: str) -> str | None:
        """A remembered value, or None."""
        rows = self._ask(_REMEMBERED, key=key)
        return str(rows[0][0]) if rows else None

    def set(self, key: str, value: str) -> None:
        """Remembers a value."""
        with self.transaction():
            self._change(
                Setting.insert(key=key, value=value).on_conflict(conflict_target=[Setting.key], update={"value": value})
            )

    def first_start(self, now: datetime) -> datetime:
        """When this desk was first started: `now` if this is the first time."""
        with self.transaction():
            self._insert(Setting, ignore=True, key=_STARTED, value=str(micros(now)))
            return moment(int(self.get(_STARTED) or micros(now)))

    def started_at(self) -> datetime | None:
        """When this desk was first started, or None if it never was."""
        value = self.get(_STARTED)
        return None if value is None else moment(int(value))

    def rest(self, rest: Rest | None) -> None:
        """No letter leaves while it lasts (SPEC 8.3); None: they leave again, and no rest is remembered."""
        kept = [micros(rest.since), micros(rest.until), rest.reason, rest.count] if rest else None
        self.set(_RESTS, "" if kept is None else json.dumps(kept, ensure_ascii=False))

    def last_rest(self) -> Rest | None:
        """The rest that the outbox took last, though it may be over; None where it never took one."""
        value = self.get(_RESTS)
        if not value:
            return None
        since, until, reason, count = json.loads(value)
        return Rest(moment(since), moment(until), reason, count)

    def resting(self, now: datetime) -> tuple[datetime, str] | None:
        """Until when and why no letter leaves, or None where they do."""
        rest = self.last_rest()
        return (rest.until, rest.reason) if rest is not None and rest.until > now else None
