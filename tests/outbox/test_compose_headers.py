"""The header lines of a letter: marks, threads, subjects, and nothing that a stranger could add (SPEC 5)."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest

from maildesk.model import (
    AUTHOR_KINDS,
    PERSONAL_KINDS,
    Attachment,
    Author,
    Capacity,
    Facts,
    Kind,
    Letter,
    Line,
    Outgoing,
    Recipient,
    Term,
    Thread,
)
from maildesk.outbox import headers
from maildesk.outbox.compose import compose
from maildesk.outbox.render import Renderer, shipped_templates
from maildesk.outbox.sample_school import NOW, policy, ticket
from maildesk.outbox.samples import samples
from maildesk.outbox.subjects import authors

UID = "k7f3q2m7x4"
TOKEN = f"md.42.{UID}.c2dec2dec2dec2de"
RU = Renderer([shipped_templates()], "ru")
SCHOOL = policy("ru")


def wanted(kind: Kind, **changes: Any) -> Outgoing:
    to_author = kind in AUTHOR_KINDS
    made = Outgoing(
        kind=kind,
        to=Recipient("parent@mail.example", "Мария", "author")
        if to_author
        else Recipient("smirnov@school.example", "Смирнов Олег Игоревич", "smirnov"),
        capacity=Capacity.AUTHOR if to_author else Capacity.STAFF,
        ticket=ticket("ru"),
        text="Здравствуйте!",
        facts=Facts(due=NOW + timedelta(hours=24), term=Term.TAKE),
    )
    return replace(made, **changes)


def composed(outgoing: Outgoing, thread: Thread | None = None, **changes: Any) -> Letter:
    settings: dict[str, Any] = {"policy": SCHOOL, "uid": UID, "token": TOKEN, "now": NOW, "renderer": RU} | changes
    return compose(outgoing, thread=thread or Thread(), **settings)


def parsed(letter: Letter) -> EmailMessage:
    message = email.message_from_bytes(letter.data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def header_lines(letter: Letter) -> list[str]:
    return letter.data.partition(b"\r\n\r\n")[0].decode().split("\r\n")


def names(letter: Letter) -> list[str]:
    return [line.partition(":")[0] for line in header_lines(letter) if not line.startswith((" ", "\t"))]


def automatic(letter: Letter) -> tuple[str | None, str | None]:
    message = parsed(letter)
    return message["Auto-Submitted"], message["X-Auto-Response-Suppress"]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_says_whether_it_is_automatic(kind: Kind) -> None:
    expected: tuple[str | None, str | None] = ("auto-generated", "DR, RN, NRN, OOF, AutoReply")
    if kind is Kind.RECEIPT:
        expected = ("auto-replied", "DR, RN, NRN, OOF, AutoReply")
    elif kind in (Kind.ASSIGNMENT, Kind.DISPATCH_REQUEST):
        expected = (None, "DR, RN, NRN")
    elif kind in PERSONAL_KINDS:
        expected = (None, None)
    assert automatic(composed(wanted(kind))) == expected


@pytest.mark.parametrize("kind", list(Kind))
def test_every_letter_bears_the_headers_of_the_contract_once(kind: Kind) -> None:
    letter = composed(wanted(kind))
    message = parsed(letter)
    found = names(letter)
    assert len(found) == len(set(found))
    assert message["X-Maildesk-Kind"] == kind.value
    assert message["X-Maildesk-Ticket"] == "MD-42"
    assert message["From"].addresses[0].addr_spec == "support@school.example"
    # CPython 3.11 shows the seam between two encoded words of a phrase as one more space.
    assert message["From"].addresses[0].display_name.split() == SCHOOL.service_name.split()
    assert message["Message-ID"] == f"<{TOKEN}@school.example>" == letter.message_id
    assert message["Date"].datetime == NOW and message["Date"].endswith("+0300")
    assert message["MIME-Version"] == "1.0"
    assert max(map(len, header_lines(letter))) <= 76


def test_a_letter_without_a_ticket_names_none() -> None:
    letter = composed(wanted(Kind.HELP, ticket=None))
    assert "X-Maildesk-Ticket" not in names(letter) and letter.ticket is None
    assert letter.subject == "Справка: что можно написать службе"


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("support@school.example", "school.example"),
        ("desk@mail.support.department.of.education.moscow.example", "department.of.education.moscow.example"),
        ("desk@" + "x" * 60 + ".example", "example"),
        ("desk@школа.рф", "xn--80atdl2c.xn--p1ai"),
        ("", "invalid"),
    ],
)
def test_a_message_id_stays_under_76_characters_by_dropping_labels_from_the_left(address: str, domain: str) -> None:
    made = headers.message_id(TOKEN, address)
    assert len(made) < 76 and made.startswith(f"<{TOKEN}@") and made.isascii()
    assert domain.endswith(made.rpartition("@")[2][:-1]) or made.endswith(f"@{domain}>")


def test_a_reply_names_the_mail_it_answers_and_the_thread_from_its_first() -> None:
    ids = tuple(f"<{index}@mail.example>" for index in range(30))
    message = parsed(composed(wanted(Kind.ANSWER, answering="<mine@mail.example>"), Thread("", ids)))
    chain = str(message["References"]).split()
    assert message["In-Reply-To"] == "<mine@mail.example>"
    assert chain[0] == ids[0] and chain[-1] == "<mine@mail.example>" and chain[1:-1] == list(ids[-9:])


def test_a_letter_that_answers_nothing_follows_the_last_of_its_thread() -> None:
    message = parsed(composed(wanted(Kind.ANSWER), Thread("", ("<a@x>", "<b@x>"))))
    assert message["In-Reply-To"] == "<b@x>" and str(message["References"]) == "<a@x> <b@x>"


def test_the_first_letter_of_a_thread_names_no_other() -> None:
    found = names(composed(wanted(Kind.ASSIGNMENT)))
    assert "References" not in found and "In-Reply-To" not in found


@pytest.mark.parametrize(
    "broken", ["<a b@x>", "<a@x>\r\nBcc: evil@x", "a@x", "<>", "<" + "a" * 260 + "@x>", "<<a@x>>", "<я@x>"]
)
def test_a_broken_id_of_a_stranger_is_left_out(broken: str) -> None:
    letter = composed(wanted(Kind.ANSWER, answering=broken), Thread("", (broken, "<good@x>")))
    assert parsed(letter)["References"] == "<good@x>" and parsed(letter)["In-Reply-To"] == "<good@x>"
    assert b"evil" not in letter.data


def test_long_ids_are_neither_encoded_nor_broken() -> None:
    ids = tuple("<" + letter * 200 + "@mail.example>" for letter in "abc")
    raw = composed(wanted(Kind.ANSWER), Thread("", ids)).data
    assert all(one.encode() in raw for one in ids)
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998


# -- subjects ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Не работает дневник", "Не работает дневник"),
        ("[ТЕХ] Не работает MD-7 дневник [срочно]", "Не работает дневник"),
        ("MD-7: ещё раз", "ещё раз"),
        ("［TECH］ широкие скобки", "широкие скобки"),
        ("a" * 130, "a" * 99 + "…"),
        ("[TECH]", ""),
        (f"Re: {TOKEN} ответ", "Re: ответ"),
    ],
)
def test_an_authors_subject_loses_brackets_references_and_proofs_and_is_cut_at_100(written: str, shown: str) -> None:
    assert authors(written, "MD") == shown


def test_a_subject_to_staff_names_reference_category_and_the_authors_words() -> None:
    assert composed(wanted(Kind.ASSIGNMENT)).subject == "[MD-42] [TECH] Не открывается электронный дневник"


def test_a_subject_of_an_unknown_category_has_no_tag() -> None:
    letter = composed(wanted(Kind.DISPATCH_REQUEST, ticket=ticket("ru", category=None)))
    assert letter.subject == "[MD-42] Не открывается электронный дневник"


def test_an_appeal_without_a_subject_says_so() -> None:
    assert composed(wanted(Kind.ASSIGNMENT, ticket=ticket("ru", subject=""))).subject == "[MD-42] [TECH] Без темы"


@pytest.mark.parametrize("kind", sorted(AUTHOR_KINDS))
def test_a_subject_to_the_author_is_a_fixed_phrase(kind: Kind) -> None:
    assert composed(wanted(kind)).subject == "[MD-42] Ваше обращение"


def test_a_subject_stays_what_it_was_in_this_persons_thread() -> None:
    thread = Thread("[MD-42] [ЭЖД] Как было", ("<a@x>",))
    assert composed(wanted(Kind.ASSIGNMENT), thread).subject == "[MD-42] [ЭЖД] Как было"


def test_escalations_and_reminders_say_so_in_front_and_leave_no_trace_in_the_thread() -> None:
    late = composed(wanted(Kind.ESCALATION))
    assert late.subject == "Просрочено: [MD-42] [TECH] Не открывается электронный дневник"
    assert composed(wanted(Kind.REMINDER)).subject.startswith("Напоминание: [MD-42]")
    after = composed(wanted(Kind.NOTE), Thread(late.subject, (late.message_id,)))
    assert after.subject == "[MD-42] [TECH] Не открывается электронный дневник"


def test_a_masked_subject_hides_the_authors_words_even_where_the_thread_had_them() -> None:
    secret = ticket("ru", category="psych", subject="канарейка")
    for thread in (Thread(), Thread("[MD-42] канарейка", ("<a@x>",))):
        letter = composed(wanted(Kind.ESCALATION, ticket=secret, masked=True), thread)
        assert letter.subject == "Просрочено: [MD-42] [PSYCH] Конфиденциальное обращение"


def test_the_assignee_of_a_confidential_ticket_sees_its_subject() -> None:
    letter = composed(wanted(Kind.ASSIGNMENT, ticket=ticket("ru", category="psych")))
    assert letter.subject == "[MD-42] [PSYCH] Не открывается электронный дневник"


# -- injection: FAULTS H5 ----------------------------------------------------------------------------------------------

INJECTIONS = [
    f"x{sign}Bcc: evil@mail.example"
    for sign in ("\r\n", "\n", "\r", "\0", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029")
] + [
    "=?UTF-8?Q?x=0ABcc:_evil@mail.example?=",
    "=?UTF-8?B?eAolQmNjOiBldmlsQG1haWwuZXhhbXBsZQ==?=",
    "x\r\n\r\n<h1>body</h1>",
    'a" <evil@mail.example>, "b',
]


def _sinks(text: str) -> list[Outgoing]:
    author = Author(text, "parent@mail.example", text, text, text)
    tainted = ticket("ru", subject=text, author=author)
    return [
        wanted(Kind.ASSIGNMENT, ticket=tainted),
        wanted(Kind.ANSWER, ticket=tainted, to=Recipient("parent@mail.example", text, "author")),
        wanted(Kind.ANSWER, ticket=tainted, to=Recipient(f"parent{text}@mail.example", "", "author")),
        wanted(Kind.ASSIGNMENT, attachments=(Attachment(text, text, b"1"),)),
        wanted(Kind.ASSIGNMENT, attachments=(Attachment("a.png", "image/png", b"1", inline=True, content_id=text),)),
        wanted(Kind.NOTICE, facts=Facts(reason=Line("undeliverable", (text, text, text)), by=text, to=text)),
        wanted(Kind.ANSWER, answering=text),
    ]


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_strangers_text_makes_a_header_line(text: str) -> None:
    usual = {*names(composed(wanted(Kind.ASSIGNMENT))), "Auto-Submitted", "Content-Disposition", "Content-ID"}
    for outgoing in _sinks(text):
        letter = composed(outgoing)
        assert set(names(letter)) <= usual
        message = parsed(letter)
        assert message["Bcc"] is None
        assert len(message["To"].addresses) == 1
        for part in message.walk():
            assert {name.lower() for name in part.keys()} <= {name.lower() for name in usual} | {  # noqa: SIM118
                "content-transfer-encoding"
            }
        heads = re.findall(rb"(?im)^bcc", letter.data)
        assert not heads


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_subject_of_a_stranger_is_read_back_as_one_line(text: str) -> None:
    letter = composed(wanted(Kind.ASSIGNMENT, ticket=ticket("ru", subject=text)))
    decoded = str(parsed(letter)["Subject"])
    assert "\n" not in decoded and "\r" not in decoded
    assert decoded.replace(" ", "") == letter.subject.replace(" ", "")


@pytest.mark.parametrize(
    "name", ["Школа № 167", "Ivan Ivanov", 'He said "hi"', "a, b", "x" * 120, "Я" * 120, "=?utf-8?q?a?="]
)
def test_a_display_name_is_read_back_as_it_was(name: str) -> None:
    letter = composed(wanted(Kind.ANSWER, to=Recipient("parent@mail.example", name, "author")))
    line = re.search(r"(?ms)^To: (.*?)<parent@", letter.data.decode().replace("\r\n ", " "))
    assert line is not None
    words = str(make_header(decode_header(line[1].strip())))
    assert words.removeprefix('"').removesuffix('"').replace('\\"', '"') == name
    assert max(map(len, header_lines(letter))) <= 998


def test_a_recipients_domain_is_written_in_ascii() -> None:
    letter = composed(wanted(Kind.ANSWER, to=Recipient("мама@школа.рф", "", "author")))
    assert "мама@xn--80atdl2c.xn--p1ai" in letter.data.decode()


def test_the_same_letter_is_the_same_bytes_each_time() -> None:
    for sample in samples("ru"):
        assert composed(sample.outgoing).data == composed(sample.outgoing).data
