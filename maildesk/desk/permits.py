"""Who may command what, in which state of a ticket (SPEC 4): one table and the walker over it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from maildesk.desk import routing
from maildesk.model import Category, Name, Policy, State, Ticket


class Relation(StrEnum):
    """What a member of staff is to a ticket."""

    ASSIGNEE = "assignee"
    HOLDER = "holder"  # holds the role of the ticket's category
    DISPATCHER = "dispatcher"  # of the ticket's channel
    HEAD = "head"
    HOTLINE = "hotline"
    STAFF = "staff"


A, HOLDER, D, HEAD, PHONE, ANY = (
    Relation.ASSIGNEE,
    Relation.HOLDER,
    Relation.DISPATCHER,
    Relation.HEAD,
    Relation.HOTLINE,
    Relation.STAFF,
)
NEW, ASSIGNED, TAKEN, CLOSED, CALLBACK, MERGED, REJECTED = (
    State.NEW,
    State.ASSIGNED,
    State.TAKEN,
    State.CLOSED,
    State.CALLBACK,
    State.MERGED,
    State.REJECTED,
)

#: tag → state → who may. A state that is not named allows the tag to nobody; a tag that is not named needs no ticket.
PERMITS: dict[Name, dict[State, frozenset[Relation]]] = {
    Name.TAKEN: {NEW: frozenset({D}), ASSIGNED: frozenset({A, HOLDER})},
    Name.ASK: {NEW: frozenset({D}), ASSIGNED: frozenset({A}), TAKEN: frozenset({A}), CALLBACK: frozenset({A})},
    Name.CLOSED: {
        NEW: frozenset({D, HEAD}),
        ASSIGNED: frozenset({A, HEAD}),
        TAKEN: frozenset({A, HEAD}),
        CALLBACK: frozenset({A, HEAD}),
    },
    Name.PHONED: {
        NEW: frozenset({D, HEAD}),
        ASSIGNED: frozenset({A, PHONE, HEAD}),
        TAKEN: frozenset({A, PHONE, HEAD}),
        CALLBACK: frozenset({A, PHONE, HEAD}),
    },
    Name.NOTE: dict.fromkeys(State, frozenset({ANY})),
    Name.CATEGORY: dict.fromkeys((NEW, ASSIGNED, TAKEN), frozenset({D, A, HEAD})),
    Name.ROUTE: dict.fromkeys((NEW, ASSIGNED, TAKEN), frozenset({D, A, HEAD})),
    Name.RETURN: dict.fromkeys((ASSIGNED, TAKEN), frozenset({A})),
    Name.EXTEND: dict.fromkeys((ASSIGNED, TAKEN, CALLBACK), frozenset({A})),
    Name.APPROVE: dict.fromkeys((NEW, ASSIGNED, TAKEN, CALLBACK), frozenset({HEAD})),
    Name.DENY: dict.fromkeys((NEW, ASSIGNED, TAKEN, CALLBACK), frozenset({HEAD})),
    Name.REOPEN: {CLOSED: frozenset({A, D, HEAD})},
    Name.MERGE: dict.fromkeys((NEW, ASSIGNED, TAKEN), frozenset({D, HEAD})),
    Name.REJECT: dict.fromkeys((NEW, ASSIGNED, TAKEN), frozenset({D, HEAD})),
    Name.LINK: dict.fromkeys((NEW, ASSIGNED, TAKEN), frozenset({D, HEAD})),
}

#: Tags that only bring a letter to the one who asks: they need no proof (SPEC 6), and these roles ('' = all staff).
INQUIRIES: dict[Name, tuple[str, ...]] = {
    Name.MY: (),
    Name.LIST: (routing.SITE_ADMIN, routing.HOTLINE, routing.HEAD),
    Name.STATUS: (),
    Name.HISTORY: (),
    Name.REPORT: (routing.HEAD,),
    Name.HELP: (),
}


def relations(policy: Policy, ticket: Ticket, person: str, now: datetime) -> frozenset[Relation]:
    """Everything that this member of staff is to this ticket at this moment."""
    found = {Relation.STAFF}
    if person in ticket.assignees:
        found.add(Relation.ASSIGNEE)
    if person in routing.entitled_of(policy, ticket.category, now):
        found.add(Relation.HOLDER)
    if person in routing.entitled(policy, routing.DISPATCHERS[ticket.channel], now):
        found.add(Relation.DISPATCHER)
    if person in routing.entitled(policy, routing.HEAD, now):
        found.add(Relation.HEAD)
    if person in routing.entitled(policy, routing.HOTLINE, now):
        found.add(Relation.HOTLINE)
    return frozenset(found)


def belongs(policy: Policy, ticket: Ticket, person: str, now: datetime) -> bool:
    """Whether this member of staff is more to this ticket than anybody on the staff."""
    return relations(policy, ticket, person, now) != {Relation.STAFF}


#: Tags by which whoever writes them on a ticket that nobody has becomes its assignee.
_MAKE_ASSIGNEE = frozenset({Name.TAKEN, Name.ASK, Name.CLOSED, Name.PHONED, Name.REOPEN})


def hides(policy: Policy, ticket: Ticket, name: Name, held: frozenset[Relation]) -> bool:
    """Whether that tag would open a confidential ticket to somebody whom it is hidden from (SPEC 6): one that nobody has is
    dispatched, not taken, by those who may not read it."""
    if not routing.confidential(policy, ticket) or held & {Relation.ASSIGNEE, Relation.HOLDER}:
        return False
    return name in _MAKE_ASSIGNEE and not routing.people(policy, ticket.assignees)


def permitted(name: Name, state: State, held: frozenset[Relation]) -> bool:
    """Whether somebody who is `held` to a ticket in `state` may write that tag."""
    return bool(PERMITS.get(name, {}).get(state, frozenset()) & held)


def serves(policy: Policy, person: str, roles: tuple[str, ...], now: datetime) -> bool:
    """Whether this member of staff may act in one of these roles now; no roles named means everybody may."""
    return not roles or any(person in routing.entitled(policy, role, now) for role in roles)


def may_route(
    policy: Policy, ticket: Ticket, person: str, keys: tuple[str, ...], category: str | None, now: datetime
) -> bool:
    """Whether this person may give the ticket to these people under that category. A confidential one is handed on by its
    assignee; head and dispatcher may only give it to those who serve a confidential category (SPEC 6): else two of them could open
    it to one another."""
    if not routing.confidential(policy, ticket) or person in ticket.assignees:
        return True
    known = policy.category(category)
    silent = routing.entitled_of(policy, category, now)
    return known is not None and known.confidential and person not in keys and set(keys) <= set(silent)


def categories(policy: Policy, ticket: Ticket, person: str, now: datetime) -> tuple[Category, ...]:
    """The categories that this person may dispatch the ticket to as it stands: those that somebody serves, but where it is already."""
    found = []
    for category in policy.categories:
        keys = routing.holders(policy, category.role, now)
        there = keys == ticket.assignees and category.key == ticket.category
        if keys and not there and may_route(policy, ticket, person, keys, category.key, now):
            found.append(category)
    return tuple(found)


def allowed(policy: Policy, ticket: Ticket, person: str, now: datetime) -> tuple[Name, ...]:
    """Every tag that this person may write on this ticket as it stands, in the order of the table."""
    held = relations(policy, ticket, person, now)
    names = [name for name in PERMITS if permitted(name, ticket.state, held)]
    requested = ticket.extension is not None and ticket.extension.state == "requested"
    if not requested:
        names = [name for name in names if name not in (Name.APPROVE, Name.DENY)]
    if routing.confidential(policy, ticket):
        names = [name for name in names if name not in (Name.RETURN, Name.MERGE)]
        names = [name for name in names if not hides(policy, ticket, name, held)]
        # To whom such a ticket may be given at all, its category's tag says.
        names = [name for name in names if name is not Name.ROUTE or Relation.ASSIGNEE in held]
    if not categories(policy, ticket, person, now):
        names = [name for name in names if name is not Name.CATEGORY]
    return tuple(names)
