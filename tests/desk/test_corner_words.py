"""Letters say what is so (SPEC 4): what a plain reply will do, whence a category is known, what may be written now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk.quick import Quick
from office import Letter, kinds, one

PARENT = "Мама Пети <mama@mail.example>"
FORM = "ФИО обратившегося: Петров Иван\nТип обращения: {}\nОписание проблемы: Нет звука\nТелефон для обратной связи: +7 916 123-45-67\n"
TECH = "Проблемы технического характера"
TO_AUTHOR, NOTE = "уйдёт автору обращения", "станет заметкой"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Quick]:
    quick = Quick(tmp_path)
    yield quick
    quick.close()


def called(desk: Quick) -> Letter:
    """The assignment of an appeal that the hotline wrote down; its author has no address."""
    desk.write("petrova@school.example", "[ЗВОНОК]", "")
    desk.reply(one(desk.work(), "hotline-form"), FORM.format(TECH), quote=False)
    return one(desk.work(), "assignment")


def test_a_call_with_a_question_says_that_the_reply_is_the_authors_answer(desk: Quick) -> None:
    desk.reply(called(desk), "[ВОПРОС] Какая у вас система?")
    call = one(desk.work(), "callback-request")
    for face in (call.text, call.html):
        assert "исполнитель получит как ответ автора" in face and NOTE not in face
    desk.reply(call, "Говорит, Windows 11")
    assert ("author-reply", "smirnov") in kinds(desk.work())


def test_a_call_with_an_answer_says_that_a_reply_is_a_note(desk: Quick) -> None:
    desk.reply(called(desk), "[ЗАКРЫТО] Включите звук в настройках")
    call = one(desk.work(), "callback-request")
    assert NOTE in call.text and "ответ автора" not in call.text


def test_a_question_that_bounced_is_asked_by_phone_and_closes_nothing(desk: Quick) -> None:
    desk.write(PARENT, "[TECH] Звук", "Нет звука. Телефон: +7 916 123-45-67")
    desk.reply(one(desk.work(), "assignment"), "[ВОПРОС] Какая у вас система?")
    question = one(desk.work(), "question")
    report = (
        f"From: MAILER-DAEMON@mail.example\nTo: support@school.example\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
        f"Message-ID: <b1@mail.example>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\nUser unknown\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mail.example\n\nFinal-Recipient: rfc822; mama@mail.example\nAction: failed\nStatus: 5.1.1\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {question.id}\nSubject: x\n\n--b--\n"
    )
    desk.deliver(report.encode())
    call = one(desk.work(), "callback-request")
    assert "задать вопрос" in call.text and "ответ автора" in call.text
    assert "будет закрыто" not in call.text and "Письмо автору не дошло" in call.text


def test_help_on_what_was_rejected_says_that_a_reply_is_a_note(desk: Quick) -> None:
    desk.write(PARENT, "[TECH] Звук", "Нет звука")
    assignment = one(desk.work(), "assignment")
    desk.write("ivanova@school.example", "Re: [MD-1]", "[НЕ ОБРАЩЕНИЕ]")
    desk.reply(one(desk.work(), "confirm-command"), "да")
    desk.work()
    desk.reply(assignment, "[СПРАВКА]")
    shown = one(desk.work(), "help")
    assert NOTE in shown.text and TO_AUTHOR not in shown.text
    desk.reply(shown, "Это была реклама")
    assert {kind for kind, _ in kinds(desk.work())} == {"command-done"}


def test_an_assignment_says_whence_its_category_is_known(desk: Quick) -> None:
    """By phone the hotline named it; in a plain mail with a form's lines the author did, and no form on a site."""
    assert "тему указал тот, кто его записал" in (by_phone := called(desk).text) and "на сайте" not in by_phone
    desk.write(PARENT, "Звук", FORM.format(TECH))
    by_mail = one(desk.work(), "assignment").text
    assert "указана автором в письме" in by_mail and "на сайте" not in by_mail


@pytest.mark.parametrize("who", ["sidorov", "ivanova"])
def test_no_category_is_offered_that_would_open_a_confidential_ticket(desk: Quick, who: str) -> None:
    desk.write(PARENT, "[ПСИХОЛОГ] Вопрос", "Поговорить")
    desk.work()
    desk.write(f"{who}@school.example", "Re: [MD-1]", "[СПРАВКА]")
    offered = one(desk.work(), "help").text
    assert "[JOURNAL]" not in offered and "[НАПРАВИТЬ" not in offered and "[PSYCH]" not in offered


def test_what_is_offered_on_a_ticket_is_where_it_can_go(desk: Quick) -> None:
    """The assignee of a confidential ticket may hand it to anybody; nobody is offered where a ticket is already."""
    desk.write(PARENT, "[ПСИХОЛОГ] Вопрос", "Поговорить")
    desk.reply(one(desk.work(), "assignment"), "[СПРАВКА]")
    offered = one(desk.work(), "help").text
    assert "[JOURNAL]" in offered and "[НАПРАВИТЬ" in offered and "[PSYCH]" not in offered
    desk.write("Папа <papa@mail.example>", "[TECH] Звук", "Нет звука")
    desk.reply(one(desk.work(), "assignment"), "[СПРАВКА]")
    offered = one(desk.work(), "help").text
    assert "[PSYCH]" in offered and "[TECH]" not in offered.split("Тема:")[0]
