"""The checked configuration as one frozen value, and the part of it that decisions need."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from maildesk.config.calendar import PublicDays, public_days
from maildesk.config.schema import FormSections, Sections
from maildesk.config.values import address_forms
from maildesk.model import Category, Deputy, Person, Policy, Terms, WorkCalendar

# Terms of today began at the latest in the year before, and the longest that a head grants end well within these.
YEARS_AROUND = range(-1, 4)


class Config(Sections):
    """The whole desk's configuration (SPEC 3). `path` is the file, `warnings` are sentences for a person."""

    path: Path
    warnings: tuple[str, ...] = ()

    @property
    def directory(self) -> Path:
        """The folder of the file: relative paths in it start here."""
        return self.path.parent

    def policy(self, today: date, years: Iterable[int] | None = None) -> Policy:
        """What decisions need. `years`: whose holidays to know; by default the year before `today` to three after."""
        return Policy(
            service_name=self.service.name,
            organisation=self.service.organisation,
            address=self.service.address,
            staff=self._people(),
            roles=dict(self.roles),
            categories=self._routes(),
            secrets=self.service.secrets,
            deputies=tuple(Deputy(whom, row.by, row.since, row.until) for whom, row in self.deputies.items()),
            language=self.service.language,
            zone=self.service.zone,
            prefix=self.service.ticket_prefix,
            phone=self.service.phone,
            operator=self.service.operator,
            terms=Terms(self.terms.dispatch, self.terms.take, self.terms.close, self.terms.remind),
            calendar=self._work_calendar(today, years),
            reopen_within=self.follow_up.reopen_within,
            new_tickets_per_sender=self.limits.new_tickets_per_sender,
            letters_per_recipient=self.limits.letters_per_recipient,
            attachments_out=self.limits.attachments_out,
            processed=", ".join(dict.fromkeys(mailbox.processed for mailbox in self.mailboxes)),
            commands=self.security.commands,
            authserv_id=self.security.authserv_id,
            form_senders=frozenset(self.form_mail.senders if self.form_mail else ()),
            daily_at=self.reports.daily,
            weekly_at=self.reports.weekly,
        )

    def calendar_warnings(self, today: date, years: Iterable[int] | None = None) -> tuple[str, ...]:
        """What a person should know about the working calendar of these years; empty where terms run always."""
        return self._public_days(today, years).warnings

    def _people(self) -> dict[str, Person]:
        return {
            key: Person(key, row.name, tuple(form for address in row.emails for form in address_forms(address)))
            for key, row in self.staff.items()
        }

    def _routes(self) -> tuple[Category, ...]:
        return tuple(
            Category(key, row.title, row.tags, row.role, row.confidential) for key, row in self.categories.items()
        )

    def _public_days(self, today: date, years: Iterable[int] | None) -> PublicDays:
        if self.terms.calendar == "always":
            return PublicDays()
        wanted = years if years is not None else (today.year + step for step in YEARS_AROUND)
        return public_days(self.calendar.holidays, wanted)

    def _work_calendar(self, today: date, years: Iterable[int] | None) -> WorkCalendar:
        """What the school itself wrote (extra, working) stands above the country's days."""
        public = self._public_days(today, years)
        extra, working = frozenset(self.calendar.extra), frozenset(self.calendar.working)
        return WorkCalendar(
            always=self.terms.calendar == "always",
            days=self.calendar.days,
            spans=self.calendar.hours,
            off=(public.off - working) | extra,
            working=(public.working - extra) | working,
        )


class FormConfig(FormSections):
    """What `maildesk form` needs; `smtp` is there only where `form.mail_to` is set."""

    path: Path
    warnings: tuple[str, ...] = ()

    @property
    def directory(self) -> Path:
        """The folder of the file: relative paths in it start here."""
        return self.path.parent
