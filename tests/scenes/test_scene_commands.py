"""Scenes of the commands: every tag of SPEC 4 by real mail, and what each person gets."""

from __future__ import annotations

import pytest
from office import Letter, Office, kinds, one

PARENT = "Мама Пети <mama@mail.example>"


@pytest.fixture
def assignment(office: Office) -> Letter:
    """A technical appeal, assigned to the technician."""
    office.write(PARENT, "[TECH] Звук", "Нет звука на уроке")
    return one(office.work(), "assignment")


def state(office: Office, ref: str = "MD-1") -> str:
    return str(office.show(ref)["state"])


def test_an_extension_is_asked_and_approved_by_a_plain_yes_tag(office: Office, assignment: Letter) -> None:
    """[ПРОДЛИТЬ] goes to the head, whose bare «Да» grants it; assignee and author hear the new term."""
    office.reply(assignment, "[ПРОДЛИТЬ 24ч] Ждём деталь от поставщика")
    letters = office.work()
    assert kinds(letters) == [("command-done", "smirnov"), ("extension-request", "sidorov")]
    before = office.show("MD-1")["terms"]["close"]["due_at"]
    request = one(letters, "extension-request")
    assert "Ждём деталь" in request.text
    office.reply(request, "Да")
    letters = office.work()
    assert kinds(letters) == [("command-done", "sidorov"), ("extension-decision", "smirnov"), ("term-changed", "mama")]
    shown = office.show("MD-1")
    assert shown["extension"] == {"hours": 24.0, "reason": "Ждём деталь от поставщика", "state": "approved"}
    assert shown["terms"]["close"]["due_at"] > before


def test_a_reply_without_a_decision_is_answered(office: Office, assignment: Letter) -> None:
    """A plain reply to an extension request decides nothing and says so."""
    office.reply(assignment, "[EXTEND 12h] причина")
    request = one(office.work(), "extension-request")
    office.reply(request, "ок, посмотрю позже")
    assert kinds(office.work()) == [("command-error", "sidorov")]
    assert office.show("MD-1")["extension"]["state"] == "requested"


def test_an_extension_without_a_reason_is_refused(office: Office, assignment: Letter) -> None:
    office.reply(assignment, "[EXTEND 12h]")
    assert kinds(office.work()) == [("command-error", "smirnov")]
    assert office.show("MD-1")["extension"] is None


def test_a_question_goes_out_and_the_answer_comes_back(office: Office, assignment: Letter) -> None:
    """[ВОПРОС] reaches the author; what he replies reaches the assignee."""
    office.reply(assignment, "[ВОПРОС] Какой у вас браузер?")
    letters = office.work()
    assert kinds(letters) == [("command-done", "smirnov"), ("question", "mama")]
    office.reply(one(letters, "question"), "Яндекс Браузер")
    letters = office.work()
    assert kinds(letters) == [("author-reply", "smirnov")]
    assert "Яндекс Браузер" in one(letters, "author-reply").text


def test_closing_without_words_is_refused(office: Office, assignment: Letter) -> None:
    office.reply(assignment, "[ЗАКРЫТО]")
    letters = office.work()
    assert kinds(letters) == [("command-error", "smirnov")]
    assert state(office) == "assigned"


def test_a_mistyped_tag_never_reaches_the_author(office: Office, assignment: Letter) -> None:
    """A near miss is answered with the right spelling; nothing goes out."""
    office.reply(assignment, "[ЗАКРЫТ] Всё починили")
    letters = office.work()
    assert kinds(letters) == [("command-error", "smirnov")]
    assert "ЗАКРЫТО" in one(letters, "command-error").text and "Всё починили" in one(letters, "command-error").text


def test_an_unknown_bracket_at_the_top_is_answered(office: Office, assignment: Letter) -> None:
    office.reply(assignment, "[ГОТОВО] Всё починили")
    assert kinds(office.work()) == [("command-error", "smirnov")]


