"""What changed against the period before and the usual one, as far as it is more than chance: the sentences of the weekly report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from maildesk.model import Change, Policy, Term, Ticket
from maildesk.reports.breakdown import SMALLEST
from maildesk.reports.chance import changed
from maildesk.reports.kept import missed
from maildesk.reports.windows import Moments, Window, Windows


def changes(policy: Policy, tickets: Sequence[Ticket], windows: Windows) -> tuple[Change, ...]:
    """The changes worth a sentence (see `chance`): of all appeals, of each term, of each category, in this order."""
    return tuple(_found(policy, tickets, windows))


def _found(policy: Policy, tickets: Sequence[Ticket], windows: Windows) -> Iterator[Change]:
    yield from _change("arrived", "", windows, Moments(one.new_at for one in tickets).within)
    yield from _change("closed", "", windows, Moments(one.closed_at for one in tickets).within)
    for term in Term:
        yield from _change("missed", term.value, windows, missed(tickets, windows.own.until, term).within)
    for category in policy.categories:
        moments = Moments(one.new_at for one in tickets if one.category == category.key)
        least = SMALLEST if category.confidential else 0
        yield from _change("category", category.key, windows, moments.within, least)


def _change(
    what: str, label: str, windows: Windows, counting: Callable[[Window], int], least: int = 0
) -> Iterator[Change]:
    """The one change, or none. `least`: no number below it may be told."""
    count, before = counting(windows.own), counting(windows.before)
    usual = tuple(counting(window) for window in windows.usual)
    if min(count, before, *usual) < least:
        return
    against_before = before if changed(count, (before,)) else None
    against_usual = float(median(usual)) if len(usual) > 1 and changed(count, usual) else None
    # A median can stand on the other side of the count than the sum: no sentence says "more" of what is less.
    if against_usual is not None and against_usual == count:
        against_usual = None
    if against_before is not None or against_usual is not None:
        yield Change(what, label, count, against_before, against_usual)
