"""Puts the demo on: servers, form, daemon, people, the day; and takes it all down again."""

from __future__ import annotations

import logging
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType

from rich.console import Console

from maildesk.config import load
from maildesk.daemon import Daemon
from maildesk.demo import archive, cast, day, setting
from maildesk.demo.checklist import Checklist
from maildesk.demo.client import MailProgram
from maildesk.demo.clock import DemoClock, opening
from maildesk.demo.habits import ZONE
from maildesk.demo.post_office import Delivered, PostOffice
from maildesk.demo.screen import Doors, Screen
from maildesk.demo.site import Site
from maildesk.demo.stage import Stage
from maildesk.parse.worker import Worker

#: Everybody's password but the desk's: it guards nothing, and is typed into a mail program by hand.
PASSWORD = "demo"
#: After the day the clock goes like a real one: whoever joins in must not miss terms while they type.
_LIVE_SPEED = 1.0
#: Real seconds that the daemon may take for what it has in hand.
_FINISH = 20.0
#: What writes to the demo's log instead of between the mails on the screen.
_LOGGERS = ("maildesk", "pymap", "asyncio", "uvicorn", "aiosmtplib", "imapclient", "py.warnings")


class Failed(Exception):
    """The demo cannot go on; the message says why."""


def run(directory: Path | None, once: bool, speed: float, out: Console) -> int:
    """Play the day on `out`, at `speed` seconds of it in a real one; mails are kept in `directory` (None: a fresh one).

    Returns 0, or 1 where a step was not seen. Without `once` it goes on after the day until SIGINT or SIGTERM.
    """
    try:
        with _interruptible():
            return _play(_place(directory), once, speed, out)
    except KeyboardInterrupt:
        return 1 if once else 0
    except (Failed, OSError) as error:
        out.print(f"Демонстрация не удалась: {error}", style="bold red", markup=False)
        return 1


def _play(directory: Path, once: bool, speed: float, out: Console) -> int:
    with ExitStack() as stack:
        stack.enter_context(_logging_to(directory / "daemon.log"))
        stage, screen, doors = _set(stack, directory, speed, out)
        day.play(stage)
        screen.outcome(stage.checklist)
        if not once:
            stage.clock.slow_to(_LIVE_SPEED)
            screen.join_in(doors)
            while True:
                stage.alive()
                threading.Event().wait(1)
        return 0 if stage.checklist.complete else 1


def _set(stack: ExitStack, directory: Path, speed: float, out: Console) -> tuple[Stage, Screen, Doors]:
    """Everything running; what `stack` holds takes it down again."""
    site = Site()
    ledger: list[Delivered] = []
    clock = DemoClock(opening(datetime.now(ZONE).date(), ZONE), speed)
    # The people are the configuration's; their mailboxes must stand before the servers' ports are known.
    people = cast.of(load(setting.write(directory, 1, 1, site.url)))
    passwords = {one.email: PASSWORD for one in people.people.values()} | {people.desk: setting.DESK_PASSWORD}
    screen = Screen(out, people)
    mails = directory / "mail"

    def seen(delivered: Delivered) -> None:
        ledger.append(delivered)
        screen.mail(delivered)
        archive.keep(mails, delivered)

    post = stack.enter_context(PostOffice(passwords, clock.now, seen))
    path = setting.write(directory, post.imap.port, post.smtp.port, site.url)
    post.spawn(site.serve(path, clock.now))
    stack.callback(lambda: post.run(site.leave()))
    doors = Doors(passwords, post.imap.port, post.smtp.port, site.url, directory)
    screen.places(doors)
    programs = {
        one.key: MailProgram(one, passwords[one.email], post.imap.port, post.smtp.port)
        for one in people.people.values()
    }
    for program in programs.values():
        stack.callback(program.close)
    # A daemon that has run for a day has its parser's process ready; this one's day begins with the first mail.
    worker = Worker()
    stack.callback(worker.close)
    worker.parse(b"Subject: ready\r\n\r\n")
    alive = stack.enter_context(_working(Daemon(load(path), clock.now, worker)))
    return Stage(people, programs, clock, Checklist(), site.url, screen.heading, alive, ledger), screen, doors


@contextmanager
def _working(daemon: Daemon) -> Iterator[Callable[[], None]]:
    """The daemon in a thread of its own; what is given raises Failed when called after it has died."""
    troubles: list[BaseException] = []

    def work() -> None:
        try:
            daemon.run()
        except BaseException as error:  # a thread's end is told to the one who waits for it
            troubles.append(error)

    thread = threading.Thread(target=work, name="daemon", daemon=True)

    def alive() -> None:
        if not thread.is_alive():
            raise Failed(str(troubles[0]) if troubles else daemon.refusal or "Служба остановилась")

    thread.start()
    while not daemon.ready.wait(0.1):
        alive()
    try:
        yield alive
    finally:
        daemon.stop()
        thread.join(_FINISH)


def _place(directory: Path | None) -> Path:
    place = directory or Path(tempfile.mkdtemp(prefix="maildesk-demo-"))
    if (place / "config.toml").exists():
        raise Failed(f"в {place} уже есть config.toml; нужна новая папка")
    (place / "mail").mkdir(parents=True, exist_ok=True)
    return place.absolute()


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """The journal goes to a file; the screen belongs to the mails."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [(one, one.propagate, one.level) for one in loggers]
    logging.captureWarnings(True)
    for one in loggers:
        one.addHandler(handler)
        one.propagate = False
    logging.getLogger("maildesk").setLevel(logging.INFO)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for one, propagate, level in before:
            one.removeHandler(handler)
            one.propagate = propagate
            one.setLevel(level)
        handler.close()


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends the demo like Ctrl+C, and Ctrl+C does so even where a shell had it ignored (a job in the background)."""

    def leave(number: int, frame: FrameType | None) -> None:
        # What is being taken down is taken down once: a second press must not break that off.
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [(number, signal.signal(number, leave)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
