"""Tickets a second: 500 mails that wait in a local Dovecot, each to a stored ticket, a receipt and an assignment in an SMTP sink,
beside a plain script that only fetches, parses, commits and sends the same mails. One run, one ratio: absolute times are the machine's."""

from __future__ import annotations

import argparse
import email
import email.policy
import smtplib
import sqlite3
import statistics
import sys
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from imapclient import IMAPClient
from office import Office
from servers.dovecot import Dovecot
from servers.smtp import SmtpSink

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


def desk_run(dovecot: Dovecot, waiting: list[bytes]) -> float:
    """Seconds that the desk takes for all of them, from the first look to the last letter on record."""
    with SmtpSink() as sink, tempfile.TemporaryDirectory() as folder:
        office = Office(dovecot, sink, Path(folder))
        dovecot.deliver_many(office.user, waiting)
        daemon = Daemon(load(office.directory / "config.toml"), now_utc)
        daemon._worker.parse_many([waiting[0]])
        started = time.perf_counter()
        daemon.once()
        spent = time.perf_counter() - started
        letters = len(sink.mails)
        assert letters == 2 * len(waiting), f"{letters} letters for {len(waiting)} mails"
        return spent


def plain_run(dovecot: Dovecot, waiting: list[bytes]) -> float:
    """Seconds of a script without any of the desk's care: fetch, parse, one commit and two mails each, move."""
    user = f"plain{dovecot.next_number()}@school.example"
    dovecot.add_user(user)
    dovecot.deliver_many(user, waiting)
    with SmtpSink() as sink, tempfile.TemporaryDirectory() as folder:
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
        assert len(sink.mails) == 2 * len(waiting)
        return spent


def main() -> None:
    """Print the figures of one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    waiting = mails(options.mails)
    dovecot = Dovecot()
    dovecot.start()
    desks, plains = [], []
    try:
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
