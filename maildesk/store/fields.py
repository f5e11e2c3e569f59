"""How a value stands in a column: moments as microseconds, text that both engines can hold, tuples as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import AutoField, BigAutoField, BigIntegerField, BlobField, BooleanField, TextField

from maildesk.store.prepared import Arg

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """An aware moment as whole microseconds since 1970, UTC. A naive one raises TypeError: nobody knows when it was."""
    return (moment - EPOCH) // _MICROSECOND


def maybe_micros(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def moment(value: int) -> datetime:
    """The aware UTC moment of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=value)


def maybe_moment(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


def clean(value: str) -> str:
    """Text that can be stored: PostgreSQL refuses U+0000 and neither engine takes a lone surrogate. An enum becomes its value."""
    text = str(value)
    if text.isascii():
        return text.replace("\x00", "") if "\x00" in text else text
    text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def packed(values: Iterable[str]) -> str:
    """A tuple of strings as JSON, Cyrillic left readable."""
    return json.dumps([clean(value) for value in values], ensure_ascii=False)


def unpacked(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text)) if text and text != "[]" else ()


class _Column:
    """Takes a prepared query's place for a value as well as a value."""

    def stored(self, value: Any) -> Any:
        raise NotImplementedError

    def db_value(self, value: Any) -> Any:
        if value is None:
            return None
        return value.bound(self.db_value) if isinstance(value, Arg) else self.stored(value)


class Moment(_Column, BigIntegerField):
    """An aware UTC datetime, stored as microseconds since 1970: the same number on every engine, and it sorts."""

    def stored(self, value: Any) -> Any:
        return micros(value) if isinstance(value, datetime) else int(value)

    def python_value(self, value: Any) -> Any:
        return maybe_moment(value)


class Words(_Column, TextField):
    """Text; enums are stored by their value."""

    def stored(self, value: Any) -> Any:
        return clean(value)


class Names(_Column, TextField):
    """A tuple of strings that is never searched, as JSON."""

    def stored(self, value: Any) -> Any:
        return value if isinstance(value, str) else packed(value)

    def python_value(self, value: Any) -> Any:
        return () if value is None else unpacked(value)


class Bytes(_Column, BlobField):
    """Bytes as they are."""

    def bind(self, model: Any, name: str, set_attribute: bool = True) -> None:
        # BlobField asks its model's database for a constructor; our models belong to none.
        super(BlobField, self).bind(model, name, set_attribute)

    def stored(self, value: Any) -> Any:
        return bytes(value)

    def python_value(self, value: Any) -> Any:
        return None if value is None else bytes(value)


class Whole(_Column, BigIntegerField):
    """A whole number."""

    def stored(self, value: Any) -> Any:
        return int(value)


class Flag(_Column, BooleanField):
    """True or false."""

    def stored(self, value: Any) -> Any:
        return bool(value)


class Number(_Column, AutoField):
    """A number that the database gives: 1, 2, 3 …"""

    def stored(self, value: Any) -> Any:
        return int(value)


class RowNumber(_Column, BigAutoField):
    """The number of a row in a table that may grow large."""

    def stored(self, value: Any) -> Any:
        return int(value)
