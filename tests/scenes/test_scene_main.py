"""Scenes of an ordinary day: the main road of a mail, over real IMAP and SMTP."""

from __future__ import annotations

from office import SUPPORT, Office, kinds, one

PARENT = "Мама Пети <mama@mail.example>"


def test_a_tagged_mail_is_taken_closed_and_answered(office: Office) -> None:
    """A parent's tagged mail reaches the technician, whose answer reaches the parent."""
    office.write(PARENT, "[ТЕХ] Не открывается урок", "Здравствуйте! Урок не открывается с утра.")
    letters = office.work()
    assert kinds(letters) == [("assignment", "smirnov"), ("receipt", "mama")]
    receipt, assignment = one(letters, "receipt"), one(letters, "assignment")
    assert "Урок" not in receipt.text and "Пет" not in receipt.text and "открывается" not in receipt.subject
    assert "Урок не открывается с утра" in assignment.text
    assert assignment.subject == "[MD-1] [TECH] Не открывается урок"

    office.step(minutes=5)
    office.reply(assignment, "[ВЗЯТО]")
    done = office.work()
    assert kinds(done) == [("command-done", "smirnov")]
    assert office.show("MD-1")["state"] == "taken"

    office.step(minutes=10)
    office.reply(assignment, "[ЗАКРЫТО]\nОбновите страницу, всё заработает.")
    letters = office.work()
    assert kinds(letters) == [("answer", "mama"), ("command-done", "smirnov")]
    answer = one(letters, "answer")
    assert "Обновите страницу" in answer.text
    assert "Смирнов" not in answer.text and "smirnov" not in answer.raw.decode()
    shown = office.show("MD-1")
    assert shown["state"] == "closed"
    assert {name: term["met"] for name, term in shown["terms"].items()} == {
        "dispatch": True,
        "take": True,
        "close": True,
    }
    assert shown["author"]["email"] == "mama@mail.example"

    office.step(minutes=5)
    office.reply(answer, "Спасибо большое!")
    assert office.work() == []
    office.step(minutes=5)
    office.reply(answer, "Нет, опять не открывается.")
    letters = office.work()
    assert kinds(letters) == [("author-reply", "smirnov")]
    assert office.show("MD-1")["state"] == "assigned"


def test_an_untagged_mail_is_dispatched_by_a_button(office: Office) -> None:
    """The site administrator dispatches by a button, from a mail without threading headers."""
    office.write(PARENT, "Вопрос", "Не вижу оценок за четверть.")
    request = one(office.work(), "dispatch-request")
    assert request.to == "ivanova@school.example"
    address, subject, _ = request.button("JOURNAL")
    assert address == SUPPORT and subject.startswith("[MD-1]")
    office.press(request, "JOURNAL")
    letters = office.work()
    assert kinds(letters) == [("assignment", "orlova"), ("command-done", "ivanova")]
    shown = office.show("MD-1")
    assert (shown["state"], shown["category"], shown["assignee"]) == ("assigned", "journal", "orlova")


def test_a_tag_in_an_ordinary_reply_dispatches(office: Office) -> None:
    """[ЭЖД] at the top of a quoted reply is enough."""
    office.write(PARENT, "Вопрос", "Не вижу оценок.")
    request = one(office.work(), "dispatch-request")
    office.reply(request, "[ЭЖД]")
    assert ("assignment", "orlova") in kinds(office.work())


def test_nobody_takes_it_and_the_head_hears(office: Office) -> None:
    """Thirty minutes after the dispatch the assignee is reminded and the head is told, once."""
    office.write(PARENT, "[TECH] Сломалось", "Помогите")
    office.work()
    office.step(minutes=29)
    assert office.work() == []
    office.step(minutes=2)
    assert kinds(office.work()) == [("escalation", "sidorov"), ("reminder", "smirnov")]
    office.step(minutes=2)
    assert office.work() == []
    assert office.show("MD-1")["terms"]["take"]["met"] is False


def test_a_plain_reply_of_the_assignee_goes_to_the_author(office: Office) -> None:
    """Without a tag the assignee's words are a message to the author, and take the ticket."""
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    assignment = one(office.work(), "assignment")
    office.reply(assignment, "Попробуйте другие наушники.")
    letters = office.work()
    assert kinds(letters) == [("command-done", "smirnov"), ("question", "mama")]
    assert "другие наушники" in one(letters, "question").text
    assert office.show("MD-1")["state"] == "taken"


def test_a_spoofed_command_asks_the_real_person(office: Office) -> None:
    """A tag without a proof changes nothing: its supposed sender is asked, and only a yes carries it out, once."""
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    office.work()
    office.write("smirnov@school.example", "Re: [MD-1] [TECH] Звук", "[CLOSED] Пароль: 12345")
    letters = office.work()
    assert kinds(letters) == [("confirm-command", "smirnov")]
    assert office.show("MD-1")["state"] == "assigned"
    confirm = one(letters, "confirm-command")
    assert "Пароль: 12345" in confirm.text
    office.reply(confirm, "да")
    letters = office.work()
    assert kinds(letters) == [("answer", "mama"), ("command-done", "smirnov")]
    assert office.show("MD-1")["state"] == "closed"
    office.reply(confirm, "да")
    assert kinds(office.work()) == [("command-error", "smirnov")]


def test_the_day_ends_with_two_reports(office: Office) -> None:
    """At 18:00 the head gets a report for web and e-mail and one for the phone; each dispatcher a copy of theirs."""
    local = office.now.astimezone(__import__("zoneinfo").ZoneInfo("Europe/Moscow"))
    office.now = local.replace(hour=10, minute=0)
    office.write(PARENT, "[TECH] Звук", "Нет звука")
    office.work()
    office.now = local.replace(hour=18, minute=0, second=1)
    letters = [letter for letter in office.work() if letter.kind == "daily-report"]
    assert kinds(letters) == [
        ("daily-report", "ivanova"),
        ("daily-report", "petrova"),
        ("daily-report", "sidorov"),
        ("daily-report", "sidorov"),
    ]
    office.step(minutes=1)
    assert [letter for letter in office.work() if letter.kind == "daily-report"] == []
