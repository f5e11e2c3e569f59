"""Time passes: terms that are missed and reports that are due become letters, in one transaction each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from maildesk import export, journal
from maildesk.desk import deputies, overdue, routing
from maildesk.desk.assign import words_of
from maildesk.desk.inquiries import row
from maildesk.desk.letters import report_letters, to_staff
from maildesk.failpoints import hit
from maildesk.model import (
    Attachment,
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
from maildesk.reports import charts, figures, slots
from maildesk.reports.windows import Window, of_day, of_week
from maildesk.store import Store

#: The daily reports (§3.3.2): name → (channels, the role that gets the copy).
DAILY: dict[str, tuple[tuple[str, ...], str]] = {
    "daily-web": (("web", "email"), routing.SITE_ADMIN),
    "daily-phone": (("phone",), routing.HOTLINE),
}
#: The reports that tell of e-mail list what was left in the provider's spam folder, too.
EMAIL = "email"
ALL_CHANNELS = ("web", "email", "phone")
#: A weekly report that was not sent on to the director is reminded of after so long (SPEC 5, `reminder`).
WEEKLY_REMINDER = timedelta(days=3)
#: A report made for a moment that lies further ahead was made by a clock that went wrong; the clocks of several daemons differ by less.
CLOCKS_DIFFER = timedelta(hours=1)


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
        """Hand over the open tickets of those who have a deputy now or who left the configuration, and send what waits for a
        decision to whoever decides now. Returns how many changes there were."""
        count = 0
        for listed in self.store.open_tickets():
            for change in (self._gone, self._deputised, self._asked):
                with self.store.transaction():
                    decision = change(listed, now)
                    if decision is not None:
                        self._apply(decision, now)
                        count += 1
        return count

    def _gone(self, listed: Ticket, now: datetime) -> Decision | None:
        ticket = self._locked(listed) if deputies.left(self.policy, listed) else None
        return deputies.without_them(self.policy, ticket, now, self._words(ticket)) if ticket is not None else None

    def _deputised(self, listed: Ticket, now: datetime) -> Decision | None:
        ticket = self._locked(listed) if deputies.away(self.policy, listed, now) else None
        page = self.store.page(ticket.number) if ticket is not None and ticket.number is not None else None
        if ticket is None or page is None:
            return None
        return deputies.hand_over(self.policy, ticket, now, self._words(ticket), page.history)

    def _asked(self, listed: Ticket, now: datetime) -> Decision | None:
        """What waits for a dispatcher, the head or the hotline is sent to those who hold the role now and never got it."""
        for asked in self._waiting(listed):
            if not self._unasked(listed, asked, now):
                continue
            ticket = self._locked(listed)
            if ticket is not None and asked in self._waiting(ticket):
                keys = self._unasked(ticket, asked, now)
                return deputies.ask_again(self.policy, ticket, now, asked, keys, self._words(ticket))
        return None

    def _waiting(self, ticket: Ticket) -> tuple[deputies.Asked, ...]:
        number = ticket.number if ticket.awaiting_call else None
        call = self.store.first_letter(number, Kind.CALLBACK_REQUEST) if number is not None else None
        return deputies.waiting(self.policy, ticket, call)

    def _unasked(self, ticket: Ticket, asked: deputies.Asked, now: datetime) -> tuple[str, ...]:
        told = self.store.recipients(ticket.number, asked.kind, asked.since) if ticket.number is not None else ()
        return deputies.unasked(self.policy, asked, told, now)

    def _locked(self, listed: Ticket) -> Ticket | None:
        return self.store.ticket(listed.number, lock=True) if listed.number is not None else None

    def _words(self, ticket: Ticket) -> deputies.Words:
        if ticket.number is None:
            return deputies.NOTHING
        said = self.store.author_text(ticket.number)
        cut = self.store.cut_files(ticket.number, said)
        return deputies.Words(words_of(said), self.store.attachments(ticket.number), cut)

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
        self.store.reports_forget(now + CLOCKS_DIFFER)
        slot = slots.last_daily(now, self.policy.daily_at, self.policy.zone)
        count = sum(self._daily(name, slot, started, now) for name in DAILY)
        weekday, at = self.policy.weekly_at
        weekly = slots.last_weekly(now, weekday, at, self.policy.zone)
        return count + self._weekly(weekly, started, now) + self._remind_of_weekly(now)

    def _daily(self, name: str, slot: datetime, started: datetime, now: datetime) -> int:
        last = self.store.report_last(name, now)
        if slot <= (last or started):
            return 0
        channels, role = DAILY[name]
        base = self._counted_until(name, now)
        with self.store.transaction():
            if not self.store.report_claim(name, slot):
                return 0
            self.store.count_as_new(slot, base, channels)
            view = self.daily_view(name, slot, channels, last or started, uncounted=slot)
            readers = dict.fromkeys((*routing.heads(self.policy, now), *routing.holders(self.policy, role, now)))
            self.post.put(report_letters(self.policy, Kind.DAILY_REPORT, readers, view), now)
            hit("reports.before-commit")
        journal.reported(name, slot.isoformat())
        return 1

    def _counted_until(self, name: str, now: datetime) -> datetime:
        """Up to when reports have counted what this daily report tells of: what came earlier and was read since is new from here."""
        ends = (self.store.started_at(), self.store.report_last(name, now), self.store.report_last("weekly", now))
        return max((end for end in ends if end is not None), default=datetime.min.replace(tzinfo=UTC))

    def _told(self, tickets: Iterable[Ticket], until: datetime, uncounted: datetime | None) -> tuple[Ticket, ...]:
        """The tickets, those that no report counted yet as they will be: new at `uncounted` at the earliest, by default from the last
        report on."""
        found = tuple(tickets)
        if all(one.counted_at for one in found):
            return found
        bases = {
            channel: uncounted or self._counted_until(name, until)
            for name, (channels, _role) in DAILY.items()
            for channel in channels
        }
        return tuple(
            one if one.counted_at else replace(one, counted_at=max(one.received_at, bases[one.channel]))
            for one in found
        )

    def daily_view(
        self,
        name: str,
        until: datetime,
        channels: tuple[str, ...],
        last: datetime | None,
        *,
        uncounted: datetime | None = None,
    ) -> ReportView:
        """The daily report up to `until`: its own day, and the days before it that no report covered as lines. The account is that of
        all these days. `uncounted`: from when on tickets are new that no report counted."""
        zone = self.policy.zone
        days = slots.days_between(last, until, self.policy.daily_at, zone) if last is not None else ()
        day_before = slots.last_daily(until - timedelta(minutes=1), self.policy.daily_at, zone)
        since = max(day_before, last) if last is not None else day_before
        windows = of_day(since, until, zone).known_from(self._known_from())
        touched = self.store.tickets_touching(min(last or since, windows.oldest), until, channels)
        tickets = self._told(touched, until, uncounted)
        covered = min(last or since, since)
        view = figures.report(
            self.policy,
            name,
            tickets,
            windows=windows,
            channels=channels,
            row=lambda ticket: row(self.policy, ticket, until, ""),
            account=self.store.account(covered, until),
            spam=tuple(f"{sender}: {subject}" for sender, subject in self.store.left_in_spam(covered, until))
            if EMAIL in channels
            else (),
            earlier=self._earlier(tickets, days[:-1], last, channels),
        )
        return replace(view, files=self._files(view, tickets))

    def _known_from(self) -> datetime:
        """Since when there are numbers to compare with: the oldest ticket, or the desk's first start."""
        moments = [moment for moment in (self.store.first_received(), self.store.started_at()) if moment is not None]
        return min(moments, default=datetime.max.replace(tzinfo=UTC))

    def _files(self, view: ReportView, tickets: tuple[Ticket, ...]) -> tuple[Attachment, ...]:
        """The period's tickets as tables: those received or closed in it and those open at its end."""
        own = Window(view.since, view.until)
        listed = [
            one for one in tickets if own.has(one.new_at) or own.has(one.closed_at) or figures.open_at(one, view.until)
        ]
        return export.attached(self.policy, listed, view.until) if listed else ()

    def _earlier(
        self, tickets: tuple[Ticket, ...], days: tuple[datetime, ...], last: datetime | None, channels: tuple[str, ...]
    ) -> tuple[Count, ...]:
        lines = []
        since = last
        for day in days:
            if since is not None:
                arrived = sum(Window(since, day).has(one.new_at) for one in tickets if one.channel in channels)
                lines.append(Count(day.astimezone(self.policy.zone).strftime("%d.%m.%Y"), arrived))
            since = day
        return tuple(lines)

    def _weekly(self, slot: datetime, started: datetime, now: datetime) -> int:
        last = self.store.report_last("weekly", now)
        if slot <= (last or started):
            return 0
        bases = [(self._counted_until(name, now), channels) for name, (channels, _role) in DAILY.items()]
        with self.store.transaction():
            if not self.store.report_claim("weekly", slot):
                return 0
            for base, channels in bases:
                self.store.count_as_new(slot, base, channels)
            view = self.weekly_view(slot, uncounted=slot)
            heads = routing.heads(self.policy, now)
            self.post.put(report_letters(self.policy, Kind.WEEKLY_REPORT, heads, view), now)
            self.store.set("weekly:waiting", slot.isoformat())
            hit("reports.before-commit")
        journal.reported("weekly", slot.isoformat())
        return 1

    def weekly_view(self, until: datetime, *, uncounted: datetime | None = None) -> ReportView:
        """The weekly report of the seven days up to `until`: with the week before, the usual week, eight weeks' trend and charts.
        `uncounted`: from when on tickets are new that no report counted."""
        whole = of_week(until, self.policy.zone)
        windows = whole.known_from(self._known_from())
        tickets = self._told(self.store.tickets_touching(windows.oldest, until, ALL_CHANNELS), until, uncounted)
        view = figures.report(
            self.policy,
            "weekly",
            tickets,
            windows=windows,
            channels=ALL_CHANNELS,
            row=lambda ticket: row(self.policy, ticket, until, ""),
            account=self.store.account(windows.own.since, until),
        )
        view = figures.weekly(self.policy, view, tickets, windows)
        return replace(view, charts=self._charts(view), files=self._files(view, tickets))

    def _charts(self, view: ReportView) -> tuple[Attachment, ...]:
        renderer = self.post.renderer
        titles = {category.key: category.title for category in self.policy.categories}
        words = titles | dict(renderer.table("report_words"))
        return charts.charts(view, self.policy.zone, lambda name: renderer.beside(f"charts/{name}.json"), words)

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
        """The report that `[REPORT]` (day, week) or `[SEND]` needs now: of the latter the week's that it answers, else the last one.

        `period`: 'day', 'week', 'last week', or the uid of the weekly report's letter."""
        if period == "day":
            last = slots.last_daily(now, self.policy.daily_at, self.policy.zone)
            view = self.daily_view("daily", now, ALL_CHANNELS, last)
            return replace(view, earlier=())
        if period == "week":
            return self.weekly_view(now)
        answered = self.store.get(f"weekly:{period}")
        if answered:
            return self.weekly_view(datetime.fromisoformat(answered))
        weekday, at = self.policy.weekly_at
        last_sent = self.store.report_last("weekly", now)
        return self.weekly_view(last_sent or slots.last_weekly(now, weekday, at, self.policy.zone))
