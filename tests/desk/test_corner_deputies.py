"""Deputies (SPEC 3): what is sent to them when their period begins, and what those whom they represent may still do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk.quick import Quick
from office import Letter, kinds, one

PARENT = "Мама Пети <mama@mail.example>"
SMIRNOV, SIDOROV, IVANOVA = "smirnov@school.example", "sidorov@school.example", "ivanova@school.example"
ORLOVA, KUZNETSOVA = "orlova@school.example", "kuznetsova@school.example"
EVE, FIRST, AFTER = (datetime(2026, 10, 31, 18, tzinfo=UTC) + timedelta(days=days) for days in (0, 1, 11))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Quick]:
    quick = Quick(tmp_path, now=EVE)
    yield quick
    quick.close()


def stands_in(desk: Quick, whom: str, by: str) -> None:
    """From the first to the tenth of November."""
    desk.sections["deputies"] = f'{whom} = {{ by = "{by}", from = 2026-11-01, until = 2026-11-10 }}'
    desk.restart()


def begins(desk: Quick, moment: datetime = FIRST) -> list[Letter]:
    """The letters of that morning that no term has caused."""
    desk.now = moment
    return [letter for letter in desk.work() if letter.kind not in ("escalation", "reminder")]


def unknown(desk: Quick) -> Letter:
    """An appeal that waits for the dispatcher, with a file."""
    mail = desk.mail(PARENT, "Вопрос", "Где расписание уроков?")
    mail.add_attachment(b"PNG", maintype="image", subtype="png", filename="screen.png")
    desk.deliver(mail)
    return one(desk.work(), "dispatch-request")


def extension(desk: Quick) -> tuple[Letter, Letter]:
    desk.write(PARENT, "[TECH] Звук", "Нет звука")
    assignment = one(desk.work(), "assignment")
    desk.reply(assignment, "[EXTEND 72h] Ждём деталь")
    return assignment, one(desk.work(), "extension-request")


@pytest.mark.parametrize("whom", ["site_admin", "ivanova"])
def test_what_waits_for_the_dispatcher_goes_to_the_deputy_once(desk: Quick, whom: str) -> None:
    unknown(desk)
    stands_in(desk, whom, "orlova")
    assert desk.work() == []
    letters = begins(desk)
    request = one(letters, "dispatch-request")
    assert kinds(letters) == [("dispatch-request", "orlova")]
    assert "Вы замещаете: Иванова Анна Петровна." in request.text
    assert "Где расписание уроков?" in request.text
    assert "screen.png" in [part.get_filename() for part in request.message.iter_attachments()]
    desk.step(hours=1)
    assert not {"dispatch-request"} & {letter.kind for letter in desk.work()}
    desk.reply(request, "[TECH]")
    assert {("assignment", "smirnov"), ("command-done", "orlova")} <= set(kinds(desk.work()))


def test_what_still_waits_when_the_period_ends_goes_to_the_dispatcher_again(desk: Quick) -> None:
    stands_in(desk, "site_admin", "orlova")
    desk.now = FIRST
    assert unknown(desk).to == ORLOVA
    letters = begins(desk, AFTER)
    assert kinds(letters) == [("dispatch-request", "ivanova")]
    assert "замещаете" not in letters[0].text


@pytest.mark.parametrize("whom", ["head", "sidorov"])
def test_an_open_request_for_time_goes_to_the_heads_deputy_who_may_grant_it(desk: Quick, whom: str) -> None:
    extension(desk)
    stands_in(desk, whom, "kuznetsova")
    letters = begins(desk)
    request = one(letters, "extension-request")
    assert kinds(letters) == [("extension-request", "kuznetsova")]
    assert "Ждём деталь" in request.text and "72 часа" in request.text
    assert "Вы замещаете: Сидоров Пётр Ильич." in request.text
    desk.step(hours=1)
    assert "extension-request" not in {letter.kind for letter in desk.work()}
    desk.reply(request, "[ДА]")
    assert ("extension-decision", "smirnov") in kinds(desk.work())


def test_a_decided_request_goes_to_nobody(desk: Quick) -> None:
    _assignment, request = extension(desk)
    desk.reply(request, "[НЕТ]")
    desk.work()
    stands_in(desk, "head", "kuznetsova")
    assert begins(desk) == []


def test_the_one_who_is_represented_keeps_the_rights_beside_the_deputy(desk: Quick) -> None:
    """[TECH] of a dispatcher, [ДА] and [LIST] of a head, and [SEND]'s door stay open to those who have a deputy."""
    waits = unknown(desk)
    _assignment, request = extension(desk)
    desk.sections["deputies"] = "\n".join(
        f'{role} = {{ by = "orlova", from = 2026-11-01, until = 2026-11-10 }}' for role in ("site_admin", "head")
    )
    desk.restart()
    begins(desk)
    desk.reply(waits, "[TECH]")
    assert {("assignment", "smirnov"), ("command-done", "ivanova")} <= set(kinds(desk.work()))
    desk.reply(request, "[ДА]")
    assert {("extension-decision", "smirnov"), ("command-done", "sidorov")} <= set(kinds(desk.work()))
    for person in (SIDOROV, IVANOVA, ORLOVA):
        desk.write(person, "Вопрос", "[LIST]")
        assert kinds(desk.work()) == [("list", person.split("@")[0])]
    desk.write(SIDOROV, "Вопрос", "[HELP]")
    assert "руководитель Службы" in one(desk.work(), "help").text


