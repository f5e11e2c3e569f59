"""Tables of what people type and attach: addresses, phones, file names, contents."""

from __future__ import annotations

import pytest
from form.running import CATEGORIES, PNG

from maildesk.form.checks import Filled, check
from maildesk.form.files import Upload, accepted
from maildesk.form.words import Words

RU = Words("ru")


def checked(**values: str) -> Filled:
    usual = {"name": "Иванова Мария", "role": "teacher", "category": "tech", "text": "Помогите", "consent": "yes"}
    return check({name: (value,) for name, value in {**usual, **values}.items()}, CATEGORIES, RU, 10_000)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ivanova@mail.ru", "ivanova@mail.ru"),
        (" ivanova@mail.ru ", "ivanova@mail.ru"),
        ("Ivanova@Mail.RU", "Ivanova@mail.ru"),
        ("info@почта.рф", "info@xn--80a1acny.xn--p1ai"),
        ("a.b+c@sub.school.example", "a.b+c@sub.school.example"),
        ("a@school.local", "a@school.local"),
        ("a@desk.test", "a@desk.test"),
        ("a@e.mail.ru", "a@e.mail.ru"),
        ("ivanova@edu.mos.ru", "ivanova@edu.mos.ru"),
    ],
)
def test_a_good_address_is_kept_as_mail_is_sent_to_it(typed: str, kept: str) -> None:
    filled = checked(email=typed)
    assert filled.errors == {}
    assert filled.fields.email == kept


@pytest.mark.parametrize(
    "typed",
    [
        "ivanova",
        "@mail.ru",
        "ivanova@",
        "a b@mail.ru",
        "a@b",
        "a@mail..ru",
        "a@mail.ru, b@mail.ru",
        "Иванова <a@mail.ru>",
        "a@mаil.ru",
        "иван@почта.рф",
        '"a b"@mail.ru',
        "a@[127.0.0.1]",
        "a@mail.ru\nBcc: b@mail.ru",
        "a" * 65 + "@mail.ru",
        "a@" + "b" * 64 + ".ru",
        "x" * 100_000,
    ],
)
def test_what_mail_cannot_be_sent_to_is_asked_for_again(typed: str) -> None:
    filled = checked(email=typed)
    assert list(filled.errors) == ["email"]
    assert filled.fields.email == ""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a@gmial.com", "gmail.com"),
        ("a@gmail.con", "gmail.com"),
        ("a@gmai.com", "gmail.com"),
        ("a@mail.tu", "mail.ru"),
        ("a@mial.ru", "mail.ru"),
        ("a@yandeks.ru", ""),
        ("a@yadnex.ru", "yandex.ru"),
        ("a@yandex.r", "yandex.ru"),
        ("a@ramblerr.ru", "rambler.ru"),
        ("a@gmail.com", ""),
        ("a@ya.ru", ""),
        ("a@mail.com", ""),
        ("a@gmail.ru", ""),
        ("a@school167.ru", ""),
        ("a@mos.ru", ""),
        ("a@mail.by", ""),
        ("a@vk.ru", ""),
        ("a@xmail.ru", "mail.ru"),
    ],
)
def test_a_slip_of_the_finger_is_asked_about_and_a_real_domain_is_not(typed: str, meant: str) -> None:
    error = checked(email=typed).errors.get("email", "")
    assert (f"{meant}?" in error) if meant else not error


@pytest.mark.parametrize(
    "typed",
    [
        "+7 916 123-45-67",
        "89161234567",
        "8 (916) 123 45 67",
        "9161234567",
        "+7 495 000-00-00",
        "8-495-123-45-67 доб. 12",
        "+375 29 123-45-67",
        "+44 20 7946 0018",
    ],
)
def test_a_number_that_can_be_dialled_is_kept_as_it_was_typed(typed: str) -> None:
    filled = checked(phone=typed)
    assert filled.errors == {}
    assert filled.fields.phone == typed


@pytest.mark.parametrize(
    "typed", ["123-45-67", "112", "нет", "+7 916 123-45-6", "8916123456789", "+" * 50, "=1+1", "5" * 41]
)
def test_a_number_that_cannot_be_dialled_is_asked_for_again(typed: str) -> None:
    filled = checked(phone=typed, email="a@mail.ru")
    assert list(filled.errors) == ["phone"]
    assert filled.fields.phone == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Иванова\r\nBcc: x@y.ru", "Иванова Bcc: x@y.ru"),
        ("Ива\x00нова\x1b[31m", "Иванова[31m"),
        ("\u202eавонавИ\u202c Я", "авонавИ Я"),
        ("Иванова\u2028Мария\x85Петровна", "Иванова Мария Петровна"),
        ("  Иванова   Мария  ", "Иванова Мария"),
        ("Й", "Й"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("{{7*7}}", "{{7*7}}"),
    ],
)
def test_a_name_is_one_visible_line(typed: str, kept: str) -> None:
    assert checked(name=typed, email="a@mail.ru").fields.name == kept


