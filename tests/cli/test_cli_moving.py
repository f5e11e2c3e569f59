"""`import`, `erase`, `backup`, `init`, `check`, `report`: data in and out, and a new desk."""

from __future__ import annotations

import json
import mailbox
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from office import Office

MAILS = [
    (
        "anna@mail.example",
        "[TECH] Старый вопрос",
        "Tue, 03 Sep 2024 10:00:00 +0300",
        "<old1@mail.example>",
        "Нет звука",
    ),
    ("boris@mail.example", "Другой вопрос", "Wed, 04 Dec 2024 12:30:00 +0300", "<old2@mail.example>", "Нет оценок"),
]


def raw(sender: str, subject: str, date: str, message_id: str, text: str) -> bytes:
    return (
        f"From: {sender}\r\nTo: support@school.example\r\nSubject: {subject}\r\nDate: {date}\r\n"
        f"Message-ID: {message_id}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


@pytest.fixture(params=["eml", "mbox", "maildir"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """The same old mails in each shape that `import` reads."""
    folder = tmp_path / "archive"
    if request.param == "eml":
        folder.mkdir()
        for number, mail in enumerate(MAILS):
            (folder / f"{number}.eml").write_bytes(raw(*mail))
        return [str(path) for path in sorted(folder.iterdir())]
    box = mailbox.mbox(folder) if request.param == "mbox" else mailbox.Maildir(folder)
    for mail in MAILS:
        box.add(raw(*mail))
    box.close()
    return [str(folder)]


def test_a_dry_run_prints_a_line_for_each_and_changes_nothing(
    office: Office, typed: object, archive: list[str]
) -> None:
    office.work()
    database = office.directory / "maildesk.db"
    before = list(sqlite3.connect(database).iterdump())
    result = typed("import", "--dry-run", *archive)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert sum(": new (" in line for line in lines) == 2
    assert list(sqlite3.connect(database).iterdump()) == before


def test_a_dry_run_foresees_replies_and_duplicates(office: Office, typed: object, tmp_path: Path) -> None:
    """What a mail would become is told as if those before it in the same import were taken: the real import says the same."""
    box = mailbox.mbox(tmp_path / "thread")
    answer = raw("anna@mail.example", "Re: Старый вопрос", "Tue, 03 Sep 2024 11:00:00 +0300", "<3@mail.example>", "Ещё")
    box.add(raw(*MAILS[0]))
    box.add(answer.replace(b"Subject:", b"In-Reply-To: <old1@mail.example>\r\nSubject:"))
    box.add(raw(*MAILS[0]))
    box.close()
    office.work()
    planned = typed("import", "--dry-run", str(tmp_path / "thread")).stdout.splitlines()
    assert planned[-1] == "3 mails would be imported: 1 duplicate, 1 new, 1 reply"
    assert typed("import", str(tmp_path / "thread")).stdout.splitlines()[:3] == planned[:3]


@pytest.mark.parametrize("name", ["junk.bin", "junk.eml"])
def test_a_file_that_holds_no_mail_imports_nothing(office: Office, typed: object, tmp_path: Path, name: str) -> None:
    """It is named in one line with status 1, and nothing of the files beside it is taken."""
    office.work()
    (tmp_path / name).write_bytes(bytes(range(256)) * 8)
    (tmp_path / "good.eml").write_bytes(raw(*MAILS[0]))
    result = typed("import", str(tmp_path / "good.eml"), str(tmp_path / name))
    assert result.exit_code == 1 and name in result.stderr and "no mail" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert json.loads(typed("tickets", "--json").stdout)["tickets"] == []


def test_the_past_becomes_tickets_without_letters_or_escalations(
    office: Office, typed: object, archive: list[str]
) -> None:
    """Received at their Date; nothing leaves, not even when the daemon works later; a second import adds nothing."""
    assert typed("import", *archive).exit_code == 0
    tickets = json.loads(typed("tickets", "--json").stdout)["tickets"]
    assert {ticket["received_at"] for ticket in tickets} == {"2024-09-03T10:00:00+03:00", "2024-12-04T12:30:00+03:00"}
    assert "tech" in {ticket["category"] for ticket in tickets}
    assert office.work() == []
    office.step(days=1, hours=1)
    assert {letter.kind for letter in office.work()} <= {"daily-report", "weekly-report"}
    assert typed("import", *archive).exit_code == 0
    assert len(json.loads(typed("tickets", "--json").stdout)["tickets"]) == 2


def test_since_leaves_out_what_is_older(office: Office, typed: object, archive: list[str]) -> None:
    result = typed("import", "--since", "2024-10-01", *archive)
    assert "left out" in result.stdout
    tickets = json.loads(typed("tickets", "--json").stdout)["tickets"]
    assert [ticket["received_at"][:10] for ticket in tickets] == ["2024-12-04"]


def test_with_letters_they_arrive_now(office: Office, typed: object, archive: list[str]) -> None:
    assert typed("import", "--letters", *archive).exit_code == 0
    ticket = json.loads(typed("tickets", "--json").stdout)["tickets"][0]
    assert datetime.fromisoformat(ticket["received_at"]).year > 2024
    assert ticket["state"] != "closed"
    office.now = datetime.now(UTC)
    assert {"assignment", "dispatch-request"} <= {letter.kind for letter in office.work()}


@pytest.mark.parametrize("how", ["email", "ticket", "closed_before"])
def test_erased_data_is_nowhere_and_the_figures_stay(office: Office, typed: object, how: str) -> None:
    """Not in the database's files, not in the mailbox folders; the ticket's number, state and times remain."""
    office.write("Кенарь <canary@mail.example>", "[TECH] Канарейка", "Слово-примета zyzzyva")
    office.write("Папа <papa@mail.example>", "[TECH] Другое", "Остаётся")
    letters = [letter for letter in office.work() if letter.kind == "assignment" and letter.ticket == "MD-1"]
    office.reply(letters[0], "[CLOSED] Готово, zyzzyva")
    office.work()
    arguments = {
        "email": ("--email", "Canary@mail.example"),
        "ticket": ("--ticket", "MD-1"),
        "closed_before": ("--closed-before", "2999-01-01"),
    }[how]
    result = typed("erase", *arguments, "--yes")
    assert result.exit_code == 0, result.stderr
    kept = office.dovecot.mails(office.user, "Processed")
    assert len(kept) == 1 and b"papa@mail.example" in kept[0]
    files = b"".join(path.read_bytes() for path in office.directory.glob("maildesk.db*"))
    assert b"zyzzyva" not in files and b"canary@mail.example" not in files
    shown = json.loads(typed("show", "MD-1", "--json").stdout)
    assert shown["state"] == "closed" and shown["closed_at"]
    assert len(json.loads(typed("tickets", "--json").stdout)["tickets"]) == 2


def test_erase_touches_nothing_where_the_mailbox_is_away(office: Office, typed: object) -> None:
    """Otherwise nobody would know any more which mails to take from it."""
    office.write("Кенарь <canary@mail.example>", "[TECH] Канарейка", "zyzzyva")
    office.work()
    config = office.directory / "config.toml"
    whole = config.read_text(encoding="utf-8")
    config.write_text(whole.replace(f"port = {office.dovecot.imap_port}", "port = 1"), encoding="utf-8")
    result = typed("erase", "--ticket", "MD-1", "--yes")
    assert result.exit_code == 1 and len(result.stderr.strip().splitlines()) == 1
    config.write_text(whole, encoding="utf-8")
    assert "zyzzyva" in typed("show", "MD-1").stdout
    assert typed("erase", "--ticket", "MD-1", "--yes").exit_code == 0
    assert office.dovecot.mails(office.user, "Processed") == []


def test_a_backup_is_a_whole_desk(office: Office, typed: object, tmp_path: Path) -> None:
    office.write("mama@mail.example", "[TECH] Звук", "Нет звука")
    office.work()
    copy = tmp_path / "copy.db"
    assert typed("backup", str(copy)).exit_code == 0
    assert sqlite3.connect(copy).execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sqlite3.connect(copy).execute("SELECT count(*) FROM ticket").fetchone() == (1,)


def test_a_backup_replaces_a_backup_and_no_other_file(office: Office, typed: object, tmp_path: Path) -> None:
    """A second backup takes the place of the first; a file of another sort stays as it was, with one line and status 1."""
    office.work()
    copy, precious, other = tmp_path / "copy.db", tmp_path / "precious.txt", tmp_path / "other.db"
    precious.write_text("precious")
    sqlite3.connect(other).execute("CREATE TABLE books (title)").connection.close()
    assert [typed("backup", str(copy)).exit_code for _ in range(2)] == [0, 0]
    for file in (precious, other):
        before = file.read_bytes()
        result = typed("backup", str(file))
        assert result.exit_code == 1 and len(result.stderr.strip().splitlines()) == 1
        assert file.read_bytes() == before


def test_lines_of_json_hold_values_as_they_are(office: Office, typed: object) -> None:
    """The apostrophe that defuses a formula stands in CSV alone (and in a spreadsheet), not in JSON lines."""
    office.write("mama@mail.example", "=SUM(A1) [TECH]", "Нет звука. Телефон: +7 916 123-45-67")
    office.work()
    line = json.loads(typed("export", "--format", "jsonl").stdout)
    assert line["subject"].startswith("=SUM") and line["phone"].startswith("+7")
    assert "\"'=SUM" in typed("export").stdout and "\"'+7" in typed("export").stdout


def test_init_makes_a_desk_and_never_overwrites_one(tmp_path: Path, typed: object) -> None:
    """config.toml, templates and a secret of the owner's alone; asks nothing with --yes; a second call changes nothing."""
    desk = tmp_path / "new"
    assert typed("init", str(desk), "--yes").exit_code == 0
    assert {path.name for path in desk.iterdir()} >= {"config.toml", "templates", "secret.key"}
    assert (desk / "secret.key").stat().st_mode & 0o077 == 0
    before = (desk / "secret.key").read_bytes()
    assert typed("init", str(desk), "--yes").exit_code == 1
    assert (desk / "secret.key").read_bytes() == before


def test_check_names_everything_it_tried(office: Office, typed: object) -> None:
    """A line each; 0 where all is well, 1 where a server is away, with a word on how to mend it."""
    result = typed("check")
    assert result.exit_code == 0, result.stdout + result.stderr
    for word in ("configuration", "database", "IMAP", "SMTP", "templates", "route tech", "role head", "operator"):
        assert word.lower() in result.stdout.lower(), word
    office.sink.port, port = 1, office.sink.port
    office.write_config()
    result = typed("check")
    office.sink.port = port
    assert result.exit_code == 1
    assert any("BAD" in line and "SMTP" in line for line in result.stdout.splitlines())


def test_a_report_is_printed_written_and_sent(office: Office, typed: object, tmp_path: Path) -> None:
    office.write("mama@mail.example", "[TECH] Звук", "Нет звука")
    office.work()
    page = tmp_path / "report.html"
    result = typed("report", "daily", "--html", str(page), "--send")
    assert result.exit_code == 0, result.stderr
    assert "Пишите выше этой строки" not in result.stdout and result.stdout[0].strip()
    assert result.stdout.strip() and "<html" in page.read_text(encoding="utf-8").lower()
    assert any(b"X-Maildesk-Kind: daily-report" in mail.data for mail in office.sink.mails)
    assert typed("report", "weekly", "--date", "2026-11-20").exit_code == 0


def test_run_once_handles_what_waits(office: Office, typed: object) -> None:
    """`run --once` handles what waits and ends with 0."""
    office.now = datetime.now(UTC)
    office.write("mama@mail.example", "[TECH] Звук", "Нет звука")
    result = typed("run", "--once")
    assert result.exit_code == 0, result.stderr
    assert office.dovecot.mails(office.user) == []
    assert len(office.sink.mails) == 2
