"""Keeps what the form took until the desk has it: one SQLite file, each appeal on the disk before its number is shown."""

from __future__ import annotations

import hmac
import json
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from maildesk.form.files import FormFile
from maildesk.model import FormFields

# Files of a form that was sent back for correction wait so long for it to come again.
HELD_FOR = timedelta(hours=4)
# An appeal that went by mail stays for a desk that polls the relay beside it, and no longer.
POSTED_FOR = timedelta(days=7)
# What is left of an acknowledged appeal (number, id, moment: no personal data) keeps numbers and forms from repeating.
REMEMBERED_FOR = timedelta(days=400)
_PAGE = 4096

_SCHEMA = """
CREATE TABLE IF NOT EXISTS spool (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS appeals (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, number TEXT NOT NULL UNIQUE, nonce TEXT NOT NULL UNIQUE,
  digest BLOB NOT NULL, received_at TEXT NOT NULL, fields TEXT, acked_at TEXT,
  posted_at TEXT, post_attempts INTEGER NOT NULL DEFAULT 0, post_at TEXT);
CREATE INDEX IF NOT EXISTS waiting ON appeals (seq) WHERE fields IS NOT NULL;
CREATE TABLE IF NOT EXISTS files (
  appeal INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, size INTEGER NOT NULL,
  bytes BLOB NOT NULL, PRIMARY KEY (appeal, position));
CREATE TABLE IF NOT EXISTS held (
  nonce TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, size INTEGER NOT NULL,
  bytes BLOB NOT NULL, at TEXT NOT NULL, PRIMARY KEY (nonce, position));
"""


class SpoolFull(Exception):
    """Nothing more can be stored: the disk, or the spool's own bound, is full; nothing was changed."""


@dataclass(frozen=True, slots=True)
class NewAppeal:
    """A checked appeal, to be stored. `keep` are the positions of files that were held for the same form."""

    nonce: str
    digest: bytes
    received_at: datetime
    fields: FormFields
    files: tuple[FormFile, ...] = ()
    keep: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The number of a stored appeal. `fresh`: stored just now; `same`: what came is what was stored under this form before."""

    number: str
    fresh: bool
    same: bool = True


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file without its bytes; `size` in bytes."""

    position: int
    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class StoredAppeal:
    """An appeal that the desk has not acknowledged yet."""

    seq: int
    id: str
    number: str
    received_at: datetime
    fields: FormFields
    files: tuple[StoredFile, ...]
    attempts: int = 0


