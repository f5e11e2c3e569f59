"""Where the database is: the configured URL, as a path or as a PostgreSQL address."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from maildesk.store.faults import StoreError


@dataclass(frozen=True, slots=True)
class Place:
    """`path` for SQLite, else `conninfo` for PostgreSQL. `name` is fit for a log: it holds no password."""

    name: str
    path: Path | None = None
    conninfo: str = ""


def place_of(url: str, directory: Path) -> Place:
    """sqlite:///relative (to `directory`), sqlite:////absolute or postgresql://user:password@host/name. Else StoreError."""
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        path = directory / unquote(url[len("sqlite:///") :])
        return Place(name=str(path), path=path)
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            parts = urlsplit(url)
            host = parts.hostname or "localhost"
            return Place(name=f"postgresql://{host}{parts.path}", conninfo="postgresql://" + url[len(scheme) :])
    scheme = url.partition(":")[0]
    raise StoreError(f"a database url begins with sqlite:/// or postgresql://, not {scheme}:")
