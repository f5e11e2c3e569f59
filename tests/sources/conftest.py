"""Mailboxes and folders as sources, ready to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from maildesk.sources.imap import Floor, ImapSettings, ImapSource


def present() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def open_source() -> Iterator[Callable[..., ImapSource]]:
    """An ImapSource on a test mailbox; keyword arguments go to its settings. Closed at the end."""
    opened: list[ImapSource] = []

    def make(
        mailbox: Any, *, now: Callable[[], datetime] = present, floor: Floor | None = None, **settings: Any
    ) -> ImapSource:
        source = ImapSource(settings_of(mailbox, **settings), now, floor)
        opened.append(source)
        return source

    yield make
    for source in opened:
        source.close()


def settings_of(mailbox: Any, **settings: Any) -> ImapSettings:
    tls = settings.setdefault("tls", "none")
    server = mailbox.server
    values = {
        "host": server.host,
        "port": server.imaps_port if tls == "implicit" else server.imap_port,
        "user": mailbox.user,
        "password": mailbox.password,
        "tls_context": server.authority.client_context(),
    }
    return ImapSettings(**{**values, **settings})
