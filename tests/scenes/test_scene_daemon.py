"""The daemon as a process: mail is noticed by IDLE, signals end it, a second one is refused, a kill loses nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from office import Office, kinds

PARENT = "Мама Пети <mama@mail.example>"
#: A process on a busy machine may take long to start; nothing here asserts how long.
PATIENCE = 60.0


@pytest.fixture(autouse=True)
def _the_real_clock(office: Office) -> None:
    """Processes of their own go by the machine's clock, so these mails are of now."""
    office.now = datetime.now(UTC)


@contextlib.contextmanager
def running(office: Office, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`maildesk run` as a process of its own; ended with the block."""
    line = [sys.executable, "-m", "maildesk", "--config", str(office.directory / "config.toml"), "run"]
    with open(office.directory / "daemon.log", "ab") as log:
        process = subprocess.Popen(line, stderr=log, stdout=log, env={**os.environ, **environment})
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def log_of(office: Office) -> str:
    return (office.directory / "daemon.log").read_text(encoding="utf-8")


def until(condition: object, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.02)
    raise AssertionError(f"never happened: {what}")


def letters_of(office: Office, kind: str) -> int:
    return sum(f"X-Maildesk-Kind: {kind}".encode() in one.data for one in office.sink.mails)


def test_mail_is_noticed_while_the_daemon_waits(office: Office) -> None:
    """A mail delivered while the daemon idles becomes a receipt and an assignment; SIGTERM ends it with status 0."""
    office.write(PARENT, "[TECH] Первое", "до старта")
    with running(office) as daemon:
        until(lambda: letters_of(office, "assignment") == 1, "the first assignment")
        office.now = datetime.now(UTC)
        office.write(PARENT.replace("mama", "papa"), "[TECH] Второе", "во время работы")
        until(
            lambda: letters_of(office, "assignment") == 2 and letters_of(office, "receipt") == 2,
            "both letters of the second",
        )
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=20) == 0, log_of(office)
    assert len(office.dovecot.mails(office.user, "Processed")) == 2
    assert office.dovecot.mails(office.user) == []


def test_a_second_daemon_on_one_file_is_refused(office: Office) -> None:
    """One SQLite file has one daemon: the second says so in one line and exits 1."""
    with running(office) as daemon:
        until(lambda: "started daemon" in log_of(office), "the first daemon's start")
        second = office.command("run")
        assert second.returncode == 1
        assert "Traceback" not in second.stderr and second.stderr.strip()
        assert daemon.poll() is None


@pytest.mark.parametrize(
    "place",
    [
        "arrivals.fetched",
        "arrivals.parsed",
        "arrivals.decided",
        "arrivals.before-commit",
        "arrivals.after-commit",
        "departures.claimed",
        "departures.before-send",
        "departures.after-send",
        "departures.recorded",
    ],
)
def test_a_kill_loses_and_doubles_nothing(office: Office, place: str) -> None:
    """Killed at any step, a restart makes one ticket, and every letter goes out; twice only under one Message-ID, and only when
    the kill came between the server's answer and its record."""
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    with running(office, MAILDESK_FAILPOINT=f"{place}:1") as daemon:
        assert daemon.wait(timeout=PATIENCE) == -signal.SIGKILL
    with running(office):
        until(lambda: letters_of(office, "assignment") >= 1 and letters_of(office, "receipt") >= 1, "both letters")
        until(lambda: office.dovecot.mails(office.user) == [], "an empty inbox")
        until(lambda: "retired" in states(office), "all letters on record")
    assert len(office.dovecot.mails(office.user, "Processed")) == 1
    shown = office.show("MD-1")
    assert [event["event"] for event in shown["history"]].count("opened") == 1
    assert office.command("show", "MD-2").returncode == 1
    ids = [mail.data.split(b"Message-ID: ")[1].split(b"\r\n")[0] for mail in office.sink.mails]
    assert len(set(ids)) == 2
    # Two connections are at work: either's letter may be between its 250 and its record at the kill.
    allowed = 4 if place in ("departures.after-send", "departures.recorded") else 2
    assert len(ids) <= allowed


def states(office: Office) -> str:
    """'retired' once nothing of the outbox waits."""
    return "retired" if '"letters": []' in office.command("outbox", "--json").stdout else ""


def test_a_batch_that_died_is_finished_whole(office: Office) -> None:
    """Ten mails in hand at a kill become ten tickets."""
    for number in range(10):
        office.write(f"parent{number}@mail.example", "[TECH] Звук", f"Нет звука {number}")
    with running(office, MAILDESK_FAILPOINT="arrivals.after-commit:1") as daemon:
        assert daemon.wait(timeout=PATIENCE) == -signal.SIGKILL
    office.now = datetime.now(UTC)
    assert kinds(office.work()).count(("assignment", "smirnov")) == 10
    assert len(office.dovecot.mails(office.user, "Processed")) == 10


def test_a_server_that_hangs_does_not_keep_the_daemon(office: Office) -> None:
    """SIGTERM while a letter hangs at the dot: the daemon leaves, and the next one sends the letter under the same Message-ID."""
    from servers.smtp import Stage

    office.sink.hang(Stage.DOT, kept=True)
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    with running(office) as daemon:
        until(lambda: len(office.sink.mails) == 2, "both letters at the hanging server")
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=10) == 0, log_of(office)
    office.sink.behave()
    office.now = datetime.now(UTC)
    office.work()
    ids = [mail.data.split(b"Message-ID: ")[1].split(b"\r\n")[0] for mail in office.sink.mails]
    assert len(ids) == 4 and len(set(ids)) == 2
