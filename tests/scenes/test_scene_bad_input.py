"""Scenes of bad input: nothing stops the queue, nothing is lost."""

from __future__ import annotations

import pytest
from office import Make, Office, kinds, one

BAD = {
    "empty": b"",
    "no_from": b"Subject: [TECH] \xd0\x9d\xd0\xb5\xd1\x82\r\nMessage-ID: <nofrom@x.example>\r\n\r\ntext\r\n",
    "broken_mime": (
        b"From: a@b.example\r\nSubject: [TECH] broken\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=nope\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!not base64!!!\r\n--never-closed"
    ),
    "koi8": (
        b"From: a@b.example\r\nSubject: [TECH] koi8\r\n\r\n"
        + "Здравствуйте! Не открывается урок, помогите пожалуйста.".encode("koi8-r")
    ),
    "nul": b"From: a@b.example\r\nSubject: [TECH] nul\r\n\r\nab\x00cd\r\n",
    "deep_comment": b"From: " + b"(" * 600 + b"\r\nSubject: x\r\n\r\ny",
    "thousand_parts": b"From: a@b.example\r\nSubject: [TECH] parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\n\r\n" * 2000
    + b"--b--\r\n",
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_mail_stops_nothing(office: Office, name: str) -> None:
    """A bad mail leaves the inbox (to Processed or Quarantine), and the one behind it is served."""
    office.deliver(BAD[name] or b"\r\n")
    office.write("mama@mail.example", "[TECH] Звук", "Нет звука")
    letters = office.work()
    assert ("assignment", "smirnov") in kinds(letters)
    assert ("receipt", "mama") in kinds(letters)
    assert office.dovecot.mails(office.user) == []
    kept = office.dovecot.mails(office.user, "Processed") + office.dovecot.mails(office.user, "Quarantine")
    assert len(kept) == 2


def test_koi8_without_a_charset_is_read(office: Office) -> None:
    office.deliver(BAD["koi8"])
    assert "Не открывается урок" in one(office.work(), "assignment").text


def test_an_oversized_mail_is_a_ticket_all_the_same(make_office: Make) -> None:
    """A mail over the limit becomes a ticket from its beginning; its author is told."""
    office = make_office(sections={"limits": 'message_size = "1MB"'})
    mail = office.mail("mama@mail.example", "[TECH] Видео", "Смотрите запись.")
    mail.add_attachment(bytes(3_000_000), maintype="video", subtype="mp4", filename="a.mp4")
    office.deliver(mail)
    letters = office.work()
    assert "Смотрите запись" in one(letters, "assignment").text
    assert one(letters, "receipt").to == "mama@mail.example"


def test_the_same_mail_by_two_roads_is_one_ticket(office: Office) -> None:
    """Message-ID and content are the same, Received lines differ."""
    mail = office.mail("mama@mail.example", "[TECH] Звук", "Нет звука").as_bytes()
    office.deliver(b"Received: from a by b; Mon, 23 Nov 2026 09:00:00 +0300\r\n" + mail.replace(b"\n", b"\r\n"))
    office.deliver(b"Received: from c by d; Mon, 23 Nov 2026 09:00:01 +0300\r\n" + mail.replace(b"\n", b"\r\n"))
    assert kinds(office.work()) == [("assignment", "smirnov"), ("receipt", "mama")]
    assert office.command("show", "MD-2").returncode == 1


def test_a_bulk_mail_opens_a_ticket_without_a_receipt(office: Office) -> None:
    office.write("list@mail.example", "[TECH] Рассылка", "текст", Precedence="bulk", List_Id="<l.mail.example>")
    assert kinds(office.work()) == [("assignment", "smirnov")]


def test_a_vacation_answer_opens_nothing(office: Office) -> None:
    office.write("x@mail.example", "Автоответ: я в отпуске", "вернусь", Auto_Submitted="auto-replied")
    assert office.work() == []
    assert office.command("show", "MD-1").returncode == 1