class Spool:
    """One connection, used by one thread. Moments are aware."""

    def __init__(self, path: Path, zone: ZoneInfo, most_bytes: int, failpoint: Callable[[str], None]) -> None:
        """Opens or makes the file, readable by its owner alone. Raises OSError or sqlite3.Error where that cannot be."""
        self._zone, self._failpoint = zone, failpoint
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
        # FULL: a commit returns after the journal is on the disk (fsync); a number is shown only then.
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",
            f"max_page_count={most_bytes // _PAGE}",
        ):
            self._db.execute(f"PRAGMA {pragma}").fetchone()
        self._db.executescript(_SCHEMA)
        self.key = self._secret("key", 32)
        # Names this file: a cursor of another one, lost or laid aside, means nothing here.
        self.name = self._secret("name", 8).hex()

    def close(self) -> None:
        self._db.close()

    def take(self, appeals: Sequence[NewAppeal]) -> list[Receipt | SpoolFull]:
        """Store a group in one commit; where that fails, each alone, so that one too many takes no other with it."""
        try:
            with self._commit("committed"):
                receipts: list[Receipt | SpoolFull] = [self._store(appeal) for appeal in appeals]
                self._failpoint("stored")
            return receipts
        except SpoolFull as full:
            return [self._alone(appeal, full) for appeal in appeals]

    def held(self, nonce: str) -> list[StoredFile]:
        """The files that wait for this form to come again."""
        rows = self._db.execute(
            "SELECT position, name, type, size FROM held WHERE nonce = ? ORDER BY position", (nonce,)
        )
        return [StoredFile(*row) for row in rows]

    def hold(
        self, nonce: str, files: Sequence[FormFile], keep: Sequence[int], of: str, now: datetime
    ) -> list[StoredFile]:
        """Keep files for a form that goes back for correction: new ones, and those of `keep` held for the form `of` before.
        What finds no room is not held: the person chooses it again."""
        try:
            with self._commit("held"):
                self._drop_held(of, keep)
                self._db.execute("UPDATE held SET nonce = ? WHERE nonce = ?", (nonce, of))
                first = 1 + max((file.position for file in self.held(nonce)), default=-1)
                self._db.executemany(
                    "INSERT INTO held VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        (nonce, position, file.name, file.type, len(file.bytes), file.bytes, _text(now))
                        for position, file in enumerate(files, first)
                    ),
                )
        except SpoolFull:
            pass
        return self.held(nonce)

    def waiting(self, after: int, limit: int) -> list[StoredAppeal]:
        """Unacknowledged appeals in the order they were stored."""
        rows = self._db.execute(
            "SELECT seq, id, number, received_at, fields, post_attempts FROM appeals"
            " WHERE fields IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?",
            (after, limit),
        ).fetchall()
        return [self._stored(row) for row in rows]

    def file(self, appeal_id: str, position: int) -> FormFile | None:
        """One file of an unacknowledged appeal."""
        row = self._db.execute(
            "SELECT name, type, bytes FROM files JOIN appeals ON seq = appeal WHERE id = ? AND position = ?",
            (appeal_id, position),
        ).fetchone()
        return FormFile(*row) if row else None

    def acknowledge(self, ids: Sequence[str], now: datetime) -> int:
        """The desk has these: their content is wiped. How many were waiting; unknown and repeated ids do nothing."""
        with self._commit("acked"):
            done = sum(self._forget("id = ?", (one,), now) for one in ids)
            self._failpoint("acking")
        self._wipe()
        return done

    def to_post(self, now: datetime, limit: int) -> list[StoredAppeal]:
        """Appeals whose mail is due."""
        rows = self._db.execute(
            "SELECT seq, id, number, received_at, fields, post_attempts FROM appeals WHERE fields IS NOT NULL"
            " AND posted_at IS NULL AND (post_at IS NULL OR post_at <= ?) ORDER BY seq LIMIT ?",
            (_text(now), limit),
        ).fetchall()
        return [self._stored(row) for row in rows]

    def posted(self, seq: int, now: datetime) -> None:
        """The server took its mail."""
        with self._commit("posted"):
            self._db.execute("UPDATE appeals SET posted_at = ? WHERE seq = ?", (_text(now), seq))

    def post_later(self, seq: int, at: datetime) -> None:
        """The server did not take it: again at that moment."""
        with self._commit("postponed"):
            self._db.execute(
                "UPDATE appeals SET post_attempts = post_attempts + 1, post_at = ? WHERE seq = ?", (_text(at), seq)
            )

    def tidy(self, now: datetime) -> None:
        """Drop held files that nobody came back for, appeals that went by mail, and what is left of old ones."""
        with self._commit("tidied"):
            self._db.execute("DELETE FROM held WHERE at < ?", (_text(now - HELD_FOR),))
            self._forget("posted_at < ?", (_text(now - POSTED_FOR),), now)
            self._db.execute("DELETE FROM appeals WHERE acked_at < ?", (_text(now - REMEMBERED_FOR),))
        self._wipe()

    def _secret(self, name: str, size: int) -> bytes:
        self._db.execute("INSERT OR IGNORE INTO spool VALUES (?, ?)", (name, secrets.token_bytes(size)))
        (value,) = self._db.execute("SELECT value FROM spool WHERE name = ?", (name,)).fetchone()
        return bytes(value)

    @contextmanager
    def _commit(self, name: str) -> Iterator[None]:
        """One transaction. Raises SpoolFull where there is no room for it."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._undo()
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY):
                raise SpoolFull(str(error)) from error
            raise
        except BaseException:
            self._undo()
            raise
        self._failpoint(name)

    def _undo(self) -> None:
        # SQLite may have rolled back of itself (sqlite.org/lang_transaction.html, 3).
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _alone(self, appeal: NewAppeal, full: SpoolFull) -> Receipt | SpoolFull:
        try:
            with self._commit("committed"):
                return self._store(appeal)
        except SpoolFull:
            return full

    def _store(self, appeal: NewAppeal) -> Receipt:
        known = self._db.execute("SELECT number, digest FROM appeals WHERE nonce = ?", (appeal.nonce,)).fetchone()
        if known:
            return Receipt(known[0], fresh=False, same=hmac.compare_digest(known[1], appeal.digest))
        number = self._number(appeal.received_at)
        seq = self._db.execute(
            "INSERT INTO appeals (id, number, nonce, digest, received_at, fields) VALUES (?, ?, ?, ?, ?, ?)",
            (
                f"{number}-{secrets.token_hex(8)}",
                number,
                appeal.nonce,
                appeal.digest,
                _text(appeal.received_at),
                json.dumps(asdict(appeal.fields), ensure_ascii=False),
            ),
        ).lastrowid
        self._drop_held(appeal.nonce, appeal.keep)
        self._db.execute(
            "INSERT INTO files SELECT ?, position, name, type, size, bytes FROM held WHERE nonce = ?",
            (seq, appeal.nonce),
        )
        self._db.execute("DELETE FROM held WHERE nonce = ?", (appeal.nonce,))
        first = 1 + max(appeal.keep, default=-1)
        self._db.executemany(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)",
            (
                (seq, position, file.name, file.type, len(file.bytes), file.bytes)
                for position, file in enumerate(appeal.files, first)
            ),
        )
        return Receipt(number, fresh=True)

    def _number(self, at: datetime) -> str:
        """Day and month, and five digits that tell nothing of how many there were: short enough for a telephone.
        More digits on a day on which those run short."""
        day = at.astimezone(self._zone).strftime("%d%m")
        for attempt in count():
            digits = 5 + attempt // 20
            number = f"{day}-{secrets.randbelow(10**digits):0{digits}}"
            if not self._db.execute("SELECT 1 FROM appeals WHERE number = ?", (number,)).fetchone():
                return number
        raise AssertionError("numbers do not end")

    def _drop_held(self, nonce: str, keep: Sequence[int]) -> None:
        for file in self.held(nonce):
            if file.position not in keep:
                self._db.execute("DELETE FROM held WHERE nonce = ? AND position = ?", (nonce, file.position))

    def _forget(self, which: str, values: Sequence[str], now: datetime) -> int:
        waits = f"fields IS NOT NULL AND {which}"
        self._db.execute(f"DELETE FROM files WHERE appeal IN (SELECT seq FROM appeals WHERE {waits})", values)
        return self._db.execute(
            f"UPDATE appeals SET fields = NULL, acked_at = ? WHERE {waits}", (_text(now), *values)
        ).rowcount

    def _wipe(self) -> None:
        """Personal data must not outlive its deletion in the write-ahead log."""
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _stored(self, row: tuple[int, str, str, str, str, int]) -> StoredAppeal:
        seq, appeal_id, number, received_at, fields, attempts = row
        files = self._db.execute(
            "SELECT position, name, type, size FROM files WHERE appeal = ? ORDER BY position", (seq,)
        )
        return StoredAppeal(
            seq,
            appeal_id,
            number,
            datetime.fromisoformat(received_at),
            FormFields(**json.loads(fields)),
            tuple(StoredFile(*file) for file in files),
            attempts,
        )


def _text(moment: datetime) -> str:
    """UTC, fixed width: sorts as it runs."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
