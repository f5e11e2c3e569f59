"""What `tickets`, `show`, `outbox`, `quarantine` and `status` print, and with which exit status."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from office import Office, one
from servers.smtp import Stage

PARENT = "Мама Пети <mama@mail.example>"
FIELDS = {
    "ref", "subject", "state", "channel", "category", "assignee", "author", "received_at", "dispatched_at", "taken_at",
    "closed_at", "terms", "extension", "messages", "history",
}  # fmt: skip


@pytest.fixture
def busy(office: Office) -> Office:
    """A taken ticket of tech, an undispatched one, and a confidential one."""
    office.now = datetime.now(UTC)
    office.write(PARENT, "[TECH] Звук", "Нет звука. Мой телефон +7 916 123-45-67")
    office.write("Папа <papa@mail.example>", "Вопрос", "Не вижу оценок")
    office.write("Дочь <daughter@mail.example>", "[PSYCH] Тайна", "Мне грустно")
    letters = office.work()
    office.reply(one(letters, "assignment", "smirnov@school.example"), "[TAKEN]")
    office.work()
    return office


def test_show_gives_every_field_of_the_contract(busy: Office, typed: object) -> None:
    """`show REF --json` is one document with the fields of SPEC 2, times with the desk's offset."""
    result = typed("show", "MD-1", "--json")
    assert result.exit_code == 0
    shown = json.loads(result.stdout)
    assert set(shown) >= FIELDS
    assert (shown["ref"], shown["state"], shown["channel"], shown["category"]) == ("MD-1", "taken", "email", "tech")
    assert shown["assignee"] == "smirnov"
    assert set(shown["author"]) >= {"name", "email", "phone", "role", "class"}
    assert set(shown["terms"]) == {"dispatch", "take", "close"}
    assert all(set(term) == {"due_at", "met"} for term in shown["terms"].values())
    assert shown["extension"] is None
    assert {"direction", "kind", "from", "to", "at", "text", "attachments"} <= set(shown["messages"][0])
    assert {"at", "actor", "event"} <= set(shown["history"][0])
    for moment in (shown["received_at"], shown["taken_at"], shown["terms"]["close"]["due_at"]):
        assert datetime.fromisoformat(moment).utcoffset() == timedelta(hours=3)


def test_show_masks_what_is_confidential(busy: Office, typed: object) -> None:
    """Without `--reveal` neither words nor people of a confidential ticket are shown; with it all of them."""
    for arguments in (("show", "MD-3", "--json"), ("show", "MD-3"), ("tickets", "--json"), ("tickets",)):
        said = typed(*arguments).stdout
        assert "Тайна" not in said and "грустно" not in said and "daughter@" not in said, arguments
    shown = json.loads(typed("show", "MD-3", "--reveal", "--json").stdout)
    assert shown["author"]["email"] == "daughter@mail.example"
    assert "грустно" in shown["messages"][0]["text"]


@pytest.mark.parametrize(("option", "known"), [("--category", "journal"), ("--assignee", "smirnov")])
def test_an_unknown_value_of_a_filter_is_told_with_the_known_ones(
    busy: Office, typed: object, option: str, known: str
) -> None:
    """A typing error is not an empty list: status 2, one line that names what there is; a known value without tickets is 0."""
    result = typed("tickets", option, "nobody", "--json")
    assert result.exit_code == 2 and "nobody" in result.stderr and known in result.stderr and not result.stdout
    assert len(result.stderr.strip().splitlines()) == 1
    assert typed("tickets", option, {"journal": "journal", "smirnov": "orlova"}[known]).exit_code == 0


@pytest.mark.parametrize(
    ("filters", "refs"),
    [
        ((), ["MD-1", "MD-2", "MD-3"]),
        (("--state", "taken"), ["MD-1"]),
        (("--state", "new,assigned"), ["MD-2", "MD-3"]),
        (("--category", "psych"), ["MD-3"]),
        (("--assignee", "smirnov"), ["MD-1"]),
        (("--assignee", "belova", "--state", "taken"), []),
        (("--since", "2020-01-01"), ["MD-1", "MD-2", "MD-3"]),
        (("--since", "2999-01-01"), []),
        (("--overdue",), []),
    ],
)
def test_tickets_are_filtered(busy: Office, typed: object, filters: tuple[str, ...], refs: list[str]) -> None:
    """Each filter leaves the tickets that meet it."""
    result = typed("tickets", "--json", *filters)
    assert [ticket["ref"] for ticket in json.loads(result.stdout)["tickets"]] == refs


