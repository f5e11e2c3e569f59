"""The forms of single fields: how a TOML value becomes the value that the desk works with."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator
from pydantic_core.core_schema import ValidationInfo

from maildesk.config import values
from maildesk.model import CommandPolicy, Rate

# Shorter is surely a slip; `maildesk init` makes 64 characters.
SHORTEST_SECRET = 8


def _read(form: Callable[[str], object]) -> PlainValidator:
    def from_text(value: Any) -> object:
        if not isinstance(value, str):
            raise ValueError('must be text in quotes, as in "…"')
        return form(value)

    return PlainValidator(from_text)


def listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _one_or_several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else listed(value)


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


def _lowered(addresses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(address.lower() for address in addresses)


def _weekdays(value: Any) -> frozenset[int]:
    if not isinstance(value, list) or not value or not all(isinstance(day, str) for day in value):
        raise ValueError('must be a list of weekdays, as in ["mon", "tue"]')
    return frozenset(values.weekday(day) for day in value)


def _spans(value: Any) -> tuple[tuple[time, time], ...]:
    if not isinstance(value, list) or not all(isinstance(span, str) for span in value):
        raise ValueError('must be a list of spans, as in ["08:00-12:30", "13:00-18:00"]')
    return values.spans(value)


def _policy(value: Any) -> CommandPolicy:
    if value not in ("proof", "both"):
        raise ValueError("must be 'proof' or 'both'")
    return CommandPolicy(value)


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
Lines = Annotated[tuple[Line, ...], BeforeValidator(listed)]
Dates = Annotated[tuple[date, ...], BeforeValidator(listed)]
SecretKeys = Annotated[tuple[bytes, ...], _read(_keys)]
DatabaseUrl = Annotated[str, PlainValidator(_database)]
FilePath = Annotated[Path, PlainValidator(_path)]
ExistingFile = Annotated[Path, PlainValidator(_existing_path)]
ServiceUrl = Annotated[str, AfterValidator(values.secure_url)]
PageUrl = Annotated[str, AfterValidator(values.page_url)]
Sites = Annotated[tuple[Annotated[str, AfterValidator(values.frame_ancestor)], ...], BeforeValidator(listed)]
Proxy = Annotated[str, AfterValidator(values.proxy)]
Listen = Annotated[tuple[str, int], _read(values.listen)]
OptionalEmail = Annotated[str, AfterValidator(lambda text: values.email(text) if text else "")]
Senders = Annotated[Emails, AfterValidator(_lowered)]
Zone = Annotated[ZoneInfo, _read(values.zone)]
Prefix = Annotated[str, AfterValidator(values.prefix)]
Country = Annotated[str, AfterValidator(values.country)]
Weekdays = Annotated[frozenset[int], PlainValidator(_weekdays)]
Spans = Annotated[tuple[tuple[time, time], ...], PlainValidator(_spans)]
Clock = Annotated[time, _read(values.clock)]
WeekMoment = Annotated[tuple[int, time], _read(values.week_moment)]
Retention = Annotated[timedelta | None, _read(values.positive_duration)]
Commands = Annotated[CommandPolicy, BeforeValidator(_policy)]
