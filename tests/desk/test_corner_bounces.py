"""A letter to an author that comes back: whoever gave up, and for whatever reason, somebody calls (SPEC 8.3, §3.2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk.quick import Quick
from office import Letter, kinds, one

AUTHOR = "Белова Ольга <belova@mail.example>"
APPEAL = "Не открывается урок.\nТелефон: +7 916 555-44-33"
REPORT = """From: MAILER-DAEMON@mx.mail.example (Mail Delivery System)
To: support@school.example
Return-Path: <>
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mail.example

Final-Recipient: rfc822; belova@mail.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {line}

--b
Content-Type: text/rfc822-headers

Message-ID: {original}

--b--
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Quick]:
    quick = Quick(tmp_path)
    yield quick
    quick.close()


def answered(desk: Quick) -> Letter:
    """The answer that went to the author."""
    desk.write(AUTHOR, "[ТЕХ] Урок", APPEAL)
    desk.reply(one(desk.work(), "assignment"), "[ЗАКРЫТО] Обновите браузер.")
    return one(desk.work(), "answer")


def come_back(desk: Quick, letter: Letter, action: str, status: str, line: str) -> list[Letter]:
    original = letter.message["Message-ID"]
    desk.deliver(REPORT.format(action=action, status=status, line=line, original=original).encode())
    return desk.work()


FINAL = (
    ("5.1.1", "550 5.1.1 user unknown"),
    ("5.2.2", "552 5.2.2 mailbox full"),
    ("5.2.1", "550 5.2.1 mailbox disabled"),
    ("4.4.7", "unable to deliver this message after 5 days"),
    ("4.2.2", "452 4.2.2 over quota, giving up"),
)


@pytest.mark.parametrize(("status", "line"), FINAL)
def test_an_answer_that_a_server_gave_up_is_told_by_phone(desk: Quick, status: str, line: str) -> None:
    """A full mailbox and an expired letter have not reached the author either: the hotline calls, and the ticket waits for it."""
    letters = come_back(desk, answered(desk), "failed", status, line)
    call = one(letters, "callback-request")
    assert "Обновите браузер." in call.text
    assert ("delivery-failed", "ivanova") in kinds(letters)
    page = desk.desk.store.page(1)
    assert page is not None and page.ticket.state == "callback"


def test_a_delay_notice_changes_nothing(desk: Quick) -> None:
    """The server is still trying: nobody is called, nobody is written to."""
    answer = answered(desk)
    assert come_back(desk, answer, "delayed", "4.4.1", "connection timed out") == []
    page = desk.desk.store.page(1)
    assert page is not None and page.ticket.state == "closed"
