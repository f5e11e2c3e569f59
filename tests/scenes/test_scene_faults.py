"""Scenes of trouble: servers that refuse, hang and vanish, a database that is locked or full, retention, spam, limits."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from office import Make, Office, kinds, one
from servers.smtp import Stage

from maildesk.config import load
from maildesk.health import examine
from maildesk.store import Store

PARENT = "Мама Пети <mama@mail.example>"


def problems(office: Office) -> tuple[str, ...]:
    config = load(office.directory / "config.toml")
    store = Store(config.database.url, config.directory)
    store.open()
    try:
        return examine(store, config, office.now).problems
    finally:
        store.close()


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.MAIL, Stage.RCPT, Stage.DOT])
def test_a_temporary_refusal_is_tried_again_with_growing_pauses(office: Office, stage: Stage) -> None:
    """Twice in the first hour at least, ever more rarely, and each letter arrives in the end, once."""
    office.sink.refuse(stage, "421 4.3.2 later" if stage is Stage.CONNECT else "450 4.2.0 later")
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    assert office.work() == []
    config = load(office.directory / "config.toml")
    store = Store(config.database.url, config.directory)
    store.open()
    pauses = []
    for _ in range(3):
        # Further letters (a reminder, an escalation) join while time passes; the first one tells its own story.
        row = store.outbox()[0]
        pauses.append(row.next_at - office.now)
        office.now = row.next_at + timedelta(seconds=1)
        office.work()
    store.close()
    assert pauses == sorted(pauses) and pauses[0] + pauses[1] < timedelta(hours=1)
    office.sink.behave()
    office.step(hours=2)
    letters = office.work()
    assert {"receipt", "assignment"} <= {letter.kind for letter in letters}
    assert len({letter.id for letter in letters}) == len(letters)


def test_a_letter_lost_after_the_dot_keeps_its_message_id(office: Office) -> None:
    """The server kept it and broke off: it comes again, under the same Message-ID."""
    office.sink.drop(Stage.DOT, kept=True)
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    letters = office.work()
    office.step(minutes=10)
    letters += office.work()
    ids = [letter.id for letter in letters]
    assert len(set(ids)) == 2 and len(ids) == 3


@pytest.mark.parametrize(
    "line", ["550 5.4.5 daily quota exceeded", "554 5.7.1 message refused as spam", "550 5.1.8 bad sender"]
)
def test_a_refusal_of_the_sender_accuses_no_recipient(office: Office, line: str) -> None:
    """The outbox rests, `status` is red; when the server is content again all goes, and nobody is called."""
    rule = office.sink.refuse(Stage.MAIL, line)
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    office.work()
    assert any("rests" in problem for problem in problems(office))
    office.sink.behave()
    assert rule not in office.sink.rules
    office.step(minutes=5)
    assert office.work() == []
    office.step(hours=24)
    letters = office.work()
    assert {"receipt", "assignment"} <= {letter.kind for letter in letters}
    assert "callback-request" not in {letter.kind for letter in letters}
    assert office.show("MD-1")["author"]["email"] == "mama@mail.example"


def test_a_refused_log_in_rests_the_outbox(make_office: Make) -> None:
    office = make_office()
    office.sink.refuse(Stage.MAIL, "535 5.7.8 log in first")
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    office.work()
    assert any("rests" in problem for problem in problems(office))


def test_a_source_that_fails_three_polls_is_a_mail_to_the_operator(office: Office) -> None:
    """Counted over processes: a desk run by cron tells of it, too, once."""
    from maildesk.daemon import Daemon

    office.work()
    config = office.directory / "config.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace(f"port = {office.dovecot.imap_port}", "port = 1"), encoding="utf-8"
    )
    notices = []
    for _ in range(4):
        office.step(minutes=1)
        before = len(office.sink.mails)
        assert Daemon(load(config), lambda: office.now).once() != []
        notices.append(sum(b"X-Maildesk-Kind: notice" in mail.data for mail in office.sink.mails[before:]))
    assert notices == [0, 0, 1, 0]
    assert problems(office)


def test_a_locked_database_loses_nothing(office: Office) -> None:
    """While another process holds the write lock the mail stays where it is; afterwards it is handled once."""
    from maildesk.store import StoreError

    office.work()
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    holder = sqlite3.connect(office.directory / "maildesk.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError):
        office.work()
    assert len(office.dovecot.mails(office.user)) == 1
    holder.execute("ROLLBACK")
    holder.close()
    assert kinds(office.work()) == [("assignment", "smirnov"), ("receipt", "mama")]
    assert office.dovecot.mails(office.user) == []


def test_a_full_disk_keeps_the_mail_in_the_mailbox(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that may not grow: nothing is moved or flagged; with room again all is done."""
    import maildesk.store.door as door
    from maildesk.store import StoreError

    office.work()
    pages = sqlite3.connect(office.directory / "maildesk.db").execute("PRAGMA page_count").fetchone()[0]
    office.write(PARENT, "[TECH] Звук", "Нет звука " * 20000)
    monkeypatch.setitem(door.PRAGMAS, "max_page_count", pages + 2)
    with pytest.raises(StoreError):
        office.work()
    assert [set(flags) for flags in office.dovecot.flags(office.user).values()] in ([set()], [{b"\\Recent"}])
    monkeypatch.undo()
    assert kinds(office.work()) == [("assignment", "smirnov"), ("receipt", "mama")]
    assert len(office.dovecot.mails(office.user, "Processed")) == 1


