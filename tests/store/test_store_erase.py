"""What is forgotten is found in no table and in no file, and the figures stay; a backup is whole whenever it is made."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from maildesk.model import (
    Attachment,
    Author,
    Direction,
    Event,
    Extension,
    ExtensionState,
    Fate,
    Held,
    Kind,
    Outcome,
    Recipient,
    State,
)
from maildesk.store import LetterState, Store, StoreError

CANARY = "Кенарь-canary-7f3a"
EMAIL = "canary@home.example"


def tell_everything(store, make, secret=CANARY, email=EMAIL, uid=1):
    """One appeal that left a trace of the secret in every table; returns the ticket."""
    raw = f"From: {email}\r\n\r\n{secret}".encode()
    file = Attachment(f"{secret}.txt", "text/plain", raw)
    extension = Extension(1, secret, ExtensionState.REQUESTED, "ivanova", make.now, make.later(days=1))
    author = Author(secret, email, secret, "parent", secret, (email,))
    with store.transaction():
        key = make.key(uid)
        store.claim(key, f"print {uid}", make.now)
        ticket = store.save(
            replace(
                make.ticket(author=author, state=State.CLOSED, extension=extension), subject=secret, closed_at=make.now
            )
        )
        number = ticket.number
        mail = make.message(secret, sender=email, message_id=f"<{secret}{uid}@home>")
        store.add_message(number, mail, [file], "author")
        store.add_message(number, make.message(secret, direction=Direction.OUT, kind="answer"))
        store.add_event(number, Event(make.now, "author", "opened", (secret,)))
        letters = (
            ("ANSWER", Kind.ANSWER, Recipient(email, secret, "author"), number),
            ("ASSIGN", Kind.ASSIGNMENT, Recipient("staff@school.example", "Иванова", "ivanova"), number),
            ("REPORT", Kind.DAILY_REPORT, Recipient("head@school.example", "Сидоров", "sidorov"), None),
            ("NOTICE", Kind.NOTICE, Recipient("head@school.example", "Сидоров", "sidorov"), None),
        )
        for name, kind, to, about in letters:
            letter = make.letter(f"{name}{uid}", about, kind=kind, to=to, subject=secret, data=raw, text=secret)
            if kind is Kind.DAILY_REPORT:
                letter = replace(letter, subject="Отчёт")
            store.put(replace(letter, attachments=(secret,)) if about else letter, priority=1, not_before=make.now)
            if about is None:
                store.mark_sent(letter.uid, make.now, "250 ok")
        store.conclude(
            key,
            outcome=Outcome.NEW,
            fate=Fate.PROCESSED,
            ticket=number,
            message_id=f"<{secret}{uid}@home>",
            sender=email,
            subject=secret,
            note=secret,
        )
        store.set(f"proven:{email}", "1")
        store.hold(f"HOLD{uid}", Held("ivanova", number, make.now), raw)
        store.quarantine(
            make.key(f"q{uid}"), raw, secret, make.now, sender=email, subject=secret, message_id="<q@home>"
        )
    return ticket


def everything(store: Store) -> str:
    """All that the tables hold, as text."""
    from maildesk.store.schema import TABLES

    cells = [cell for table in TABLES for row in store._rows(table.select()) for cell in row]
    return "\n".join(
        bytes(cell).decode("latin-1") if isinstance(cell, bytes | memoryview) else str(cell) for cell in cells
    )


def traces(store: Store) -> list[str]:
    text = everything(store)
    return [trace for trace in (CANARY, CANARY.encode().decode("latin-1"), EMAIL) if trace in text]


def test_an_author_is_forgotten_in_every_table(store, make):
    ticket = tell_everything(store, make)
    assert traces(store)
    erased = store.erase(email=EMAIL.upper(), at=make.later(days=1))
    assert (erased.tickets, erased.letters, erased.quarantined) == (1, 2, 1)
    assert set(erased.message_ids) == {f"<{CANARY}1@home>", "<q@home>"}
    assert traces(store) == []
    kept = store.ticket(ticket.number)
    assert kept.erased
    assert (kept.state, kept.received_at, kept.closed_at) == (State.CLOSED, make.now, make.now)
    assert kept.terms == ticket.terms
    assert kept.author.role == "parent"
    assert [event.event for event in store.page(ticket.number).history] == ["opened"]
    assert store.account(make.now, make.later(hours=1)).seen == 1


def test_a_ticket_is_forgotten_with_all_that_names_it(store, make):
    ticket = tell_everything(store, make)
    with store.transaction():
        store._run("DELETE FROM quarantine")
    assert store.erase(ticket=ticket.number, at=make.now).tickets == 1
    assert traces(store) == []


def test_nobody_else_is_forgotten(store, make):
    other = tell_everything(store, make, "Сосед-neighbour", "other@home.example", uid=2)
    tell_everything(store, make)
    store.erase(email=EMAIL, at=make.now)
    assert store.ticket(other.number) == other
    assert store.attachments(other.number)[0].name == "Сосед-neighbour.txt"
    assert [row.subject for row in store.outbox() if row.ticket == other.number] == ["Сосед-neighbour"] * 2
    assert store.quarantined()[0].sender == "other@home.example"
    assert store.get("proven:other@home.example") == "1"


def test_a_dry_run_counts_and_changes_nothing(store, make):
    tell_everything(store, make)
    before = everything(store)
    dry = store.erase(email=EMAIL, dry=True)
    assert everything(store) == before
    assert dry == store.erase(email=EMAIL, at=make.now)


def test_letters_that_were_still_to_go_are_dropped(store, make):
    tell_everything(store, make)
    store.erase(email=EMAIL, at=make.now)
    assert store.claim_due(make.later(days=1), 10) == []
    dropped = store.outbox([LetterState.DROPPED])
    assert sorted(row.uid for row in dropped) == ["ANSWER1", "ASSIGN1"]
    assert {row.to for row in dropped} == {"", "staff@school.example"}


def test_what_was_closed_long_ago_is_forgotten_and_what_is_open_is_not(store, make):
    old = tell_everything(store, make)
    with store.transaction():
        is_open = store.save(make.ticket(state=State.TAKEN))
        rejected = store.save(make.ticket(state=State.REJECTED))
        fresh = store.save(make.ticket(state=State.CLOSED, closed_at=make.later(days=9)))
    assert store.erase(closed_before=make.now).tickets == 0
    assert store.erase(closed_before=make.later(days=1)).tickets == 2
    assert [store.ticket(t.number).erased for t in (old, rejected, is_open, fresh)] == [True, True, False, False]
    assert store.erase(closed_before=make.later(days=1)).tickets == 0


def test_a_mail_that_was_handled_stays_handled_when_it_is_forgotten(store, make):
    tell_everything(store, make)
    store.erase(email=EMAIL, at=make.now)
    assert store.known([make.key(1)]) == {make.key(1): Fate.PROCESSED}
    with store.transaction():
        assert store.claim(make.key(5), "print 1", make.now).value == "same"


def test_an_unknown_address_is_nothing_to_forget(store):
    erased = store.erase(email="nobody@home.example")
    assert (erased.tickets, erased.letters, erased.message_ids) == (0, 0, ())


def test_a_restored_backup_forgets_again_but_not_what_came_later(store, make):
    ticket = tell_everything(store, make)
    with store.transaction():
        later = store.save(make.ticket(EMAIL, received_at=make.later(days=2)))
    asked = [(mark, make.later(days=1)) for mark, _at in _marks_of(store, make)]
    assert not store.ticket(ticket.number).erased
    assert store.reapply_erasures(asked) == 1
    assert store.ticket(ticket.number).erased
    assert not store.ticket(later.number).erased
    assert store.reapply_erasures() == 0
    listed = store.erase_list()
    assert listed and EMAIL not in str(listed)


def _marks_of(store, make):
    """The erase list of a desk on which the author was forgotten, whose data then came back from a backup."""
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.erase(email=EMAIL, at=make.later(days=1))
        marks = store.erase_list()
        _ = 1 / 0
    return [entry for entry in marks if entry[0]][:1]


def test_after_a_scrub_no_file_holds_what_was_forgotten(desk_file, tmp_path, make):
    for uid in range(20):
        tell_everything(desk_file, make, uid=uid)
        tell_everything(desk_file, make, "Сосед-neighbour", "other@home.example", uid=100 + uid)

    def found(trace: str) -> list[str]:
        return [path.name for path in tmp_path.iterdir() if trace.encode() in path.read_bytes()]

    assert found(CANARY) and found(EMAIL)
    desk_file.erase(email=EMAIL, at=make.now)
    neighbour = Store("sqlite:///desk.db", tmp_path)
    neighbour.open()
    neighbour.tickets()
    desk_file.scrub()
    neighbour.close()
    assert [found(trace) for trace in (CANARY, "canary-7f3a", EMAIL)] == [[], [], []]
    assert found("Сосед-neighbour")
    assert desk_file.check() == []


def test_a_scrub_on_a_server_leaves_a_working_desk(postgres_url, tmp_path, make):
    store = Store(postgres_url, tmp_path)
    store.open()
    tell_everything(store, make)
    store.erase(email=EMAIL, at=make.now)
    store.scrub()
    assert traces(store) == []
    store.close()


def test_a_backup_made_while_others_write_is_whole(desk_file, tmp_path, make):
    store = desk_file
    for uid in range(20):
        tell_everything(store, make, uid=uid)
    stop, written = threading.Event(), []

    def write():
        own = Store("sqlite:///desk.db", tmp_path)
        own.open()
        while not stop.is_set():
            written.append(tell_everything(own, make, uid=f"w{len(written)}"))
        own.close()

    thread = threading.Thread(target=write)
    thread.start()
    while not written and thread.is_alive():
        pass
    copies = [tmp_path / f"copy{number}.db" for number in range(3)]
    for copy in copies:
        store.backup(copy)
    stop.set()
    thread.join()
    for copy in copies:
        restored = Store(f"sqlite:///{copy}", tmp_path)
        restored.open()
        assert restored.check() == []
        assert 20 < len(restored.tickets()) <= 20 + len(written)
        restored.close()
    assert copies[0].stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("*.part"))


def test_a_backup_is_one_file_and_replaces_an_older_one(desk_file, tmp_path, make):
    copy = tmp_path / "copies" / "desk.db"
    copy.parent.mkdir()
    desk_file.set("key", "older")
    desk_file.backup(copy)
    desk_file.set("key", "value")
    desk_file.backup(copy)
    assert [path.name for path in copy.parent.iterdir()] == ["desk.db"]
    reader = sqlite3.connect(copy)
    assert reader.execute("SELECT value FROM setting").fetchall() == [("value",)]
    assert reader.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    reader.close()


def test_a_backup_that_cannot_be_written_says_so(desk_file, tmp_path):
    with pytest.raises(StoreError, match="No such file or directory"):
        desk_file.backup(tmp_path / "none" / "copy.db")
    with pytest.raises(StoreError, match="the database itself"):
        desk_file.backup(tmp_path / "desk.db")


def test_a_server_is_copied_by_its_own_tool(postgres_url, tmp_path):
    with pytest.raises(StoreError, match="pg_dump"):
        Store(postgres_url, tmp_path).backup(Path("copy"))
