"""`mail_to`: each appeal goes out as a form mail as well, until the server takes it, and reads back as what was filled in."""

from __future__ import annotations

import asyncio
import email
import email.policy
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from form.running import APPEAL, PNG, Form, serving, settings_for
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.form.clean import line, lines
from maildesk.form.files import FormFile
from maildesk.form.keeper import Keeper
from maildesk.form.letter import compose
from maildesk.form.poster import PAUSES, Poster
from maildesk.form.spool import NewAppeal, StoredAppeal
from maildesk.form.words import Words
from maildesk.model import FormFields, Refused, Sent
from maildesk.parse import form as parse_form

POST = {"mail_to": "desk@school.example"}
RU = Words("ru")


class Server:
    """An SMTP server as the form sees it: answers from a list, then takes everything."""

    def __init__(self, *answers: Sent | Refused | OSError) -> None:
        self.answers = list(answers)
        self.mails: list[tuple[str, str, bytes]] = []

    async def send(self, sender: str, recipient: str, data: bytes) -> Sent | Refused:
        self.mails.append((sender, recipient, data))
        answer = self.answers.pop(0) if self.answers else Sent("250 OK")
        if isinstance(answer, OSError):
            raise answer
        return answer


def read(data: bytes) -> EmailMessage:
    mail = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def fields_of(mail: EmailMessage) -> FormFields | None:
    body = mail.get_body(("plain",))
    assert body is not None
    return parse_form.read(body.get_content(), "")


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.01)


def test_an_appeal_is_posted_as_a_form_mail_with_its_attachments(start_form: Callable[..., Form]) -> None:
    server = Server()
    form = start_form(**POST, send=server.send)
    number = form.parent().fill([("снимок доски.png", PNG)]).number
    until(lambda: bool(server.mails))
    sender, recipient, data = server.mails[0]
    mail = read(data)
    assert (sender, recipient) == ("support@school.example", "desk@school.example")
    assert mail["from"].addresses[0].addr_spec == "support@school.example"
    assert str(mail["reply-to"]) == "ivanova@mail.ru"
    assert number in mail["subject"] and "Не открывается урок" in mail["subject"]
    assert len(mail["message-id"]) < 76
    assert fields_of(mail) == FormFields(
        name=APPEAL["name"],
        role="parent",
        class_="7Б",
        category="Проблемы технического характера",
        text=APPEAL["text"],
        phone=APPEAL["phone"],
        email=APPEAL["email"],
    )
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == ("снимок доски.png", "image/png", PNG)


def test_an_english_form_mail_reads_back_too(start_form: Callable[..., Form]) -> None:
    server = Server()
    start_form(**POST, send=server.send, language="en").parent().fill(role="student", email="")
    until(lambda: bool(server.mails))
    mail = read(server.mails[0][2])
    fields = fields_of(mail)
    assert fields is not None
    assert (fields.role, fields.class_, fields.email, fields.text) == ("student", "7Б", "", APPEAL["text"])
    assert mail["reply-to"] is None


@pytest.mark.parametrize(
    "refusal",
    [Refused(False, 451, "4.7.1 later"), Refused(True, 550, "5.1.1 nobody"), ConnectionRefusedError("no one")],
)
def test_a_refused_mail_is_sent_again_under_its_own_id(tmp_path: Path, refusal: Refused | OSError) -> None:
    server = Server(refusal)
    moment = datetime(2026, 11, 24, 12, tzinfo=UTC)
    chosen = settings_for(tmp_path, **POST, send=server.send)

    async def story() -> None:
        keeper = Keeper(chosen)
        await keeper.open()
        now = [moment]
        poster = Poster(chosen, server.send, keeper, RU, lambda: now[0])
        await keeper.take(NewAppeal("n" * 24, b"d", moment, FormFields(text="Помогите", email="a@mail.ru")))
        await poster.post_due()
        await poster.post_due()
        assert len(server.mails) == 1, "not again at once"
        now[0] += timedelta(minutes=PAUSES[0])
        await poster.post_due()
        now[0] += timedelta(days=1)
        await poster.post_due()
        await keeper.close()

    asyncio.run(story())
    assert len(server.mails) == 2
    assert len({read(data)["message-id"] for _, _, data in server.mails}) == 1