def test_the_operator_hears_of_a_disk_that_fills_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, while there is still room to write the letter down."""
    from maildesk import keeping

    monkeypatch.setattr(keeping, "free_bytes", lambda desk: 50_000_000)
    assert kinds(office.work()) == [("notice", "ivanova")]
    assert office.work() == []


def test_retention_takes_what_was_closed_long_ago(make_office: Make) -> None:
    """Words, names and the mails in the folders go; the ticket's figures stay; open and younger tickets are left."""
    office = make_office(sections={"limits": 'retention = "30d"'})
    office.now = datetime.now(UTC) - timedelta(days=60)
    office.write(PARENT, "[TECH] Звук", "Слово-примета zyzzyva")
    office.write("papa@mail.example", "[TECH] Другое", "Осталось")
    assignment = next(letter for letter in office.work() if letter.kind == "assignment" and letter.ticket == "MD-1")
    office.reply(assignment, "[CLOSED] Готово")
    office.work()
    office.step(days=29)
    office.work()
    assert office.show("MD-1")["author"]["email"]
    office.step(days=2)
    office.work()
    shown = office.show("MD-1")
    assert shown["state"] == "closed" and not shown["author"]["email"] and shown["subject"] == ""
    kept = office.dovecot.mails(office.user, "Processed")
    assert len(kept) == 1 and b"papa@" in kept[0]
    assert office.show("MD-2")["author"]["email"] == "papa@mail.example"
    assert b"zyzzyva" not in b"".join(path.read_bytes() for path in office.directory.glob("maildesk.db*"))


def test_a_spam_folder_gives_what_is_known_and_lists_the_rest(make_office: Make) -> None:
    """A known author's mail there is handled; a stranger's is left; moved to the inbox by a person it is a mail like any other."""
    office = make_office(extra='spam = "Junk"')
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    office.work()
    stranger = office.mail("Дед <ded@mail.example>", "[TECH] Не спам", "Помогите").as_bytes()
    known = office.mail(PARENT, "[TECH] Другой вопрос", "Нет картинки").as_bytes()
    for data in (stranger, known):
        office.dovecot.deliver(office.user, data, "Junk", at=office.now)
    assert ("assignment", "smirnov") in kinds(office.work())
    assert [b"ded@" in data for data in office.dovecot.mails(office.user, "Junk")] == [True]
    assert office.work() == []
    office.step(days=1)
    web, *_ = [
        letter for letter in office.work() if letter.kind == "daily-report" and letter.to == "ivanova@school.example"
    ]
    assert "ded@mail.example: [TECH] Не спам" in web.text
    office.deliver(stranger)
    assert ("receipt", "ded") in kinds(office.work())


def test_a_term_missed_while_down_is_escalated_at_start(office: Office) -> None:
    office.now = datetime.now(UTC).replace(hour=8)  # no report is due within three hours
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    office.work()
    office.step(hours=3)
    assert kinds(office.work()) == [("escalation", "sidorov"), ("reminder", "smirnov")]


def test_a_taken_that_came_in_time_but_was_read_late_meets_its_term(office: Office) -> None:
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    assignment = one(office.work(), "assignment")
    office.step(minutes=20)
    office.reply(assignment, "[TAKEN]")
    office.step(hours=2)
    assert kinds(office.work()) == [("command-done", "smirnov")]
    assert office.show("MD-1")["terms"]["take"]["met"] is True


def test_letters_beyond_the_limit_become_one_flood_letter(make_office: Make) -> None:
    """Receipts and confirmations are held back; what carries people's words never is."""
    office = make_office(sections={"limits": 'letters_per_recipient = "2/h"\nnew_tickets_per_sender = "100/h"'})
    for number in range(5):
        office.write(f"parent{number}@mail.example", f"[TECH] Звук {number}", f"Нет звука {number}")
    assignments = [letter for letter in office.work() if letter.kind == "assignment"]
    assert len(assignments) == 5
    for assignment in assignments:
        office.reply(assignment, "[TAKEN]")
    found = kinds(office.work())
    assert found.count(("command-done", "smirnov")) == 2 and found.count(("flood", "smirnov")) == 1
    assert all(office.show(f"MD-{number}")["state"] == "taken" for number in range(1, 6))


