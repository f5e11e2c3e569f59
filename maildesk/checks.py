"""What `maildesk check` tries: IMAP, SMTP, relay, database, every template, every route (SPEC 2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from maildesk.config import Config
from maildesk.desk import routing
from maildesk.model import Policy, SourceUnavailable
from maildesk.outbox.courier import probe as probe_smtp
from maildesk.outbox.render import TemplateFault
from maildesk.sources.imap_probe import probe as probe_imap
from maildesk.store import Store, StoreError
from maildesk.wiring import Clock, Desk, imap_settings, renderer, smtp_settings


@dataclass(frozen=True, slots=True)
class Found:
    """One thing tried: what, whether it is well, and the remedy where it is not."""

    name: str
    ok: bool
    detail: str = ""


def look(config: Config, clock: Clock) -> Iterator[Found]:
    """Try one thing after another; each is yielded as soon as it is known."""
    now = clock()
    yield Found(f"configuration {config.path}", True)
    for warning in (*config.warnings, *config.calendar_warnings(now.astimezone(config.service.zone).date())):
        yield Found("warning", True, warning)
    yield from _database(config)
    for mailbox in config.mailboxes:
        for step in probe_imap(imap_settings(config, mailbox)):
            yield Found(step.name, step.ok, step.detail)
    yield _smtp(config, clock)
    yield from _relay(config, clock)
    yield from _templates(config)
    yield from _routes(config.policy(now.astimezone(config.service.zone).date()), now)


def _database(config: Config) -> Iterator[Found]:
    shown = str(config.database.path or "PostgreSQL")
    store = Store(config.database.url, config.directory)
    try:
        store.open()
        with store.session():
            for problem in store.check():
                yield Found(f"database {shown}", False, problem)
                return
        yield Found(f"database {shown}", True)
    except StoreError as error:
        yield Found(f"database {shown}", False, str(error))
    finally:
        store.close()


def _smtp(config: Config, clock: Clock) -> Found:
    name = f"SMTP {config.smtp.host}:{config.smtp.port}"
    said = asyncio.run(probe_smtp(smtp_settings(config, clock)))
    return Found(name, not said, said and f"{said}; mend [smtp] host, port, tls, user or password")


def _relay(config: Config, clock: Clock) -> Iterator[Found]:
    if config.relay is None:
        return
    name = f"relay {config.relay.url}"
    try:
        source = Desk.of(config, clock).relay_source()
        if source is not None:
            waiting = source.backlog().count
            source.close()
            yield Found(name, True, f"{waiting} appeals wait")
    except (SourceUnavailable, ValueError) as error:
        yield Found(name, False, f"{error}; mend [relay] url or token")


def _templates(config: Config) -> Iterator[Found]:
    try:
        faults = renderer(config).check_all()
    except TemplateFault as broken:
        faults = [broken]
    for fault in faults:
        yield Found(f"template {fault.file}", False, f"line {fault.line}: {fault.message}")
    if not faults:
        yield Found("templates", True)


def _routes(policy: Policy, now: datetime) -> Iterator[Found]:
    """Every category, and every role that the desk itself needs, leads to somebody with an address."""
    roles = [(category.role, f"route {category.key} → {category.role}") for category in policy.categories]
    needed = (routing.HEAD, routing.DIRECTOR, routing.SITE_ADMIN, routing.HOTLINE)
    for role, name in [*roles, *((role, f"role {role}") for role in needed)]:
        people = routing.people(policy, routing.holders(policy, role, now))
        detail = ", ".join(f"{person.name} <{person.address}>" for person in people)
        yield Found(name, bool(people), detail or f"nobody holds the role {role}: name a staff key in [roles]")
    operators = routing.operator_addresses(policy, now)
    yield Found("operator", bool(operators), ", ".join(address for address, _ in operators) or "mend service.operator")
