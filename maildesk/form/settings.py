"""What the form needs to know, as one frozen value, and how it follows from config.toml."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import maildesk
from maildesk.model import Category, Rate, Refused, Sent

if TYPE_CHECKING:
    from maildesk.config import FormConfig

#: Hands one mail to SMTP: (envelope sender, recipient, the mail's bytes) → what the server said.
Send = Callable[[str, str, bytes], Awaitable[Sent | Refused]]
#: What one address and its neighbours may send: a whole class behind the school's one address must get through.
PER_ADDRESS = Rate(40, timedelta(minutes=10))
PER_NETWORK = Rate(120, timedelta(minutes=10))
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def shipped_templates() -> Path:
    """Where the page's files are: inside the installed package, or at the top of a clone."""
    package = Path(maildesk.__file__).parent
    inside = package / "templates" / "form"
    return inside if inside.is_dir() else package.parent / "templates" / "form"


def _nothing(_: str) -> None:
    """The failpoint of a form that is not under test."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the form waits for a sender, in seconds, and the slowest upload it bears, in bytes a second.

    A phone on EDGE sends 2 to 10 kB a second; who sends less than one is not sending a form.
    """

    headers: float = 20
    idle: float = 25
    grace: float = 30
    slowest: float = 1000
    whole: float = 1800


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one appeal may hold (issue 5: five files of 10 MB), and what the form holds in memory and on disk at once."""

    files: int = 5
    file_bytes: int = 10_000_000
    text: int = 10_000
    # Fields, names and boundaries beside the files.
    beside_files: int = 500_000
    # Bodies that are being read are held in memory: four full ones, or thousands without attachments.
    in_flight: int = 250_000_000
    # So that a flood cannot fill the host's disk: forty full appeals, or two million without attachments.
    spool: int = 2_000_000_000

    @property
    def body(self) -> int:
        return self.files * self.file_bytes + self.beside_files


@dataclass(frozen=True, slots=True)
class FormSettings:
    """Everything `maildesk form` depends on. `data` is its own SQLite file, `templates` a folder whose files stand before the
    shipped ones, `send` the courier for `mail_to` (None: nothing is posted)."""

    token: str = field(repr=False)
    data: Path
    categories: tuple[Category, ...]
    organisation: str
    service_name: str = ""
    address: str = ""
    phone: str = ""
    language: str = "ru"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Moscow"))
    listen_host: str = "127.0.0.1"
    listen_port: int = 8025
    consent_url: str = ""
    frame_ancestors: tuple[str, ...] = ()
    proxy: Network | None = None
    mail_to: str = ""
    send: Send | None = None
    templates: Path | None = None
    per_address: Rate = PER_ADDRESS
    per_network: Rate = PER_NETWORK
    # Nobody fills eight fields in two seconds; a form that comes back sooner waits for the rest of them.
    shortest_fill: timedelta = timedelta(seconds=2)
    longest_fill: timedelta = timedelta(hours=4)
    patience: Patience = Patience()
    bounds: Bounds = Bounds()
    # Called with the name of a step just before it is done; tests die there.
    failpoint: Callable[[str], None] = _nothing


def settings_from(config: FormConfig, send: Send | None = None) -> FormSettings:
    """The settings of a checked configuration (`maildesk.config.load_form`). `send` is used where `form.mail_to` is set."""
    service, form = config.service, config.form
    own = config.directory / "templates" / "form"
    return FormSettings(
        token=form.token,
        data=form.data,
        categories=tuple(
            Category(key, row.title, row.tags, row.role, row.confidential) for key, row in config.categories.items()
        ),
        organisation=service.organisation,
        service_name=service.name,
        address=service.address,
        phone=service.phone,
        language=service.language,
        zone=service.zone,
        listen_host=form.listen[0],
        listen_port=form.listen[1],
        consent_url=form.consent_url,
        frame_ancestors=tuple(form.frame_ancestors),
        proxy=ipaddress.ip_network(form.proxy, strict=False) if form.proxy else None,
        mail_to=form.mail_to,
        send=send if form.mail_to else None,
        templates=own if own.is_dir() else None,
    )
