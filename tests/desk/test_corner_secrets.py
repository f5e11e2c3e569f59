"""Canary words of a confidential appeal through every letter, list and log line that leaves the desk (SPEC 6)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk.quick import Quick
from office import Letter, kinds, one

#: Name, address, phone, subject and text of the author, and what the psychologist writes.
WORDS = ("Зимородок", "kanareika", "916 555", "Свиристель", "Щеглёнок", "Снегирь")
AUTHOR = "Зимородок Анна <kanareika@mail.example>"
INSIDERS = {"belova@school.example", "kanareika@mail.example"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Quick]:
    quick = Quick(tmp_path)
    yield quick
    quick.close()


def silent(letters: list[Letter]) -> list[Letter]:
    """The letters, after a look that those to outsiders hold none of the words."""
    for letter in letters:
        if letter.to not in INSIDERS:
            # What an outsider's own client quoted back to him is not the desk's to hide; here nobody quotes.
            shown = "\n".join((letter.subject, letter.text, letter.html, str(letter.message["To"])))
            assert not [word for word in WORDS if word in shown], (letter.kind, letter.to, letter.text)
    return letters


def secret(desk: Quick) -> Letter:
    desk.write(AUTHOR, "[ПСИХОЛОГ] Свиристель", "Щеглёнок плачет.\nТелефон: +7 916 555-44-33")
    return one(silent(desk.work()), "assignment")


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Свиристель", "[ПСИХОЛОГ]\nЩеглёнок плачет."),
        ("Свиристель", "[PSYCH] Щеглёнок плачет."),
        ("Свиристель", "Здравствуйте!\n[ПСИХОЛОГ]\nЩеглёнок плачет."),
        ("[TECH] [ПСИХОЛОГ] Свиристель", "Щеглёнок плачет."),
        ("[Психологу] Свиристель", "Щеглёнок плачет."),
        ("[ПСИХОЛОГИЯ] Свиристель", "Щеглёнок плачет."),
        ("Психолог", "Щеглёнок плачет."),
    ],
)
def test_a_confidential_tag_counts_wherever_it_was_written(desk: Quick, subject: str, text: str) -> None:
    """In the text, beside another tag, mistyped or bare: what a family meant for the psychologist goes to nobody else."""
    desk.write(AUTHOR, subject, text)
    assert one(silent(desk.work()), "assignment").to == "belova@school.example"


def test_a_whole_life_tells_nobody_else(desk: Quick, caplog: pytest.LogCaptureFixture) -> None:
    """Escalation, extension, note, history, list, status, callback, closing, reopening: number, times and state alone."""
    caplog.set_level(logging.DEBUG, "maildesk")
    assignment = secret(desk)
    desk.step(minutes=31)
    escalation = one(silent(desk.work()), "escalation")
    desk.reply(escalation, "Пожалуйста, поторопитесь.")
    silent(desk.work())
    for sender, tag in (
        ("sidorov", "[HISTORY MD-1]"),
        ("ivanova", "[СПИСОК]"),
        ("kuznetsova", "[STATUS MD-1]"),
        ("petrova", "[MY]"),
    ):
        desk.write(f"{sender}@school.example", tag, "")
    silent(desk.work())
    desk.reply(assignment, "[ПРОДЛИТЬ 24ч] Нужна ещё одна встреча")
    request = one(silent(desk.work()), "extension-request")
    desk.reply(request, "[ДА]")
    silent(desk.work())
    desk.reply(assignment, "[ЗАКРЫТО] Снегирь прилетит завтра")
    answer = one(silent(desk.work()), "answer")
    report = f"""From: <>
To: support@school.example
Subject: Undelivered Mail
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b

550 5.1.1 <kanareika@mail.example> unknown
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx

Final-Recipient: rfc822; kanareika@mail.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <kanareika@mail.example> unknown

--b
Content-Type: text/rfc822-headers

Message-ID: {answer.id}
To: kanareika@mail.example

