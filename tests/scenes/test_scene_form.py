"""Scenes of the form: a parent fills in the real page, the daemon polls the real relay, letters leave."""

from __future__ import annotations

from pathlib import Path

import pytest
from form.running import PNG, TOKEN, Form, serving, settings_for
from office import Make, Office, kinds, one

from maildesk.form.settings import FormSettings


@pytest.fixture
def page(tmp_path: Path) -> object:
    """A form that serves."""
    (tmp_path / "form").mkdir()
    settings: FormSettings = settings_for(tmp_path / "form")
    with serving(settings) as form:
        yield form


@pytest.fixture
def polled(make_office: Make, page: Form) -> Office:
    """A desk that polls that form's relay."""
    return make_office(sections={"relay": f'url = "{page.url.rstrip("/")}"\ntoken = "{TOKEN}"\npoll = "1s"'})


def test_an_appeal_of_the_form_becomes_a_ticket_of_its_category(polled: Office, page: Form) -> None:
    """Fields, class, phone and screenshot arrive; the specialist gets them, the parent a receipt with the ticket's number."""
    assert page.parent().fill([("снимок.png", PNG)]).number
    polled.step(seconds=5)
    letters = polled.work()
    assert kinds(letters) == [("assignment", "smirnov"), ("receipt", "ivanova")]
    assignment = one(letters, "assignment")
    assert "нет доступа" in assignment.text and "7Б" in assignment.text
    assert "снимок.png" in [part.get_filename() for part in assignment.message.iter_attachments()]
    shown = polled.show("MD-1")
    assert (shown["channel"], shown["category"]) == ("web", "tech")
    assert shown["author"] == {
        "name": "Иванова Мария Петровна",
        "email": "ivanova@mail.ru",
        "phone": "+7 916 123-45-67",
        "role": "parent",
        "class": "7Б",
    }


def test_an_appeal_offered_again_is_taken_once(polled: Office, page: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost acknowledgement is harmless: the relay offers the id again, and the desk knows it."""
    from maildesk.sources.relay import RelaySource

    page.parent().fill()
    polled.step(seconds=5)
    with monkeypatch.context() as lost:
        lost.setattr(RelaySource, "settle", lambda self, keys, fate: None)
        assert ("assignment", "smirnov") in kinds(polled.work())
    assert len(page.desk().appeals()) == 1
    assert polled.work() == []
    assert page.desk().appeals() == []
    assert polled.command("show", "MD-2").returncode == 1


def test_a_confidential_appeal_of_the_form_is_its_assignees_alone(polled: Office, page: Form) -> None:
    page.parent().fill(category="psych", text="тайные слова")
    polled.step(seconds=5)
    letters = polled.work()
    assert kinds(letters) == [("assignment", "belova"), ("receipt", "ivanova")]
    assert "тайные слова" in one(letters, "assignment").text


def test_an_author_with_a_phone_alone_is_called(polled: Office, page: Form) -> None:
    """No e-mail on the form: no receipt, and the answer goes to the hotline."""
    page.parent().fill(email="")
    polled.step(seconds=5)
    letters = polled.work()
    assert kinds(letters) == [("assignment", "smirnov")]
    polled.reply(one(letters, "assignment"), "[ЗАКРЫТО] Починили")
    assert ("callback-request", "petrova") in kinds(polled.work())


def test_a_form_mail_of_a_named_robot_is_the_persons_appeal(make_office: Make) -> None:
    """A website that can only send mail: the author is the person in the form, whatever the robot's headers say."""
    office = make_office(sections={"form_mail": 'from = ["robot@school.example"]'})
    office.write(
        "Робот сайта <robot@school.example>",
        "Новая заявка с сайта",
        "1. Укажите ФИО: Петров Иван\n2. Вы являетесь: родителем\n4. Укажите класс, в котором обучается Ваш ребенок: 7 «Б»\n"
        "5. Выберите тип обращения: проблема с ЭЖД\n6. Опишите Вашу проблему: Не вижу оценок.\nС понедельника.\n"
        "7. Укажите телефон для обратной связи: 8 916 123-45-67\n8. Укажите адрес электронной почты: petrov@mail.example\n",
        Auto_Submitted="auto-generated",
        Precedence="bulk",
    )
    letters = office.work()
    assert kinds(letters) == [("assignment", "orlova"), ("receipt", "petrov")]
    assert "С понедельника" in one(letters, "assignment").text
    shown = office.show("MD-1")
    assert (shown["channel"], shown["author"]["name"], shown["author"]["class"]) == ("web", "Петров Иван", "7Б")


def test_form_lines_of_a_stranger_fill_fields_but_the_author_stays_the_sender(office: Office) -> None:
    office.write(
        "Кто-то <someone@mail.example>",
        "Заявка",
        "ФИО: Петров Иван\nКласс: 5А\nТип обращения: проблема с ЭЖД\nСообщение: Не вижу оценок\nE-mail: victim@mail.example\n",
    )
    letters = office.work()
    assert ("receipt", "someone") in kinds(letters)
    assert "victim" not in {who for _, who in kinds(letters)}
    assert office.show("MD-1")["author"]["email"] == "someone@mail.example"


def test_a_filled_reply_to_the_blank_form_takes_no_address_from_its_quotation(office: Office) -> None:
    """The last field left empty is empty, though the quotation's head below it holds the desk's own address."""
    office.write("petrova@school.example", "[ЗВОНОК]", "")
    blank = one(office.work(), "hotline-form")
    office.reply(
        blank,
        "ФИО обратившегося: Кузьмина Раиса\nРоль обратившегося: родитель\nКласс, в котором учится ребенок: 3А\n"
        "Тип обращения: проблемы технического характера\nОписание проблемы: Нет звука.\n"
        "Телефон для обратной связи: +7 916 555-01-02\nАдрес электронной почты:",
    )
    letters = office.work()
    assert kinds(letters) == [("assignment", "smirnov"), ("command-done", "petrova")]
    shown = office.show("MD-1")
    assert shown["author"]["email"] == ""
    assert shown["subject"] == "Нет звука."
    assert shown["messages"][0]["text"] == "Нет звука."
