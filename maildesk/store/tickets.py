"""Tickets: an appeal as it stands, with its terms, its extension and the addresses of its author."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from peewee import Case, fn

from maildesk.model import OPEN_STATES, TermClock, Ticket
from maildesk.store.door import Door, Row
from maildesk.store.fields import maybe_moment, micros
from maildesk.store.prepared import Arg, Prepared, each
from maildesk.store.schema import AuthorAddress, TermTable, TicketTable
from maildesk.store.ticket_rows import (
    TERM_COLUMNS,
    TICKET,
    TICKET_COLUMNS,
    addresses_of,
    clock_of,
    term_values,
    ticket_of,
    ticket_values,
)

_OPEN = sorted(OPEN_STATES)
#: Tickets whose terms are read in one statement.
_CHUNK = 500


def _wrote() -> Any:
    return TicketTable.number.in_(
        AuthorAddress.select(AuthorAddress.ticket).where(AuthorAddress.address == Arg("address"))
    )


_ONE = Prepared(lambda _count: TicketTable.select(*TICKET_COLUMNS).where(TicketTable.number == Arg("number")))
_ONE_LOCKED = Prepared(
    lambda _count: TicketTable.select(*TICKET_COLUMNS).where(TicketTable.number == Arg("number")).for_update()
)
_UPDATE = Prepared(
    # Only a report says where a ticket was counted: one read before that and saved after it must not undo it.
    lambda _count: TicketTable.update(
        {field.name: Arg(field.name) for field in TICKET if field.name != "counted_at"}
    ).where(TicketTable.number == Arg("number"))
)
_TERMS = Prepared(
    lambda count: (
        TermTable.select(TermTable.ticket, *TERM_COLUMNS)
        .where(TermTable.ticket.in_(each("numbers", count)))
        .order_by(TermTable.ticket, TermTable.pos)
    ),
    listed="numbers",
)
_UPDATE_TERM = Prepared(
    lambda _count: TermTable.update({field.name: Arg(field.name) for field in TERM_COLUMNS[1:]}).where(
        TermTable.ticket == Arg("ticket"), TermTable.pos == Arg("pos")
    )
)
_ADDRESSES = Prepared(
    lambda _count: AuthorAddress.select(AuthorAddress.address).where(AuthorAddress.ticket == Arg("number"))
)
_ANY_OF = Prepared(
    lambda _count: AuthorAddress.select(AuthorAddress.ticket).where(AuthorAddress.address == Arg("address")).limit(1)
)
_RECENT = Prepared(
    lambda _count: (
        TicketTable.select(*TICKET_COLUMNS)
        .where(_wrote(), TicketTable.received_at >= Arg("since"))
        .order_by(TicketTable.received_at.desc(), TicketTable.number.desc())
    )
)
_COUNT_RECENT = Prepared(
    lambda _count: TicketTable.select(fn.COUNT(TicketTable.number)).where(
        _wrote(), TicketTable.received_at >= Arg("since")
    )
)


class Tickets(Door):
    """Keeps tickets and finds them."""

    def ticket(self, number: int, *, lock: bool = False) -> Ticket | None:
        """The ticket of that number, or None. `lock`: nobody else changes it until this transaction ends."""
        rows = self._ask(_ONE_LOCKED if lock and not self.is_sqlite else _ONE, number=number)
        return next(self._with_terms(rows), None)

    def save(self, ticket: Ticket) -> Ticket:
        """Stores the ticket whole and returns it with its number; one without a number is new and gets the next."""
        values = ticket_values(ticket)
        if ticket.number is None:
            number = self._insert_returning(TicketTable, "number", **values)
            had_terms: list[Row] = []
            had_addresses: set[str] = set()
        else:
            number = ticket.number
            del values["counted_at"]
            self._do(_UPDATE, number=number, **values)
            had_terms = self._ask(_TERMS, numbers=[number])
            had_addresses = {row[0] for row in self._ask(_ADDRESSES, number=number)}
        self._save_terms(number, ticket.terms, had_terms)
        self._save_addresses(number, addresses_of(ticket.author), had_addresses)
        return ticket if ticket.number == number else replace(ticket, number=number)

    def _save_terms(self, number: int, terms: Sequence[TermClock], had: Sequence[Row]) -> None:
        before = {int(row[1]): tuple(row[2:]) for row in had}
        now = {pos: term_values(clock) for pos, clock in enumerate(terms)}
        names = [field.name for field in TERM_COLUMNS[1:]]
        fresh = [pos for pos in now if pos not in before]
        self._insert_all(
            TermTable, [{"ticket": number, "pos": pos, **dict(zip(names, now[pos], strict=True))} for pos in fresh]
        )
        for pos in now.keys() & before.keys():
            if now[pos] != before[pos]:
                self._do(_UPDATE_TERM, ticket=number, pos=pos, **dict(zip(names, now[pos], strict=True)))
        if before.keys() - now.keys():
            self._change(TermTable.delete().where(TermTable.ticket == number, TermTable.pos >= len(now)))

    def _save_addresses(self, number: int, now: set[str], before: set[str]) -> None:
        rows: list[dict[str, Any]] = [{"ticket": number, "address": address} for address in sorted(now - before)]
        self._insert_all(AuthorAddress, rows)
        if before - now:
            self._change(
                AuthorAddress.delete().where(
                    AuthorAddress.ticket == number, AuthorAddress.address.in_(sorted(before - now))
                )
            )

    # Finding

    def recent_of(self, address: str, since: datetime) -> tuple[Ticket, ...]:
        """Tickets whose author wrote from this address, received at `since` or later, newest first."""
        return tuple(self._with_terms(self._ask(_RECENT, address=address.lower(), since=since)))

    def count_new(self, address: str, since: datetime) -> int:
        """How many tickets of this author were received at `since` or later."""
        return int(self._ask(_COUNT_RECENT, address=address.lower(), since=since)[0][0])

    def is_known_author(self, address: str) -> bool:
        """Whether any ticket's author wrote from this address."""
        return bool(self._ask(_ANY_OF, address=address.lower()))

    def open_tickets(self, *, assignee: str | None = None) -> tuple[Ticket, ...]:
        """All tickets on which somebody owes the author something, by number; `assignee`: only those of this staff key."""
        return self.tickets(states=_OPEN, assignee=assignee)

    def tickets(
        self,
        *,
        states: Sequence[str] = (),
        category: str | None = None,
        assignee: str | None = None,
        since: datetime | None = None,
        overdue_at: datetime | None = None,
    ) -> tuple[Ticket, ...]:
        """Tickets by number that meet every filter given: received at `since` or later; with a running term due
        before `overdue_at`."""
        query = TicketTable.select(*TICKET_COLUMNS).order_by(TicketTable.number)
        if states:
            query = query.where(TicketTable.state.in_([str(state) for state in states]))
        if category is not None:
            query = query.where(TicketTable.category == category)
        if assignee is not None:
            query = query.where(TicketTable.assignees.contains(f"|{assignee}|"))
        if since is not None:
            query = query.where(TicketTable.received_at >= since)
        if overdue_at is not None:
            late = TermTable.select(TermTable.ticket).where(TermTable.ended_at.is_null(), TermTable.due_at < overdue_at)
            query = query.where(TicketTable.number.in_(late))
        found = self._tickets(query)
        # The column's search folds case; keys do not.
        return tuple(ticket for ticket in found if assignee is None or assignee in ticket.assignees)

    def merged_into(self, number: int) -> tuple[Ticket, ...]:
        """The tickets that joined this one."""
        query = TicketTable.select(*TICKET_COLUMNS).where(TicketTable.merged_into == number)
        return tuple(self._tickets(query.order_by(TicketTable.number)))

    def tickets_touching(self, since: datetime, until: datetime, channels: Sequence[str] = ()) -> Iterator[Ticket]:
        """Tickets received, closed or counted as new within [since, until); and those received before `until` that are open still or
        that no report has counted yet."""
        query = TicketTable.select(*TICKET_COLUMNS).where(
            TicketTable.received_at < until,
            (TicketTable.received_at >= since)
            | (TicketTable.closed_at >= since)
            | (TicketTable.counted_at >= since)
            | TicketTable.counted_at.is_null()
            | TicketTable.state.in_(_OPEN),
        )
        if channels:
            query = query.where(TicketTable.channel.in_([str(channel) for channel in channels]))
        yield from self._tickets(query.order_by(TicketTable.number))

    def count_as_new(self, until: datetime, base: datetime, channels: Sequence[str]) -> int:
        """A report up to `until` counts the tickets of these channels that were received before and that none has counted: each at
        its arrival, or at `base` where the report of its time is written already. How many. Each ticket is counted once: what
        another transaction stores meanwhile is for the next report."""
        table = TicketTable
        moment = Case(None, [(table.received_at < base, micros(base))], table.received_at)
        fresh = (
            table.counted_at.is_null(),
            table.received_at < until,
            table.channel.in_([str(one) for one in channels]),
        )
        with self.transaction():
            return self._change(table.update(counted_at=moment).where(*fresh))

    def first_received(self) -> datetime | None:
        """When the oldest ticket was received, or None where there is none."""
        return maybe_moment(self._value(TicketTable.select(fn.MIN(TicketTable.received_at))))

    def _tickets(self, query: Any) -> Iterator[Ticket]:
        yield from self._with_terms(self._rows(query))

    def _with_terms(self, rows: Sequence[Row]) -> Iterator[Ticket]:
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            clocks: dict[int, list[TermClock]] = {row[0]: [] for row in part}
            for row in self._ask(_TERMS, numbers=list(clocks)):
                clocks[row[0]].append(clock_of(row[2:]))
            yield from (ticket_of(row, tuple(clocks[row[0]])) for row in part)
