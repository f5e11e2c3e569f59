"""What a letter keeps to itself: other people's proofs, confidential words, staff names before an author (SPEC 5, 6)."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

from maildesk.desk import proofs
from maildesk.model import (
    AUTHOR_KINDS,
    Attachment,
    Author,
    Button,
    Capacity,
    Direction,
    Event,
    Facts,
    Kind,
    Letter,
    Line,
    Message,
    Name,
    Outgoing,
    Recipient,
    Thread,
    Trouble,
)
from maildesk.outbox.compose import compose
from maildesk.outbox.cut import TOKEN as TOKEN_SHAPE
from maildesk.outbox.cut import holds_proof, without_proofs
from maildesk.outbox.render import Renderer, shipped_templates
from maildesk.outbox.sample_school import NOW, policy, ticket
from maildesk.outbox.samples import UID, samples
from maildesk.outbox.samples import letter as sample_letter
from maildesk.outbox.view import OWN_WORDS

FOREIGN = "md.7.aaaaaaaaaa.bbbbbbbbbbbbbbbb"
RU = Renderer([shipped_templates()], "ru")
CANARY = "канарейка"


def composed(kind: Kind, **changes: Any) -> Letter:
    to = Recipient("parent@mail.example", "", "author") if kind in AUTHOR_KINDS else Recipient("sidorov@school.example")
    outgoing = replace(Outgoing(kind, to, ticket=ticket("ru")), **changes)
    token = f"md.42.{UID}.c2dec2dec2dec2de"
    return compose(outgoing, thread=Thread(), policy=policy("ru"), uid=UID, token=token, now=NOW, renderer=RU)


def everything(letter: Letter) -> str:
    """All that a reader or a program can see of a letter, decoded."""
    message = email.message_from_bytes(letter.data, policy=email.policy.default)
    shown = [str(value) for value in message.values()]
    for part in message.walk():
        if isinstance(part, EmailMessage) and part.get_content_type() in ("text/plain", "text/html"):
            shown.append(part.get_content())
        shown.append(str(part.get_filename()))
    return "\n".join((*shown, letter.text, letter.subject))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ответ.\n\nКод письма: md.7.aaaaaaaaaa.bbbbbbbbbbbbbbbb (не удаляйте)\nхвост", "Ответ."),
        ("Ответ.\n> Код: MD.7.AAAAAAAAAA.BBBBBBBBBBBBBBBB\n> хвост", "Ответ."),
        ("Ответ.\n<md.7.aaaaaaaaaa.bbbbbbbbbbbbbbbb@school.example>", "Ответ."),
        ("Ответ.\nmailto:a@b?subject=%5BMD-7%5D%20md.7.aaaaaaaaaa.bbbbbbbbbbbbbbbb", "Ответ."),
        ("Ответ.\nКод md.7.aaaaaaaaaa.bbbbbb\nbbbbbbbbbb", "Ответ."),
        ("Ответ.\n> Код md.7.aaaaaaa\n> aaa.bbbbbbbbbbbbbbbb", "Ответ."),
        ("Ответ.\nКод md.7.aaaaaaaaaa.=\r\nbbbbbbbbbbbbbbbb", "Ответ."),
        ("Ответ.\n> — Пишите выше этой строки —\n> Вам направлено", "Ответ."),
        ("Answer.\n- Please write above this line -\nrest", "Answer."),
        ("— Пишите выше этой строки —\nвсё", ""),
        ("Обычный md.7 текст.\nОн цел.", "Обычный md.7 текст.\nОн цел."),
        ("", ""),
    ],
)
def test_a_text_ends_where_the_desks_own_letter_begins(text: str, kept: str) -> None:
    assert without_proofs(text) == kept


def test_every_token_that_the_desk_makes_is_known_here() -> None:
    school = policy("ru")
    for number in (None, 1, 999_999_999):
        token = str(proofs.make(school, Capacity.STAFF, "smirnov", number, UID))
        assert TOKEN_SHAPE.search(f"x {token} y") is not None


def test_a_hostile_text_is_cut_quickly() -> None:
    for text in ("md." * 40_000, "md.1." + "a\n> " * 40_000, "-—" * 50_000, "m\n" * 50_000):
        assert isinstance(without_proofs(text), str)


@pytest.mark.parametrize("kind", list(Kind))
def test_no_letter_carries_a_foreign_proof_from_any_persons_words(kind: Kind) -> None:
    said = f"Слова.\n> {FOREIGN}\nхвост"
    author = Author(f"Мария {FOREIGN}", "parent@mail.example", FOREIGN, "parent", FOREIGN)
    message = Message(Direction.IN, "appeal", "parent@mail.example", "", NOW, said)
    facts = Facts(
        quoted=said, by=FOREIGN, to=FOREIGN, phone=FOREIGN, commands=(f"[CLOSED] {FOREIGN}",), messages=(message,),
        reason=Line(Trouble.UNDELIVERABLE, (FOREIGN, FOREIGN, FOREIGN)), done=(Line("linked", (FOREIGN,)),),
        history=(Event(NOW, "author", "linked", (FOREIGN,)),),
    )  # fmt: skip
    files = (
        Attachment("old.eml", "message/rfc822", f"X-Maildesk-Kind: note\r\n\r\n{FOREIGN}".encode()),
        Attachment(f"{FOREIGN}.txt", "text/plain", FOREIGN.encode()),
    )
    letter = composed(
        kind, text=said, facts=facts, attachments=files, ticket=ticket("ru", subject=f"Re: {FOREIGN}", author=author)
    )
    assert FOREIGN not in everything(letter).lower() and "aaaaaaaaaa" not in letter.data.decode()


@pytest.mark.parametrize(
    ("name", "kind", "data", "own"),
    [
        ("a.eml", "message/rfc822", b"Received: x\r\nX-Maildesk-Kind: assignment\r\n\r\n", True),
        ("a.eml", "application/octet-stream", b"Message-ID: <md.7.aaaaaaaaaa.bbbbbbbbbbbbbbbb@x>\r\n\r\n", True),
        ("a.msg", "application/vnd.ms-outlook", "md.7.aaaaaaaaaa.bbbbbbbbbbbbbbbb".encode("utf-16-le"), True),
        ("a.eml", "message/rfc822", b"Subject: other\r\n\r\nbody", False),
        ("a.png", "image/png", b"md.7.aaaaaaaaaa.bbbbbbbbbbbbbbbb", False),
    ],
)
def test_a_letter_of_the_desks_is_known_among_attachments(name: str, kind: str, data: bytes, own: bool) -> None:
    attachment = Attachment(name, kind, data)
    assert holds_proof(attachment) is own
    assert bool(composed(Kind.NOTE, attachments=(attachment,)).attachments) is not own


@pytest.mark.parametrize("kind", sorted(AUTHOR_KINDS))
def test_a_letter_to_an_author_names_nobody_of_the_staff_and_shows_no_code(kind: Kind) -> None:
    facts = Facts(by="smirnov", to="ivanova", reason=Line("by-dispatcher", ("smirnov",)), commands=("x",))
    letter = composed(kind, facts=facts, text="Добрый день.", buttons=(Button(Name.TAKEN),))
    shown = everything(letter).replace("support@school.example", "")
    for person in policy("ru").staff.values():
        assert person.name not in shown and person.address not in shown and person.name.split()[0] not in shown
    body = letter.data.partition(b"\r\n\r\n")[2].decode()
    assert "c2dec2de" not in body and "mailto:" not in shown.partition("DOCTYPE")[2]


def test_a_receipt_repeats_nothing_of_what_the_sender_wrote() -> None:
    author = Author(CANARY, "parent@mail.example", CANARY, CANARY, CANARY)
    for language in ("ru", "en"):
        renderer = Renderer([shipped_templates()], language)
        outgoing = Outgoing(
            Kind.RECEIPT,
            Recipient("parent@mail.example", CANARY, "author"),
            ticket=ticket(language, subject=CANARY, author=author),
            text=CANARY,
            facts=Facts(quoted=CANARY, reason=Line("too-large", ("30",))),
            attachments=(Attachment(f"{CANARY}.png", "image/png", b"1"),),
        )
        letter = compose(
            outgoing, thread=Thread(), policy=policy(language), uid=UID, token=f"md.42.{UID}.c2dec2dec2dec2de", now=NOW,
            renderer=renderer,
        )  # fmt: skip
        assert CANARY not in everything(letter)


@pytest.mark.parametrize("kind", sorted(set(Kind) - AUTHOR_KINDS))
def test_a_masked_letter_tells_number_times_and_state_alone(kind: Kind) -> None:
    author = Author(CANARY, f"{CANARY}@mail.example", f"+7 {CANARY}", CANARY, f"7 {CANARY}")
    hidden = ticket("ru", category="psych", subject=CANARY, author=author)
    message = Message(Direction.IN, "appeal", f"{CANARY}@mail.example", "", NOW, CANARY)
    facts = Facts(
        reason=Line(Trouble.UNDELIVERABLE, (f"{CANARY}@mail.example", "answer", f"550 {CANARY}@mail.example unknown")),
        phone=CANARY, messages=(message,), quoted="" if kind in OWN_WORDS else CANARY,
        history=(Event(NOW, "author", "linked", (CANARY,)),), done=(Line("linked", (CANARY,)),),
    )  # fmt: skip
    letter = composed(
        kind, masked=True, ticket=hidden, facts=facts, text="" if kind in OWN_WORDS else CANARY,
        attachments=(Attachment(f"{CANARY}.png", "image/png", b"1"),) if kind not in OWN_WORDS else (),
    )  # fmt: skip
    shown = everything(letter)
    assert CANARY not in shown
    assert "MD-42" in shown


def test_the_reason_of_a_request_for_time_reaches_the_head_though_the_ticket_is_masked() -> None:
    hidden = ticket("ru", category="psych")
    assert "Ждём родителей." in everything(
        composed(Kind.EXTENSION_REQUEST, masked=True, ticket=hidden, text="Ждём родителей.")
    )


def test_no_sample_shows_a_code_but_its_own() -> None:
    for sample in samples("ru"):
        letter = sample_letter(sample, RU)
        assert {match[0].split(".")[2] for match in TOKEN_SHAPE.finditer(everything(letter))} <= {UID}


def test_on_a_confidential_ticket_the_button_says_who_reads_the_reason() -> None:
    for category, said in (("psych", True), ("tech", False)):
        letter = composed(
            Kind.ASSIGNMENT, ticket=ticket("ru", category=category), buttons=(Button(Name.EXTEND, "24h"),),
            facts=Facts(allowed=(Line("ROUTE"), Line("EXTEND"))),
        )  # fmt: skip
        assert ("причину прочтёт руководитель" in everything(letter)) is said
        error = composed(
            Kind.COMMAND_ERROR, ticket=ticket("ru", category=category), facts=Facts(allowed=(Line("ROUTE"),))
        )
        assert ("текст обращения уйдёт вместе с ним" in everything(error)) is said
