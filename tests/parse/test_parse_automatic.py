"""What wrote a mail, and may a machine answer it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.model import MailKind
from maildesk.parse.automatic import Kind, classify, may_answer
from maildesk.parse.automatic_subjects import is_receipt_subject, is_vacation_subject
from maildesk.parse.message import Part, read

PERSON = "From: mama@mail.example\nReturn-Path: <mama@mail.example>\nSubject: Журнал\n"
OWN_ID = "<md.42.k3v7q2m5ab.q5w2e3r4t6y7u2i3@school.example>"


def mail(headers: str, text: str = "Текст.") -> Part:
    return read(f"{headers}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode())


def kind_of(headers: str, text: str = "Текст.") -> Kind:
    return classify(mail(headers, text), text)


VACATION_SUBJECTS = (
    "Автоответ: [MD-42] Не открывается журнал",
    "Автоответ",
    "Авто-ответ: Журнал",
    "Автоответчик: Журнал",
    "автоматический ответ: журнал",
    "Автоматический ответ",
    "Автоматический ответ на Ваше письмо",
    "Ответ автоответчика: Журнал",
    "Вне офиса: Журнал",
    "Нет на месте",
    "Нет на месте до 25.11",
    "Нет на работе.",
    "Меня нет на рабочем месте",
    "Я в отпуске",
    "Я в отпуске!",
    "Я в отпуске до 1 декабря",
    "В отпуске с 16.11.2026 по 30.11.2026",
    "Нахожусь в ежегодном отпуске",
    "Ушла в отпуск до 10 января",
    "В командировке",
    "Отсутствую на рабочем месте до 5 декабря",
    "На больничном",
    "AUTO: Иванова А. П. отсутствует в офисе (возвращение 01.12.2026)",
    "Автовідповідь: Журнал",
    "Автоматична відповідь: Журнал",
    "Я у відпустці",
    "Automatic reply: Journal",
    "Auto-Reply: Journal",
    "AutoReply: Journal",
    "Auto Response: Journal",
    "Out of Office",
    "Out of office: Journal",
    "Out of Office AutoReply: Journal",
    "I am out of the office",
    "I'm on vacation",
    "On annual leave until 5 May",
    "AUTO: John Smith is out of the office. (returning 05/01/2026)",
    "away from my mail",
    "[Automatyczna odpowiedź] Journal",
    "Abwesenheitsnotiz: Journal",
    "Automatische Antwort: Journal",
    "Réponse automatique : Journal",
    "Respuesta automática: Journal",
    "Risposta automatica: Journal",
    "自動応答: Journal",
)

ORDINARY_SUBJECTS = (
    "Я в отпуске и не могу войти в журнал",
    "Я в отпуске, а пароль нужен",
    "В отпуске потеряли пароль",
    "Автоматический ответ не приходит",
    "Автоматический ответ журнала неверен",
    "Автоответчик школы не работает",
    "Re: Автоответ: Журнал",
    "Fwd: Автоматический ответ: Журнал",
    "Нет на месте кнопки входа",
    "Нет на уроке учителя",
    "Отсутствие на уроке 25.11",
    "Отпуск",
    "На больничном, пришлите задания",
    "Командировка учителя",
    "Меня нет в списке класса",
    "Out of memory",
    "Out of office hours support?",
    "Automatic replies do not come",
    "Auto insurance",
    "Vacation homework",
    "Away game on Friday",
    "",
)


@pytest.mark.parametrize("subject", VACATION_SUBJECTS)
def test_a_subject_that_only_a_program_writes_is_a_vacation_answer(subject: str) -> None:
    """A label of a mail client, or an absence that is the whole Subject, marks an automatic answer."""
    assert is_vacation_subject(subject)
    found = kind_of(f"From: ivanova@school.example\nSubject: {subject}\n")
    assert (found.kind, found.reason, found.may_autorespond) == (MailKind.AUTOMATIC, "vacation", False)


@pytest.mark.parametrize("subject", ORDINARY_SUBJECTS)
def test_a_persons_subject_is_not_a_vacation_answer(subject: str) -> None:
    """The same words within a person's sentence mark nothing."""
    assert not is_vacation_subject(subject)
    assert kind_of(f"From: mama@mail.example\nSubject: {subject}\n").kind is MailKind.PERSON


