"""The body of a letter: both faces, attachments, charts, buttons, and what `show` keeps of it (SPEC 5)."""

from __future__ import annotations

import base64
import email
import email.policy
import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.model import (
    AUTHOR_KINDS,
    Attachment,
    Button,
    Facts,
    Kind,
    Letter,
    Line,
    Name,
    Outgoing,
    PlainReply,
    Recipient,
    Thread,
)
from maildesk.outbox.buttons import TAGS, mailto, written
from maildesk.outbox.compose import compose
from maildesk.outbox.headers import file_name
from maildesk.outbox.render import Renderer, shipped_templates
from maildesk.outbox.sample_school import NOW, policy, report, ticket
from maildesk.parse import form, tags

UID = "k7f3q2m7x4"
TOKEN = f"md.42.{UID}.c2dec2dec2dec2de"
SCHOOL = policy("ru")
RENDERERS = {language: Renderer([shipped_templates()], language) for language in ("ru", "en")}


def composed(kind: Kind, language: str = "ru", *, room: int = 18_000_000, **changes: Any) -> Letter:
    to = Recipient("parent@mail.example", "", "author") if kind in AUTHOR_KINDS else Recipient("smirnov@school.example")
    outgoing = replace(
        Outgoing(kind, to, ticket=ticket(language), facts=Facts(due=NOW + timedelta(hours=24))), **changes
    )
    school = replace(policy(language), attachments_out=room)
    renderer = RENDERERS[language]
    return compose(outgoing, thread=Thread(), policy=school, uid=UID, token=TOKEN, now=NOW, renderer=renderer)


