"""The shape of config.toml (SPEC 3): each section, its keys, their forms and what a key left out means."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator
from pydantic_core.core_schema import ValidationInfo

from maildesk.config import values
from maildesk.model import CommandPolicy, Rate

# 128 bits written as letters; `maildesk init` makes longer ones.
SHORTEST_SECRET = 16
# One more connection than this helps no school, and providers cut off whoever opens more.
MOST_CONNECTIONS = 50


def _read(form: Callable[[str], object]) -> PlainValidator:
    def from_text(value: Any) -> object:
        if not isinstance(value, str):
            raise ValueError('must be text in quotes, as in "…"')
        return form(value)

    return PlainValidator(from_text)


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _one_or_several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else _listed(value)


def _path(value: Any, info: ValidationInfo) -> Path:
    """A path relative to the configuration file."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError("must be the path of a file, in quotes")
    return Path((info.context or {}).get("directory", "."), value)


def _existing_path(value: Any, info: ValidationInfo) -> Path:
    path = _path(value, info)
    if not path.is_file():
        raise ValueError("there is no such file; put the refresh token there")
    return path


def _keys(text: str) -> tuple[bytes, ...]:
    lines = tuple(line.strip().encode() for line in text.splitlines() if line.strip())
    if not lines or any(len(line) < SHORTEST_SECRET for line in lines):
        raise ValueError(
            f"each key must have at least {SHORTEST_SECRET} characters; make one with: openssl rand -hex 32"
        )
    return lines


def _database(value: Any, info: ValidationInfo) -> str:
    """SQLite's path made absolute, a PostgreSQL address as it is."""
    if not isinstance(value, str):
        raise ValueError('must be text in quotes, as in "sqlite:///maildesk.db"')
    if value.startswith("sqlite:///") and not value.endswith(("/", ":memory:")):
        return "sqlite:///" + str(_path(value.removeprefix("sqlite:///"), info).absolute())
    if re.match(r"postgres(ql)?://", value) and _names_a_database(value):
        return "postgresql://" + value.partition("://")[2]
    raise ValueError('not a database; write "sqlite:///maildesk.db" or "postgresql://user:password@host/name"')


def _names_a_database(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.path.strip("/")) and parts.port != 0
    except ValueError:
        return False


