"""A letter as its reader's mail program shows it: headers decoded, text, page, buttons."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from urllib.parse import parse_qs, unquote, urlsplit

_BUTTON = re.compile(r'href="(mailto:[^"]+)"')
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Pressed:
    """What a mail program opens when a `mailto:` button is pressed."""

    to: str
    subject: str
    body: str


@dataclass(frozen=True)
class Letter:
    """One mail of somebody's mailbox."""

    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    def header(self, name: str) -> str:
        """A header, unfolded and decoded, '' where there is none."""
        return _SPACE.sub(" ", str(self.message.get(name, ""))).strip()

    @property
    def kind(self) -> str:
        return self.header("X-Maildesk-Kind")

    @property
    def ticket(self) -> str:
        return self.header("X-Maildesk-Ticket")

    @property
    def subject(self) -> str:
        return self.header("Subject")

    @property
    def message_id(self) -> str:
        return self.header("Message-ID")

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(self.header("References").split())

    @property
    def from_address(self) -> str:
        addresses = self.message["From"].addresses
        return str(addresses[0].addr_spec)

    @property
    def from_name(self) -> str:
        return str(self.message["From"].addresses[0].display_name)

    @property
    def date(self) -> datetime:
        moment = self.message["Date"].datetime
        assert isinstance(moment, datetime)
        return moment

    @cached_property
    def text(self) -> str:
        return self._part("plain")

    @cached_property
    def html(self) -> str:
        return self._part("html")

    @property
    def said(self) -> str:
        """All that a reader may see of it, for looking words up: subject, text, page without its marks."""
        return " ".join((self.subject, self.text, html.unescape(re.sub(r"<[^>]+>", " ", self.html))))

    def press(self, tag: str) -> Pressed:
        """What the button that writes this tag opens. Raises LookupError where the letter has none."""
        for href in _BUTTON.findall(self.html):
            link = urlsplit(html.unescape(href))
            asked = parse_qs(link.query)
            pressed = Pressed(unquote(link.path), asked.get("subject", [""])[0], asked.get("body", [""])[0])
            if tag in pressed.subject or tag in pressed.body:
                return pressed
        raise LookupError(f"no button writes {tag}")

    def _part(self, subtype: str) -> str:
        part = self.message.get_body((subtype,))
        return str(part.get_content()) if part is not None else ""
