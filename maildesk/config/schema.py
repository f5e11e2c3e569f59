"""The shape of config.toml (SPEC 3): each section, its keys, their forms and what a key left out means."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from maildesk.config import values
from maildesk.config.fields import (
    Clock,
    Commands,
    Count,
    Country,
    DatabaseUrl,
    Dates,
    Duration,
    Email,
    Emails,
    ExistingFile,
    FilePath,
    Host,
    Keys,
    Line,
    Lines,
    Listen,
    OptionalEmail,
    PageUrl,
    Port,
    Prefix,
    Proxy,
    RateOf,
    Retention,
    Secret,
    SecretKeys,
    Senders,
    ServiceUrl,
    Sites,
    Size,
    Spans,
    Term,
    Tls,
    Weekdays,
    WeekMoment,
    Words,
    Zone,
    listed,
)
from maildesk.model import CommandPolicy, Rate

# One more connection than this helps no school, and providers cut off whoever opens more.
MOST_CONNECTIONS = 50


class Table(BaseModel):
    """A section: frozen, its types as TOML gives them, no key but the known ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)


class Service(Table):
    name: Line
    organisation: Line
    address: Email
    language: Literal["ru", "en"] = "ru"
    timezone: Zone = ZoneInfo("Europe/Moscow")
    ticket_prefix: Prefix = "MD"
    phone: Words = ""
    secrets: SecretKeys = Field(alias="secret", repr=False)
    operator: Line = "site_admin"

    @property
    def zone(self) -> ZoneInfo:
        return self.timezone


class Database(Table):
    """`url` is ready to use: a SQLite path in it is absolute."""

    url: DatabaseUrl = Field(repr=False)

    @property
    def path(self) -> Path | None:
        """The SQLite file, or None for PostgreSQL."""
        return Path(self.url.removeprefix("sqlite:///")) if self.url.startswith("sqlite:///") else None


class OAuth2(Table):
    """The refresh grant (RFC 6749, 6); the new refresh token is written back to `refresh_token_file`."""

    token_url: ServiceUrl
    client_id: Line
    client_secret: str = Field(default="", repr=False)
    refresh_token_file: ExistingFile
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
    url: ServiceUrl
    token: Secret = Field(repr=False)
    poll: Term = timedelta(seconds=30)


class FormMail(Table):
    senders: Senders = Field(alias="from")
    labels: dict[str, Lines] = Field(default_factory=dict)


class Form(Table):
    listen: Listen = ("127.0.0.1", 8025)
    data: FilePath
    token: Secret = Field(repr=False)
    mail_to: OptionalEmail = ""
    consent_url: PageUrl = ""
    frame_ancestors: Sites = ()
    proxy: Proxy = ""


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


class Calendar(Table):
    days: Weekdays = frozenset({0, 1, 2, 3, 4})
    hours: Spans = (
        (time(8), time(12, 30)),
        (time(13), time(18)),
    )
    holidays: Country = "RU"
    extra: Dates = ()
    working: Dates = ()


class FollowUp(Table):
    reopen_within: Duration = timedelta(days=7)


class Reports(Table):
    daily: Clock = time(18)
    weekly: WeekMoment = (4, time(16))


class Limits(Table):
    message_size: Size = 25_000_000
    attachments_out: Size = 18_000_000
    new_tickets_per_sender: RateOf = Rate(10, timedelta(hours=1))
    letters_per_recipient: RateOf = Rate(30, timedelta(hours=1))
    retention: Retention = None


class Security(Table):
    commands: Commands = CommandPolicy.PROOF
    authserv_id: Words = ""


Categories = Annotated[dict[str, Category], Field(alias="category", min_length=1)]


class Sections(Table):
    """All sections of the desk's config.toml."""

    service: Service
    database: Database
    mailboxes: Annotated[tuple[Mailbox, ...], BeforeValidator(listed), Field(alias="mailbox", min_length=1)]
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
