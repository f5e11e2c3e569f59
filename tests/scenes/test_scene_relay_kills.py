"""The desk's end of the relay under kill -9: however often the daemon dies, each appeal becomes one ticket.

MAILDESK_APPEALS sets how many pass (60 by default, so that the suite stays short; 1000 for the whole proof)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from form.running import TOKEN, Form, serving, settings_for
from office import Make, Office

APPEALS = int(os.environ.get("MAILDESK_APPEALS", "60"))
#: Where the daemon dies, in turn: (place, the how manieth time it passes there).
DEATHS = (
    ("arrivals.fetched", 1),
    ("arrivals.parsed", 1),
    ("arrivals.decided", 7),
    ("arrivals.before-commit", 1),
    ("arrivals.after-commit", 1),
    ("arrivals.settled", 1),
    ("departures.after-send", 5),
) + ((("arrivals.decided", 25), ("arrivals.after-commit", 2)) if APPEALS >= 200 else ())
#: A daemon that should have died at its place has after so many seconds nothing left to pass it with.
PATIENCE = 40


def fill(form: Form, number: int) -> None:
    email = f"parent{number}@mail.ru"
    assert form.parent().fill(text=f"Не открывается урок {number}", email=email).number


def die_at(office: Office, place: str, nth: int) -> int | None:
    """Run the daemon until it kills itself there; its return code, None where it never came there."""
    line = [sys.executable, "-m", "maildesk", "--config", str(office.directory / "config.toml"), "run"]
    with open(office.directory / "daemon.log", "ab") as log:
        environment = {**os.environ, "MAILDESK_FAILPOINT": f"{place}:{nth}"}
        process = subprocess.Popen(line, stderr=log, stdout=log, env=environment)
    try:
        return process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait(timeout=PATIENCE)
        return None


def test_every_appeal_is_one_ticket_whatever_is_killed_when(make_office: Make, tmp_path: Path) -> None:
    """Killed at each step in turn, the daemon makes exactly one ticket of each appeal, and the relay is left with none."""
    (tmp_path / "form").mkdir()
    with serving(settings_for(tmp_path / "form")) as page:
        with ThreadPoolExecutor(4) as parents:
            list(parents.map(lambda number: fill(page, number), range(APPEALS)))
        office = make_office(sections={"relay": f'url = "{page.url.rstrip("/")}"\ntoken = "{TOKEN}"\npoll = "1s"'})
        deaths = sum(die_at(office, place, nth) == -signal.SIGKILL for place, nth in DEATHS)
        done = office.command("run", "--once")
        assert done.returncode == 0, done.stderr
        assert page.desk().appeals() == []
    listed = json.loads(office.command("tickets", "--json").stdout)["tickets"]
    counts = Counter(ticket["author"]["email"] for ticket in listed)
    assert counts == {f"parent{number}@mail.ru": 1 for number in range(APPEALS)}
    assert deaths >= 3