def parsed(letter: Letter) -> EmailMessage:
    message = email.message_from_bytes(letter.data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def faces(letter: Letter) -> tuple[str, str]:
    text, html = parsed(letter).get_body(("plain",)), parsed(letter).get_body(("html",))
    assert isinstance(text, EmailMessage) and isinstance(html, EmailMessage)
    return text.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


def types(letter: Letter) -> list[str]:
    return [part.get_content_type() for part in parsed(letter).walk()]


def attached(letter: Letter) -> dict[str, EmailMessage]:
    return {str(part.get_filename()): part for part in parsed(letter).walk() if part.get_filename()}  # type: ignore[misc]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_kind_is_multipart_alternative_of_plain_text_and_html(kind: Kind, language: str) -> None:
    letter = composed(kind, language)
    assert types(letter) == ["multipart/alternative", "text/plain", "text/html"]
    text, html = faces(letter)
    assert text.strip() and html.startswith("<!DOCTYPE html>")


def test_a_body_is_ascii_with_crlf_and_lines_of_at_most_76() -> None:
    for kind in (Kind.ASSIGNMENT, Kind.HELP):
        for language in ("ru", "en"):
            data = composed(kind, language, text="слово " * 500 + "\n.\n\nFrom x", buttons=(Button(Name.TAKEN),)).data
            assert (
                data.isascii() and b"\n" not in data.replace(b"\r\n", b"") and b"\r" not in data.replace(b"\r\n", b"")
            )
            assert max(map(len, data.split(b"\r\n"))) <= 76


@pytest.mark.parametrize(
    "words",
    [
        "Здравствуйте!\n\n\n\n  отступ\tи табуляция\nконец",
        "a  b   c",
        "{{ 7*7 }} {% if %} ${x} %(x)s {0.__class__}",
        ".\n..\nFrom me",
        "=?utf-8?q?x?= =20",
    ],
)
@pytest.mark.parametrize("kind", [Kind.ASSIGNMENT, Kind.QUESTION, Kind.NOTE, Kind.AUTHOR_REPLY, Kind.ANSWER])
def test_a_persons_words_arrive_letter_for_letter(words: str, kind: Kind) -> None:
    letter = composed(kind, text=words)
    assert words in faces(letter)[0] and letter.text == words


def test_a_persons_html_is_shown_and_never_obeyed() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=y>\"'&amp; {{ 7*7 }}"
    tainted = ticket("ru", subject=evil, author=replace(ticket("ru").author, name=evil, class_=evil))
    html = faces(composed(Kind.ASSIGNMENT, text=evil, ticket=tainted, facts=Facts(by=evil, to=evil, quoted=evil)))[1]
    assert "<script" not in html and "<img" not in html and "49" not in html
    assert "&lt;script&gt;" in html and "{{ 7*7 }}" in html


def test_the_words_kept_for_show_are_the_persons_or_the_letters_own() -> None:
    assert composed(Kind.QUESTION, text="Какой класс?").text == "Какой класс?"
    own = composed(Kind.RECEIPT, text="чужой текст").text
    assert own.startswith("Ваше обращение принято") and "Пишите выше" not in own
    assert TOKEN not in composed(Kind.COMMAND_DONE, buttons=(Button(Name.TAKEN),)).text


# -- attachments -------------------------------------------------------------------------------------------------------

PNG = Attachment("Снимок экрана № 1.png", "image/png", b"\x89PNG\r\n\x1a\n" * 100)


def test_attachments_travel_whole_with_their_names() -> None:
    letter = composed(Kind.ASSIGNMENT, attachments=(PNG, Attachment("plan.pdf", "application/pdf", b"%PDF")))
    assert types(letter)[:2] == ["multipart/mixed", "multipart/alternative"]
    files = attached(letter)
    assert list(files) == ["Снимок экрана № 1.png", "plan.pdf"] == list(letter.attachments)
    assert files["Снимок экрана № 1.png"].get_content() == PNG.bytes
    assert files["plan.pdf"].get_content_type() == "application/pdf"
    assert "Снимок экрана № 1.png" in faces(letter)[0] and "plan.pdf" in faces(letter)[1]


def test_a_name_is_written_for_outlook_too() -> None:
    raw = composed(Kind.ASSIGNMENT, attachments=(PNG,)).data.decode()
    assert re.search(r'name="=\?utf-8\?B\?', raw) and "filename*0*=utf-8''" in raw


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "C:\\x\\y.exe",
        "a\r\nBcc: x@y",
        "я" * 400,
        "a\u202egnp.exe",
        "\0",
        "",
        'a"b.txt',
        "=?utf-8?q?a?=.txt",
    ],
)
def test_a_hostile_file_name_leaves_clean(name: str) -> None:
    letter = composed(Kind.ASSIGNMENT, attachments=(Attachment(name, "text/plain", b"1"),))
    (shown,) = attached(letter)
    assert shown == file_name(name) and len(shown) <= 150
    assert not set(shown) & set("/\\\r\n\0\u202e") and parsed(letter)["Bcc"] is None


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_file_name_is_read_back_as_it_was_sent(name: str) -> None:
    letter = composed(Kind.ASSIGNMENT, attachments=(Attachment(name, "image/png", b"1"),))
    # The parameter itself: `get_filename` takes quotes and angle brackets around a whole name for the header's own.
    headers = [part["Content-Disposition"] for part in parsed(letter).walk() if part["Content-Disposition"]]
    assert [header.params["filename"] for header in headers] == [file_name(name)] == list(letter.attachments)


@pytest.mark.parametrize("kind", ["", "nonsense", "multipart/mixed", "text/plain\r\nBcc: x", "message/partial"])
def test_a_strange_media_type_becomes_a_plain_file(kind: str) -> None:
    letter = composed(Kind.ASSIGNMENT, attachments=(Attachment("a.bin", kind, b"1"),))
    assert attached(letter)["a.bin"].get_content_type() == "application/octet-stream"


def test_a_mail_within_a_mail_goes_as_a_file() -> None:
    letter = composed(Kind.ASSIGNMENT, attachments=(Attachment("Письмо", "message/rfc822", b"Subject: x\r\n\r\ny"),))
    assert attached(letter)["Письмо.eml"].get_content_type() == "application/octet-stream"


def test_what_does_not_fit_is_left_out_and_named() -> None:
    big = Attachment("видео.mp4", "video/mp4", b"0" * 4000)
    letter = composed(Kind.ASSIGNMENT, attachments=(big, PNG), room=3000)
    assert list(attached(letter)) == [PNG.name]
    assert "Не поместились в письмо вложения: видео.mp4" in faces(letter)[0] and "видео.mp4" in faces(letter)[1]


def test_the_room_for_attachments_counts_them_as_encoded() -> None:
    file = Attachment("a.bin", "application/octet-stream", b"0" * 5700)
    encoded = len(base64.encodebytes(file.bytes).replace(b"\n", b"\r\n"))
    assert composed(Kind.NOTE, attachments=(file,), room=encoded).attachments == ("a.bin",)
    assert composed(Kind.NOTE, attachments=(file,), room=encoded - 1).attachments == ()