--b--
"""
    desk.deliver(report.encode())
    letters = silent(desk.work())
    assert ("callback-request", "belova") in kinds(letters)
    desk.step(days=2)
    silent(desk.work())
    desk.press(one(letters, "callback-request"), "ПОЗВОНИЛИ")
    silent(desk.work())
    desk.write(AUTHOR, "Re: [MD-1]", "Щеглёнок опять плачет")
    assert ("author-reply", "belova") in kinds(silent(desk.work()))
    assert not [word for word in WORDS if word in caplog.text]
    masked = json.dumps(desk.show("MD-1", reveal=False), ensure_ascii=False)
    assert not [word for word in WORDS if word in masked]


@pytest.mark.parametrize(
    "tag",
    [
        "[ВЕРНУТЬ] не моё",
        "[ОБЪЕДИНИТЬ MD-2]",
        "[СВЯЗАТЬ MD-2]",
        "[НАПРАВИТЬ sidorov]",
        "[ТЕХ]",
        "[ВЗЯТО]",
        "[ВОПРОС] кто?",
    ],
)
@pytest.mark.parametrize("who", ["sidorov", "ivanova"])
def test_nobody_moves_it_into_the_open(desk: Quick, tag: str, who: str) -> None:
    """What head and dispatcher write on a confidential ticket opens it to nobody."""
    secret(desk)
    desk.write("Папа <papa@mail.example>", "[TECH] Стул", "Сломан стул")
    silent(desk.work())
    desk.write(f"{who}@school.example", "Re: [MD-1]", tag)
    confirm = one(silent(desk.work()), "confirm-command")
    desk.reply(confirm, "да")
    assert kinds(silent(desk.work())) == [("command-error", who)]
    shown = desk.show("MD-1")
    assert (shown["category"], shown["assignee"], shown["state"]) == ("psych", "belova", "assigned")


def test_when_its_only_reader_has_left_it_is_passed_on_unread(desk: Quick) -> None:
    """The dispatcher hears that it has nobody, may not take it, and can only name another who is as silent."""
    secret(desk)
    desk.roles["psychologist"] = "orlova"
    from office import STAFF

    belova = STAFF.pop("belova")
    try:
        desk.restart()
        letters = silent(desk.work())
        request = one(letters, "dispatch-request")
        assert [subject for _, subject, _ in request.buttons()] and "[ВЗЯТО]" not in str(request.buttons())
        desk.reply(request, "[ВЗЯТО]")
        assert kinds(silent(desk.work())) == [("command-error", "ivanova")]
        desk.reply(request, "[ТЕХ]")
        assert kinds(silent(desk.work())) == [("command-error", "ivanova")]
        desk.reply(request, "[ПСИХОЛОГ]")
        letters = desk.work()
        assert "Щеглёнок" in one(letters, "assignment", "orlova@school.example").text
        silent([letter for letter in letters if letter.to != "orlova@school.example"])
    finally:
        STAFF["belova"] = belova


def test_a_flood_names_no_address(tmp_path: Path) -> None:
    """Held-back receipts of the psychologist's own mailbox tell the operator a number, not who writes."""
    desk = Quick(
        tmp_path, category="psych", sections={"limits": 'letters_per_recipient = "2/h"\nnew_tickets_per_sender = "3/h"'}
    )
    for text in ("раз", "второе дело", "Щеглёнок третий", "Свиристель четвёртый", "Снегирь пятый"):
        desk.write(AUTHOR, "Свиристель", text, Authentication_Results="mx; dmarc=pass")
        silent(desk.work())
    desk.close()


def test_a_quarantined_mail_of_the_psychologist_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the notice nor the list says who wrote, about what, or what the fault quoted."""
    desk = Quick(tmp_path, category="psych")

    def broken(*_: object) -> None:
        raise ValueError("Щеглёнок kanareika@mail.example")

    monkeypatch.setattr("maildesk.arrivals.decide", broken)
    desk.write(AUTHOR, "Свиристель", "Щеглёнок плачет")
    mail = desk._waiting[0]
    letters: list[Letter] = []
    for _ in range(3):
        desk._waiting = [mail]
        letters += silent(desk.work())
    assert one(letters, "quarantined").to == "ivanova@school.example"
    listed = repr([(row.sender, row.subject, row.reason) for row in desk.desk.store.quarantined()])
    assert not [word for word in WORDS if word in listed]
    desk.close()


def test_a_confidential_appeal_given_to_a_person_stays_confidential(desk: Quick) -> None:
    """`[ROUTE smirnov]` names a person, not his category: he reads the appeal, and nobody else but the author."""
    desk.reply(secret(desk), "[НАПРАВИТЬ smirnov]")
    letters = desk.work()
    assert "Щеглёнок" in one(letters, "assignment", "smirnov@school.example").text
    done = one(letters, "command-done")
    assert "ушёл и его текст" in done.text and "Смирнов" in done.text and "остаётся конфиденциальным" in done.text
    assert desk.show("MD-1")["category"] == "psych"
    desk.write("sidorov@school.example", "[HISTORY MD-1]", "")
    desk.step(minutes=31)
    silent([letter for letter in desk.work() if letter.to != "smirnov@school.example"])


def test_a_confidential_appeal_given_to_another_category_says_who_reads_it_now(desk: Quick) -> None:
    """The psychologist may pass it on to an open category, and learns that the text went along and who sees it."""
    desk.reply(secret(desk), "[TECH]")
    letters = desk.work()
    assert desk.show("MD-1")["category"] == "tech"
    done = " ".join(one(letters, "command-done").text.split())
    assert "ушёл и его текст" in done and "не конфиденциальна" in done
