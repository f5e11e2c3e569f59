"""How terms were kept: every run of a term counts once, in the period in which it was settled (§3.1.1, §3.2.1, §3.2.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from statistics import median

from maildesk.model import Term, TermClock, TermFigures, Ticket
from maildesk.reports.windows import Moments, Window


def settled_at(clock: TermClock) -> datetime:
    """When a run is settled: when it is met or falls due, whichever comes first."""
    return clock.due_at if clock.met_at is None else min(clock.met_at, clock.due_at)


def decided(clock: TermClock, window: Window) -> bool | None:
    """True: this run was kept, False: missed, and that was settled within the window; None: not owed, or settled elsewhere."""
    return clock.met(window.until) if window.has(settled_at(clock)) else None


def summed(term: Term, runs: Iterable[tuple[TermClock, bool | None]]) -> TermFigures:
    """The figures of these runs with their verdicts; those of other terms and the undecided are left out."""
    kept = missed = 0
    spans: list[float] = []
    for clock, met in runs:
        if clock.term is not term or met is None:
            continue
        kept, missed = kept + met, missed + (not met)
        if clock.met_at is not None:
            spans.append((clock.met_at - clock.started_at).total_seconds())
    return TermFigures(term, kept, missed, median(spans) if spans else None, max(spans, default=None))


def term_figures(tickets: Iterable[Ticket], term: Term, window: Window) -> TermFigures:
    """How one term was kept within the window."""
    return summed(term, ((clock, decided(clock, window)) for ticket in tickets for clock in ticket.terms))


def missed(tickets: Iterable[Ticket], until: datetime, term: Term | None = None) -> Moments:
    """When the runs (of that term) were settled that were missed before `until`. A run that is settled within a window is missed or
    not for good: which it is does not depend on the window's end."""
    return Moments(
        settled_at(clock)
        for ticket in tickets
        for clock in ticket.terms
        if (term is None or clock.term is term) and clock.met(until) is False
    )