def test_a_deputy_gets_the_files_with_the_open_ticket(desk: Quick) -> None:
    mail = desk.mail(PARENT, "[TECH] Звук", "Нет звука")
    mail.add_attachment(b"PNG", maintype="image", subtype="png", filename="screen.png")
    desk.deliver(mail)
    desk.work()
    stands_in(desk, "tech", "orlova")
    letters = begins(desk)
    assert kinds(letters) == [("assignment", "orlova"), ("reassigned", "smirnov")]
    files = [part.get_filename() for part in one(letters, "assignment").message.iter_attachments()]
    assert "screen.png" in files


def test_a_ticket_that_the_represented_takes_stays_with_them(desk: Quick) -> None:
    """Who takes a ticket though a deputy acts for him is not relieved of it at the next tick."""
    desk.write(PARENT, "[TECH] Звук", "Нет звука")
    assignment = one(desk.work(), "assignment")
    stands_in(desk, "tech", "orlova")
    begins(desk)
    desk.reply(assignment, "[ВЗЯТО]")
    assert {("command-done", "smirnov"), ("reassigned", "orlova")} <= set(kinds(desk.work()))
    desk.step(hours=1)
    desk.work()
    assert desk.show("MD-1")["assignee"] == "smirnov"


def test_a_ticket_imported_without_letters_is_sent_to_no_deputy(desk: Quick) -> None:
    """Where nobody was asked, nobody is asked anew."""
    from maildesk.desk import deputies

    unknown(desk)
    stands_in(desk, "site_admin", "orlova")
    ticket = desk.desk.store.ticket(1)
    assert ticket is not None
    (asked,) = deputies.waiting(desk.desk.policy, ticket)
    assert deputies.unasked(desk.desk.policy, asked, (IVANOVA,), FIRST) == ("orlova",)
    assert deputies.unasked(desk.desk.policy, asked, (), FIRST) == ()


def call(desk: Quick, command: str, *, category: str = "Проблемы технического характера", callers: int = 1) -> None:
    """Somebody is asked to phone an author without an address."""
    desk.write("petrova@school.example", "[ЗВОНОК]", "")
    form = f"1. ФИО: Козлов Иван\n3. Тип обращения: {category}\n4. Описание: Нет звука\n5. Телефон: 8 916 123-45-67\n"
    desk.reply(one(desk.work(), "hotline-form"), form, quote=False)
    desk.reply(one(desk.work(), "assignment"), command)
    assert [letter.kind for letter in desk.work()].count("callback-request") == callers


@pytest.mark.parametrize(
    ("command", "code"), [("[ЗАКРЫТО] Включите звук", "передать ответ"), ("[ВОПРОС] Что включено?", "задать вопрос")]
)
def test_a_call_that_waits_goes_to_the_hotlines_deputy_once(desk: Quick, command: str, code: str) -> None:
    call(desk, command)
    stands_in(desk, "hotline", "orlova")
    letters = begins(desk)
    request = one(letters, "callback-request")
    assert kinds(letters) == [("callback-request", "orlova")]
    assert command.partition("] ")[2] in request.text and "8 916 123-45-67" in request.text and code in request.text
    desk.step(hours=1)
    assert "callback-request" not in {letter.kind for letter in desk.work()}
    desk.press(request, "ПОЗВОНИЛИ")
    assert ("command-done", "orlova") in kinds(desk.work())
    assert "callback-request" not in {letter.kind for letter in begins(desk, AFTER)}


def test_of_several_at_the_hotline_only_the_deputy_is_asked_again(desk: Quick) -> None:
    desk.roles["hotline"] = ["petrova", "belova"]
    desk.restart()
    call(desk, "[ЗАКРЫТО] Включите звук", callers=2)
    stands_in(desk, "petrova", "orlova")
    assert kinds(begins(desk)) == [("callback-request", "orlova")]
    for _hour in range(2):
        desk.step(hours=1)
        assert "callback-request" not in {letter.kind for letter in desk.work()}


def test_a_call_of_a_confidential_ticket_goes_to_no_deputy_of_the_hotlines(desk: Quick) -> None:
    call(desk, "[ЗАКРЫТО] Приходите", category="PSYCH")
    stands_in(desk, "hotline", "orlova")
    assert begins(desk) == []
