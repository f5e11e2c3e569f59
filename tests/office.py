"""A desk on real servers for tests: a Dovecot mailbox, an SMTP sink, a config.toml; people write, the daemon works, letters are read."""

from __future__ import annotations

import email
import email.policy
import functools
import itertools
import json
import os
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from servers.dovecot import Dovecot
from servers.smtp import SmtpSink

from maildesk.cli.reading import whole
from maildesk.config import load
from maildesk.daemon import Daemon
from maildesk.parse.worker import Worker
from maildesk.store import Store

SUPPORT = "support@school.example"
STAFF = {
    "sidorov": ("Сидоров Пётр Ильич", "sidorov@school.example"),
    "kuznetsova": ("Кузнецова Мария Олеговна", "kuznetsova@school.example"),
    "ivanova": ("Иванова Анна Петровна", "ivanova@school.example"),
    "petrova": ("Петрова Ольга Сергеевна", "petrova@school.example"),
    "smirnov": ("Смирнов Олег Игоревич", "smirnov@school.example"),
    "orlova": ("Орлова Нина Львовна", "orlova@school.example"),
    "belova": ("Белова Ирина Юрьевна", "belova@school.example"),
}
ROLES = {
    "head": "sidorov",
    "director": "kuznetsova",
    "site_admin": "ivanova",
    "hotline": "petrova",
    "tech": "smirnov",
    "journal_admin": "orlova",
    "psychologist": "belova",
}
CATEGORIES = """
[category.journal]
title = "Проблема с ЭЖД"
tags = ["JOURNAL", "ЭЖД", "ДНЕВНИК"]
role = "journal_admin"
[category.tech]
title = "Проблемы технического характера"
tags = ["TECH", "ТЕХ"]
role = "tech"
[category.quality]
title = "Вопрос по качеству дистанционного урока"
tags = ["QUALITY", "КАЧЕСТВО"]
role = "head"
[category.equipment]
title = "Обеспечение техническими средствами обучения"
tags = ["EQUIPMENT", "ТЕХНИКА"]
role = "head"
[category.psych]
title = "Необходима консультация психолога"
tags = ["PSYCH", "ПСИХОЛОГ"]
role = "psychologist"
confidential = true
[category.other]
title = "Иные вопросы"
tags = ["OTHER", "ИНОЕ"]
role = "head"
"""


@functools.cache
def _worker() -> Worker:
    """One parser's process for all offices: starting one takes longer than a scene."""
    return Worker()


@dataclass(frozen=True)
class Letter:
    """A letter as its reader's client has it."""

    to: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def kind(self) -> str:
        return str(self.message["X-Maildesk-Kind"])

    @property
    def ticket(self) -> str | None:
        return str(self.message["X-Maildesk-Ticket"]) if self.message["X-Maildesk-Ticket"] else None

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        return part.get_content() if part is not None else ""

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        return part.get_content() if part is not None else ""

    def buttons(self) -> list[tuple[str, str, str]]:
        """(address, subject, body) of every mailto: link."""
        found = []
        for href in re.findall(r'href="(mailto:[^"]+)"', self.html):
            url = urllib.parse.urlsplit(href.replace("&amp;", "&"))
            query = urllib.parse.parse_qs(url.query)
            found.append((url.path, query.get("subject", [""])[0], query.get("body", [""])[0]))
        return found

    def button(self, tag: str) -> tuple[str, str, str]:
        return next(one for one in self.buttons() if f"[{tag}" in one[1] or f"[{tag}" in one[2])


def a_tuesday_morning() -> datetime:
    """Ten in the morning, Moscow time, of a Tuesday gone by: no report and no weekend is near whenever the tests run, and the
    clock may be moved on for days without a mail from the future, which Dovecot would not take."""
    now = datetime.now(UTC)
    tuesday = now - timedelta(days=(now.weekday() - 1) % 7 + 21)
    return tuesday.replace(hour=7, minute=0, second=0, microsecond=0)