Line = Annotated[str, AfterValidator(values.one_line)]
Words = Annotated[str, AfterValidator(values.optional_line)]
Secret = Annotated[str, Field(min_length=1)]
Host = Annotated[str, AfterValidator(values.host_name)]
Port = Annotated[int, Field(ge=1, le=65535)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Tls = Literal["implicit", "starttls", "none"]
Email = Annotated[str, AfterValidator(values.email)]
Duration = Annotated[timedelta, _read(values.duration)]
Term = Annotated[timedelta, _read(values.positive_duration)]
Size = Annotated[int, _read(values.size)]
RateOf = Annotated[Rate, _read(values.rate)]
Keys = Annotated[tuple[str, ...], BeforeValidator(_one_or_several), Field(min_length=1)]
Emails = Annotated[tuple[Email, ...], BeforeValidator(_one_or_several), Field(min_length=1)]
Lines = Annotated[tuple[Line, ...], BeforeValidator(_listed)]
Dates = Annotated[tuple[date, ...], BeforeValidator(_listed)]


class Table(BaseModel):
    """A section: frozen, its types as TOML gives them, no key but the known ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)


class Service(Table):
    name: Line
    organisation: Line
    address: Email
    language: Literal["ru", "en"] = "ru"
    timezone: Annotated[ZoneInfo, _read(values.zone)] = ZoneInfo("Europe/Moscow")
    ticket_prefix: Annotated[str, AfterValidator(values.prefix)] = "MD"
    phone: Words = ""
    secrets: Annotated[tuple[bytes, ...], _read(_keys)] = Field(alias="secret", repr=False)
    operator: Line = "site_admin"

    @property
    def zone(self) -> ZoneInfo:
        return self.timezone


class Database(Table):
    """`url` is ready to use: a SQLite path in it is absolute."""

    url: Annotated[str, PlainValidator(_database)] = Field(repr=False)

    @property
    def path(self) -> Path | None:
        """The SQLite file, or None for PostgreSQL."""
        return Path(self.url.removeprefix("sqlite:///")) if self.url.startswith("sqlite:///") else None


class OAuth2(Table):
    """The refresh grant (RFC 6749, 6); the new refresh token is written back to `refresh_token_file`."""

    token_url: Annotated[str, AfterValidator(values.secure_url)]
    client_id: Line
    client_secret: str = Field(default="", repr=False)
    refresh_token_file: Annotated[Path, PlainValidator(_existing_path)]
    scope: Words = ""


def _with_port(data: Any, ports: dict[str, int]) -> Any:
    if not isinstance(data, dict) or "port" in data:
        return data
    return {**data, "port": ports.get(str(data.get("tls", "implicit")), ports["implicit"])}


class Mailbox(Table):
    host: Host
    port: Port
    tls: Tls = "implicit"
    user: Line
    password: Secret | None = Field(default=None, repr=False)
    oauth2: OAuth2 | None = None
    folder: Line = "INBOX"
    processed: Line = "Processed"
    quarantine: Line = "Quarantine"
    poll: Term = timedelta(seconds=60)
    backlog: Literal["ask", "take", "leave"] = "ask"
    spam: Words = ""
    category: str = ""

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, data: Any) -> Any:
        return _with_port(data, values.IMAP_PORTS)


class Smtp(Table):
    host: Host
    port: Port
    tls: Tls = "implicit"
    user: Words = ""
    password: Secret | None = Field(default=None, repr=False)
    oauth2: OAuth2 | None = None
    connections: Annotated[int, Field(ge=1, le=MOST_CONNECTIONS)] = 4
    per_minute: Count = 0
    per_day: Count = 0

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, data: Any) -> Any:
        return _with_port(data, values.SMTP_PORTS)


class Relay(Table):
    url: Annotated[str, AfterValidator(values.secure_url)]
    token: Secret = Field(repr=False)
    poll: Term = timedelta(seconds=30)


def _lowered(addresses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(address.lower() for address in addresses)


class FormMail(Table):
    senders: Annotated[Emails, AfterValidator(_lowered)] = Field(alias="from")
    labels: dict[str, Lines] = Field(default_factory=dict)


class Form(Table):
    listen: Annotated[tuple[str, int], _read(values.listen)] = ("127.0.0.1", 8025)
    data: Annotated[Path, PlainValidator(_path)]
    token: Secret = Field(repr=False)
    mail_to: Annotated[str, AfterValidator(lambda text: values.email(text) if text else "")] = ""
    consent_url: Annotated[str, AfterValidator(values.page_url)] = ""
    frame_ancestors: Annotated[
        tuple[Annotated[str, AfterValidator(values.frame_ancestor)], ...], BeforeValidator(_listed)
    ] = ()
    proxy: Annotated[str, AfterValidator(values.proxy)] = ""


class Staff(Table):
    name: Line
    emails: Emails = Field(alias="email")


class Deputy(Table):
    by: str
    since: date = Field(alias="from")
    until: date


class Category(Table):
    title: Line
    tags: Annotated[Lines, Field(min_length=1)]
    role: str
    confidential: bool = False


class Terms(Table):
    dispatch: Term = timedelta(minutes=30)
    take: Term = timedelta(minutes=30)
    close: Term = timedelta(hours=24)
    remind: Duration = timedelta(hours=4)
    calendar: Literal["always", "working"] = "always"


def _weekdays(value: Any) -> frozenset[int]:
    if not isinstance(value, list) or not value or not all(isinstance(day, str) for day in value):
        raise ValueError('must be a list of weekdays, as in ["mon", "tue"]')
    return frozenset(values.weekday(day) for day in value)


def _spans(value: Any) -> tuple[tuple[time, time], ...]:
    if not isinstance(value, list) or not all(isinstance(span, str) for span in value):
        raise ValueError('must be a list of spans, as in ["08:00-12:30", "13:00-18:00"]')
    return values.spans(value)


class Calendar(Table):
    days: Annotated[frozenset[int], PlainValidator(_weekdays)] = frozenset({0, 1, 2, 3, 4})
    hours: Annotated[tuple[tuple[time, time], ...], PlainValidator(_spans)] = (
        (time(8), time(12, 30)),
        (time(13), time(18)),
    )
    holidays: Annotated[str, AfterValidator(values.country)] = "RU"
    extra: Dates = ()
    working: Dates = ()


class FollowUp(Table):
    reopen_within: Duration = timedelta(days=7)


class Reports(Table):
    daily: Annotated[time, _read(values.clock)] = time(18)
    weekly: Annotated[tuple[int, time], _read(values.week_moment)] = (4, time(16))


class Limits(Table):
    message_size: Size = 25_000_000
    attachments_out: Size = 18_000_000
    new_tickets_per_sender: RateOf = Rate(10, timedelta(hours=1))
    letters_per_recipient: RateOf = Rate(30, timedelta(hours=1))
    retention: Annotated[timedelta | None, _read(values.positive_duration)] = None


class Security(Table):
    commands: Annotated[CommandPolicy, BeforeValidator(lambda value: _policy(value))] = CommandPolicy.PROOF
    authserv_id: Words = ""


def _policy(value: Any) -> CommandPolicy:
    if value not in ("proof", "both"):
        raise ValueError("must be 'proof' or 'both'")
    return CommandPolicy(value)


Categories = Annotated[dict[str, Category], Field(alias="category", min_length=1)]


class Sections(Table):
    """All sections of the desk's config.toml."""

    service: Service
    database: Database
    mailboxes: Annotated[tuple[Mailbox, ...], BeforeValidator(_listed), Field(alias="mailbox", min_length=1)]
    smtp: Smtp
    relay: Relay | None = None
    form_mail: FormMail | None = None
    form: Form | None = None
    staff: Annotated[dict[str, Staff], Field(min_length=1)]
    roles: dict[str, Keys]
    deputies: dict[str, Deputy] = Field(default_factory=dict)
    categories: Categories
    terms: Terms = Terms()
    calendar: Calendar = Calendar()
    follow_up: FollowUp = FollowUp()
    reports: Reports = Reports()
    limits: Limits = Limits()
    security: Security = Security()


class FormSections(Table):
    """What `maildesk form` needs of the same file."""

    service: Service
    smtp: Smtp | None = None
    form: Form
    categories: Categories
