"""Time passes: terms that are missed and reports that are due become letters, in one transaction each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maildesk import journal
from maildesk.desk import overdue, routing
from maildesk.desk.assign import words_of
from maildesk.desk.inquiries import row
from maildesk.desk.letters import to_staff
from maildesk.failpoints import hit
from maildesk.model import (
    Count,
    Decision,
    Facts,
    Kind,
    Line,
    Policy,
    ReportView,
    Ticket,
)
from maildesk.post import Post
from maildesk.reports import figures, slots
from maildesk.store import Store

#: The daily reports (§3.3.2): name → (channels, the role that gets the copy).
DAILY: dict[str, tuple[tuple[str, ...], str]] = {
    "daily-web": (("web", "email"), routing.SITE_ADMIN),
    "daily-phone": (("phone",), routing.HOTLINE),
}
ALL_CHANNELS = ("web", "email", "phone")
#: A weekly report that was not sent on to the director is reminded of after so long (SPEC 5, `reminder`).
WEEKLY_REMINDER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Ticks:
    """The verb. Every method may be called at any time and any number of times: what is due is asked of the store."""

    store: Store
    policy: Policy
    post: Post

    # Terms

    def terms(self, now: datetime, horizon: datetime) -> int:
        """Remind and escalate what is due. `horizon`: mail that arrived before it has been handled; a term due later may yet have
        been met by a mail that waits (SPEC 8.4). Returns how many tickets were touched."""
        count = 0
        for due in self.store.due_terms(min(now, horizon), self.policy.terms.remind):
            decide = overdue.escalate if due.what == "late" or due.term != "close" else overdue.remind
            with self.store.transaction():
                ticket = self.store.ticket(due.number, lock=True)
                decision = decide(self.policy, ticket, due.term, now) if ticket is not None else None
                if decision is not None:
                    self._apply(decision, now)
                    count += 1
                hit("ticks.before-commit")
            hit("ticks.after-commit")
        return count

    def people(self, now: datetime) -> int:
        """Hand over the open tickets of those who have a deputy now or who left the configuration."""
        count = 0
        for listed in self.store.open_tickets():
            for gone in (True, False):
                with self.store.transaction():
                    ticket = self.store.ticket(listed.number, lock=True) if listed.number else None
                    if ticket is None or not ticket.assignees or not self._moved(ticket, now):
                        continue
                    text = words_of(self.store.author_text(ticket.number)) if ticket.number else ""
                    decision = overdue.hand_over(self.policy, ticket, now, text, gone=gone)
                    if decision is not None:
                        self._apply(decision, now)
                        count += 1
        return count

    def _moved(self, ticket: Ticket, now: datetime) -> bool:
        """Whether anything about who has this ticket may have changed, before its words are fetched."""
        gone = any(key not in self.policy.staff for key in ticket.assignees)
        return gone or bool(self.policy.deputies)

    def _apply(self, decision: Decision, now: datetime) -> None:
        ticket = self.store.save(decision.ticket) if decision.ticket else None
        number = ticket.number if ticket else None
        if number is not None:
            for event in decision.events:
                self.store.add_event(number, event)
        self.post.put(decision.letters, now)
        what = ", ".join(event.event for event in decision.events)
        journal.ticked(number, what, decision.rule)

    # Reports

    def reports(self, now: datetime) -> int:
        """Send the reports that are due: of those missed the last of each sort, with the earlier days as lines in it (SPEC 8.4)."""
        started = self.store.first_start(now)
        slot = slots.last_daily(now, self.policy.daily_at, self.policy.zone)
        count = sum(self._daily(name, slot, started, now) for name in DAILY)
        weekday, at = self.policy.weekly_at
        weekly = slots.last_weekly(now, weekday, at, self.policy.zone)
        return count + self._weekly(weekly, started, now) + self._remind_of_weekly(now)

    def _daily(self, name: str, slot: datetime, started: datetime, now: datetime) -> int:
        last = self.store.report_last(name)
        if slot <= (last or started):
            return 0
        channels, role = DAILY[name]
        with self.store.transaction():
            if not self.store.report_claim(name, slot):
                return 0
            view = self.daily_view(name, slot, channels, last or started)
            readers = dict.fromkeys((*routing.heads(self.policy, now), *routing.holders(self.policy, role, now)))
            self.post.put(to_staff(self.policy, Kind.DAILY_REPORT, readers, None, facts=Facts(report=view)), now)
            hit("reports.before-commit")
        journal.reported(name, slot.isoformat())
        return 1

    def daily_view(self, name: str, until: datetime, channels: tuple[str, ...], last: datetime | None) -> ReportView:
        """The daily report up to `until`: its own day, and the days before it that no report covered as lines."""
        days = slots.days_between(last, until, self.policy.daily_at, self.policy.zone) if last is not None else ()
        day_before = slots.last_daily(until - timedelta(minutes=1), self.policy.daily_at, self.policy.zone)
        since = max(day_before, last) if last is not None else day_before
        before = slots.last_daily(since - timedelta(minutes=1), self.policy.daily_at, self.policy.zone)
        oldest = min((last or since), before)
        tickets = tuple(self.store.tickets_touching(oldest, until, channels))
        return figures.report(
            self.policy,
            name,
            tickets,
            since=since,
            until=until,
            before=before,
            channels=channels,
            row=lambda ticket: row(self.policy, ticket, until, ""),
            account=self.store.account(since, until) if name != "daily-phone" else None,
            earlier=self._earlier(tickets, days[:-1], last, channels),
        )

    def _earlier(
        self, tickets: tuple[Ticket, ...], days: tuple[datetime, ...], last: datetime | None, channels: tuple[str, ...]
    ) -> tuple[Count, ...]:
        lines = []
        since = last
        for day in days:
            if since is not None:
                arrived = sum(figures.within(one.received_at, since, day) for one in tickets if one.channel in channels)
                lines.append(Count(day.astimezone(self.policy.zone).strftime("%d.%m.%Y"), arrived))
            since = day
        return tuple(lines)

    def _weekly(self, slot: datetime, started: datetime, now: datetime) -> int:
        last = self.store.report_last("weekly")
        if slot <= (last or started):
            return 0
        with self.store.transaction():
            if not self.store.report_claim("weekly", slot):
                return 0
            view = self.weekly_view(slot)
            heads = routing.heads(self.policy, now)
            self.post.put(to_staff(self.policy, Kind.WEEKLY_REPORT, heads, None, facts=Facts(report=view)), now)
            self.store.set("weekly:waiting", slot.isoformat())
            hit("reports.before-commit")
        journal.reported("weekly", slot.isoformat())
        return 1

    def weekly_view(self, until: datetime) -> ReportView:
        """The weekly report of the seven days up to `until`, the week before beside it."""
        since, before = until - timedelta(days=7), until - timedelta(days=14)
        tickets = tuple(self.store.tickets_touching(before, until, ALL_CHANNELS))
        return figures.report(
            self.policy,
            "weekly",
            tickets,
            since=since,
            until=until,
            before=before,
            channels=ALL_CHANNELS,
            row=lambda ticket: row(self.policy, ticket, until, ""),
            account=self.store.account(since, until),
        )

    def _remind_of_weekly(self, now: datetime) -> int:
        waiting = self.store.get("weekly:waiting")
        if not waiting or now < datetime.fromisoformat(waiting) + WEEKLY_REMINDER:
            return 0
        with self.store.transaction():
            self.store.set("weekly:waiting", "")
            facts = Facts(reason=Line("weekly-not-sent"), since=datetime.fromisoformat(waiting))
            heads = routing.heads(self.policy, now)
            self.post.put(to_staff(self.policy, Kind.REMINDER, heads, None, facts=facts, buttons=()), now)
        return 1

    def on_request(self, period: str, now: datetime) -> ReportView | None:
        """The report that `[REPORT]` (day, week) or `[SEND]` (the last week's) needs now."""
        if period == "day":
            last = slots.last_daily(now, self.policy.daily_at, self.policy.zone)
            view = self.daily_view("daily", now, ALL_CHANNELS, last)
            return replace(view, earlier=())
        if period == "week":
            return self.weekly_view(now)
        weekday, at = self.policy.weekly_at
        return self.weekly_view(
            self.store.report_last("weekly") or slots.last_weekly(now, weekday, at, self.policy.zone)
        )