def test_a_day_s_amount_lets_peoples_words_go_first(make_office: Make) -> None:
    """per_day is reached: the assignment leaves, the receipt waits for the next day."""
    office = make_office()
    path = office.directory / "config.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[smtp]", "[smtp]\nper_day = 2"), encoding="utf-8")
    office.now = datetime.now(UTC).replace(hour=8)
    for number in range(3):
        office.write(f"parent{number}@mail.example", f"[TECH] Звук {number}", f"Нет звука {number}")
    assert kinds(office.work()) == [("assignment", "smirnov")] * 3
    path.write_text(path.read_text(encoding="utf-8").replace("per_day = 2", "per_day = 20"), encoding="utf-8")
    office.step(days=1)
    assert [kind for kind, _ in kinds(office.work())].count("receipt") == 3


def test_the_days_account_adds_up(office: Office) -> None:
    """Mails seen = new + replies + commands + automatic + duplicates + quarantined."""
    office.now = datetime.now(UTC)  # `status` tells of the machine's day
    first = office.write(PARENT, "[TECH] Звук", "Нет звука")
    assignment = one(office.work(), "assignment")
    office.deliver(first)
    office.reply(assignment, "[TAKEN]")
    office.write(PARENT, "Re: [MD-1]", "Ещё подробность", In_Reply_To=str(first["Message-ID"]))
    office.write("robot@mail.example", "Отпуск", "Я в отпуске", Auto_Submitted="auto-replied")
    office.write("papa@mail.example", "Новый вопрос", "Где оценки?")
    office.work()
    result = office.command("status", "--json")
    account = json.loads(result.stdout)["account"]
    assert account["seen"] == 6 == sum(count for name, count in account.items() if name != "seen")
    assert (account["new"], account["replies"], account["commands"], account["automatic"], account["duplicates"]) == (
        2,
        1,
        1,
        1,
        1,
    )


@pytest.mark.parametrize(("backlog", "left", "letters"), [("leave", 1, 0), ("take", 0, 2)])
def test_old_mail_is_taken_or_left_as_chosen(make_office: Make, backlog: str, left: int, letters: int) -> None:
    office = make_office()
    path = office.directory / "config.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('backlog = "take"', f'backlog = "{backlog}"'), encoding="utf-8"
    )
    office.write(PARENT, "[TECH] Старое", "Нет звука")
    assert len(office.work()) == letters
    assert len(office.dovecot.mails(office.user)) == left
    office.write("papa@mail.example", "[TECH] Новое", "Нет звука")
    assert kinds(office.work()) == [("assignment", "smirnov"), ("receipt", "papa")]


def test_old_mail_without_a_choice_stops_the_start(office: Office) -> None:
    """`run` says in one line what to choose, and exits 1; nothing is touched."""
    path = office.directory / "config.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('backlog = "take"', ""), encoding="utf-8")
    office.now -= timedelta(days=3)
    office.write(PARENT, "[TECH] Старое", "Нет звука")
    result = office.command("run")
    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert "backlog" in last and "take" in last and "leave" in last and "Traceback" not in result.stderr
    assert len(office.dovecot.mails(office.user)) == 1


def test_a_mailbox_of_one_category_needs_no_tag(make_office: Make) -> None:
    office = make_office(extra='category = "psych"')
    office.write(PARENT, "Здравствуйте", "Хочу поговорить")
    assert kinds(office.work()) == [("assignment", "belova"), ("receipt", "mama")]


def test_a_deputy_gets_new_and_open_tickets_from_the_first_day(make_office: Make) -> None:
    today = datetime.now(UTC)
    office = make_office()
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    office.work()
    first = (today + timedelta(days=1)).date()
    office.sections = {"deputies": f'tech = {{ by = "orlova", from = {first}, until = {first} }}'}
    office.write_config()
    office.step(minutes=1)
    assert office.work() == []
    office.now = datetime(first.year, first.month, first.day, 9, tzinfo=UTC)
    assert {("assignment", "orlova"), ("reassigned", "smirnov")} <= set(kinds(office.work()))
    office.write("papa@mail.example", "[TECH] Другое", "Нет")
    assert ("assignment", "orlova") in kinds(office.work())


def test_working_calendar_letters_leave_in_working_time(make_office: Make) -> None:
    """A term that passes at the end of the day is told in the next working hours."""
    office = make_office(sections={"terms": 'calendar = "working"'})
    office.now = datetime(2026, 11, 24, 14, 45, tzinfo=UTC)  # Tuesday, 17:45 in Moscow
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    office.work()
    office.now = datetime(2026, 11, 25, 4, 50, tzinfo=UTC)  # 7:50
    assert not {"escalation", "reminder"} & {letter.kind for letter in office.work()}
    office.now = datetime(2026, 11, 25, 5, 20, tzinfo=UTC)  # 8:20, the half hour of working time is over
    assert {"escalation", "reminder"} <= {letter.kind for letter in office.work()}
