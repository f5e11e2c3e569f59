"""All of a transaction or nothing; a part of it can fail by itself; whoever waits or finds no room is told so."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from maildesk.store import Store, StoreBusy, StoreError, StoreFull, StoreGone, StoreTrouble, trouble

ROOT = Path(__file__).resolve().parents[2]


def child(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Another process that runs this code with the store of `url, directory` at hand; it says `ready` when it got so far."""
    head = (
        "import sys, pathlib, time\n"
        "from maildesk.store import *\n"
        "store = Store(sys.argv[1], pathlib.Path(sys.argv[2])); store.open()\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", head + code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_a_savepoint_fails_by_itself(store, make):
    with store.transaction():
        first = store.save(make.ticket())
        with pytest.raises(ZeroDivisionError), store.savepoint():
            store.save(make.ticket())
            _ = 1 / 0
        with store.savepoint():
            last = store.save(make.ticket())
    assert store.tickets() == (first, last)


def test_a_statement_that_fails_within_a_savepoint_spoils_nothing_else(store, make):
    with store.transaction():
        ticket = store.save(make.ticket())
        store.put(make.letter("A"), priority=1, not_before=make.now)
        with pytest.raises(StoreError), store.savepoint():
            store.put(make.letter("A"), priority=1, not_before=make.now)
        store.put(make.letter("B"), priority=1, not_before=make.now)
    assert [row.uid for row in store.outbox()] == ["A", "B"]
    assert store.tickets() == (ticket,)


def test_savepoints_nest_and_a_nested_transaction_is_one(store, make):
    with store.transaction():
        with pytest.raises(KeyError), store.transaction():
            store.set("outer", "no")
            with store.savepoint():
                store.set("inner", "no")
            raise KeyError
        with store.transaction(), store.savepoint():
            store.set("kept", "yes")
    assert [store.get(key) for key in ("outer", "inner", "kept")] == [None, None, "yes"]


def test_a_savepoint_without_a_transaction_is_one(store):
    with pytest.raises(KeyError), store.savepoint():
        store.set("key", "value")
        raise KeyError
    assert store.get("key") is None


def test_a_failed_statement_that_was_swallowed_is_not_taken_for_a_commit(store, database, make):
    """PostgreSQL gives the whole transaction up and answers its COMMIT kindly."""
    if database.is_sqlite:
        with store.transaction():
            store.set("key", "value")
            store.put(make.letter("A"), priority=1, not_before=make.now)
            with pytest.raises(StoreError):
                store.put(make.letter("A"), priority=1, not_before=make.now)
        assert store.get("key") == "value"
        return
    with pytest.raises(StoreError, match="cannot be committed"), store.transaction():
        store.put(make.letter("A"), priority=1, not_before=make.now)
        with pytest.raises(StoreError):
            store.put(make.letter("A"), priority=1, not_before=make.now)
    assert store.outbox() == []


def test_a_thread_needs_no_session_of_its_own(store, make):
    found = []

    def work():
        with store.session(), store.session():
            store.set("from", "thread")
        found.append(store.get("from"))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == ["thread"] == [store.get("from")]


def test_writers_in_many_threads_all_come_through(store, make):
    """Each reads before it writes, which is what fails at once where the lock is not taken at the beginning."""
    store.set("count", "0")

    def count():
        for _ in range(15):
            with store.transaction():
                if not store.is_sqlite:
                    store._fetch("SELECT value FROM setting WHERE key = 'count' FOR UPDATE")
                store.set("count", str(int(store.get("count")) + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("count") == "60"


def test_a_process_killed_within_a_transaction_leaves_nothing_of_it(database, store, make):
    code = (
        "with store.transaction():\n"
        "    store.set('half', 'done'); store.quarantine(None, b'x' * 200000, 'why', __import__('datetime').datetime.now(\n"
        "        __import__('datetime').UTC))\n"
        "    print('ready', flush=True); time.sleep(60)\n"
    )
    process = child(code, database.url, str(database.directory))
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert store.get("half") is None
    assert store.quarantined() == []
    store.set("after", "fine")
    assert database.another().get("after") == "fine"
    assert store.check() == []


def test_what_was_committed_survives_the_death_of_the_process(database, store):
    code = "store.set('key', 'value'); print('ready', flush=True); time.sleep(60)\n"
    process = child(code, database.url, str(database.directory))
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert store.get("key") == "value"


# On SQLite alone


def test_a_commit_is_on_the_disk_when_it_is_told(desk_file):
    """NORMAL would lose the last commits of a power cut."""
    found = {name: desk_file._fetch(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert desk_file._fetch("PRAGMA secure_delete")[0][0] == 1
    assert desk_file._fetch("PRAGMA busy_timeout")[0][0] >= 5000


def test_a_row_that_refers_to_no_ticket_is_refused(store, make):
    with pytest.raises(StoreError), store.transaction():
        store.add_message(99, make.message())


def test_whoever_finds_the_database_locked_is_told_so_and_goes_on_later(desk_file, tmp_path):
    other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    desk_file._fetch("PRAGMA busy_timeout = 10")
    with pytest.raises(StoreBusy) as caught, desk_file.transaction():
        desk_file.set("key", "never")
    assert trouble(caught.value) is StoreTrouble.LOCKED is Store.trouble(caught.value)
    other.execute("ROLLBACK")
    desk_file.set("key", "value")
    assert desk_file.get("key") == "value"
    other.close()


def test_a_full_disk_is_told_undoes_the_whole_transaction_and_passes(desk_file, make):
    store = desk_file
    store.set("before", "kept")
    pages = store._fetch("PRAGMA page_count")[0][0]
    store._fetch(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(StoreFull) as caught, store.transaction():
        store.set("during", "lost")
        store.quarantine(None, b"x" * 1_000_000, "why", make.now)
    assert trouble(caught.value) is StoreTrouble.FULL
    assert store.get("during") is None
    store._fetch("PRAGMA max_page_count = 1000000")
    store.quarantine(None, b"x" * 1_000_000, "why", make.now)
    assert store.get("before") == "kept"
    assert store.check() == []


def test_where_the_engine_gave_the_transaction_up_nothing_more_is_written_in_it(desk_file, make):
    """SQLite may do so on a full disk; the next mail would else be stored without any transaction, and at once."""
    store = desk_file
    store._run("CREATE TEMP TRIGGER gives_up AFTER INSERT ON quarantine BEGIN SELECT RAISE(ROLLBACK, 'no room'); END")
    with pytest.raises(StoreError, match="no room"), store.transaction():
        store.set("before", "lost")
        with pytest.raises(StoreError, match="no room"), store.savepoint():
            store.quarantine(None, b"x", "why", make.now)
        with pytest.raises(StoreError, match="no room"), store.savepoint():
            store.set("next", "mail")
        with pytest.raises(StoreError, match="no room"):
            store.set("next", "mail")
    assert store.get("before") is None
    assert store.get("next") is None
    store.set("after", "fine")
    assert store.get("after") == "fine"


def test_a_file_that_may_not_be_written_is_told_like_a_full_disk(desk_file):
    desk_file._fetch("PRAGMA query_only = 1")
    with pytest.raises(StoreFull):
        desk_file.set("key", "value")


def test_a_folder_that_went_away_is_told(tmp_path):
    folder = tmp_path / "mounted"
    folder.mkdir()
    store = Store("sqlite:///mounted/desk.db", tmp_path)
    store.open()
    store.close()
    folder.rename(tmp_path / "away")
    with pytest.raises(StoreGone):
        store.get("key")


# On PostgreSQL alone


def test_a_killed_backend_costs_the_transaction_and_nothing_more(postgres_url, tmp_path, make):
    import psycopg

    store = Store(postgres_url, tmp_path)
    store.open()
    with pytest.raises(StoreGone) as caught, store.transaction():
        store.set("half", "done")
        (pid,) = store._fetch("SELECT pg_backend_pid()")[0]
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        store.set("other", "half")
    assert trouble(caught.value) is StoreTrouble.GONE
    assert store.get("half") is None
    store.set("after", "fine")
    assert store.get("after") == "fine"
    store.close()


def test_connections_that_died_while_nobody_used_them_are_replaced(postgres_url, tmp_path, make):
    import psycopg

    store = Store(postgres_url, tmp_path)
    store.open()
    store.set("key", "value")
    with store.transaction():
        store.put(make.letter("A"), priority=1, not_before=make.now)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'maildesk' "
            "AND pid <> pg_backend_pid()"
        )
    assert store.get("key") == "value"
    assert len(store.claim_due(make.now, 5)) == 1
    assert store.release_sending() == 0
    store.close()


def test_a_server_that_is_not_there_is_told(tmp_path):
    with pytest.raises(StoreGone, match=r"postgresql://127\.0\.0\.1/nothing") as caught:
        Store("postgresql://desk:geheim@127.0.0.1:1/nothing", tmp_path).open()
    assert "geheim" not in str(caught.value)
