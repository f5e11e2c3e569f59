"""A consistent copy of the database while it is at work."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from maildesk.store.door import BUSY_MS, Door
from maildesk.store.faults import StoreError


class Backup(Door):
    """What `maildesk backup` does."""

    def backup(self, target: Path) -> None:
        """Copies the whole database to `target`, as it is at one moment; writers go on meanwhile. The copy is checked and
        appears whole or not at all, readable by its owner alone. An earlier backup is replaced, another file is not. PostgreSQL has
        its own tool: StoreError says so."""
        path = self.place.path
        if path is None:
            raise StoreError(f"copy {self.place.name} with pg_dump: a backup of PostgreSQL is its own tool's work")
        if target.exists() and target.samefile(path):
            raise StoreError(f"{target} is the database itself")
        if not _may_be_replaced(target):
            raise StoreError(f"{target} is there and is no backup of a desk: name another file, or remove it")
        part = target.with_name(target.name + ".part")
        try:
            os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
            self._guard(lambda: _copy(path, part))
            _to_disk(part)
            part.replace(target)
            _to_disk(target.parent)
        except OSError as exc:
            raise StoreError(f"{target}: {exc.strerror}") from exc
        finally:
            with suppress(OSError):
                part.unlink()


def _may_be_replaced(target: Path) -> bool:
    """Whether nothing is there, nothing is in it, or it is an earlier backup."""
    if not target.exists() or (target.is_file() and target.stat().st_size == 0):
        return True
    try:
        with closing(sqlite3.connect(f"{target.absolute().as_uri()}?immutable=1", uri=True)) as file:
            return file.execute("SELECT 1 FROM sqlite_master WHERE name = 'desk_version'").fetchone() is not None
    except sqlite3.Error:
        return False


def _copy(path: Path, part: Path) -> None:
    # A connection of its own, and all pages in one step: a copy in several steps starts anew whenever somebody writes.
    with (
        closing(sqlite3.connect(path, timeout=BUSY_MS / 1000)) as source,
        closing(sqlite3.connect(part)) as copy,
    ):
        source.backup(copy)
        # One file, without a log beside it.
        copy.execute("PRAGMA journal_mode = delete")
        (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise StoreError(f"the copy of {path} is damaged ({verdict}): check the disk and the database")


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