def test_a_description_keeps_its_lines_and_loses_what_cannot_be_seen() -> None:
    text = checked(text="Раз\r\nдва\rтри\x00\x07\u202e\n\n  четыре\t5 \n", email="a@mail.ru").fields.text
    assert text == "Раз\nдва\nтри\n\n  четыре\t5"


def _id(value: object) -> str | None:
    return value[:24] if isinstance(value, str) else "bytes"


ZIP, OLE = b"PK\x03\x04" + b"\0" * 40, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 40


@pytest.mark.parametrize(
    ("name", "content", "kept", "kind"),
    [
        ("фото.JPG", b"\xff\xd8\xff\xe0", "фото.jpg", "image/jpeg"),
        ("фото", b"\xff\xd8\xff\xe0", "фото.jpg", "image/jpeg"),
        ("вирус.exe", b"\xff\xd8\xff\xe0", "вирус.jpg", "image/jpeg"),
        ("IMG_1.HEIC", b"\0\0\0\x18ftypheic", "IMG_1.heic", "image/heic"),
        ("видео.MOV", b"\0\0\0\x14ftypqt  ", "видео.mov", "video/quicktime"),
        ("видео.mp4", b"\0\0\0\x18ftypisom", "видео.mp4", "video/mp4"),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "a.webp", "image/webp"),
        ("справка.pdf", b"%PDF-1.7", "справка.pdf", "application/pdf"),
        (
            "справка.docx",
            ZIP,
            "справка.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("справка.doc", OLE, "справка.doc", "application/msword"),
        ("заметка.txt", "Привет, это текст.\r\n".encode("windows-1251"), "заметка.txt", "text/plain"),
        ("журнал.log", b"12:00 error\n", "журнал.log", "text/plain"),
        ("page.html", b"just words", "page.txt", "text/plain"),
        ("../../etc/passwd", PNG, "passwd.png", "image/png"),
        ("C:\\fakepath\\снимок.png", PNG, "снимок.png", "image/png"),
        ("con.png", PNG, "_con.png", "image/png"),
        ("...", PNG, "file.png", "image/png"),
        ("", PNG, "file.png", "image/png"),
        ('a"; filename="b.png', PNG, "a_ filename_b.png", "image/png"),
        ("a\r\nX-Evil: 1.png", PNG, "a X-Evil_ 1.png", "image/png"),
        ("gnp.\u202eexe.png", PNG, "gnp.exe.png", "image/png"),
        ("=1+1.png", PNG, "_1+1.png", "image/png"),
        ("-rf.png", PNG, "rf.png", "image/png"),
        ("я" * 500 + ".png", PNG, "я" * 80 + ".png", "image/png"),
        ("a\x00b.png", PNG, "ab.png", "image/png"),
    ],
    ids=_id,
)
def test_a_file_is_known_by_its_content_and_gets_a_clean_name(name: str, content: bytes, kept: str, kind: str) -> None:
    file = accepted(Upload(name, content))
    assert file is not None
    assert (file.name, file.type) == (kept, kind)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.jpg", b"MZ\x90\0\x03"),
        ("photo.jpg", b"\x7fELF\x02\x01"),
        ("архив.zip", ZIP),
        ("макрос.docm", ZIP),
        ("apk.apk", ZIP),
        ("setup.msi", OLE),
        ("архив.rar", b"Rar!\x1a\x07\0"),
        ("архив.7z", b"7z\xbc\xaf\x27\x1c"),
        ("page.txt", b"<!DOCTYPE html><p>hi"),
        ("page.txt", b"  <html><script>alert(1)</script>"),
        ("logo.svg", b'<?xml version="1.0"?><svg onload="x()"/>'),
        ("run.txt", b"#!/bin/sh\nrm -rf /"),
        ("run.bat", b"@echo off"),
        ("some.txt", b"words <script>alert(1)</script>"),
        ("a.txt", b"zero\0byte"),
        ("a.lnk", b"L\0\0\0\x01\x14\x02\0"),
        ("a.txt", b"   "),
    ],
    ids=_id,
)
def test_programs_pages_and_archives_are_not_taken_whatever_they_are_called(name: str, content: bytes) -> None:
    assert accepted(Upload(name, content)) is None
