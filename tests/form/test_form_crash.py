"""kill -9 at every step while a thousand appeals pass: what got a number is offered, once under one id, and never lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import httpx
import pytest
from form.running import Desk, Parent, Shown

APPEALS = 1000
PARENTS = 4
#: Where it dies, and at which passing of it: early, and in the middle of the stream.
DEATHS = [
    (step, passing)
    for passing in (1, 8, 20)
    for step in ("checked", "stored", "committed", "answered", "listed", "acking", "acked", "ack-answered")
]


class Mortal:
    """The form's process, started anew on the same socket and spool each time it dies."""

    def __init__(self, directory: Path, listener: socket.socket) -> None:
        self.directory, self.listener = directory, listener
        self.process: subprocess.Popen[bytes] | None = None
        self.died: list[str] = []
        self._live = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        assert self.process is not None
        self.process.kill()
        self._thread.join(30)

    def _run(self) -> None:
        deaths: Iterator[tuple[str, int]] = iter(DEATHS)
        while not self._stop.is_set():
            step, passing = next(deaths, ("", 0))
            self.process = self._spawn(step, passing)
            code = self.process.wait()
            if not self._stop.is_set():
                assert code == -signal.SIGKILL, f"the form left by itself with {code} (wanted: {step})"
                self.died.append(step)

    def _spawn(self, step: str, passing: int) -> subprocess.Popen[bytes]:
        here = Path(__file__).parent
        paths = [str(here.parent.parent), str(here.parent)]
        command = [sys.executable, str(here / "dying_form.py"), str(self.directory), str(self.listener.fileno())]
        return subprocess.Popen(
            [*command, *([step, str(passing)] if step else [])],
            pass_fds=(self.listener.fileno(),),
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Mortal]:
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        form = Mortal(tmp_path, listener)
        form.start()
        yield form
        form.stop()


def _stubborn(parent: Parent, text: str) -> str:
    """Send one form until its number is seen, as a person presses «Отправить» again after «Нет связи»."""
    opened: Shown | None = None
    while True:
        try:
            opened = opened or parent.open()
            sent = parent.send(opened, text=text)
        except httpx.TransportError:
            continue
        assert sent.number, sent.summary
        return sent.number


def _fetch(url: str, taken: dict[str, str], done: threading.Event) -> None:
    """A desk that takes each id once, and whose acknowledgements get lost now and then."""
    desk, cursor, calls = Desk(url), "", 0
    while True:
        finished = done.is_set()
        try:
            page = desk.page(cursor, 20)
            for appeal in page["appeals"]:
                taken.setdefault(appeal["id"], appeal["fields"]["text"])
            calls += 1
            if calls % 5:
                desk.ack(*(appeal["id"] for appeal in page["appeals"]))
                cursor = page["cursor"]
            else:
                cursor = ""
            if finished and not page["appeals"] and not desk.appeals():
                return
        except httpx.TransportError:
            continue


def test_a_thousand_appeals_outlive_a_death_at_every_step(mortal: Mortal) -> None:
    url = f"http://127.0.0.1:{mortal.listener.getsockname()[1]}"
    taken: dict[str, str] = {}
    done = threading.Event()
    fetcher = threading.Thread(target=_fetch, args=(url, taken, done), daemon=True)
    fetcher.start()

    def send_all(who: int) -> list[tuple[str, str]]:
        parent = Parent(url)
        sent: list[tuple[str, str]] = []
        for number in count(who, PARENTS):
            # A slow machine may need a few more until every death has been died.
            if number >= APPEALS and len(mortal.died) == len(DEATHS):
                return sent
            text = f"Обращение {number}"
            sent.append((text, _stubborn(parent, text)))
        raise AssertionError

    with ThreadPoolExecutor(PARENTS) as pool:
        answered = dict(pair for pairs in pool.map(send_all, range(PARENTS)) for pair in pairs)
    done.set()
    fetcher.join(60)
    assert not fetcher.is_alive()
    assert mortal.died == [step for step, _ in DEATHS]
    assert len(answered) >= APPEALS
    assert sorted(taken.values()) == sorted(answered), "each appeal under one id, none lost, none twice"
    assert {text: appeal_id.rpartition("-")[0] for appeal_id, text in taken.items()} == answered, (
        "each under the number that was shown"
    )
