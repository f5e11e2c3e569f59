"""Who gets what: categories to roles to people, with deputies, and the dispatcher of a channel (§3.1.1–3.1.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from maildesk.model import Category, Channel, Person, Policy, Ticket
from maildesk.model.tags import skeleton

HEAD = "head"
DIRECTOR = "director"
SITE_ADMIN = "site_admin"
HOTLINE = "hotline"

#: Who dispatches what the daemon could not (§3.1.1, §3.1.2).
DISPATCHERS = {Channel.EMAIL: SITE_ADMIN, Channel.WEB: SITE_ADMIN, Channel.PHONE: HOTLINE}


def _stand_in(policy: Policy, whom: str, now: datetime) -> str | None:
    today = now.astimezone(policy.zone).date()
    return next(
        (deputy.by for deputy in policy.deputies if deputy.whom == whom and deputy.since <= today <= deputy.until), None
    )


def holders(policy: Policy, role: str, now: datetime) -> tuple[str, ...]:
    """The staff keys who serve a role at this moment: a deputy for the role stands for all, one for a person for that person."""
    for_role = _stand_in(policy, role, now)
    if for_role is not None:
        return (for_role,)
    keys = (_stand_in(policy, key, now) or key for key in policy.roles.get(role, ()))
    return tuple(dict.fromkeys(key for key in keys if key in policy.staff))


def entitled(policy: Policy, role: str, now: datetime) -> tuple[str, ...]:
    """The staff keys who may act in a role at this moment: those who serve it, and those whom a deputy represents, who keep
    their own rights beside the deputy's."""
    own = (key for key in policy.roles.get(role, ()) if key in policy.staff)
    return tuple(dict.fromkeys((*holders(policy, role, now), *own)))


def holders_of(policy: Policy, category: str | None, now: datetime) -> tuple[str, ...]:
    """The staff keys to whom that category goes now; empty where there is no such category."""
    known = policy.category(category)
    return holders(policy, known.role, now) if known else ()


def entitled_of(policy: Policy, category: str | None, now: datetime) -> tuple[str, ...]:
    """The staff keys who may act for that category now; empty where there is no such category."""
    known = policy.category(category)
    return entitled(policy, known.role, now) if known else ()


def stand_in(policy: Policy, ticket: Ticket, person: str, now: datetime) -> str:
    """Who acts on that ticket for this member of staff now: the deputy for the person, or for the role by which the person has
    it (that of its category, without one the dispatcher's); else the person."""
    category = policy.category(ticket.category)
    role = category.role if category else DISPATCHERS[ticket.channel]
    for_role = _stand_in(policy, role, now) if person in policy.roles.get(role, ()) else None
    return _stand_in(policy, person, now) or for_role or person


def dispatchers(policy: Policy, channel: Channel, now: datetime) -> tuple[str, ...]:
    """Who dispatches appeals of that channel now."""
    return holders(policy, DISPATCHERS[channel], now)


def heads(policy: Policy, now: datetime) -> tuple[str, ...]:
    """Who acts as head of Service now (§2.3)."""
    return holders(policy, HEAD, now)


def people(policy: Policy, keys: Iterable[str]) -> tuple[Person, ...]:
    """The members of staff of these keys, those who left the configuration being left out."""
    return tuple(policy.staff[key] for key in dict.fromkeys(keys) if key in policy.staff)


def names(policy: Policy, keys: Iterable[str]) -> str:
    """Their names, for a sentence."""
    return ", ".join(person.name for person in people(policy, keys))


def operator_addresses(policy: Policy, now: datetime) -> tuple[tuple[str, str], ...]:
    """Whom to tell of quarantine and failures: (address, staff key or ''). SPEC 3: a staff key, a role or an address."""
    if "@" in policy.operator:
        return ((policy.operator, ""),)
    keys = (policy.operator,) if policy.operator in policy.staff else holders(policy, policy.operator, now)
    return tuple((policy.staff[key].address, key) for key in keys)


def confidential(policy: Policy, ticket: Ticket) -> bool:
    """Whether the ticket's category is marked confidential (SPEC 6)."""
    category = policy.category(ticket.category)
    return category is not None and category.confidential


def target(
    policy: Policy, written: str, now: datetime, *, secret: bool = False
) -> tuple[Category | None, tuple[str, ...]] | None:
    """What `[ROUTE x]` means: a category by key, tag or title, else a staff key or a role; None where x is neither.

    A person brings the one category that they serve with them, but not to a confidential (`secret`) ticket: who names a
    person there has not said that everybody may read it now."""
    wanted = skeleton(written)
    for category in policy.categories:
        spellings = (category.key, category.title, category.role, *category.tags)
        if wanted in {skeleton(spelling) for spelling in spellings}:
            return category, holders(policy, category.role, now)
    wanted = written.strip().casefold()
    if wanted in policy.staff:
        served = [category for category in policy.categories if wanted in entitled(policy, category.role, now)]
        return (served[0] if len(served) == 1 and not secret else None), (wanted,)
    if wanted in policy.roles:
        return None, holders(policy, wanted, now)
    return None
