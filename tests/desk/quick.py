"""A desk without servers for tests: people, parser, decisions and store of `office`; mails are handed over, letters taken."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from office import Letter, Office

from maildesk.config import load
from maildesk.model import Mail, RawMail, SeenKey
from maildesk.outbox.render import Renderer, shipped_templates
from maildesk.parse import parse
from maildesk.post import Post
from maildesk.store import Store
from maildesk.ticks import Ticks
from maildesk.wiring import Desk

#: More letters than any step of a test causes.
ALL = 1000


class _Parser:
    """The parser without its process."""

    def parse_many(self, raws: Sequence[bytes]) -> list[Mail]:
        return [parse(raw) for raw in raws]


class _Source:
    """Mails that are handed over; what is settled is only counted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.settled: list[tuple[SeenKey, str]] = []

    def settle(self, keys: Sequence[SeenKey], fate: str) -> None:
        self.settled += [(key, fate) for key in keys]


@functools.cache
def _renderer(language: str) -> Renderer:
    """Templates compiled once for all tests: that takes longer than a scene."""
    return Renderer([shipped_templates()], language)


def _wired(office: Quick) -> Desk:
    config = load(office.directory / "config.toml")
    policy = config.policy(office.now.astimezone(config.service.zone).date())
    store = Store(config.database.url, config.directory)
    post = Post(store, policy, _renderer(config.service.language))
    return Desk(config, policy, store, post, Ticks(store, policy, post), lambda: office.now)


class Quick(Office):
    """An `Office` whose mailbox is a list and whose outbox is emptied by hand; `category` is the mailbox's own."""

    category = ""

    def __init__(self, directory: Path, **options: Any) -> None:
        self.category = options.pop("category", "")
        server = SimpleNamespace(
            imap_port=1, next_number=lambda: 1, add_user=lambda user: "secret", password=lambda user: "secret"
        )
        super().__init__(server, SimpleNamespace(port=1, mails=[]), directory, **options)  # type: ignore[arg-type]
        self._waiting: list[RawMail] = []
        self._desk: Desk | None = None
        self.source = _Source("quick")

    @property
    def desk(self) -> Desk:
        if self._desk is None:
            self._desk = _wired(self)
            self._desk.store.open()
            self._desk.store.first_start(self.now)
        return self._desk

    def restart(self) -> None:
        """The configuration is read anew."""
        self.close()
        self.write_config()

    def close(self) -> None:
        if self._desk is not None:
            self._desk.store.close()
            self._desk = None

    def deliver(self, message: Any) -> None:
        data = message if isinstance(message, bytes) else message.as_bytes()
        key = SeenKey(self.source.name, 1, str(next(self._numbers)))
        self._waiting.append(RawMail(key, data, self.now, len(data)))

    def work(self) -> list[Letter]:
        """All that waits is handled, and what is due; the letters that would leave now."""
        desk, now = self.desk, self.now
        arrivals = desk.arrivals(_Parser())  # type: ignore[arg-type]
        if self.category:
            arrivals.hints[self.source.name] = self.category
        for raw in self._waiting:
            arrivals.batch(self.source, [raw], now)  # type: ignore[arg-type]
        self._waiting.clear()
        desk.ticks.people(now)
        desk.ticks.terms(now, now)
        letters = [claimed.letter for claimed in desk.store.claim_due(now, ALL)]
        if letters:
            desk.store.mark_sent([letter.uid for letter in letters], now, "250 ok")
        return [Letter(letter.to.address, letter.data) for letter in letters]
