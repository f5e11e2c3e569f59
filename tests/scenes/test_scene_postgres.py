"""Scenes on PostgreSQL: the same day as on SQLite, two daemons that share the work, backends that are killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from office import Make, Office, kinds, one

PARENT = "Мама Пети <mama@mail.example>"
PATIENCE = 60.0


@pytest.fixture
def office(make_office: Make, postgres_url: str) -> Office:
    """A desk on a fresh PostgreSQL database, whose mails are of now: processes of their own go by the machine's clock."""
    return make_office(url=postgres_url, now=datetime.now(UTC))


@contextlib.contextmanager
def daemons(office: Office, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many `maildesk run` at once."""
    line = [sys.executable, "-m", "maildesk", "--config", str(office.directory / "config.toml"), "run"]
    with open(office.directory / "daemon.log", "ab") as log:
        processes = [subprocess.Popen(line, stdout=log, stderr=log, env=dict(os.environ)) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
            process.wait()


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"never happened: {what}")


def ids(office: Office) -> list[bytes]:
    return [mail.data.split(b"Message-ID: ")[1].split(b"\r\n")[0] for mail in office.sink.mails]


def test_a_ticket_lives_its_whole_life(office: Office) -> None:
    """Opened, taken, missed by nobody, answered, reopened; a second look changes nothing."""
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    letters = office.work()
    assert kinds(letters) == [("assignment", "smirnov"), ("receipt", "mama")]
    assert office.work() == []
    assignment = one(letters, "assignment")
    office.reply(assignment, "[TAKEN]")
    office.work()
    office.reply(assignment, "[CLOSED] Обновите страницу")
    answer = one(office.work(), "answer")
    assert office.show("MD-1")["state"] == "closed"
    office.reply(answer, "Не помогло")
    assert kinds(office.work()) == [("author-reply", "smirnov")]
    office.step(hours=1)
    assert kinds(office.work()) == [("escalation", "sidorov"), ("reminder", "smirnov")]


def test_two_daemons_share_the_work_and_do_nothing_twice(office: Office) -> None:
    """Ten mails, two daemons, one of them killed: ten tickets and twenty letters, each once or under one Message-ID."""
    with daemons(office, 2) as (first, second):
        for number in range(10):
            office.write(f"parent{number}@mail.example", f"[TECH] Звук {number}", f"Нет звука {number}")
        until(lambda: len(set(ids(office))) >= 6, "the first letters")
        first.kill()
        first.wait()
        # What the dead one had in hand is freed by the living one's housekeeping, or at the latest by the next start.
        until(lambda: office.dovecot.mails(office.user) == [], "an empty inbox")
        second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=30) == 0
    office.now = datetime.now(UTC) + timedelta(minutes=10)
    office.work()
    assert len(set(ids(office))) == 20
    assert office.command("show", "MD-11").returncode == 1
    assert len(office.dovecot.mails(office.user, "Processed")) == 10


def test_killed_backends_are_survived(office: Office, postgres_url: str) -> None:
    """The server ends every session while the daemon works: it connects anew, nothing is lost or doubled."""
    import psycopg

    with daemons(office, 1) as (daemon,):
        for number in range(6):
            office.write(f"parent{number}@mail.example", f"[TECH] Звук {number}", f"Нет звука {number}")
            with psycopg.connect(postgres_url, autocommit=True) as server:
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        until(lambda: len(set(ids(office))) == 12, "all letters")
        until(lambda: office.dovecot.mails(office.user) == [], "an empty inbox")
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=30) == 0
    assert office.command("show", "MD-7").returncode == 1
