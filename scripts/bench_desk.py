"""Tickets a second: 500 mails that wait in a local Dovecot, each to a stored ticket, a receipt and an assignment in an SMTP sink,
beside a plain script that only fetches, parses, commits and sends the same mails. One run, one ratio: absolute times are the machine's."""

from __future__ import annotations

import argparse
import asyncio
import email
import email.policy
import multiprocessing
import smtplib
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from email.message import EmailMessage
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from imapclient import IMAPClient
from office import Office
from servers.dovecot import Dovecot

from maildesk.config import load
from maildesk.daemon import Daemon, now_utc


def mails(count: int) -> list[bytes]:
    """Appeals of as many parents, in ordinary sizes, every fifth with a picture of 60 kB."""
    made = []
    for number in range(count):
        message = EmailMessage()
        message["From"] = f"Родитель {number} <parent{number}@mail.example>"
        message["To"] = "support@school.example"
        message["Subject"] = f"[ТЕХ] Не открывается урок {number}"
        message["Message-ID"] = f"<bench.{number}.{time.time_ns()}@mail.example>"
        message["Date"] = "Mon, 23 Nov 2026 09:00:00 +0300"
        message.set_content(f"Здравствуйте!\n\nУ ребёнка не открывается урок {number}.\n" + "Подробности. " * 40)
        if number % 5 == 0:
            message.add_attachment(bytes(60_000), maintype="image", subtype="png", filename="снимок.png")
        made.append(message.as_bytes(policy=email.policy.SMTP))
    return made


class _Taker(asyncio.Protocol):
    """One connection of a server that takes everything at once: what it does is not what is measured."""

    def __init__(self, taken: list[None]) -> None:
        self._taken, self._held, self._in_data = taken, bytearray(), False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast(asyncio.Transport, transport)
        self._wire.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._held += data
        while self._held:
            mark = b"\r\n.\r\n" if self._in_data else b"\r\n"
            # Only the new end can hold what was not there before.
            end = self._held.find(mark, max(0, len(self._held) - len(data) - len(mark)))
            if end < 0:
                return
            line = bytes(self._held[: min(end, 8)]).upper()
            del self._held[: end + len(mark)]
            data = bytes(self._held)
            self._wire.write(b"250 taken\r\n" if self._in_data else self._answer(line))
            if self._in_data:
                self._taken.append(None)
            self._in_data = not self._in_data and line.startswith(b"DATA")

    def _answer(self, line: bytes) -> bytes:
        known = {b"EHLO": b"250-sink\r\n250 SIZE 50000000\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
        return known.get(line[:4], b"250 fine\r\n")


async def _take(pipe: Connection) -> None:
    taken: list[None] = []
    server = await asyncio.get_running_loop().create_server(lambda: _Taker(taken), "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    while await asyncio.to_thread(pipe.recv):
        pipe.send(len(taken))


def _sink(pipe: Connection) -> None:
    asyncio.run(_take(pipe))


class Sink:
    """An SMTP server in a process of its own, as in life: its work is not the desk's."""

    def __enter__(self) -> Sink:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=_sink, args=(theirs,), daemon=True)
        self._process.start()
        self.port = int(self._pipe.recv())
        return self

    def count(self) -> int:
        """How many mails it has taken so far."""
        self._pipe.send(True)
        return int(self._pipe.recv())

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def desk_run(dovecot: Dovecot, waiting: list[bytes]) -> float:
    """Seconds that the desk takes for all of them, from the first look to the last letter on record."""
    with Sink() as sink, tempfile.TemporaryDirectory() as folder:
        office = Office(dovecot, sink, Path(folder))
        dovecot.deliver_many(office.user, waiting)
        daemon = Daemon(load(office.directory / "config.toml"), now_utc)
        daemon._worker.parse_many([waiting[0]])
        started = time.perf_counter()
        daemon.once()
        spent = time.perf_counter() - started
        letters = sink.count()
        assert letters == 2 * len(waiting), f"{letters} letters for {len(waiting)} mails"
        return spent


def plain_run(dovecot: Dovecot, waiting: list[bytes]) -> float:
    """Seconds of a script without any of the desk's care: fetch, parse, one commit and two mails each, move."""
    user = f"plain{dovecot.next_number()}@school.example"
    dovecot.add_user(user)
    dovecot.deliver_many(user, waiting)
    with Sink() as sink, tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        base = sqlite3.connect(Path(folder) / "plain.db")
        base.execute("create table ticket (id integer primary key, sender text, subject text, body text)")
        client = IMAPClient("127.0.0.1", dovecot.imap_port, ssl=False)
        client._imap.debug = 0
        client.login(user, dovecot.password(user))
        client.create_folder("Processed")
        client.select_folder("INBOX")
        server = smtplib.SMTP("127.0.0.1", sink.port)
        for uid in client.search():
            raw = client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
            mail = email.message_from_bytes(raw, policy=email.policy.default)
            body = mail.get_body(("plain",))
            row = (str(mail["From"]), str(mail["Subject"]), body.get_content() if body else "")
            base.execute("insert into ticket (sender, subject, body) values (?, ?, ?)", row)
            base.commit()
            for recipient in (str(mail["From"].addresses[0].addr_spec), "smirnov@school.example"):
                letter = EmailMessage()
                letter["From"], letter["To"], letter["Subject"] = "support@school.example", recipient, row[1]
                letter.set_content(row[2])
                server.send_message(letter)
            client.move([uid], "Processed")
        server.quit()
        client.logout()
        spent = time.perf_counter() - started
        assert sink.count() == 2 * len(waiting)
        return spent


def latencies(dovecot: Dovecot, waiting: list[bytes]) -> list[float]:
    """Seconds from each mail's delivery until both its letters are taken, a mail at a time, while the daemon runs and IDLEs."""
    delays = []
    with Sink() as sink, tempfile.TemporaryDirectory() as folder:
        office = Office(dovecot, sink, Path(folder))
        daemon = Daemon(load(office.directory / "config.toml"), now_utc)
        thread = threading.Thread(target=daemon.run, daemon=True)
        thread.start()
        # The first mail waits for the parser's process to start.
        for mail in [mails(1)[0], *waiting]:
            before, delivered = sink.count(), time.time()
            dovecot.deliver(office.user, mail)
            while sink.count() < before + 2:
                time.sleep(0.005)
            delays.append(time.time() - delivered)
        daemon.stop()
        thread.join()
    return delays[1:]


def main() -> None:
    """Print the figures of one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--latency", action="store_true", help="seconds from a delivery to both letters, 10 mails, with IDLE"
    )
    options = parser.parse_args()
    waiting = mails(options.mails)
    dovecot = Dovecot()
    dovecot.start()
    desks, plains = [], []
    try:
        if options.latency:
            delays = latencies(dovecot, mails(10))
            print(f"delivery to both letters: median {statistics.median(delays):.2f} s, worst {max(delays):.2f} s")
            return
        for _ in range(options.rounds):
            desks.append(options.mails / desk_run(dovecot, waiting))
            plains.append(options.mails / plain_run(dovecot, waiting))
    finally:
        dovecot.destroy()
    ratios = [desk / plain for desk, plain in zip(desks, plains, strict=True)]
    print(f"{options.mails} mails, {options.rounds} rounds, medians:")
    print(f"  the desk      {statistics.median(desks):7.0f} tickets a second")
    print(f"  plain script  {statistics.median(plains):7.0f} mails a second")
    print(f"  desk : plain  {statistics.median(ratios):7.2f}")


if __name__ == "__main__":
    main()
