"""What programs say of a fault reaches a Russian reader in Russian, and what nobody knows reaches him as it is."""

from __future__ import annotations

import re

import pytest
from outbox.test_compose_body import composed, faces

from maildesk.model import Facts, Kind, Line, Recipient, Trouble
from maildesk.outbox.machine_words import said

OPERATOR = Recipient("ivanova@school.example", "", "ivanova")


def told(*args: str, what: Trouble = Trouble.FORM_UNREAD, language: str = "ru") -> str:
    """The operator's letter about that trouble, in one line."""
    kind = Kind.QUARANTINED if what in (Trouble.POISON, Trouble.UNREADABLE) else Kind.NOTICE
    letter = composed(kind, language, to=OPERATOR, ticket=None, facts=Facts(reason=Line(what, args)))
    return " ".join(faces(letter)[0].split())


@pytest.mark.parametrize(
    ("words", "russian"),
    [
        ("not an appeal that can be read", "это обращение с сайта не удалось прочитать"),
        ("no answer in 20 s", "разбор письма не закончился за 20 с"),
        ("the parser died, exit code -9", "программа разбора остановилась на этом письме (код -9)"),
        ("the daemon died at it three times", "служба трижды остановилась на этом письме"),
        ("ValueError: bad value", "ошибка программы «ValueError: bad value»"),
    ],
)
def test_a_reason_of_quarantine_is_russian(words: str, russian: str) -> None:
    assert f"Причина: {russian}." in told("7", words, what=Trouble.POISON)


@pytest.mark.parametrize(
    ("words", "russian"),
    [
        ('the relay did not answer with {"appeals": [...]}', "сайт ответил не списком обращений"),
        ("the relay refused the token (HTTP 401)", "сайт не принимает ключ доступа (HTTP 401)"),
        ("the relay redirects elsewhere (HTTP 301); write its own address into [relay] url", "другой адрес (HTTP 301)"),
        ("the relay answered with HTTP 502", "сайт ответил кодом HTTP 502"),
        ("ConnectError: [Errno 111] Connection refused", "сервер не принимает соединений"),
        ("ReadTimeout: timed out", "сервер не ответил вовремя"),
        ("imap.school.example:993: Name or service not known", "сервер с таким именем не найден"),
        ("imap.school.example:993 does not answer in time", "сервер не ответил вовремя"),
        ("the connection was lost while waiting", "соединение прервалось"),
    ],
)
def test_why_a_source_cannot_be_read_is_russian(words: str, russian: str) -> None:
    letter = told("form.school.example", "2026-11-23T10:40:00+00:00", words)
    assert russian in letter
    assert not re.search(r"relay|token|timed|refused|Errno", letter)


def test_the_web_form_is_called_so() -> None:
    """It is no mailbox, neither in the text nor in the subject."""
    letter = told("form.school.example", "2026-11-23T10:40:00+00:00", "the relay answered with HTTP 502")
    assert "Форма на сайте не отвечает" in letter and "ящик" not in letter
    facts = Facts(reason=Line(Trouble.FORM_REFUSED, ("form.school.example", "the relay refused the token (HTTP 401)")))
    assert composed(Kind.NOTICE, to=OPERATOR, ticket=None, facts=facts).subject == "Форма на сайте не принимает ключ"


def test_what_nobody_knows_stays_as_it_is() -> None:
    """A server's own words are worth more than none."""
    assert said("550 5.7.1 Go away") == ("", ())
    assert "550 5.7.1 Go away" in told("form.school.example", "2026-11-23T10:40:00+00:00", "550 5.7.1 Go away")


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ("снимок.png (another-origin)", "снимок.png (ссылка ведёт на чужой сайт)"),
        ("снимок (2).png (gone)", "снимок (2).png (на сайте его уже нет)"),
        ("снимок (копия)", "снимок (копия)"),
    ],
)
def test_why_a_file_could_not_be_had_is_russian(named: str, shown: str) -> None:
    text, html = faces(composed(Kind.ASSIGNMENT, facts=Facts(refused_files=(named,))))
    assert shown in text and shown in html