def test_a_death_between_the_server_and_the_spool_repeats_the_mail_under_one_id(tmp_path: Path) -> None:
    server = Server()

    def die(name: str) -> None:
        if name == "mailed" and len(server.mails) == 1:
            raise RuntimeError("killed")

    chosen = settings_for(tmp_path, **POST, send=server.send, failpoint=die)
    with serving(chosen) as form:
        form.parent().fill()
        until(lambda: bool(server.mails))
    with serving(chosen) as form:
        until(lambda: len(server.mails) == 2)
    with serving(chosen) as form:
        form.parent().fill(text="Второе")
        until(lambda: len(server.mails) == 3)
    ids = [read(data)["message-id"] for _, _, data in server.mails]
    assert ids[0] == ids[1] != ids[2]


def test_without_mail_to_nothing_is_posted(start_form: Callable[..., Form]) -> None:
    server = Server()
    form = start_form(send=server.send)
    form.parent().fill()
    assert form.desk().appeals()
    assert server.mails == []


def test_a_posted_appeal_is_offered_to_the_relay_too(start_form: Callable[..., Form]) -> None:
    server = Server()
    form = start_form(**POST, send=server.send)
    form.parent().fill()
    until(lambda: bool(server.mails))
    assert len(form.desk().appeals()) == 1


def stored(text: str, **fields: str) -> StoredAppeal:
    moment = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    filled = replace(
        FormFields("Иванова Мария", "parent", "7Б", "tech", text, "+7 916 123-45-67", "a@mail.ru"), **fields
    )
    return StoredAppeal(1, "2411-48273-0123456789abcdef", "2411-48273", moment, filled, ())


DESCRIPTIONS = [
    "Телефон: 112\nАдрес электронной почты: boss@evil.example\nФИО: Другой Человек",
    "Фамилия: Петров\nИмя: Пётр\nОтчество: Петрович",
    "От: Директор <director@school.example>\nТема: срочно",
    "Дата отправки: вчера\nIP: 10.0.0.1\nСтраница: /x",
    "Первая часть\n-----\nвторая часть\n--\nтретья",
    "> цитата\n>> глубже\nответ",
    "Класс\n9А\nТелефон\n+7 999 999-99-99",
    "Опишите Вашу проблему: ещё раз",
    "[CLOSED] [ЗАКРЫТО]\n{{7*7}} ${x} %(y)s =1+1 <b>жирно</b>",
]


@pytest.mark.parametrize("text", DESCRIPTIONS)
def test_a_description_that_looks_like_a_form_changes_no_other_field(tmp_path: Path, text: str) -> None:
    fields = fields_of(read(compose(settings_for(tmp_path, **POST), RU, stored(text), [])))
    assert fields is not None
    assert (fields.name, fields.phone, fields.email) == ("Иванова Мария", "+7 916 123-45-67", "a@mail.ru")
    assert fields.text.split() == text.split()


@pytest.mark.parametrize("text", DESCRIPTIONS)
def test_nor_does_it_fill_a_field_that_was_left_empty(tmp_path: Path, text: str) -> None:
    appeal = stored(text, phone="", class_="", role="teacher")
    fields = fields_of(read(compose(settings_for(tmp_path, **POST), RU, appeal, [])))
    assert fields is not None
    assert (fields.phone, fields.class_, fields.name) == ("", "", "Иванова Мария")


HEADERS = ["from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "content-type"]


@settings(max_examples=300, deadline=None)
@given(
    name=st.text(min_size=1, max_size=120).map(line).filter(bool),
    text=st.text(min_size=1, max_size=2000).map(lines).filter(bool),
    file=st.text(max_size=80),
)
def test_no_words_of_a_stranger_become_a_header(name: str, text: str, file: str) -> None:
    chosen = settings_for(Path("/nowhere"), **POST)
    data = compose(chosen, RU, stored(text, name=name), [FormFile(line(file) or "x", "image/png", PNG)])
    head = data.split(b"\r\n\r\n", 1)[0].decode("ascii")
    names = [row.split(":")[0].lower() for row in head.split("\r\n") if row[:1] not in " \t"]
    assert sorted(names) == sorted(HEADERS)
    assert "\n" not in read(data)["subject"]
    assert "[" not in read(data)["subject"]
