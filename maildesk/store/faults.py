"""What can be wrong with the database, told apart by what a caller can do about it."""

from __future__ import annotations

import sqlite3
from enum import StrEnum

from peewee import PeeweeException


class StoreTrouble(StrEnum):
    """LOCKED: try again soon. FULL: no room, or read-only; a person must make room. GONE: no connection. OTHER: a fault of ours."""

    LOCKED = "locked"
    FULL = "full"
    GONE = "gone"
    OTHER = "other"


class StoreError(Exception):
    """The database could not do it; the sentence says what and why."""

    trouble = StoreTrouble.OTHER


class StoreBusy(StoreError):
    """Another process holds the lock; nothing was changed."""

    trouble = StoreTrouble.LOCKED


class StoreFull(StoreError):
    """No room is left, or the file may not be written; nothing was changed."""

    trouble = StoreTrouble.FULL


class StoreGone(StoreError):
    """The database cannot be reached; what was under way is rolled back."""

    trouble = StoreTrouble.GONE


class AlreadyRunning(StoreError):
    """Another daemon works on this database."""


_RAISED: dict[StoreTrouble, type[StoreError]] = {
    StoreTrouble.LOCKED: StoreBusy,
    StoreTrouble.FULL: StoreFull,
    StoreTrouble.GONE: StoreGone,
    StoreTrouble.OTHER: StoreError,
}

#: SQLite's result codes by name (sqlite.org/rescode.html). A failed write or a shared-memory file that cannot grow is a
#: full disk that SQLite could not name (ENOSPC reaches it as an I/O error).
_SQLITE = {
    "SQLITE_BUSY": StoreTrouble.LOCKED,
    "SQLITE_LOCKED": StoreTrouble.LOCKED,
    "SQLITE_FULL": StoreTrouble.FULL,
    "SQLITE_READONLY": StoreTrouble.FULL,
    "SQLITE_IOERR_WRITE": StoreTrouble.FULL,
    "SQLITE_IOERR_SHMSIZE": StoreTrouble.FULL,
    "SQLITE_IOERR_FSYNC": StoreTrouble.FULL,
    "SQLITE_IOERR_TRUNCATE": StoreTrouble.FULL,
    "SQLITE_CANTOPEN": StoreTrouble.GONE,
    "SQLITE_IOERR": StoreTrouble.GONE,
}

#: PostgreSQL's SQLSTATE, whole or by class (PostgreSQL manual, appendix A).
_SQLSTATE = {
    "40001": StoreTrouble.LOCKED,  # serialization_failure
    "40P01": StoreTrouble.LOCKED,  # deadlock_detected
    "55P03": StoreTrouble.LOCKED,  # lock_not_available
    "57014": StoreTrouble.LOCKED,  # query_canceled: a statement or lock timeout
    "53100": StoreTrouble.FULL,  # disk_full
    "53200": StoreTrouble.GONE,  # out_of_memory
    "53300": StoreTrouble.GONE,  # too_many_connections
    "25006": StoreTrouble.FULL,  # read_only_sql_transaction: a standby
    "57": StoreTrouble.GONE,  # operator intervention: shutdown, restart
    "08": StoreTrouble.GONE,  # connection exception
    "58": StoreTrouble.GONE,  # system error
}


def trouble(exc: BaseException) -> StoreTrouble:
    """What kind of trouble this exception is, however it was wrapped."""
    if isinstance(exc, StoreError):
        return exc.trouble
    for cause in _causes(exc):
        if isinstance(cause, sqlite3.Error):
            return _sqlite_trouble(cause)
        if type(cause).__module__.partition(".")[0] == "psycopg":
            return _postgres_trouble(cause)
        if type(cause).__name__ == "MaxConnectionsExceeded":
            return StoreTrouble.LOCKED
    return StoreTrouble.OTHER


def raised(exc: BaseException, where: str) -> StoreError:
    """The StoreError to raise in place of a driver's exception; `where` names the database without its password."""
    if isinstance(exc, StoreError):
        return exc
    line = " ".join(str(exc).split()) or type(exc).__name__
    return _RAISED[trouble(exc)](f"{where}: {line}")


def _causes(exc: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = exc
    while current is not None and current not in found:
        found.append(current)
        if isinstance(current, PeeweeException):
            found.extend(arg for arg in current.args if isinstance(arg, BaseException))
        current = current.__cause__ or current.__context__
    return found


def _sqlite_trouble(exc: sqlite3.Error) -> StoreTrouble:
    name = getattr(exc, "sqlite_errorname", "") or ""
    while name:
        if name in _SQLITE:
            return _SQLITE[name]
        name = name.rpartition("_")[0]
    return StoreTrouble.OTHER


def _postgres_trouble(exc: BaseException) -> StoreTrouble:
    state = getattr(exc, "sqlstate", None)
    if state is None:
        # A broken or refused connection has no SQLSTATE: the server said nothing any more.
        return StoreTrouble.GONE if type(exc).__name__ == "OperationalError" else StoreTrouble.OTHER
    return _SQLSTATE.get(state) or _SQLSTATE.get(state[:2]) or StoreTrouble.OTHER
