"""Ten thousand posts of nonsense: no failure of ours, nothing outside the spool, and the next parent is served."""

from __future__ import annotations

import http.client
import logging
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from form.running import APPEAL, Form

POSTS = 10_000
#: What a stranger puts into fields, names and headers; bytes as they go over the wire.
POISON = [
    b"",
    b"\0",
    b"\r\n\r\n",
    b"\r\nX-Evil: 1",
    b"\r\nBcc: victim@mail.ru\r\n",
    b"../../../../etc/passwd",
    b"..\\..\\boot.ini",
    b"/dev/null",
    b"CON",
    b"=cmd|' /C calc'!A0",
    b"@SUM(1+1)",
    b"{{7*7}}",
    b"{% include 'form.html' %}",
    b"${7*7}",
    b"%(x)s %s %n",
    b"{0.__class__}",
    b"<script>alert(1)</script>",
    b'"><img src=x onerror=alert(1)>',
    b"' OR 1=1; DROP TABLE appeals; --",
    b"\xff\xfe\xfd",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    "\u202e\u2028\u0085\ufeff".encode(),
    "Иванова Мария".encode("windows-1251"),
    "Ж".encode() * 3000,
    b"9" * 400,
    b"a@" * 200,
    b"[CLOSED] [\xd0\x97\xd0\x90\xd0\x9a\xd0\xa0\xd0\xab\xd0\xa2\xd0\x9e]",
]
NAMES = [
    *(name.encode() for name in APPEAL),
    b"form",
    b"keep",
    b"attachments",
    b"website",
    b"email_confirmed",
    b"__proto__",
    b"",
]
KINDS = [
    b"multipart/form-data; boundary=b",
    b"multipart/form-data; boundary=b; charset=rot13",
    b"multipart/form-data; boundary=b; charset=idna",
    b'multipart/form-data; boundary="b"',
    b"multipart/form-data",
    b"multipart/form-data; boundary=",
    b"multipart/form-data; boundary=" + b"b" * 500,
    b"multipart/mixed; boundary=b",
    b"application/x-www-form-urlencoded",
    b"application/json",
    b"text/plain",
    b"\xff\xff",
    b"",
]


def _part(chance: random.Random, token: bytes) -> bytes:
    name = chance.choice(NAMES)
    value = token if name == b"form" and chance.random() < 0.8 else chance.choice(POISON)
    if chance.random() < 0.5 and name.decode() in APPEAL:
        value = APPEAL[name.decode()].encode()
    head = b'Content-Disposition: form-data; name="' + name + b'"'
    if name == b"attachments" or chance.random() < 0.1:
        head += b'; filename="' + chance.choice(POISON)[:300] + b'"\r\nContent-Type: ' + chance.choice(POISON)[:50]
    return b"--b\r\n" + head + b"\r\n\r\n" + value + b"\r\n"


def _mutated(chance: random.Random, body: bytes) -> bytes:
    data = bytearray(body)
    for _ in range(chance.choice((0, 0, 0, 1, 5, 30))):
        place = chance.randrange(len(data) + 1)
        kind = chance.random()
        if kind < 0.4 and place < len(data):
            data[place] = chance.randrange(256)
        elif kind < 0.7:
            data[place:place] = chance.choice(POISON)[:50]
        else:
            del data[place : place + chance.randrange(1, 40)]
    return bytes(data)


def _body(chance: random.Random, token: bytes) -> tuple[bytes, bytes]:
    kind = chance.choice(KINDS[:1] * 20 + KINDS)
    if kind == b"application/x-www-form-urlencoded":
        return kind, b"&".join(chance.choice(NAMES) + b"=" + chance.choice(POISON) for _ in range(chance.randrange(12)))
    if chance.random() < 0.3:
        # A whole form with one or two fields poisoned: gets the furthest.
        values = {name.encode(): value.encode() for name, value in APPEAL.items()} | {b"form": token}
        for _ in range(chance.randrange(3)):
            values[chance.choice(NAMES)] = chance.choice(POISON)
        parts = [
            b'--b\r\nContent-Disposition: form-data; name="' + n + b'"\r\n\r\n' + v + b"\r\n" for n, v in values.items()
        ]
        parts += [_part(chance, token) for _ in range(chance.randrange(3))]
        return kind, b"".join(parts) + b"--b--\r\n"
    body = b"".join(_part(chance, token) for _ in range(chance.randrange(12)))
    return kind, _mutated(chance, body + chance.choice((b"--b--\r\n", b"--b--", b"", b"--b")))


def test_ten_thousand_posts_of_nonsense_break_nothing(
    start_form: Callable[..., Form], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    form = start_form()
    chance = random.Random(167)
    host, port = form.place
    line = http.client.HTTPConnection(host, port, timeout=30)
    token = b""
    statuses: dict[int, int] = {}
    with caplog.at_level(logging.WARNING):
        for number in range(POSTS):
            if number % 50 == 0:
                token = form.parent().open().page.hidden["form"].encode() if number % 500 == 0 else token
            kind, body = _body(chance, token)
            line.putrequest("POST", "/", skip_accept_encoding=True)
            line.putheader("Content-Length", str(len(body)))
            if b"\xff" not in kind:
                line.putheader("Content-Type", kind)
            line.endheaders(body)
            answer = line.getresponse()
            text = answer.read()
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
            assert answer.status < 500, (number, kind, body, text)
            assert answer.headers.get("x-evil") is None
            assert b"<script>alert" not in text and b"<img src=x" not in text and b">49<" not in text
            if answer.will_close:
                line.close()
    assert min(statuses.get(status, 0) for status in (200, 400, 422)) > 50, statuses
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert {path.name for path in tmp_path.iterdir()} <= {"form.db", "form.db-wal", "form.db-shm"}
    assert form.parent().fill().number
    _all_clean(form)


def _all_clean(form: Form) -> None:
    """What got through is offered as text on one line each, under safe names, and can be acknowledged."""
    desk = form.desk()
    while page := desk.page(limit=500)["appeals"]:
        for appeal in page:
            fields = appeal["fields"]
            assert all(fields[name].isprintable() for name in fields if name != "text"), fields
            for file in appeal["attachments"]:
                assert file["name"].isprintable() and not set('/\\:"\r\n\0') & set(file["name"])
        desk.ack(*(appeal["id"] for appeal in page))


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/form.css/../ru.toml",
        "/ru.toml",
        "/relay/..%2f..",
        "//evil.example/",
        "/%00",
        "/%ff%fe",
    ],
)
def test_no_path_leads_out_of_the_form(form: Form, path: str) -> None:
    line = http.client.HTTPConnection(*form.place, timeout=30)
    line.putrequest("GET", path)
    line.endheaders()
    answer = line.getresponse()
    assert answer.status == 404
    assert b"root:" not in answer.read()