def test_overdue_tickets_are_listed(office: Office, typed: object) -> None:
    office.now = datetime.now(UTC) - timedelta(minutes=45)
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    office.work()
    assert [ticket["ref"] for ticket in json.loads(typed("tickets", "--overdue", "--json").stdout)["tickets"]] == [
        "MD-1"
    ]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("show", "MD-999"), 1),
        (("show", "banana"), 2),
        (("tickets", "--state", "sleeping"), 2),
        (("tickets", "--since", "yesterday"), 2),
        (("outbox", "retry", "999"), 1),
        (("outbox", "drop", "999"), 1),
        (("quarantine", "show", "999"), 1),
        (("quarantine", "retry", "999"), 1),
        (("quarantine", "drop", "999"), 1),
        (("import", "no-such-file.mbox"), 1),
        (("erase",), 2),
        (("erase", "--ticket", "MD-999", "--yes"), 1),
        (("erase", "--closed-before", "never", "--yes"), 2),
        (("report", "daily", "--date", "never"), 2),
        (("backup", "/no/such/folder/file"), 1),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    office: Office, typed: object, arguments: tuple[str, ...], status: int
) -> None:
    """Exit status 1 or 2, one line on stderr, nothing on stdout, no traceback."""
    result = typed(*arguments)
    assert result.exit_code == status, result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert result.stdout == "" and "Traceback" not in result.stderr


def test_the_outbox_lists_retries_and_drops(office: Office, typed: object) -> None:
    """A refused letter is listed with its reason; `retry` makes it go at once, `drop` gives it up."""
    office.sink.refuse(Stage.RCPT, "450 4.2.1 later")
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    office.work()
    letters = json.loads(typed("outbox", "--json").stdout)["letters"]
    assert {letter["kind"] for letter in letters} == {"receipt", "assignment"}
    assert all("450" in letter["reason"] and letter["attempts"] == 1 for letter in letters)
    assert "450" in typed("outbox").stdout
    office.sink.behave()
    retried, dropped = letters
    assert typed("outbox", "retry", str(retried["id"])).exit_code == 0
    assert typed("outbox", "drop", str(dropped["id"])).exit_code == 0
    assert [letter.kind for letter in office.work()] == [retried["kind"]]
    assert json.loads(typed("outbox", "--json").stdout) == {"letters": []}


def test_quarantine_lists_shows_and_drops(office: Office, typed: object) -> None:
    """A mail in quarantine is listed with its reason and shown byte for byte; dropped, it is listed no more."""
    from maildesk.config import load
    from maildesk.model import SeenKey
    from maildesk.store import Store

    config = load(office.directory / "config.toml")
    store = Store(config.database.url, config.directory)
    store.open()
    number = store.quarantine(
        SeenKey("x", 1, "1"), b"From: a@b.example\r\n\r\n\xff", "too odd", office.now, subject="Odd"
    )
    assert json.loads(typed("quarantine", "--json").stdout)["mails"][0]["reason"] == "too odd"
    assert "too odd" in typed("quarantine").stdout
    assert typed("quarantine", "show", str(number)).stdout_bytes == b"From: a@b.example\r\n\r\n\xff"
    assert typed("quarantine", "retry", str(number)).exit_code == 0
    assert typed("quarantine", "drop", str(number)).exit_code == 0
    assert json.loads(typed("quarantine", "--json").stdout) == {"mails": []}
    store.close()


def test_status_is_well_only_while_somebody_reads_the_mail(office: Office, typed: object) -> None:
    """Never read: 1. Just read: 0, with the account. Not read for an hour (the daemon is dead): 1."""
    assert typed("status").exit_code == 1
    office.now = datetime.now(UTC)
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    office.work()
    result = typed("status", "--json")
    status = json.loads(result.stdout)
    assert result.exit_code == 0, status
    account = status["account"]
    assert account["seen"] == 1 == account["new"]
    assert status["sources"][0]["last_poll"] and status["outbox"] == 0 and status["overdue"] == 0
    office.now += timedelta(hours=-2)
    office.work()
    result = typed("status", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["oldest_unprocessed_seconds"] > 3600


def test_status_names_a_mailbox_that_was_never_read(office: Office, typed: object) -> None:
    """A mailbox added to the configuration and not read yet is no well desk."""
    office.now = datetime.now(UTC)
    office.work()
    assert typed("status").exit_code == 0
    office.user = "other@school.example"
    office.dovecot.add_user(office.user)
    office.write_config()
    assert typed("status").exit_code == 1


def test_the_configuration_is_found_in_three_places(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--config`, else $MAILDESK_CONFIG, else ./config.toml; a file that is not there is exit status 2, named."""
    from typer.testing import CliRunner

    from maildesk.cli.app import app

    monkeypatch.chdir(office.directory)
    monkeypatch.delenv("MAILDESK_CONFIG", raising=False)
    assert CliRunner().invoke(app, ["tickets", "--json"]).exit_code == 0
    monkeypatch.setenv("MAILDESK_CONFIG", "elsewhere.toml")
    result = CliRunner().invoke(app, ["tickets"])
    assert result.exit_code == 2 and "elsewhere.toml" in result.stderr
    assert CliRunner().invoke(app, ["--config", "config.toml", "tickets"]).exit_code == 0
