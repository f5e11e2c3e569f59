"""Queries whose SQL is built once: building one anew takes five times as long as SQLite takes to answer it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class Arg:
    """The place of a value in a prepared query. Compared with a column it takes over that column's conversion."""

    __slots__ = ("convert", "index", "name")

    def __init__(self, name: str, index: int = -1, convert: Callable[[Any], Any] | None = None) -> None:
        self.name = name
        self.index = index
        self.convert = convert

    def bound(self, convert: Callable[[Any], Any]) -> Arg:
        return Arg(self.name, self.index, convert)

    def of(self, args: dict[str, Any]) -> Any:
        value = args[self.name]
        if self.index >= 0:
            value = value[self.index]
        return value if self.convert is None else self.convert(value)


def each(name: str, count: int) -> list[Arg]:
    """Places for the members of a list, for `column.in_(…)`."""
    return [Arg(name, index) for index in range(count)]


class Prepared:
    """`build(count)` makes the peewee query with `Arg`s in the places of its values; `count` is the length of `listed`,
    the one argument that is a list, if there is one."""

    def __init__(self, build: Callable[[int], Any], listed: str = "") -> None:
        self._build = build
        self._listed = listed
        self._compiled: dict[tuple[str, int], tuple[str, Sequence[Any]]] = {}

    def compiled(self, database: Any, args: dict[str, Any]) -> tuple[str, list[Any]]:
        """The SQL for this database's dialect and the values to execute it with."""
        count = 0
        if self._listed:
            values = _padded(args[self._listed])
            args, count = {**args, self._listed: values}, len(values)
        key = (database.param, count)
        found = self._compiled.get(key)
        if found is None:
            found = database.get_sql_context().sql(self._build(count)).query()
            self._compiled[key] = found
        sql, places = found
        return sql, [place.of(args) if isinstance(place, Arg) else place for place in places]


def _padded(values: Sequence[Any]) -> list[Any]:
    """A list drawn out to the next power of two by its last member, so that lists of all lengths share few texts."""
    wanted = 1 << (len(values) - 1).bit_length()
    return [*values, *[values[-1]] * (wanted - len(values))]