def test_return_asks_the_dispatcher_anew(office: Office, assignment: Letter) -> None:
    office.reply(assignment, "[ВЕРНУТЬ] Это вопрос о журнале")
    letters = office.work()
    assert kinds(letters) == [("command-done", "smirnov"), ("dispatch-request", "ivanova")]
    assert "Это вопрос о журнале" in one(letters, "dispatch-request").text
    assert "Нет звука на уроке" in one(letters, "dispatch-request").text
    assert state(office) == "new"


def test_a_note_goes_to_the_assignee_only(office: Office, assignment: Letter) -> None:
    """What the head answers to an escalation is a note for the assignee, never a letter to the author."""
    office.step(minutes=31)
    escalation = one(office.work(), "escalation")
    office.reply(escalation, "Олег Игоревич, поторопитесь, пожалуйста.")
    letters = office.work()
    assert kinds(letters) == [("command-done", "sidorov"), ("note", "smirnov")]
    note = one(letters, "note")
    office.reply(note, "Уже занимаюсь")
    assert "mama" not in {who for _, who in kinds(office.work())}


def test_two_commands_in_one_mail_are_all_or_none(office: Office, assignment: Letter) -> None:
    office.reply(assignment, "[TAKEN]\n[ROUTE nowhere]")
    assert kinds(office.work()) == [("command-error", "smirnov")]
    assert state(office) == "assigned"
    office.reply(assignment, "[TAKEN] [CLOSED] Готово")
    assert kinds(office.work()) == [("answer", "mama"), ("command-done", "smirnov")]


def test_the_hotline_opens_phone_appeals_from_one_blank_form(office: Office) -> None:
    """[ЗВОНОК] brings the form; its button opens an appeal, again and again; an author without address is called."""
    office.write("petrova@school.example", "[ЗВОНОК]", "")
    form = one(office.work(), "hotline-form")
    text = (
        "ФИО обратившегося: Петров Иван\nРоль обратившегося: родитель\nКласс, в котором учится ребенок: 7 «Б»\n"
        "Тип обращения: проблемы технического характера\nОписание проблемы: Не работает камера\n"
        "Телефон для обратной связи: +7 916 123-45-67\nАдрес электронной почты:\n"
    )
    _, subject, _ = form.button("ЗВОНОК")
    office.write("petrova@school.example", subject, text)
    letters = office.work()
    assert kinds(letters) == [("assignment", "smirnov"), ("command-done", "petrova")]
    shown = office.show("MD-1")
    assert (shown["channel"], shown["category"], shown["author"]["role"], shown["author"]["class"]) == (
        "phone",
        "tech",
        "parent",
        "7Б",
    )
    office.write("petrova@school.example", subject, text.replace("камера", "микрофон совсем"))
    again = office.work()
    assert one(again, "assignment").ticket == "MD-2"

    office.reply(one(letters, "assignment"), "[ЗАКРЫТО] Обновили драйвер")
    letters = office.work()
    assert kinds(letters) == [("callback-request", "petrova"), ("command-done", "smirnov")]
    callback = one(letters, "callback-request")
    assert "+7 916 123-45-67" in callback.text and "Обновили драйвер" in callback.text
    assert state(office) == "callback"
    office.press(callback, "ПОЗВОНИЛИ")
    assert ("command-done", "petrova") in kinds(office.work())
    assert state(office) == "closed"


def test_a_confidential_appeal_is_seen_by_its_assignee_alone(office: Office) -> None:
    """Neither head nor dispatcher nor operator sees the words, the name or the address."""
    office.write("Катя Зайцева <katya@mail.example>", "[ПСИХОЛОГ] секретная тема", "тайные слова")
    letters = office.work()
    assert kinds(letters) == [("assignment", "belova"), ("receipt", "katya")]
    assert "тайные слова" in one(letters, "assignment").text
    office.step(minutes=31)
    letters = office.work()
    escalation = one(letters, "escalation")
    for word in ("тайные", "секретная", "Катя", "Зайцева", "katya"):
        assert word not in escalation.text + escalation.html + escalation.subject
    office.write("sidorov@school.example", "[СПИСОК]", "")
    office.write("sidorov@school.example", "[HISTORY MD-1]", "")
    for letter in office.work():
        for word in ("тайные", "секретная", "Катя", "Зайцева", "katya"):
            assert word not in letter.text + letter.html + letter.subject
    masked = office.show("MD-1", reveal=False)
    assert "тайные" not in str(masked) and "katya" not in str(masked)