@pytest.mark.parametrize(
    "subject",
    ["Прочитано: Журнал", "Read: Journal", "Не прочитано: Журнал", "Gelesen: x", "Return Receipt (displayed): x"],
)
def test_a_receipt_subject_is_seen(subject: str) -> None:
    """The label of a read receipt is seen at the start of a Subject."""
    assert is_receipt_subject(subject)


@pytest.mark.parametrize("subject", ["Прочитано ли письмо?", "Ready: set", "Журнал: прочитано"])
def test_an_ordinary_subject_is_no_receipt(subject: str) -> None:
    """A word that only resembles the label is none."""
    assert not is_receipt_subject(subject)


def test_a_receipt_subject_alone_does_not_make_a_receipt() -> None:
    """«Прочитано: …» over a person's own long words stays a person's mail."""
    assert (
        kind_of("From: mama@mail.example\nSubject: Прочитано: Война и мир\n", "Дети прочли роман.").kind
        is MailKind.PERSON
    )


HEADER_ROWS = (
    # header lines, kind, reason
    ("Auto-Submitted: auto-replied\n", MailKind.AUTOMATIC, "auto-replied"),
    ("Auto-Submitted: auto-replied (vacation)\n", MailKind.AUTOMATIC, "auto-replied"),
    ("Auto-Submitted: AUTO-GENERATED; type=x\n", MailKind.AUTOMATIC, "auto-generated"),
    ("Auto-Submitted: auto-notified\n", MailKind.AUTOMATIC, "auto-generated"),
    ("Auto-Submitted: no\n", MailKind.PERSON, ""),
    ("Auto-Submitted:\n", MailKind.PERSON, ""),
    ("X-Autoreply: yes\n", MailKind.AUTOMATIC, "vacation"),
    ("X-Autoreply: no\n", MailKind.PERSON, ""),
    ("X-Autorespond: Re: x\n", MailKind.AUTOMATIC, "vacation"),
    ("X-AutoReply-From: ivanova@school.example\n", MailKind.AUTOMATIC, "vacation"),
    ("X-Mail-Autoreply: yes\n", MailKind.AUTOMATIC, "vacation"),
    ("X-Yandex-Autoreply: 1\n", MailKind.AUTOMATIC, "vacation"),
    ("X-Vacation: yes\n", MailKind.AUTOMATIC, "vacation"),
    ("X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n", MailKind.AUTOMATIC, "vacation"),
    ("Precedence: auto_reply\n", MailKind.AUTOMATIC, "vacation"),
    ("Precedence: auto-reply\n", MailKind.AUTOMATIC, "vacation"),
    ("X-Autogenerated: Reply\n", MailKind.AUTOMATIC, "auto-generated"),
    ("X-Auto-Response-Suppress: All\n", MailKind.PERSON, ""),
    ("X-Auto-Response-Suppress: DR, OOF, AutoReply\n", MailKind.PERSON, ""),
    ("Feedback-ID: 123:user:proton\n", MailKind.PERSON, ""),
    ("List-Id: <klass7b.lists.example>\n", MailKind.LIST, "list-id"),
    ("List-Post: <mailto:klass7b@lists.example>\n", MailKind.LIST, "list-id"),
    ("List-Unsubscribe: <https://news.example/u>\n", MailKind.LIST, "list-unsubscribe"),
    ("Precedence: bulk\n", MailKind.LIST, "precedence-bulk"),
    ("Precedence: Junk\n", MailKind.LIST, "precedence-junk"),
    ("Precedence: list\n", MailKind.LIST, "precedence-list"),
    ("Precedence: normal\n", MailKind.PERSON, ""),
    ("X-Maildesk-Kind: receipt\n", MailKind.PERSON, ""),
    (f"Message-ID: {OWN_ID}\n", MailKind.PERSON, ""),
    (f"Message-ID: {OWN_ID}\nX-Maildesk-Kind: receipt\n", MailKind.OWN, "own"),
    (f"Message-ID: {OWN_ID}\nX-Maildesk-Kind: receipt\nAuto-Submitted: auto-replied\n", MailKind.OWN, "own"),
    ("Message-ID: <md.x.y@school.example>\nX-Maildesk-Kind: receipt\n", MailKind.PERSON, ""),
    ("Content-Class: urn:content-classes:mdn\n", MailKind.AUTOMATIC, "read-receipt"),
    # the order of the rules
    ("List-Id: <x.example>\nAuto-Submitted: auto-replied\n", MailKind.AUTOMATIC, "auto-replied"),
    ("List-Id: <x.example>\nPrecedence: bulk\n", MailKind.LIST, "list-id"),
)


