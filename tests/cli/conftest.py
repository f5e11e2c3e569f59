"""Fixtures of the command line's tests: a desk on real servers, and a user who types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from office import Office
from servers.dovecot import Dovecot
from servers.smtp import SmtpSink
from typer.testing import CliRunner

from maildesk.cli import mending, moving, reading, running
from maildesk.cli.app import app

assert all((mending, moving, reading, running)), "importing these joins their commands to the application"

Typed = Callable[..., Result]


@pytest.fixture
def office(dovecot: Dovecot, smtp_sink: SmtpSink, tmp_path: Path) -> Office:
    """A desk with an empty mailbox, on SQLite."""
    return Office(dovecot, smtp_sink, tmp_path)


@pytest.fixture
def typed(office: Office) -> Typed:
    """`maildesk --config … ARGUMENTS` in this process; the result has exit_code, stdout and stderr."""

    def run(*arguments: str) -> Result:
        line = ["--config", str(office.directory / "config.toml"), *arguments]
        return CliRunner().invoke(app, line, env={"COLUMNS": "200"})

    return run
