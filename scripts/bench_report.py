"""Time and memory of the weekly report over 100,000 tickets of two years, in a process of its own; and the letter itself, to look at."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "reports"), str(TESTS.parent)]

#: A Friday at 16:00 in Moscow.
UNTIL = datetime(2026, 11, 20, 13, tzinfo=UTC)
CONFIG = """
[service]
name = "Служба сопровождения дистанционного обучения"
organisation = "Школа № 167"
address = "support@school.example"
secret = "0123456789abcdef0123456789abcdef"
[[mailbox]]
host = "127.0.0.1"
tls = "none"
user = "support"
password = "none"
[smtp]
host = "127.0.0.1"
tls = "none"
"""


def write_config(folder: Path) -> Path:
    """A school's configuration, with the people of the tests."""
    from office import CATEGORIES, ROLES, STAFF

    staff = "".join(f'[staff.{key}]\nname = "{name}"\nemail = "{mail}"\n' for key, (name, mail) in STAFF.items())
    roles = "[roles]\n" + "".join(f'{role} = "{holder}"\n' for role, holder in ROLES.items())
    path = folder / "config.toml"
    path.write_text(CONFIG + staff + roles + CATEGORIES, encoding="utf-8")
    path.chmod(0o600)
    return path


def fill(path: Path, count: int, days: int) -> None:
    """The history, stored."""
    from made_history import history

    from maildesk.config import load
    from maildesk.store import Store

    config = load(path)
    store = Store(config.database.url, config.directory)
    store.open()
    with store.transaction():
        for ticket in history(count, UNTIL, days):
            store.save(ticket)
    store.close()


def measure(path: Path, html: Path | None) -> None:
    """Make the weekly report and compose its letter; print seconds and peak memory of this process."""
    from maildesk.config import load
    from maildesk.desk.letters import report_letters
    from maildesk.model import Kind, Thread
    from maildesk.outbox.compose import compose
    from maildesk.wiring import Desk

    desk = Desk.of(load(path), lambda: UNTIL)
    desk.store.open()
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.perf_counter()
    view = desk.ticks.weekly_view(UNTIL)
    figures = time.perf_counter() - started
    outgoing = report_letters(desk.policy, Kind.WEEKLY_REPORT, ("sidorov",), view)[0]
    letter = compose(
        outgoing, thread=Thread(), policy=desk.policy, uid="a" * 10, token="", now=UNTIL, renderer=desk.post.renderer
    )
    whole = time.perf_counter() - started
    desk.store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  view with charts and files {figures:5.2f} s, with the letter {whole:5.2f} s ({len(letter.data) / 1e6:.1f} MB)"
    )
    print(f"  memory {idle:.0f} MB before, {peak:.0f} MB at its peak")
    if html is not None:
        html.write_text(page_of(letter.data), encoding="utf-8")


def page_of(data: bytes) -> str:
    """The letter's HTML with its pictures inside, as a browser can show it."""
    import base64
    from email import message_from_bytes, policy

    message = message_from_bytes(data, policy=policy.default)
    part = message.get_body(("html",))
    page = str(part.get_content()) if part is not None else ""
    for picture in message.walk():
        if picture["Content-ID"]:
            content = base64.b64encode(picture.get_payload(decode=True)).decode()
            page = page.replace(f"cid:{str(picture['Content-ID'])[1:-1]}", f"data:image/png;base64,{content}")
    return page


def main() -> None:
    """Print the figures of one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--html", type=Path, help="write the letter's HTML there")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is not None:
        measure(options.measure, options.html)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = write_config(Path(folder))
        fill(path, options.tickets, options.days)
        print(f"weekly report over {options.tickets} tickets of {options.days} days:", flush=True)
        more = ["--html", str(options.html)] if options.html else []
        subprocess.run([sys.executable, __file__, "--measure", str(path), *more], check=True)


if __name__ == "__main__":
    main()
