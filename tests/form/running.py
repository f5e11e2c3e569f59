"""A form that really serves, in a thread of this process, and a parent who fills it in without a browser."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx

from maildesk.form import FormSettings, serve
from maildesk.model import Category

TOKEN = "a-token-that-nobody-guesses"
CATEGORIES = (
    Category("tech", "Проблемы технического характера", ("TECH",), "tech"),
    Category("journal", "Проблема с ЭЖД", ("ЭЖД",), "journal_admin"),
    Category("quality", "Вопрос по качеству дистанционного урока", ("КАЧЕСТВО",), "head"),
    Category("psych", "Необходима консультация психолога", ("ПСИХОЛОГ",), "psychologist", True),
    Category("equipment", "Необходимость обеспечения техническими средствами обучения", ("ТЕХНИКА",), "head"),
    Category("other", "Иные вопросы", ("ДРУГОЕ",), "head"),
)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
APPEAL = {
    "name": "Иванова Мария Петровна",
    "role": "parent",
    "class": "7Б",
    "category": "tech",
    "text": "Не открывается урок.\nПишет «нет доступа».",
    "phone": "+7 916 123-45-67",
    "email": "ivanova@mail.ru",
    "consent": "yes",
}


def settings_for(directory: Path, **changes: Any) -> FormSettings:
    """A form's settings with its spool in that directory; no waiting for slow fillers."""
    usual = FormSettings(
        token=TOKEN,
        data=directory / "form.db",
        categories=CATEGORIES,
        organisation="Школа № 167",
        service_name="Служба сопровождения",
        address="support@school.example",
        phone="+7 495 000-00-00",
        consent_url="https://school.example/privacy",
        listen_port=0,
        shortest_fill=timedelta(0),
    )
    return replace(usual, **changes)


class _Page(HTMLParser):
    """What a program sees of the page: values of inputs, faults by field, the number."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.kept: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name, kind = found.get("name", ""), found.get("type", "")
        if tag != "input" or not name:
            return
        if kind == "hidden":
            self.hidden[name] = found["value"]
        elif kind == "checkbox" and name == "keep" and "checked" in found:
            self.kept.append(found["value"])
        elif kind in ("radio", "checkbox"):
            if "checked" in found:
                self.values[name] = found["value"]
        elif found.get("value"):
            self.values[name] = found["value"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as it came."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def page(self) -> _Page:
        return _Page(self.text)

    @property
    def number(self) -> str:
        found = re.search(r"<strong data-number>([\d-]+)</strong>", self.text)
        return found[1] if found else ""

    @property
    def errors(self) -> dict[str, str]:
        return dict(re.findall(r'<span class="error" id="(\w+)-error">([^<]*)</span>', self.text))

    @property
    def summary(self) -> str:
        found = re.search(r'<div class="summary".*?</div>', self.text, re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


class Parent:
    """Opens the page, fills it in, sends it."""

    def __init__(self, url: str, address: str = "") -> None:
        headers = {"x-forwarded-for": address} if address else {}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=30, trust_env=False, verify=False)

    def open(self) -> Shown:
        return self._shown(self.http.get("/"))

    def send(self, opened: Shown, files: list[tuple[str, bytes]] | None = None, **changes: Any) -> Shown:
        """Post the opened page; a change of None leaves a field out."""
        page = opened.page
        values = {**APPEAL, **page.hidden, **changes}
        data = {name: value for name, value in values.items() if value is not None}
        if page.kept and "keep" not in changes:
            data["keep"] = page.kept
        parts = [("attachments", (name, content, "application/octet-stream")) for name, content in files or []]
        return self._shown(self.http.post("/", data=data, files=parts or [("attachments", ("", b""))]))

    def fill(self, files: list[tuple[str, bytes]] | None = None, **changes: Any) -> Shown:
        return self.send(self.open(), files, **changes)

    @staticmethod
    def _shown(answer: httpx.Response) -> Shown:
        return Shown(answer.status_code, answer.text, answer.headers)


class Desk:
    """The other end of the relay, in the plainest way."""

    def __init__(self, url: str, token: str = TOKEN) -> None:
        self.http = httpx.Client(
            base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=30, trust_env=False
        )

    def page(self, after: str = "", limit: int = 100) -> dict[str, Any]:
        answer = self.http.get("/relay/appeals", params={"after": after, "limit": limit})
        answer.raise_for_status()
        return answer.json()

    def appeals(self) -> list[dict[str, Any]]:
        return list(self.page(limit=500)["appeals"])

    def ack(self, *ids: str) -> dict[str, Any]:
        answer = self.http.post("/relay/ack", json={"ids": list(ids)})
        answer.raise_for_status()
        return answer.json()


@dataclass(frozen=True, slots=True)
class Form:
    """A form that serves."""

    url: str
    settings: FormSettings

    def parent(self, address: str = "") -> Parent:
        return Parent(self.url, address)

    def desk(self) -> Desk:
        return Desk(self.url)

    @property
    def place(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").rstrip("/").rpartition(":")
        return host, int(port)

    def connect(self) -> socket.socket:
        return socket.create_connection(self.place, timeout=30)


@contextmanager
def serving(settings: FormSettings) -> Iterator[Form]:
    """The form until the block ends; what it raised is raised here."""
    started = threading.Event()
    found: dict[str, Any] = {}

    async def main() -> None:
        found["stop"] = asyncio.Event()
        found["loop"] = asyncio.get_running_loop()

        def ready(url: str) -> None:
            found["url"] = url
            started.set()

        await serve(settings, ready=ready, stop=found["stop"])

    def body() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            found["error"] = error
            started.set()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    assert started.wait(20), "the form did not start"
    if "error" in found:
        raise found["error"]
    try:
        yield Form(found["url"], settings)
    finally:
        found["loop"].call_soon_threadsafe(found["stop"].set)
        thread.join(30)
    assert not thread.is_alive(), "the form did not leave"
    if "error" in found:
        raise found["error"]