def test_a_receipt_carries_no_file_back() -> None:
    letter = composed(Kind.RECEIPT, attachments=(PNG,), text="слова")
    assert types(letter)[0] == "multipart/alternative" and "слова" not in faces(letter)[0] + faces(letter)[1]


def test_charts_of_a_report_stand_beside_its_html() -> None:
    chart = Attachment("week.png", "image/png", b"png", inline=True, content_id="week@maildesk")
    letter = composed(Kind.WEEKLY_REPORT, ticket=None, facts=Facts(report=report("ru")), attachments=(chart,))
    assert types(letter) == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    assert b"Content-ID: <week@maildesk>" in letter.data


# -- buttons -----------------------------------------------------------------------------------------------------------


def links(letter: Letter) -> list[tuple[str, str, str]]:
    """(address, subject, body) of each mailto: link of the HTML."""
    found = []
    for href in re.findall(r'href="(mailto:[^"]+)"', faces(letter)[1]):
        parts = urlsplit(href.replace("&amp;", "&"))
        query = parse_qs(parts.query, strict_parsing=True, keep_blank_values=True)
        found.append((unquote(parts.path), query["subject"][0], query.get("body", [""])[0]))
    return found


def test_a_button_writes_reference_tag_and_proof_into_the_subject() -> None:
    buttons = (Button(Name.TAKEN), Button(Name.EXTEND, "24h"), Button(Name.MERGE, "MD-7"), Button("TECH"))
    assert links(composed(Kind.ASSIGNMENT, buttons=buttons)) == [
        ("support@school.example", f"[MD-42] [ВЗЯТО] {TOKEN}", ""),
        ("support@school.example", f"[MD-42] [ПРОДЛИТЬ 24ч] {TOKEN}", ""),
        ("support@school.example", f"[MD-42] [ОБЪЕДИНИТЬ MD-7] {TOKEN}", ""),
        ("support@school.example", f"[MD-42] [TECH] {TOKEN}", ""),
    ]


def test_a_button_speaks_english_on_an_english_desk() -> None:
    assert (
        links(composed(Kind.ASSIGNMENT, "en", buttons=(Button(Name.EXTEND, "24h"),)))[0][1]
        == f"[MD-42] [EXTEND 24h] {TOKEN}"
    )


def test_a_category_button_writes_the_categorys_first_tag_and_says_its_title() -> None:
    letter = composed(Kind.DISPATCH_REQUEST, buttons=(Button(Name.CATEGORY, "psych"),))
    assert links(letter)[0][1] == f"[MD-42] [PSYCH] {TOKEN}"
    assert "Необходима консультация психолога" in faces(letter)[1]


def test_the_yes_button_says_yes_in_subject_and_body() -> None:
    letter = composed(Kind.CONFIRM_COMMAND, buttons=(Button("YES"),), plain_reply=PlainReply.YES)
    assert links(letter) == [("support@school.example", f"[MD-42] [ДА] {TOKEN}", "[ДА]")]


def test_the_hotlines_button_opens_a_mail_whose_text_is_the_blank_form() -> None:
    letter = composed(Kind.HOTLINE_FORM, ticket=None, buttons=(Button(Name.HOTLINE),), plain_reply=PlainReply.FORM)
    ((_, subject, body),) = links(letter)
    assert subject == f"[ЗВОНОК] {TOKEN}"
    assert body.startswith("ФИО обратившегося:") and body.count("\r\n") == 6


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_blank_form_is_read_back_by_the_parser_when_filled_in(language: str) -> None:
    blank = RENDERERS[language].say("blank_form")
    values = [
        "Иванов Иван",
        "родитель",
        "5 А",
        "TECH",
        "Не работает звук.\nСовсем.",
        "+7 900 111-22-33",
        "ivan@mail.example",
    ]
    filled = "\n".join(f"{label.strip()} {value}" for label, value in zip(blank.split("\n"), values, strict=True))
    fields = form.read(filled, "")
    assert fields is not None
    assert (fields.name, fields.class_, fields.text) == ("Иванов Иван", "5А", "Не работает звук.\nСовсем.")
    assert (fields.phone, fields.email) == ("+7 900 111-22-33", "ivan@mail.example") and fields.role
    assert form.read(blank, "") is None


