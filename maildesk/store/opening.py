"""Opening a database: a fresh one gets its tables, an older one is brought up to date, a foreign or broken one is left alone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from peewee import SchemaManager

from maildesk.store.door import BUSY_MS, Door
from maildesk.store.faults import StoreBusy, StoreError, raised
from maildesk.store.locks import Locks
from maildesk.store.schema import TABLES, VERSION, DeskVersion

#: Up to this size the whole file is checked at every start (a third of a second); a larger one only by `maildesk check`.
CHECKED_BYTES = 64_000_000
#: Held while tables are made, so that two daemons that start at once do not both make them.
_MIGRATION_LOCK = 0x6D646D


def _counted_tickets(door: Door) -> None:
    """Tickets remember where a report counted them as new; those there are were counted when they came."""
    door._run("ALTER TABLE ticket ADD COLUMN counted_at BIGINT")
    door._run("UPDATE ticket SET counted_at = received_at")
    door._run("CREATE INDEX ticket_counted_at ON ticket (counted_at)")


#: What brings a database from the version before to this one. Version 1 is the first.
MIGRATIONS: dict[int, Callable[[Door], None]] = {2: _counted_tickets}


class Opening(Locks):
    """A store's beginning and end."""

    def open(self) -> None:
        """Makes or migrates the tables. Raises StoreError, having touched nothing, where the file is corrupt or not ours or of
        a newer version, and StoreGone where the database cannot be reached."""
        if self.place.path is not None:
            self._guard(lambda: self._look_at_file(self.place.path))
            _make(self.place.path)
        else:
            self._check_driver()
            self.holder()
        self._in_wal_mode()
        with self.session():
            version = self._version()
            if version is not None:
                self._refuse_newer(version)
            if version != VERSION:
                self._migrate()

    def close(self) -> None:
        """Lets go of this thread's connection and of what the process holds."""
        self._release_keeper()
        if self.is_sqlite:
            self._db.close()
        else:
            self._db.close_all()

    def check(self) -> list[str]:
        """Looks at every page and every reference of a SQLite file: the faults found, [] for none. PostgreSQL keeps its own."""
        if not self.is_sqlite:
            return []
        rows = self._fetch("PRAGMA integrity_check")
        faults = [str(row[0]) for row in rows if row[0] != "ok"]
        return faults + [f"{row[0]}: row {row[1]} refers to nothing in {row[2]}" for row in self._foreign_keys()]

    def _foreign_keys(self) -> list[Any]:
        return self._fetch("PRAGMA foreign_key_check")

    def _in_wal_mode(self) -> None:
        # Turning a fresh file to WAL does not wait for a lock as other statements do; two that start at once may meet there.
        for _attempt in range(10):
            try:
                with self.session():
                    return
            except StoreBusy:
                continue
        with self.session():
            return

    def _version(self) -> int | None:
        if not self._has_tables():
            return None
        version = self._value(DeskVersion.select(DeskVersion.version))
        return None if version is None else int(version)

    def _has_tables(self) -> bool:
        if self.is_sqlite:
            return bool(self._fetch("SELECT 1 FROM sqlite_master WHERE name = 'desk_version'"))
        return self._fetch("SELECT to_regclass('desk_version')")[0][0] is not None

    def _refuse_newer(self, version: int) -> None:
        if version > VERSION:
            raise StoreError(
                f"{self.place.name} was made by a newer maildesk (its tables have version {version}, this program knows {VERSION}): "
                "install that version again, or restore a backup from before it"
            )

    def _migrate(self) -> None:
        with self.transaction():
            if not self.is_sqlite:
                self._fetch("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
            version = self._version()
            if version is None:
                self._create()
                return
            self._refuse_newer(version)
            for step in range(version + 1, VERSION + 1):
                MIGRATIONS[step](self)
            self._change(DeskVersion.update(version=VERSION))

    def _create(self) -> None:
        for table in TABLES:
            manager: Any = SchemaManager(table, database=self._db)
            for statement in (manager._create_table(safe=False), *manager._create_indexes(safe=False)):
                self._run(*statement.query())
        self._insert(DeskVersion, version=VERSION)

    # SQLite

    def _look_at_file(self, path: Path | None) -> None:
        assert path is not None
        if not path.parent.is_dir():
            raise StoreError(f"{path}: there is no folder {path.parent}")
        if not path.exists() or path.stat().st_size == 0:
            return
        wal = path.with_name(path.name + "-wal")
        # A reader without write-ahead log leaves no file beside the database; with one, the newest commits are in it.
        mode = "mode=ro" if wal.exists() and wal.stat().st_size else "immutable=1"
        try:
            with closing(
                sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=BUSY_MS / 1000)
            ) as file:
                self._examine(file, path)
        except sqlite3.DatabaseError as exc:
            if isinstance(exc, sqlite3.OperationalError):
                raise raised(exc, self.place.name) from exc
            raise _corrupt(path, str(exc)) from exc

    def _examine(self, file: sqlite3.Connection, path: Path) -> None:
        names = {row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if names and "desk_version" not in names:
            raise StoreError(f"{path} is a database, but not maildesk's; [database] url must name another file")
        if names:
            row = file.execute("SELECT version FROM desk_version").fetchone()
            if row is not None:
                self._refuse_newer(int(row[0]))
        if path.stat().st_size <= CHECKED_BYTES:
            (verdict,) = file.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise _corrupt(path, verdict)

    # PostgreSQL

    def _check_driver(self) -> None:
        try:
            import psycopg  # noqa: F401
        except ImportError as exc:
            raise StoreError("PostgreSQL needs its driver: pip install 'maildesk[postgres]'") from exc


def _corrupt(path: Path, verdict: str) -> StoreError:
    line = " ".join(verdict.split())
    return StoreError(f"{path} is damaged ({line}): nothing was changed; restore it from a backup")


def _make(path: Path) -> None:
    # SQLite would make it readable for everybody; its log and index take the mode of the file.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    except OSError as exc:
        raise StoreError(f"{path}: {exc.strerror}") from exc