@dataclass
class Office:
    """Servers, a folder and a moment. `now` is the desk's clock; `step` moves it."""

    dovecot: Dovecot
    sink: SmtpSink
    directory: Path
    url: str = "sqlite:///maildesk.db"
    extra: str = ""
    sections: dict[str, str] = field(default_factory=dict)
    roles: dict[str, Any] = field(default_factory=lambda: dict(ROLES))
    now: datetime = field(default_factory=a_tuesday_morning)

    def __post_init__(self) -> None:
        self.user = f"support{self.dovecot.next_number()}@school.example"
        self.dovecot.add_user(self.user)
        self._numbers = itertools.count(1)
        self._read = 0
        self.write_config()

    # The desk

    def write_config(self) -> Path:
        password = self.dovecot.password(self.user)
        staff = "\n".join(
            f'[staff.{key}]\nname = "{name}"\nemail = "{address}"' for key, (name, address) in STAFF.items()
        )
        roles = "\n".join(f"{role} = {json.dumps(holder)}" for role, holder in self.roles.items())
        rest = "\n".join(f"[{name}]\n{body}" for name, body in self.sections.items())
        text = f"""
[service]
name = "Служба сопровождения"
organisation = "Школа № 167"
address = "{SUPPORT}"
secret = "0123456789abcdef0123456789abcdef"
phone = "+7 495 123-45-67"
[database]
url = "{self.url}"
[[mailbox]]
host = "127.0.0.1"
port = {self.dovecot.imap_port}
tls = "none"
user = "{self.user}"
password = "{password}"
poll = "1s"
backlog = "take"
{self.extra}
[smtp]
host = "127.0.0.1"
port = {self.sink.port}
tls = "none"
{staff}
[roles]
{roles}
{CATEGORIES}
{rest}
"""
        path = self.directory / "config.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    def step(self, **span: float) -> None:
        """Time passes."""
        self.now += timedelta(**span)

    def work(self) -> list[Letter]:
        """The daemon handles all that waits at `now`; the letters that left meanwhile."""
        before = len(self.sink.mails)
        unread = Daemon(load(self.directory / "config.toml"), lambda: self.now, _worker()).once()
        assert unread == []
        return [Letter(one.recipients[0], one.data) for one in self.sink.mails[before:]]

    def command(self, *arguments: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
        """`maildesk …` as a user types it."""
        line = [sys.executable, "-m", "maildesk", "--config", str(self.directory / "config.toml"), *arguments]
        return subprocess.run(
            line, capture_output=True, text=True, timeout=120, env={**os.environ, "COLUMNS": "200"}, **kwargs
        )

    def show(self, ref: str, *, reveal: bool = True) -> dict[str, Any]:
        """What `maildesk show REF --json` gives at the desk's moment."""
        config = load(self.directory / "config.toml")
        store = Store(config.database.url, config.directory)
        store.open()
        try:
            page = store.page(int(ref.rpartition("-")[2]))
            assert page is not None, f"there is no {ref}"
            return whole(config, page, self.now, reveal=reveal)
        finally:
            store.close()

    # People

    def mail(self, sender: str, subject: str, text: str, **headers: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = sender
        message["To"] = SUPPORT
        message["Subject"] = subject
        message["Message-ID"] = headers.pop(
            "message_id", f"<{next(self._numbers)}.{os.urandom(4).hex()}@client.example>"
        )
        message["Date"] = email.utils.format_datetime(self.now)
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        return message

    def deliver(self, message: EmailMessage | bytes) -> None:
        data = message if isinstance(message, bytes) else message.as_bytes(policy=email.policy.SMTP)
        self.dovecot.deliver(self.user, data, at=self.now)

    def write(self, sender: str, subject: str, text: str, **headers: str) -> EmailMessage:
        """A new mail lies in the support mailbox."""
        message = self.mail(sender, subject, text, **headers)
        self.deliver(message)
        return message

    def reply(
        self, letter: Letter, text: str, *, sender: str | None = None, quote: bool = True, **headers: str
    ) -> EmailMessage:
        """An answer as an ordinary client writes it: Re:, threading headers, the letter quoted below."""
        quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
        body = f'{text}\n\n23.11.2026, 14:05, "Служба" <{SUPPORT}>:\n{quoted}\n' if quote else text
        subject = letter.subject if letter.subject.startswith("Re:") else f"Re: {letter.subject}"
        references = " ".join([*str(letter.message["References"] or "").split(), letter.id])
        headers = {"In_Reply_To": letter.id, "References": references, **headers}
        return self.write(sender or letter.to, headers.pop("subject", subject), body, **headers)

    def press(self, letter: Letter, tag: str, text: str = "", *, sender: str | None = None) -> EmailMessage:
        """A button: a new mail with the subject and body that the link gives, no threading headers."""
        _address, subject, body = letter.button(tag)
        return self.write(sender or letter.to, subject, body + text)


def one(letters: list[Letter], kind: str, to: str = "") -> Letter:
    """The one letter of that kind (to that address); fails loudly where there are none or several."""
    found = [letter for letter in letters if letter.kind == kind and (not to or letter.to == to)]
    listing = [(letter.kind, letter.to, letter.subject) for letter in letters]
    assert len(found) == 1, f"{len(found)} letters of kind {kind} {to}; there are {listing}"
    return found[0]


def kinds(letters: list[Letter]) -> list[tuple[str, str]]:
    """(kind, local part) of each, sorted."""
    return sorted((letter.kind, letter.to.split("@")[0]) for letter in letters)


Make = Callable[..., Office]
