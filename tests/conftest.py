"""Fixtures that several rooms' tests share: real servers on loopback, and a loud word where one is not installed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from servers.dovecot import Dovecot, Profile, find_dovecot
from servers.postgres import Postgres, find_postgres
from servers.smtp import SmtpSink

_absent: dict[str, int] = {}
_WANTED = re.compile(r"NOT RUN: no (\S.*?\))")


def _skip_for(program: str, package: str) -> None:
    pytest.skip(f"NOT RUN: no {program} (apt-get install {package})")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What a worker process left out is counted by the one that prints."""
    for line in str(report.longrepr).splitlines() if report.skipped else ():
        found = _WANTED.search(line)
        if found:
            _absent[found[1]] = _absent.get(found[1], 0) + 1
            break


def pytest_unconfigure(config: pytest.Config) -> None:
    """Tests that were left out for want of a server are counted after the very last line, where nobody can overlook them."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    for name, count in _absent.items():
        words = f"ATTENTION: {count} tests were NOT run: no {name}"
        if reporter is not None:
            reporter.write_line(words, red=True, bold=True)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A user of a running Dovecot whose mailbox is empty."""

    server: Dovecot
    user: str
    password: str

    def deliver(self, data: bytes, folder: str = "INBOX") -> None:
        self.server.deliver(self.user, data, folder)

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        return self.server.mails(self.user, folder)


@pytest.fixture(scope="session")
def dovecots() -> Iterator[Callable[[Profile], Dovecot]]:
    """A running Dovecot of the profile asked for; each is started once."""
    running: dict[Profile, Dovecot] = {}

    def of(profile: Profile) -> Dovecot:
        if find_dovecot() is None:
            _skip_for("Dovecot", "dovecot-imapd dovecot-lmtpd")
        if profile not in running:
            running[profile] = Dovecot(profile)
            running[profile].start()
        return running[profile]

    yield of
    for server in running.values():
        server.destroy()


@pytest.fixture
def dovecot(dovecots: Callable[[Profile], Dovecot]) -> Dovecot:
    """The Dovecot that offers everything; it lives as long as the session."""
    return dovecots(Profile.FULL)


@pytest.fixture
def new_mailbox() -> Callable[[Dovecot], Mailbox]:
    """Makes a fresh user on a server."""

    def make(server: Dovecot) -> Mailbox:
        user = f"support{server.next_number()}@school.example"
        return Mailbox(server, user, server.add_user(user))

    return make


@pytest.fixture
def mailbox(dovecot: Dovecot, new_mailbox: Callable[[Dovecot], Mailbox]) -> Mailbox:
    """A fresh user on the full Dovecot."""
    return new_mailbox(dovecot)


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """An SMTP server without TLS or log-in that keeps all it is sent."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="session")
def _postgres() -> Iterator[Callable[[], Postgres]]:
    running: list[Postgres] = []

    def get() -> Postgres:
        if find_postgres() is None:
            _skip_for("PostgreSQL", "postgresql")
        if not running:
            server = Postgres()
            server.start()
            running.append(server)
        return running[0]

    yield get
    for server in running:
        server.destroy()


@pytest.fixture
def postgres_url(_postgres: Callable[[], Postgres]) -> str:
    """The URL of a fresh, empty PostgreSQL database."""
    return _postgres().new_database()
