"""Fixtures of the scenes: an office on a real Dovecot and a real SMTP server."""

from __future__ import annotations

from pathlib import Path

import pytest
from office import Make, Office
from servers.dovecot import Dovecot
from servers.smtp import SmtpSink


@pytest.fixture
def office(dovecot: Dovecot, smtp_sink: SmtpSink, tmp_path: Path) -> Office:
    """A desk with an empty mailbox, on SQLite."""
    return Office(dovecot, smtp_sink, tmp_path)


@pytest.fixture
def make_office(dovecot: Dovecot, smtp_sink: SmtpSink, tmp_path: Path) -> Make:
    """A desk made to measure."""

    def make(**options: object) -> Office:
        return Office(dovecot, smtp_sink, tmp_path, **options)  # type: ignore[arg-type]

    return make
