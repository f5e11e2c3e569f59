"""A store on each engine, and the appeals, letters and mails that its tests put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from maildesk.model import (
    Author,
    Capacity,
    Channel,
    Direction,
    Kind,
    Letter,
    Message,
    Recipient,
    SeenKey,
    Term,
    TermClock,
    Ticket,
)
from maildesk.store import Store

NOW = datetime(2026, 11, 24, 9, 30, 15, 123456, tzinfo=UTC)


@dataclass
class Database:
    """A database of either engine: `store` is open on it, `another()` opens one more."""

    url: str
    directory: Path
    opened: list[Store] = field(default_factory=list)

    def another(self) -> Store:
        store = Store(self.url, self.directory)
        store.open()
        self.opened.append(store)
        return store

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def close(self) -> None:
        for store in self.opened:
            store.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database, once on SQLite and once on PostgreSQL."""
    url = "sqlite:///desk.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    found = Database(url, tmp_path)
    yield found
    found.close()


@pytest.fixture
def store(database: Database) -> Store:
    """An open store on an empty database of either engine."""
    return database.another()


@pytest.fixture
def desk_file(tmp_path: Path) -> Iterator[Store]:
    """An open store on SQLite, for what only a file can suffer."""
    store = Store("sqlite:///desk.db", tmp_path)
    store.open()
    yield store
    store.close()


@dataclass(frozen=True)
class Make:
    """Makes values of the model with as little said as a test needs."""

    now: datetime = NOW

    def later(self, **duration: float) -> datetime:
        return self.now + timedelta(**duration)

    def key(self, uid: int | str = 1, source: str = "imap:support", uidvalidity: int = 7) -> SeenKey:
        return SeenKey(source, uidvalidity, str(uid))

    def ticket(self, email: str = "parent@home.example", **values: Any) -> Ticket:
        author = values.pop("author", Author(name="Иван Петров", email=email, addresses=(email,)))
        terms = values.pop("terms", (self.clock(Term.DISPATCH, minutes=30), self.clock(Term.CLOSE, hours=24)))
        values.setdefault("received_at", self.now)
        return Ticket(subject="Не печатает", channel=Channel.EMAIL, author=author, terms=terms, **values)

    def clock(self, term: Term, **duration: float) -> TermClock:
        return TermClock(term, self.now, self.later(**duration), who="ivanova")

    def message(self, text: str = "Принтер не печатает.", **values: Any) -> Message:
        values = {"direction": Direction.IN, "kind": "appeal", "sender": "parent@home.example"} | values
        return Message(to="support@school.example", at=self.now, text=text, **values)

    def letter(self, uid: str, ticket: int | None = None, **values: Any) -> Letter:
        values = {
            "kind": Kind.RECEIPT,
            "to": Recipient("parent@home.example", "Иван Петров", "author"),
            "capacity": Capacity.AUTHOR,
            "subject": "[MD-1] Ваше обращение",
            "data": b"Subject: x\r\n\r\n\x00\xff",
            "created_at": self.now,
            "message_id": f"<{uid}@desk.example>",
        } | values
        return Letter(uid=uid, ticket=ticket, **values)


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture
def saved(store: Store, make: Make) -> Callable[..., Ticket]:
    """Stores a ticket and gives it back with its number."""

    def save(*args: Any, **values: Any) -> Ticket:
        with store.transaction():
            return store.save(make.ticket(*args, **values))

    return save
