"""From a Config to rooms that know each other: what the daemon, the demo and the command line start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from maildesk.arrivals import Arrivals
from maildesk.config import Config
from maildesk.config.schema import Mailbox
from maildesk.config.schema import OAuth2 as OAuth2Table
from maildesk.departures import Departures, Limits
from maildesk.lookup import Lookup
from maildesk.model import Policy
from maildesk.outbox.courier import SmtpCourier, SmtpSettings
from maildesk.outbox.render import Renderer, shipped_templates
from maildesk.parse.tags import Vocabulary
from maildesk.parse.worker import Worker
from maildesk.post import Post
from maildesk.sources.imap import ImapSource
from maildesk.sources.imap_settings import Floor, ImapSettings
from maildesk.sources.oauth import AccessTokens, OAuth2
from maildesk.store import Store
from maildesk.ticks import Ticks

if TYPE_CHECKING:
    from maildesk.sources.relay import RelaySource

Clock = Callable[[], datetime]


def template_folders(config: Config) -> list[Path]:
    """Where templates are looked for: the school's own folder beside its config.toml, then the shipped ones."""
    own = config.directory / "templates"
    return [folder for folder in (own, shipped_templates()) if folder.is_dir()]


def renderer(config: Config) -> Renderer:
    """Templates compiled in the desk's language."""
    return Renderer(template_folders(config), config.service.language)


def _oauth2(table: OAuth2Table | None) -> OAuth2 | None:
    if table is None:
        return None
    return OAuth2(
        token_url=table.token_url,
        client_id=table.client_id,
        client_secret=table.client_secret,
        refresh_token_file=table.refresh_token_file,
        scope=table.scope,
    )


def imap_settings(config: Config, mailbox: Mailbox) -> ImapSettings:
    """One [[mailbox]] as the source wants it."""
    return ImapSettings(
        host=mailbox.host,
        port=mailbox.port,
        tls=mailbox.tls,
        user=mailbox.user,
        password=str(mailbox.password) if mailbox.password is not None else None,
        oauth2=_oauth2(mailbox.oauth2),
        folder=mailbox.folder,
        processed=mailbox.processed,
        quarantine=mailbox.quarantine,
        spam=mailbox.spam,
        message_size=config.limits.message_size,
    )


def smtp_settings(config: Config, clock: Clock) -> SmtpSettings:
    """[smtp] as the courier wants it."""
    oauth2 = _oauth2(config.smtp.oauth2)
    tokens = AccessTokens(oauth2, clock) if oauth2 is not None else None
    return SmtpSettings(
        host=config.smtp.host,
        port=config.smtp.port,
        tls=config.smtp.tls,
        user=config.smtp.user,
        password=str(config.smtp.password) if config.smtp.password is not None else "",
        sender=config.service.address,
        token=tokens.current if tokens else None,
    )


@dataclass(slots=True)
class Desk:
    """The rooms of one desk, wired. `open()` before use, `close()` after."""

    config: Config
    policy: Policy
    store: Store
    post: Post
    ticks: Ticks
    clock: Clock

    @classmethod
    def of(cls, config: Config, clock: Clock) -> Desk:
        """Wire the rooms; touches neither disk nor network but for the templates."""
        policy = config.policy(clock().astimezone(config.service.zone).date())
        store = Store(config.database.url, config.directory)
        post = Post(store, policy, renderer(config))
        return cls(config, policy, store, post, Ticks(store, policy, post), clock)

    def lookup(self) -> Lookup:
        """What is known about a mail."""
        labels = self.config.form_mail.labels if self.config.form_mail else {}
        vocabulary = Vocabulary.of(self.policy.categories, self.policy.prefix)
        return Lookup(self.store, self.policy, vocabulary, labels, self.ticks.on_request)

    def arrivals(self, worker: Worker) -> Arrivals:
        """The verb for what comes in; `hints`: mailboxes whose mail is all of one category."""
        hints = {}
        for mailbox in self.config.mailboxes:
            settings = imap_settings(self.config, mailbox)
            if mailbox.category:
                hints[settings.source_name(mailbox.folder)] = mailbox.category
        return Arrivals(self.store, self.policy, self.lookup(), self.post, worker, hints)

    def departures(self) -> Departures:
        """The verb for what goes out, over [smtp] connections."""
        settings = smtp_settings(self.config, self.clock)
        couriers = [SmtpCourier(settings) for _ in range(self.config.smtp.connections)]
        limits = Limits(self.config.smtp.per_minute, self.config.smtp.per_day, self.policy.zone)
        return Departures(self.store, self.policy, self.post, couriers, limits, self.clock)

    def imap_source(self, mailbox: Mailbox, floor: Floor | None = None) -> ImapSource:
        """The source of one [[mailbox]]."""
        return ImapSource(imap_settings(self.config, mailbox), self.clock, floor)

    def relay_source(self) -> RelaySource | None:
        """The source of [relay], where there is one."""
        relay = self.config.relay
        if relay is None:
            return None
        # Its HTTP client takes a tenth of a second to import, and most desks have no relay.
        from maildesk.sources.relay import RelaySource

        return RelaySource(relay.url, str(relay.token), clock=self.clock)
