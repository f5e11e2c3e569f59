"""The one door to the database: connections per thread, transactions, and every statement that is executed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from peewee import PeeweeException, SqliteDatabase
from playhouse.pool import PooledPostgresqlDatabase

from maildesk.store.address import place_of
from maildesk.store.faults import StoreError, StoreGone, StoreTrouble, raised, trouble
from maildesk.store.prepared import Prepared
from maildesk.store.schema import Table

Row = tuple[Any, ...]
T = TypeVar("T")

#: How long a writer waits for another process's lock before it says so, in milliseconds. Shorter than the ten seconds in
#: which a daemon must be able to leave.
BUSY_MS = 5_000

#: FULL: a commit is on the disk before a mail is moved; NORMAL would lose the last commits of a power cut, by design.
#: secure_delete: what `erase` takes out is overwritten at once.
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "busy_timeout": BUSY_MS,
    "foreign_keys": 1,
    "secure_delete": 1,
}

#: One for each thread of a daemon with many mailboxes; more wait for a free one.
POSTGRES_CONNECTIONS = 20
POOL_WAIT_SECONDS = 10
STALE_SECONDS = 300
#: A server that vanished without a word is noticed within a minute.
KEEPALIVE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "application_name": "maildesk",
}


class _Local(threading.local):
    depth = 0
    in_transaction = False
    savepoints = 0
    spoilt: StoreError | None = None
    lane: int | None = None


class Door:
    """Executes statements for the rooms of the store; every error leaves it as a `StoreError` that says what can be done."""

    def __init__(self, url: str, directory: Path) -> None:
        self.place = place_of(url, directory)
        self.is_sqlite = self.place.path is not None
        # The type stubs know neither the pool nor the raw statements.
        self._db: Any = self._database()
        self._local = _Local()
        self._inserts: dict[tuple[type[Table], bool, str], tuple[str, tuple[tuple[str, Any, Any], ...]]] = {}

    def _database(self) -> Any:
        if self.place.path is not None:
            return SqliteDatabase(str(self.place.path), pragmas=PRAGMAS, timeout=BUSY_MS / 1000)
        return PooledPostgresqlDatabase(
            self.place.conninfo,
            max_connections=POSTGRES_CONNECTIONS,
            stale_timeout=STALE_SECONDS,
            timeout=POOL_WAIT_SECONDS,
            prefer_psycopg3=True,
            **KEEPALIVE,
        )

    # Connections and transactions

    @contextmanager
    def session(self) -> Iterator[None]:
        """A connection for this thread. Nested sessions share it. SQLite keeps it open for the thread's next session."""
        local = self._local
        if local.depth == 0:
            self._guard(self._connect)
        local.depth += 1
        try:
            yield
        finally:
            local.depth -= 1
            if local.depth == 0 and not self.is_sqlite:
                self._let_go()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done within is committed together or not at all. Within another transaction: a savepoint.

        On SQLite it takes the write lock at once: a transaction that reads first and writes later fails whenever
        another writer came between, whatever the time-out."""
        local = self._local
        if local.in_transaction:
            with self.savepoint():
                yield
            return
        with self.session():
            self._guard(lambda: self._db.execute_sql("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN"))
            local.in_transaction, local.spoilt = True, None
            try:
                yield
                self._commit()
            except BaseException:
                self._quietly("ROLLBACK")
                raise
            finally:
                local.in_transaction, local.spoilt = False, None

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the transaction that can fail by itself."""
        local = self._local
        if not local.in_transaction:
            with self.transaction():
                yield
            return
        local.savepoints += 1
        name = f"s{local.savepoints}"
        self._run(f"SAVEPOINT {name}")
        try:
            yield
            self._run(f"RELEASE SAVEPOINT {name}")
        except BaseException as exc:
            if not self._quietly(f"ROLLBACK TO SAVEPOINT {name}"):
                # SQLite gives up the whole transaction when the disk is full. Whatever came next would be committed alone.
                local.spoilt = local.spoilt or raised(exc, self.place.name)
            raise
        finally:
            local.savepoints -= 1

    def _commit(self) -> None:
        if self._local.spoilt is not None:
            raise self._local.spoilt
        if not self.is_sqlite and self._in_error():
            # PostgreSQL answers COMMIT of a failed transaction with a rollback and no error.
            raise StoreError(f"{self.place.name}: a statement failed and the transaction cannot be committed")
        self._guard(lambda: self._db.execute_sql("COMMIT"))

    def _in_error(self) -> bool:
        return int(self._db.connection().info.transaction_status) == 3  # libpq: PQTRANS_INERROR

    def _connect(self) -> None:
        if not self._db.connect(reuse_if_open=True) or self.is_sqlite:
            return
        try:
            self._db.execute_sql("SELECT 1")
        except PeeweeException:
            # A pooled connection may have died while nobody used it, and then its neighbours did too.
            self._drop()
            self._db.connect()

    def _drop(self) -> None:
        self._db.manual_close()
        self._db.close_idle()

    def _let_go(self) -> None:
        try:
            self._db.close()
        except PeeweeException:
            self._db.dispose()

    def _quietly(self, sql: str) -> bool:
        try:
            self._db.execute_sql(sql)
        except PeeweeException:
            return False
        return True

    def _guard(self, step: Callable[[], T]) -> T:
        try:
            return step()
        except Exception as exc:
            if isinstance(exc, StoreError) or not _of_the_driver(exc):
                raise
            raise raised(exc, self.place.name) from exc

    # Statements

    def _run(self, sql: str, params: Sequence[Any] = (), *, many: bool = False) -> Any:
        local = self._local
        if local.spoilt is not None:
            raise local.spoilt
        try:
            if many:
                cursor = self._db.connection().cursor()
                cursor.executemany(sql, params)
                return cursor
            return self._db.execute_sql(sql, params)
        except Exception as exc:
            if not _of_the_driver(exc):
                raise
            fault = raised(exc, self.place.name)
            if local.in_transaction and self._transaction_is_gone():
                local.spoilt = fault
            raise fault from exc

    def _transaction_is_gone(self) -> bool:
        return self.is_sqlite and not self._db.connection().in_transaction

    def _compiled(self, query: Any) -> tuple[str, Sequence[Any]]:
        sql, params = self._db.get_sql_context().sql(query).query()
        return sql, params

    def _ask(self, prepared: Prepared, **args: Any) -> list[Row]:
        """The rows of a prepared query. A list among its arguments may not be empty."""
        return self._fetch(*prepared.compiled(self._db, args))

    def _do(self, prepared: Prepared, **args: Any) -> int:
        """Executes a prepared change and tells how many rows it touched."""
        sql, params = prepared.compiled(self._db, args)
        with self.session():
            return int(self._run(sql, params).rowcount)

    def _rows(self, query: Any) -> list[Row]:
        """All rows of a query as the engine gives them: numbers and text, not yet moments and tuples."""
        return self._fetch(*self._compiled(query))

    def _row(self, query: Any) -> Row | None:
        rows = self._rows(query)
        return rows[0] if rows else None

    def _value(self, query: Any) -> Any:
        row = self._row(query)
        return None if row is None else row[0]

    def _change(self, query: Any) -> int:
        """Executes an insert, update or delete and tells how many rows it touched."""
        sql, params = self._compiled(query)
        with self.session():
            return int(self._run(sql, params).rowcount)

    def _fetch(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        with self.session():
            cursor = self._run(sql, params)
            return self._guard(cursor.fetchall)

    def _insert(self, table: type[Table], *, ignore: bool = False, **values: Any) -> bool:
        """Inserts a row; `ignore`: not where a unique key stands against it. True if it was inserted."""
        sql, columns = self._insert_sql(table, ignore, "")
        with self.session():
            return int(self._run(sql, _filled(columns, values)).rowcount) == 1

    def _insert_returning(self, table: type[Table], column: str, **values: Any) -> int:
        """Inserts a row and returns the number it got."""
        sql, columns = self._insert_sql(table, False, column)
        return int(self._fetch(sql, _filled(columns, values))[0][0])

    def _insert_all(self, table: type[Table], rows: Iterable[dict[str, Any]], *, ignore: bool = False) -> None:
        sql, columns = self._insert_sql(table, ignore, "")
        values = [_filled(columns, row) for row in rows]
        if len(values) == 1:
            with self.session():
                self._run(sql, values[0])
        elif values:
            with self.session():
                self._run(sql, values, many=True)

    def _insert_sql(self, table: type[Table], ignore: bool, returning: str) -> tuple[str, Any]:
        # Ten rows are written for each mail; building these texts anew took longer than writing the rows.
        found = self._inserts.get((table, ignore, returning))
        if found is None:
            fields = [field for field in table._meta.sorted_fields if not field.auto_increment]
            columns = tuple((field.name, field.stored, field.default) for field in fields)
            names = ", ".join(f'"{field.column_name}"' for field in fields)
            marks = ", ".join([self._db.param] * len(fields))
            sql = f'INSERT INTO "{table._meta.table_name}" ({names}) VALUES ({marks})'
            sql += " ON CONFLICT DO NOTHING" * ignore + (f' RETURNING "{returning}"' if returning else "")
            found = self._inserts[(table, ignore, returning)] = (sql, columns)
        return found


def _filled(columns: Iterable[tuple[str, Any, Any]], values: dict[str, Any]) -> list[Any]:
    row = []
    for name, stored, default in columns:
        value = values.get(name, default)
        row.append(None if value is None else stored(value))
    return row


def _of_the_driver(exc: BaseException) -> bool:
    if isinstance(exc, PeeweeException | StoreGone) or trouble(exc) is not StoreTrouble.OTHER:
        return True
    return type(exc).__module__.partition(".")[0] in ("sqlite3", "psycopg")
