"""Counts by category, class, role, channel, person and hour; of a confidential category only what tells nothing of anyone (SPEC 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from zoneinfo import ZoneInfo

from maildesk.model import Channel, Count, PersonFigures, Policy, Term, TermClock, Ticket
from maildesk.reports.kept import decided, summed
from maildesk.reports.windows import Window, Windows

#: A group of a confidential category that is smaller is not told: its people could be guessed.
SMALLEST = 5


def secret(policy: Policy, ticket: Ticket) -> bool:
    """Whether the ticket's category is confidential."""
    category = policy.category(ticket.category)
    return category is not None and category.confidential


def compared(label: str, windows: Windows, counting: Callable[[Window], int]) -> Count:
    """What is counted in a report's own window, beside the one before and the median of the usual ones."""
    usual = [counting(window) for window in windows.usual]
    return Count(label, counting(windows.own), counting(windows.before), median(usual) if usual else None)


def _counts(tickets: Iterable[Ticket], window: Window, key: Callable[[Ticket], str]) -> Counter[str]:
    return Counter(key(ticket) for ticket in tickets if window.has(ticket.new_at))


def grouped(tickets: Sequence[Ticket], windows: Windows, key: Callable[[Ticket], str]) -> tuple[Count, ...]:
    """The tickets received within the report's window by that key, the largest group first; groups of the window before are shown
    where they are empty now."""
    own, before = _counts(tickets, windows.own, key), _counts(tickets, windows.before, key)
    usual = [_counts(tickets, window, key) for window in windows.usual]
    counts = [
        Count(label, own[label], before[label], median(one[label] for one in usual) if usual else None)
        for label in own.keys() | before.keys()
    ]
    return tuple(sorted(counts, key=lambda count: (-count.count, -(count.before or 0), count.label)))


def by_category(policy: Policy, tickets: Sequence[Ticket], windows: Windows) -> tuple[Count, ...]:
    """By category key ('': not dispatched yet). Of a confidential one fewer than five are not told."""
    hidden = {category.key for category in policy.categories if category.confidential}
    counts = grouped(tickets, windows, lambda ticket: ticket.category or "")
    return tuple(_guarded(count) if count.label in hidden else count for count in counts)


def _guarded(count: Count) -> Count:
    if count.count < SMALLEST:
        return Count(count.label, 0, small=True)
    before = count.before if count.before is not None and count.before >= SMALLEST else None
    usual = count.usual if count.usual is not None and count.usual >= SMALLEST else None
    return Count(count.label, count.count, before, usual)


def by_class(policy: Policy, tickets: Sequence[Ticket], windows: Windows) -> tuple[Count, ...]:
    """By class as the authors wrote it; confidential tickets and those without a class are left out."""
    named = [ticket for ticket in tickets if ticket.author.class_ and not secret(policy, ticket)]
    return grouped(named, windows, lambda ticket: ticket.author.class_)


def by_role(policy: Policy, tickets: Sequence[Ticket], windows: Windows) -> tuple[Count, ...]:
    """By the author's role ('': unknown); confidential tickets are left out."""
    return grouped([one for one in tickets if not secret(policy, one)], windows, lambda ticket: ticket.author.role)


def by_channel(policy: Policy, tickets: Sequence[Ticket], windows: Windows) -> tuple[Count, ...]:
    """By channel, in the order of the model; the confidential among them are not told apart."""
    counts = {count.label: count for count in grouped(tickets, windows, lambda ticket: ticket.channel.value)}
    return tuple(counts[channel.value] for channel in Channel if channel.value in counts)


def by_hour(tickets: Iterable[Ticket], window: Window, zone: ZoneInfo) -> tuple[int, ...]:
    """How many were received in each of the 24 hours of the local day."""
    hours = Counter(one.received_at.astimezone(zone).hour for one in tickets if window.has(one.new_at))
    return tuple(hours[hour] for hour in range(24))


def by_person(policy: Policy, tickets: Iterable[Ticket], window: Window) -> tuple[PersonFigures, ...]:
    """Each person's (or role's) terms that were settled within the window: those who missed most first, the terms in their order.
    Fewer than five confidential runs of one person and term are left out."""
    runs: dict[tuple[str, Term], list[tuple[TermClock, bool | None]]] = {}
    hidden: dict[tuple[str, Term], list[tuple[TermClock, bool | None]]] = {}
    for ticket in tickets:
        into = hidden if secret(policy, ticket) else runs
        for clock in ticket.terms:
            verdict = decided(clock, window)
            if clock.who and verdict is not None:
                into.setdefault((clock.who, clock.term), []).append((clock, verdict))
    for key, found in hidden.items():
        if len(found) >= SMALLEST:
            runs.setdefault(key, []).extend(found)
    people = [PersonFigures(who, summed(term, found)) for (who, term), found in runs.items()]
    worst: Counter[str] = Counter()
    for one in people:
        worst[one.who] += one.figures.missed
    return tuple(sorted(people, key=lambda one: (-worst[one.who], one.who, list(Term).index(one.figures.term))))
