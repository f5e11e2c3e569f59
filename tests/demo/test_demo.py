"""`maildesk demo --once`, as a user types it: the whole story over real IMAP and SMTP."""

from __future__ import annotations

import email
import email.policy
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

#: Lines that the checklist must hold: one of each scene.
LANDMARKS = (
    "Мама получила решение",
    "Мама подделки не получила",
    "Учитель получила решение",
    "Ученик получил ответ",
    "Звонок отмечен",
    "Руководитель узнал, что обращение не взято",
    "Папа знает новый срок",
    "Руководитель получил отчёт о звонках",
    "Слов ученика не видел никто, кроме психолога",
)


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command with its input closed, as in a pipeline."""
    return subprocess.run(
        [sys.executable, "-m", "maildesk", "demo", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
        env={**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"},
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """One whole day; the tests below look at what it left."""
    directory = tmp_path_factory.mktemp("demo")
    return demo("--once", "--dir", str(directory)), directory


def test_every_step_of_the_story_is_seen(played: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """Status 0, each landmark ticked off, nothing crossed out, nothing on stderr."""
    result, _ = played
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    ticked = [line.removeprefix("✓ ") for line in result.stdout.splitlines() if line.startswith("✓ ")]
    assert [one for one in LANDMARKS if one not in ticked] == []
    assert "✗" not in result.stdout
    assert "до обоих писем (уведомление и поручение)" in result.stdout
    assert result.stderr == ""


def test_each_mail_is_kept_as_a_file_in_its_order(played: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """Numbers without a gap, and the kind in the name is the kind in the header."""
    _, directory = played
    files = sorted((directory / "mail").glob("*.eml"))
    assert [int(file.name[:3]) for file in files] == list(range(1, len(files) + 1))
    for file in files:
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        kind = message["X-Maildesk-Kind"] or "mail"
        assert file.name[4:].startswith(f"{kind}-")


def test_it_says_how_to_join_in(played: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """The form's address, both servers, an account for the guest, and where the mails are."""
    result, directory = played
    for line in (r"http://127\.0\.0\.1:\d+/", r"IMAP +127\.0\.0\.1, порт \d+", r"SMTP +127\.0\.0\.1, порт \d+"):
        assert re.search(line, result.stdout)
    assert "guest@mail.example, пароль demo" in result.stdout
    assert str(directory / "mail") in result.stdout


def test_a_folder_that_holds_a_desk_is_left_alone(tmp_path: Path) -> None:
    """A configuration that is there already is somebody's: nothing is written, and the reason is said."""
    (tmp_path / "config.toml").write_text("mine")
    result = demo("--once", "--dir", str(tmp_path))
    assert result.returncode == 1
    assert "config.toml" in result.stdout + result.stderr
    assert (tmp_path / "config.toml").read_text() == "mine"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_when_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl+C in the middle of the day takes everything down: status 0, no traceback."""
    line = [sys.executable, "-u", "-m", "maildesk", "demo", "--dir", str(tmp_path)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert any("поручение MD-1" in shown for shown in process.stdout), process.stderr.read()
        process.send_signal(number)
        process.stdout.read()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 0