@pytest.mark.parametrize(("headers", "kind", "reason"), HEADER_ROWS)
def test_a_header_tells_what_wrote_the_mail(headers: str, kind: MailKind, reason: str) -> None:
    """Each header that programs write has its row; all but a person's mail forbid an automatic answer."""
    found = kind_of(PERSON + headers)
    assert (found.kind, found.reason) == (kind, reason)
    assert found.may_autorespond is (kind is MailKind.PERSON)


def test_bulk_mail_from_nobody_is_an_answer_not_a_list() -> None:
    """An answering machine that writes Precedence: bulk has no envelope sender, unlike a list."""
    found = kind_of("From: a@b.example\nReturn-Path: <>\nPrecedence: bulk\nSubject: Re: x\n")
    assert (found.kind, found.reason) == (MailKind.AUTOMATIC, "auto-replied")


OPENINGS = (
    ("Это автоматический ответ. Я вернусь в понедельник.", True),
    ("Автоматический ответ: меня нет.", True),
    ("Автоответчик. Буду завтра.", True),
    ("*** This is an automatic reply *** back on Monday", True),
    ("Automated response: we got your mail", True),
    ("Здравствуйте!\nЭто автоматический ответ на Ваше письмо.", True),
    ("Уважаемый отправитель,\n\nЭто автоматический ответ. Меня нет.", True),
    ("Здравствуйте!\nНе приходит автоматический ответ: почему?", False),
    ("Автоматический ответ журнала неверен", False),
    ("Автоответ так и не пришёл", False),
    ("Automatic reply is not coming", False),
    ("Здравствуйте! Пришёл автоматический ответ: что делать?", False),
)


@pytest.mark.parametrize(("text", "automatic"), OPENINGS)
def test_the_first_words_may_say_that_it_is_automatic(text: str, automatic: bool) -> None:
    """A text that opens by calling itself an automatic answer is one; a person who speaks of one is a person."""
    assert (kind_of(PERSON, text).kind is MailKind.AUTOMATIC) is automatic


SENDERS = (
    # From, may a machine answer
    ("mama@mail.example", True),
    ("Нина <nina.noreplyeva@mail.example>", True),
    ("reply@mail.example", True),
    ("no.reply.needed@mail.example", False),
    ("noreply@mail.example", False),
    ("no-reply@mail.example", False),
    ("no_reply@mail.example", False),
    ("No-Reply+123@mail.example", False),
    ("noreply-dmarc@mail.example", False),
    ("do-not-reply@mail.example", False),
    ("donotreply@mail.example", False),
    ("mailer-daemon@mail.example", False),
    ("MAILER-DAEMON@mail.example", False),
    ("postmaster@mail.example", False),
    ("bounce@mail.example", False),
    ("forms-noreply@mail.example", False),
    ("", False),
    ("<>", False),
)


@pytest.mark.parametrize(("sender", "may"), SENDERS)
def test_a_sender_that_nobody_reads_is_not_answered(sender: str, may: bool) -> None:
    """RFC 3834, 2: no answer to a daemon, to no-reply addresses, or to no address at all."""
    assert may_answer(mail(f"From: {sender}\nSubject: Журнал\n")) is may


@pytest.mark.parametrize(
    "path", ["<>", "< >", "<noreply@x.example>", "<MAILER-DAEMON@x.example>", "<bounces+1@x.example>"]
)
def test_an_envelope_sender_of_a_machine_is_not_answered(path: str) -> None:
    """The null reverse-path, or one that nobody reads, forbids an answer."""
    assert not may_answer(mail(f"From: mama@mail.example\nReturn-Path: {path}\n"))


def test_a_reply_address_that_nobody_reads_is_not_answered() -> None:
    """Where Reply-To is a no-reply address the answer would go nowhere."""
    assert not may_answer(mail("From: mama@mail.example\nReply-To: noreply@mail.example\n"))


def test_a_mail_without_from_is_not_answered() -> None:
    """Without an author there is nobody to answer."""
    assert not may_answer(mail("Subject: Журнал\n"))


@given(st.binary(max_size=600))
def test_no_input_makes_it_raise(data: bytes) -> None:
    """Whatever bytes come, there is a kind."""
    for raw in (
        data,
        b"From: MAILER-DAEMON@x\nSubject: Undelivered\n\n" + data,
        b"Content-Type: multipart/report\n\n" + data,
    ):
        root = read(raw)
        assert classify(root, root.text).kind in MailKind
