"""A database is opened only where it is ours and whole; who may work on it is settled by locks that die with their holder."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from maildesk.store import AlreadyRunning, Store, StoreError, StoreGone
from maildesk.store.schema import VERSION, DeskVersion

ROOT = Path(__file__).resolve().parents[2]


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_store_opened_again_holds_what_it_held(database, make):
    first = database.another()
    with first.transaction():
        ticket = first.save(make.ticket())
    first.close()
    assert database.another().ticket(ticket.number) == ticket


def test_two_that_open_an_empty_database_at_once_both_get_it(database):
    stores, faults = [Store(database.url, database.directory) for _ in range(4)], []
    start = threading.Barrier(len(stores))

    def begin(store):
        start.wait()
        try:
            store.open()
            store.get("key")
        except Exception as exc:
            faults.append(exc)

    threads = [threading.Thread(target=begin, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert database.another()._rows(DeskVersion.select(DeskVersion.version)) == [(VERSION,)]
    for store in stores:
        store.close()


def test_a_database_of_a_newer_program_is_refused_and_left_as_it_is(database):
    store = database.another()
    store._change(DeskVersion.update(version=VERSION + 1))
    store.close()
    before = files_of(database.directory)
    with pytest.raises(StoreError, match="newer maildesk"):
        Store(database.url, database.directory).open()
    assert files_of(database.directory) == before


def test_a_url_that_names_no_database_is_refused(tmp_path):
    for url in ("mysql://x/y", "sqlite://", "sqlite:///", "maildesk.db"):
        with pytest.raises(StoreError, match="sqlite:///"):
            Store(url, tmp_path)


def test_the_url_of_a_file_is_relative_to_the_folder_or_absolute(tmp_path):
    assert Store("sqlite:///desk.db", tmp_path).place.path == tmp_path / "desk.db"
    assert Store(f"sqlite:///{tmp_path}/x y.db", Path("/nowhere")).place.path == tmp_path / "x y.db"


# Files


def test_the_file_and_its_log_are_readable_by_their_owner_alone(desk_file, tmp_path):
    mask = os.umask(0)
    try:
        desk_file.set("key", "value")
        with desk_file.lock_daemon():
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        os.umask(mask)
    assert modes == dict.fromkeys(("desk.db", "desk.db-wal", "desk.db-shm", "desk.db.lock"), 0o600)


def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path, make):
    store = Store("sqlite:///desk.db", tmp_path)
    store.open()
    for _ in range(50):
        store.quarantine(None, b"x" * 3000, "why", make.now)
    store.close()
    path = tmp_path / "desk.db"
    whole = path.read_bytes()
    damages = (b"not a database at all, but long enough to be one" * 100, whole[: len(whole) // 2])
    for damage in (*damages, whole[:8192] + b"\xa5" * 40_000 + whole[48_192:]):
        path.write_bytes(damage)
        before = files_of(tmp_path)
        with pytest.raises(StoreError, match="is damaged") as caught:
            Store("sqlite:///desk.db", tmp_path).open()
        assert "\n" not in str(caught.value)
        assert files_of(tmp_path) == before


def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path):
    other = sqlite3.connect(tmp_path / "desk.db")
    other.execute("CREATE TABLE firefox (x)")
    other.close()
    before = files_of(tmp_path)
    with pytest.raises(StoreError, match="not maildesk's"):
        Store("sqlite:///desk.db", tmp_path).open()
    assert files_of(tmp_path) == before


def test_a_file_in_no_folder_is_refused(tmp_path):
    with pytest.raises(StoreError, match="no folder"):
        Store("sqlite:///none/desk.db", tmp_path).open()


def test_an_empty_file_becomes_a_database(tmp_path):
    (tmp_path / "desk.db").touch()
    store = Store("sqlite:///desk.db", tmp_path)
    store.open()
    assert store.check() == []
    store.close()


def test_a_database_that_others_have_open_is_opened_too(desk_file, tmp_path):
    desk_file.set("key", "in the log")
    assert (tmp_path / "desk.db-wal").stat().st_size > 0
    second = Store("sqlite:///desk.db", tmp_path)
    second.open()
    assert second.get("key") == "in the log"
    second.close()


def test_a_check_finds_a_reference_to_nothing(desk_file, make):
    with desk_file.transaction():
        number = desk_file.save(make.ticket()).number
        desk_file.add_message(number, make.message())
    desk_file._fetch("PRAGMA foreign_keys = 0")
    desk_file._run("DELETE FROM term")
    desk_file._run("DELETE FROM author_address")
    desk_file._run("DELETE FROM ticket")
    assert desk_file.check() == ["message: row 1 refers to nothing in ticket"]


# Locks


def test_a_second_daemon_on_one_file_is_refused_at_once(desk_file, tmp_path):
    second = Store("sqlite:///desk.db", tmp_path)
    with desk_file.lock_daemon(), pytest.raises(AlreadyRunning), second.lock_daemon():
        pass
    with second.lock_daemon():
        pass


def test_the_lock_of_a_killed_daemon_is_free(desk_file, tmp_path):
    code = (
        "import pathlib, sys, time; from maildesk.store import Store\n"
        "store = Store('sqlite:///desk.db', pathlib.Path(sys.argv[1])); store.open()\n"
        "with store.lock_daemon(): print('ready', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout.readline() == "ready\n"
    with pytest.raises(AlreadyRunning), desk_file.lock_daemon():
        pass
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with desk_file.lock_daemon():
        pass


def test_daemons_on_one_server_share_the_work_and_each_source_has_one_reader(postgres_url, tmp_path):
    stores = [Store(postgres_url, tmp_path) for _ in range(2)]
    for store in stores:
        store.open()
    first, second = stores
    with first.lock_daemon(), second.lock_daemon(), first.lock_source("imap:a") as got:
        assert got
        with second.lock_source("imap:a") as theirs, second.lock_source("imap:b") as other:
            assert (theirs, other) == (False, True)
    with second.lock_source("imap:a") as theirs:
        assert theirs
    for store in stores:
        store.close()


def test_on_one_file_the_daemon_has_every_source(desk_file):
    with desk_file.lock_source("imap:a") as got:
        assert got is True


def test_the_letters_of_a_killed_process_are_released_and_those_of_a_living_one_are_not(postgres_url, tmp_path, make):
    store = Store(postgres_url, tmp_path)
    store.open()
    with store.transaction():
        store.put(make.letter("A"), priority=1, not_before=make.now)
    code = (
        "import pathlib, sys, time, datetime; from maildesk.store import Store\n"
        "store = Store(sys.argv[1], pathlib.Path('.')); store.open()\n"
        "assert store.claim_due(datetime.datetime.fromisoformat(sys.argv[2]), 5)\n"
        "print('ready', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, postgres_url, make.now.isoformat()], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout.readline() == "ready\n"
    assert store.release_sending() == 0
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    # The server notices the closed socket in its own time.
    while not store.release_sending():
        pass
    assert [item.letter.uid for item in store.claim_due(make.now, 5)] == ["A"]
    store.close()


def test_a_closed_store_says_that_it_is_gone_or_opens_anew(desk_file):
    desk_file.close()
    try:
        assert desk_file.get("key") is None
    except StoreGone:
        pytest.fail("a file can be opened at any time")


def test_a_desk_of_the_first_version_is_brought_up_to_date_and_its_tickets_are_counted(desk_file, make):
    with desk_file.transaction():
        number = desk_file.save(make.ticket()).number
        desk_file._run("DROP INDEX ticket_counted_at")
        desk_file._run("ALTER TABLE ticket DROP COLUMN counted_at")
        desk_file._change(DeskVersion.update(version=1))
    desk_file.close()
    desk_file.open()
    ticket = desk_file.ticket(number)
    assert ticket.counted_at == ticket.received_at
    assert desk_file._rows(DeskVersion.select(DeskVersion.version)) == [(VERSION,)]