def test_merge_and_link_bring_tickets_together(office: Office, assignment: Letter) -> None:
    """A likely duplicate is shown with a button; merged, its author gets the other one's answer."""
    office.step(minutes=3)
    office.write(PARENT, "Звук опять", "Нет звука на уроке")
    letters = office.work()
    notice = one(letters, "notice")
    assert notice.to == "ivanova@school.example"
    office.press(notice, "ОБЪЕДИНИТЬ")
    letters = office.work()
    assert ("note", "smirnov") in kinds(letters)
    assert state(office, "MD-2") == "merged"


def test_a_strangers_mail_that_names_a_ticket_is_a_new_appeal(office: Office, assignment: Letter) -> None:
    office.write("Чужой <stranger@mail.example>", "Re: [MD-1]", "Я тоже хочу знать")
    letters = office.work()
    assert {"dispatch-request", "notice", "receipt"} == {letter.kind for letter in letters}
    assert state(office, "MD-2") == "new"


def test_help_needs_no_proof_and_names_what_is_allowed(office: Office, assignment: Letter) -> None:
    office.write("smirnov@school.example", "[ПОМОЩЬ]", "")
    assert "[ВЗЯТО]" in one(office.work(), "help").text


def test_a_command_without_a_ticket_asks_for_one(office: Office) -> None:
    office.write("smirnov@school.example", "[CLOSED]", "готово")
    assert kinds(office.work()) == [("command-error", "smirnov")]


def test_an_absence_of_the_assignee_is_told_to_the_dispatcher(office: Office, assignment: Letter) -> None:
    office.write(
        "smirnov@school.example",
        "Автоматический ответ: [MD-1] [TECH] Звук",
        "Я в отпуске до 1 декабря.",
        Auto_Submitted="auto-replied",
        In_Reply_To=assignment.id,
    )
    letters = office.work()
    assert kinds(letters) == [("notice", "ivanova")]
    assert state(office) == "assigned"


def test_a_colleagues_phone_is_asked_to_confirm(office: Office, assignment: Letter) -> None:
    """A staff proof in a mail from an address that is nobody's changes nothing; the proof's owner is asked."""
    office.reply(assignment, "[CLOSED] Сделано", sender="oleg.private@mail.example")
    letters = office.work()
    assert kinds(letters) == [("confirm-command", "smirnov")]
    assert state(office) == "assigned"
    office.reply(one(letters, "confirm-command"), "Да")
    assert ("answer", "mama") in kinds(office.work())


def test_many_holders_get_it_and_the_first_taken_owns_it(make_office: object) -> None:
    from office import ROLES

    office = make_office(roles={**ROLES, "tech": ["smirnov", "orlova"]})  # type: ignore[operator]
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    letters = office.work()
    assert kinds(letters) == [("assignment", "orlova"), ("assignment", "smirnov"), ("receipt", "mama")]
    office.reply(one(letters, "assignment", "orlova@school.example"), "[TAKEN]")
    assert kinds(office.work()) == [("command-done", "orlova"), ("reassigned", "smirnov")]
    assert office.show("MD-1")["assignee"] == "orlova"
    office.reply(one(letters, "assignment", "smirnov@school.example"), "[TAKEN]")
    assert kinds(office.work()) == [("command-error", "smirnov")]


def test_a_refused_answer_becomes_a_call(office: Office) -> None:
    """A permanent refusal of the author's address: the hotline calls, if there is a number."""
    from servers.smtp import Stage

    office.write(PARENT, "[TECH] Камера", "ФИО: Мама Пети\nТелефон: +7 916 123-45-67\nСообщение: Не работает камера")
    assignment = one(office.work(), "assignment")
    office.sink.refuse(Stage.RCPT, "550 5.1.1 no such user", recipient="mama@mail.example")
    office.reply(assignment, "[CLOSED] Починили")
    letters = office.work()
    assert ("callback-request", "petrova") in kinds(letters)
    assert state(office) == "callback"