def test_buttons_stand_in_the_plain_text_as_words_and_as_links() -> None:
    text = faces(composed(Kind.ASSIGNMENT, buttons=(Button(Name.TAKEN),)))[0]
    assert (
        "Взять в работу – ответьте [ВЗЯТО]" in text
        and "mailto:support@school.example?subject=%5BMD-42%5D%20%5B" in text
    )


def test_a_link_is_percent_encoded_utf8_without_plus_signs() -> None:
    link = mailto("a+b@school.example", "[ДА] 1+1 & more", "строка\nдругая")
    assert link.startswith("mailto:a+b@school.example?subject=%5B%D0%94%D0%90%5D%201%2B1%20%26%20more&body=")
    assert link.endswith("%0D%0A%D0%B4%D1%80%D1%83%D0%B3%D0%B0%D1%8F")


def test_the_tags_shown_are_those_that_the_parser_reads() -> None:
    vocabulary = tags.Vocabulary.of(SCHOOL.categories, "MD")
    for name, spellings in TAGS.items():
        for language, spelling in zip(("en", "ru"), spellings, strict=True):
            assert written(name, language=language) == f"[{spelling}]"
            if name != "YES":
                found = vocabulary.tag(spelling, written="")
                assert found is not None and found.name is Name(name)
    assert set(TAGS) == {*Name, "YES"} - {Name.CATEGORY, Name.UNKNOWN, Name.NEAR}


@pytest.mark.parametrize(
    ("argument", "russian"),
    [("24h", "[ПРОДЛИТЬ 24ч]"), ("2d", "[ПРОДЛИТЬ 2д]"), ("until 25.11 12:00", "[ПРОДЛИТЬ до 25.11 12:00]")],
)
def test_a_duration_in_a_tag_speaks_the_language_of_the_desk(argument: str, russian: str) -> None:
    assert written(Name.EXTEND, argument, "ru") == russian
    assert written(Name.EXTEND, argument, "en") == f"[EXTEND {argument}]"


# -- what every letter says --------------------------------------------------------------------------------------------

PLAIN_SENTENCES = {
    PlainReply.TO_AUTHOR: "уйдёт автору",
    PlainReply.UNREACHABLE: "автору не уйдёт",
    PlainReply.NOTE: "станет заметкой",
    PlainReply.ERROR: "ничего не сделает",
    PlainReply.NOTHING: "ничего не сделает",
}


@pytest.mark.parametrize("plain", list(PLAIN_SENTENCES))
def test_a_letter_to_staff_says_what_a_plain_reply_will_do(plain: PlainReply) -> None:
    for face in faces(composed(Kind.NOTE, plain_reply=plain)):
        assert PLAIN_SENTENCES[plain] in face


@pytest.mark.parametrize("kind", sorted(set(Kind) - AUTHOR_KINDS))
def test_a_letter_to_staff_bears_its_code_at_the_foot_of_both_faces(kind: Kind) -> None:
    text, html = faces(composed(kind))
    assert text.rstrip().endswith(f"Код письма: {TOKEN} (не удаляйте, если отвечаете)") and TOKEN in html


@pytest.mark.parametrize("kind", list(Kind))
def test_every_letter_begins_with_the_marker_line(kind: Kind) -> None:
    assert faces(composed(kind))[0].startswith("— Пишите выше этой строки —\n")
    assert "— Please write above this line —" in faces(composed(kind, "en"))[1]


def test_a_term_is_told_as_a_time_of_day() -> None:
    assert "Возьмите его в работу до 14:35 сегодня." in faces(composed(Kind.ASSIGNMENT))[0]
    assert "Мы ответим до 14:05 завтра, 24 ноября." in faces(composed(Kind.RECEIPT))[0]
    assert "We will answer by 14:05 tomorrow, 24 November." in faces(composed(Kind.RECEIPT, "en"))[0]


def test_several_holders_learn_of_one_another() -> None:
    text = faces(composed(Kind.ASSIGNMENT, facts=Facts(reason=Line("by-tag"), to="Орлова Наталья Юрьевна")))[0]
    assert "Это же письмо получили: Орлова Наталья Юрьевна. Обращение ведёт тот, кто первым ответит [ВЗЯТО]." in text
