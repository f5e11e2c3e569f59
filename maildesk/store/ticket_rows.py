"""A ticket as its rows, and its rows as a ticket."""

from __future__ import annotations

import json
from typing import Any

from maildesk.model import Author, Channel, Extension, ExtensionState, State, Term, TermClock, Ticket
from maildesk.store.door import Row
from maildesk.store.fields import clean, maybe_micros, maybe_moment, micros, moment, packed, unpacked
from maildesk.store.schema import TermTable, TicketTable

TICKET = [field for field in TicketTable._meta.sorted_fields if field.name != "number"]
TICKET_COLUMNS = [TicketTable.number, *TICKET]
TERM_COLUMNS = [
    TermTable.pos,
    TermTable.term,
    TermTable.started_at,
    TermTable.due_at,
    TermTable.who,
    TermTable.met_at,
    TermTable.ended_at,
    TermTable.reminded_at,
    TermTable.escalated_at,
    TermTable.missed,
]


def addresses_of(author: Author) -> set[str]:
    found = {clean(address).lower() for address in author.addresses}
    return found | ({clean(author.email).lower()} if author.email else set())


def ticket_values(ticket: Ticket) -> dict[str, Any]:
    author = ticket.author
    return {
        "received_at": ticket.received_at,
        "state": ticket.state,
        "channel": ticket.channel,
        "category": ticket.category,
        "assignees": "".join(f"|{key}" for key in ticket.assignees) + "|" * bool(ticket.assignees),
        "dispatched_at": ticket.dispatched_at,
        "taken_at": ticket.taken_at,
        "closed_at": ticket.closed_at,
        "answered": ticket.answered,
        "awaiting_call": ticket.awaiting_call,
        "merged_into": ticket.merged_into,
        "linked_to": ticket.linked_to,
        "reopened": ticket.reopened,
        "erased": ticket.erased,
        "subject": ticket.subject,
        "author_name": author.name,
        "author_email": author.email,
        "author_phone": author.phone,
        "author_role": author.role,
        "author_class": author.class_,
        "author_addresses": packed(author.addresses),
        "author_dead": author.dead,
        "extension": _packed_extension(ticket.extension),
        "counted_at": ticket.counted_at,
    }


def ticket_of(row: Row, terms: tuple[TermClock, ...]) -> Ticket:
    column = dict(zip(("number", *(field.name for field in TICKET)), row, strict=True))
    return Ticket(
        subject=column["subject"],
        channel=Channel(column["channel"]),
        author=Author(
            name=column["author_name"],
            email=column["author_email"],
            phone=column["author_phone"],
            role=column["author_role"],
            class_=column["author_class"],
            addresses=unpacked(column["author_addresses"]),
            dead=bool(column["author_dead"]),
        ),
        received_at=moment(column["received_at"]),
        state=State(column["state"]),
        number=column["number"],
        category=column["category"],
        assignees=tuple(key for key in column["assignees"].split("|") if key),
        dispatched_at=maybe_moment(column["dispatched_at"]),
        taken_at=maybe_moment(column["taken_at"]),
        closed_at=maybe_moment(column["closed_at"]),
        terms=terms,
        extension=_unpacked_extension(column["extension"]),
        answered=bool(column["answered"]),
        awaiting_call=column["awaiting_call"],
        merged_into=column["merged_into"],
        linked_to=column["linked_to"],
        reopened=column["reopened"],
        erased=bool(column["erased"]),
        counted_at=maybe_moment(column["counted_at"]),
    )


def term_values(clock: TermClock) -> tuple[Any, ...]:
    return (
        str(clock.term),
        micros(clock.started_at),
        micros(clock.due_at),
        clean(clock.who),
        maybe_micros(clock.met_at),
        maybe_micros(clock.ended_at),
        maybe_micros(clock.reminded_at),
        maybe_micros(clock.escalated_at),
        clock.missed,
    )


def clock_of(row: Row) -> TermClock:
    term, started_at, due_at, who, met_at, ended_at, reminded_at, escalated_at, missed = row
    return TermClock(
        term=Term(term),
        started_at=moment(started_at),
        due_at=moment(due_at),
        who=who,
        met_at=maybe_moment(met_at),
        ended_at=maybe_moment(ended_at),
        reminded_at=maybe_moment(reminded_at),
        escalated_at=maybe_moment(escalated_at),
        missed=bool(missed),
    )


def _packed_extension(extension: Extension | None) -> str | None:
    if extension is None:
        return None
    return json.dumps(
        {
            "hours": extension.hours,
            "reason": clean(extension.reason),
            "state": str(extension.state),
            "requested_by": clean(extension.requested_by),
            "requested_at": micros(extension.requested_at),
            "until": micros(extension.until),
        },
        ensure_ascii=False,
    )


def _unpacked_extension(text: str | None) -> Extension | None:
    if not text:
        return None
    found = json.loads(text)
    return Extension(
        hours=found["hours"],
        reason=found["reason"],
        state=ExtensionState(found["state"]),
        requested_by=found["requested_by"],
        requested_at=moment(found["requested_at"]),
        until=moment(found["until"]),
    )
