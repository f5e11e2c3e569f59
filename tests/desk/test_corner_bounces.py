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


def answered(desk: Quick, appeal: str = APPEAL) -> Letter:
    """The answer that went to the author."""
    desk.write(AUTHOR, "[ТЕХ] Урок", appeal)
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


NO_USER = ("5.1.1", "550 5.1.1 user unknown")
WITHOUT_PHONE = "Не открывается урок."


def words(letter: Letter) -> str:
    return " ".join(letter.text.split())


def test_an_answer_that_cannot_be_told_at_all_stays_owed(desk: Quick) -> None:
    """Neither mail nor phone: the ticket waits for a call, its close term runs, and the hotline reads that it has to find a number."""
    letters = come_back(desk, answered(desk, WITHOUT_PHONE), "failed", *NO_USER)
    call = one(letters, "callback-request", "petrova@school.example")
    assert "Обновите браузер." in call.text and "Телефона автора служба не знает" in words(call)
    shown = desk.show("MD-1")
    assert shown["state"] == "callback" and shown["terms"]["close"]["met"] is None
    desk.step(hours=25)
    assert one(desk.work(), "escalation").ticket == "MD-1"
    desk.press(call, "ПОЗВОНИЛИ")
    desk.work()
    assert desk.show("MD-1")["state"] == "closed"


def test_a_question_that_cannot_be_asked_by_mail_goes_to_the_hotline_as_one(desk: Quick) -> None:
    """What the author says on the phone reaches the assignee, whoever had to find the number."""
    desk.write(AUTHOR, "[ТЕХ] Урок", WITHOUT_PHONE)
    desk.reply(one(desk.work(), "assignment"), "[ВОПРОС] Какой урок?")
    call = one(come_back(desk, one(desk.work(), "question"), "failed", *NO_USER), "callback-request")
    assert "задать вопрос" in call.text and "Телефона автора служба не знает" in words(call)
    assert "адрес не принимает почту" in words(call)
    desk.reply(call, "Урок химии.")
    assert "Урок химии." in one(desk.work(), "author-reply", "smirnov@school.example").text


def test_no_letter_promises_that_a_reply_reaches_whom_nothing_reaches(desk: Quick) -> None:
    """The assignee reads what a plain reply does now: nothing."""
    notice = one(come_back(desk, answered(desk, WITHOUT_PHONE), "failed", *NO_USER), "notice", "smirnov@school.example")
    assert "Ответ без команды автору не уйдёт" in words(notice)
    desk.reply(notice, "Попробуйте ещё раз.")
    error = one(desk.work(), "command-error")
    assert "ни работающей почты, ни телефона" in words(error)
    desk.reply(notice, "[ЗАКРЫТО] [ПОЗВОНИЛИ] Сказал на перемене.")
    desk.work()
    assert desk.show("MD-1")["state"] == "closed"
