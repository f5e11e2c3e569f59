"""Who may work: locks that die with their holder, never leases by the clock."""

from __future__ import annotations

import fcntl
import os
import secrets
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from maildesk.store.door import KEEPALIVE, Door
from maildesk.store.faults import AlreadyRunning, StoreError

#: PostgreSQL's advisory locks have two numbers: the first says what is locked. The words 'md' and a letter.
_PROCESS = 0x6D6470
_SOURCE = 0x6D6473

_HELD_BY = (
    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s AND objsubid = 2 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Locks(Door):
    """The daemon's lock, the sources' locks, and the sign of life of each process that shares a PostgreSQL database."""

    def __init__(self, url: str, directory: Path) -> None:
        super().__init__(url, directory)
        self._holder = 1 if self.is_sqlite else secrets.randbelow(2**31 - 2) + 1
        self._keeper: Any = None

    def lock_daemon(self) -> AbstractContextManager[None]:
        """Held while a daemon works. On SQLite a second one gets AlreadyRunning at once; on PostgreSQL several share the work."""
        return self._file_lock() if self.is_sqlite else _nothing()

    @contextmanager
    def _file_lock(self) -> Iterator[None]:
        assert self.place.path is not None
        path = self.place.path.with_name(self.place.path.name + ".lock")
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise StoreError(f"{path}: {exc.strerror}") from exc
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                raise AlreadyRunning(f"another maildesk works on {self.place.name}") from exc
            # The file stays when the lock goes: were it removed, two could each lock a file of that name.
            yield
        finally:
            os.close(handle)

    @contextmanager
    def lock_source(self, name: str) -> Iterator[bool]:
        """Held while this process reads a source: True if it got it. On SQLite there is one daemon, which always does."""
        if self.is_sqlite:
            yield True
            return
        connection = self._guard(self._own_connection)
        try:
            yield self._guard(lambda: _try_lock(connection, _SOURCE, _number(name)))
        finally:
            connection.close()

    def holder(self) -> int:
        """The number by which this process is known while it lives; on PostgreSQL it is locked by a session of its own."""
        if not self.is_sqlite:
            self._guard(self._keep)
        return self._holder

    def gone_holders(self, holders: set[int]) -> set[int]:
        """Those of these processes that live no more. On SQLite there is one daemon, so that all others are gone."""
        if self.is_sqlite or not holders:
            return holders
        self.holder()
        return holders - {int(row[0]) for row in self._fetch(_HELD_BY, (_PROCESS,))}

    def _keep(self) -> None:
        if self._keeper is not None:
            try:
                self._keeper.execute("SELECT 1")
                return
            except self._driver_error():
                self._keeper.close()
        keeper = self._own_connection()
        if not _try_lock(keeper, _PROCESS, self._holder):
            # The server has not yet noticed that our former connection is gone; the lock is ours either way.
            keeper.execute("SELECT pg_advisory_lock(%s, %s)", (_PROCESS, self._holder))
        self._keeper = keeper

    def _release_keeper(self) -> None:
        if self._keeper is not None:
            with suppress(self._driver_error()):
                self._keeper.close()
            self._keeper = None

    def _own_connection(self) -> Any:
        import psycopg

        return psycopg.connect(self.place.conninfo, autocommit=True, **KEEPALIVE)

    def _driver_error(self) -> type[Exception]:
        import psycopg

        return psycopg.Error


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _number(name: str) -> int:
    """A name as the signed 32-bit number that an advisory lock takes."""
    return zlib.crc32(name.encode()) - 2**31


def _try_lock(connection: Any, room: int, number: int) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (room, number)).fetchone()
    return bool(row[0])
