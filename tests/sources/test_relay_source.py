"""The relay as a source: against the form itself, and against a relay that does everything wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from form.running import APPEAL, PNG, TOKEN, serving, settings_for
from servers.certificates import Authority

from maildesk.model import Fate, FormFields, RawMail, SeenKey, SourceUnavailable
from maildesk.sources.relay import FILE_TRIES, RelaySource

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIELDS = {
    "name": "Иванова Мария",
    "role": "parent",
    "class": "7Б",
    "category": "tech",
    "text": "Не открывается урок",
    "phone": "",
    "email": "ivanova@mail.ru",
}


def appeal(number: int, **changes: Any) -> dict[str, Any]:
    usual = {"id": f"a{number}", "received_at": "2026-11-24T14:00:00+03:00", "fields": FIELDS, "attachments": []}
    return {**usual, **changes}


class FakeRelay:
    """Answers by the book unless told otherwise; keeps what was asked."""

    def __init__(self) -> None:
        self.offered: list[Any] = []
        self.acked: list[Any] = []
        self.asked: list[tuple[str, str]] = []
        self.files: dict[str, bytes] = {}
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.keeps = False  # offers everything for ever, whatever was acknowledged
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                relay.handle(self)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(request.path)
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        self.asked.append((request.path, request.headers.get("authorization") or ""))
        special = self.answers.get(path.path)
        if special is not None:
            special(request)
        elif path.path == "/relay/appeals":
            query = parse_qs(path.query, keep_blank_values=True)
            after, limit = int(query["after"][0] or 0), int(query["limit"][0])
            gone = [] if self.keeps else self.acked
            rows = [
                (n, one)
                for n, one in enumerate(self.offered, 1)
                if n > after and not (isinstance(one, dict) and one.get("id") in gone)
            ]
            page = rows[:limit]
            reply(request, {"appeals": [one for _, one in page], "cursor": str(page[-1][0] if page else after)})
        elif path.path == "/relay/ack":
            self.acked += json.loads(body)["ids"]
            reply(request, {})
        elif path.path in self.files:
            reply(request, self.files[path.path])
        else:
            reply(request, b"no", 404)


def reply(request: BaseHTTPRequestHandler, body: Any, status: int = 200, **headers: str) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request.send_response(status)
    for name, value in {"content-length": str(len(data)), **headers}.items():
        request.send_header(name.replace("_", "-"), value)
    if request.close_connection:  # said, lest the client send its next request into a connection that is being closed
        request.send_header("connection", "close")
    request.end_headers()
    request.wfile.write(data)


@pytest.fixture
def relay() -> Iterator[FakeRelay]:
    fake = FakeRelay()
    yield fake
    fake.close()


@contextmanager
def source_of(url: str, **options: Any) -> Iterator[RelaySource]:
    source = RelaySource(url, options.pop("token", TOKEN), **{"clock": lambda: NOW, **options})
    yield source
    source.close()


@pytest.fixture
def source(relay: FakeRelay) -> Iterator[RelaySource]:
    with source_of(relay.url) as found:
        yield found


def fetched(source: RelaySource) -> list[RawMail]:
    return [mail for batch in source.fetch(source.waiting()) for mail in batch]


def test_an_appeal_of_the_form_arrives_as_a_mail_of_its_author(tmp_path: Path) -> None:
    with serving(settings_for(tmp_path)) as form, source_of(form.url, clock=lambda: datetime.now(UTC)) as source:
        number = form.parent().fill([("снимок.png", PNG)]).number
        (key,) = source.waiting()
        (raw,) = fetched(source)
        assert key == raw.key == SeenKey(f"relay:{form.url.rstrip('/')}", 0, key.uid)
        assert key.uid.startswith(number)
        mail = raw.mail
        assert mail is not None and raw.trusted_form
        assert mail.form == FormFields(
            **{("class_" if k == "class" else k): v for k, v in APPEAL.items() if k != "consent"}
        )
        assert (mail.sender.name, mail.sender.address, mail.strict_from) == (APPEAL["name"], APPEAL["email"], None)
        assert mail.text == mail.reply == APPEAL["text"]
        assert number in mail.subject
        assert [(file.name, file.type, file.bytes) for file in mail.attachments] == [("снимок.png", "image/png", PNG)]
        assert (mail.message_id, mail.faults) == ("", ())
        assert json.loads(raw.data)["id"] == key.uid
        source.settle([key], Fate.PROCESSED)
        assert source.waiting() == []
        assert form.desk().appeals() == []


def test_a_wrong_token_is_a_refused_log_in(tmp_path: Path) -> None:
    with serving(settings_for(tmp_path)) as form, source_of(form.url, token="wrong") as source:
        with pytest.raises(SourceUnavailable) as caught:
            source.waiting()
        assert caught.value.refused


def test_all_pages_are_listed_oldest_first_with_the_relays_own_cursor(relay: FakeRelay) -> None:
    relay.offered = [appeal(n) for n in range(7)]
    with source_of(relay.url, limit=3) as source:
        assert [key.uid for key in source.waiting()] == [f"a{n}" for n in range(7)]
        assert [path for path, _ in relay.asked] == [
            f"/relay/appeals?after={after}&limit=3" for after in ("", "3", "6")
        ]
        assert {token for _, token in relay.asked} == {f"Bearer {TOKEN}"}
        relay.offered.append(appeal(7))
        assert [key.uid for key in source.waiting()][-1] == "a7"
        assert relay.asked[-1][0] == "/relay/appeals?after=7&limit=3"


def test_what_is_not_settled_waits_on_and_after_a_restart_is_offered_anew(
    relay: FakeRelay, source: RelaySource
) -> None:
    relay.offered = [appeal(1), appeal(2)]
    first = source.waiting()
    assert source.waiting() == first
    source.settle(first[:1], Fate.PROCESSED)
    assert source.waiting() == first[1:]
    assert relay.acked == ["a1"]
    with source_of(relay.url) as restarted:
        assert restarted.waiting() == first[1:]


def test_a_lost_acknowledgement_is_repeated_and_stops_nothing(relay: FakeRelay, source: RelaySource) -> None:
    relay.offered = [appeal(1)]
    relay.answers["/relay/ack"] = lambda request: setattr(request, "close_connection", True)
    source.settle(source.waiting(), Fate.PROCESSED)
    relay.offered.append(appeal(2))
    assert [key.uid for key in source.waiting()] == ["a2"]
    del relay.answers["/relay/ack"]
    source.waiting()
    assert relay.acked == ["a1"]


def test_an_id_that_is_offered_for_ever_is_listed_once_in_a_run(relay: FakeRelay, source: RelaySource) -> None:
    relay.keeps = True
    relay.offered = [appeal(1)] * 3
    relay.answers["/relay/appeals"] = lambda request: reply(request, {"appeals": relay.offered, "cursor": ""})
    keys = source.waiting()
    assert len(keys) == 1
    source.settle(keys, Fate.PROCESSED)
    assert source.waiting() == []
    source.waiting()
    assert relay.acked.count("a1") >= 2, "each new offer is acknowledged again"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-11-24T14:00:00+03:00", datetime(2026, 11, 24, 11, tzinfo=UTC)),
        ("2026-11-24T11:00:00Z", datetime(2026, 11, 24, 11, tzinfo=UTC)),
        ("2027-01-01T00:00:00+00:00", NOW),
        ("2026-11-24T11:00:00", NOW),
        ("yesterday", NOW),
        (None, NOW),
        (1764000000, NOW),
        ("0001-01-01T00:00:00+23:00", NOW),
    ],
)
def test_the_moment_is_the_relays_and_never_later_than_now(
    relay: FakeRelay, source: RelaySource, given: object, expected: datetime
) -> None:
    relay.offered = [appeal(1, received_at=given)]
    (raw,) = fetched(source)
    assert raw.received_at == expected
    assert raw.mail is not None and raw.mail.date == expected


BROKEN = [
    None,
    17,
    "x",
    [],
    {},
    {"id": "b1"},
    {"id": "b1", "fields": []},
    {"id": "", "fields": {}},
    {"fields": FIELDS},
    {"id": None, "fields": FIELDS},
    {"id": ["b"], "fields": FIELDS},
    {"id": True, "fields": FIELDS},
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda value: json.dumps(value, ensure_ascii=True)[:30])
def test_a_broken_appeal_is_handed_over_as_bytes_and_stops_nothing(
    relay: FakeRelay, source: RelaySource, broken: object
) -> None:
    relay.offered = [appeal(1), broken, appeal(2)]
    mails = fetched(source)
    assert [mail.mail is None for mail in mails] == [False, True, False]
    assert json.loads(mails[1].data) == broken
    assert not mails[1].trusted_form
    source.settle([mails[1].key], Fate.QUARANTINED)
    assert len(source.waiting()) == 2
    with source_of(relay.url) as restarted:
        again = [mail.key for mail in fetched(restarted) if mail.mail is None]
        assert again in ([mails[1].key], []), "the same key each time, or it was acknowledged"


@pytest.mark.parametrize("number", [7, 0, -1, 2**63])
def test_an_id_that_is_a_number_is_acknowledged_as_a_number(relay: FakeRelay, source: RelaySource, number: int) -> None:
    relay.offered = [appeal(1, id=number)]
    (key,) = source.waiting()
    assert key.uid == str(number)
    source.settle([key], Fate.PROCESSED)
    assert relay.acked == [number]


def test_a_very_long_id_has_a_short_key_and_is_acknowledged_whole(relay: FakeRelay, source: RelaySource) -> None:
    relay.offered = [appeal(1, id="x" * 5000), appeal(2, id="x" * 5001), appeal(3, id="a\nb")]
    keys = source.waiting()
    assert len({key.uid for key in keys}) == 3
    assert all(len(key.uid) < 100 and key.uid.isprintable() for key in keys)
    source.settle(keys, Fate.PROCESSED)
    assert relay.acked == ["x" * 5000, "x" * 5001, "a\nb"]


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("name", "Иванова\r\nBcc: x@y.ru", "Иванова Bcc: x@y.ru"),
        ("name", "\u202eПётр\ud800\x00", "Пётр\ufffd"),
        ("name", None, ""),
        ("name", 5, ""),
        ("role", "director", ""),
        ("role", "Parent", "parent"),
        ("category", "Необычный вопрос", "Необычный вопрос"),
        ("email", "a@mail.ru\r\nBcc: b@mail.ru", ""),
        ("email", "a@mail.ru, b@mail.ru", ""),
        ("email", "odd..dots@mail.ru", "odd..dots@mail.ru"),
        ("text", "раз\r\nдва\x1b", "раз\nдва"),
        ("text", "я" * 200_000, "я" * 100_000),
        ("phone", "=HYPERLINK()", "=HYPERLINK()"),
    ],
)
def test_fields_are_cleaned_and_never_refused(
    relay: FakeRelay, source: RelaySource, field: str, given: object, kept: str
) -> None:
    relay.offered = [appeal(1, fields={**FIELDS, field: given})]
    (raw,) = fetched(source)
    assert raw.mail is not None and raw.mail.form is not None
    assert raw.mail.form[field] == kept
    assert "\n" not in raw.mail.subject and "\n" not in raw.mail.sender.name


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/f",
        "https://127.0.0.1/f",
        "//evil.example/f",
        "file:///etc/passwd",
        "http://a@127.0.0.1/f",
        "",
        None,
        5,
        "http://[",
        "data:,x",
    ],
)
def test_an_attachment_elsewhere_is_refused_and_named(relay: FakeRelay, source: RelaySource, url: object) -> None:
    relay.files["/ok"] = b"good"
    links = [
        {"name": "чужой.png", "type": "image/png", "size": 4, "url": url},
        {"name": "свой.txt", "type": "text/plain", "size": 4, "url": f"{relay.url}/ok"},
    ]
    relay.offered = [appeal(1, attachments=links)]
    (raw,) = fetched(source)
    assert raw.mail is not None
    assert [(file.name, file.bytes) for file in raw.mail.attachments] == [("свой.txt", b"good")]
    (fault,) = raw.mail.faults
    assert "чужой.png" in fault
    assert all(path == "/ok" or path.startswith("/relay/") for path, _ in relay.asked)


def test_an_attachments_url_may_be_relative_and_its_name_is_made_safe(relay: FakeRelay, source: RelaySource) -> None:
    relay.files["/f/1"] = b"data"
    relay.offered = [
        appeal(1, attachments=[{"name": "../../x\r\n.png", "type": "text/html; x", "size": 4, "url": "/f/1"}])
    ]
    (raw,) = fetched(source)
    assert raw.mail is not None
    (file,) = raw.mail.attachments
    assert (file.name, file.type, file.bytes) == ("x .png", "application/octet-stream", b"data")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda request: reply(request, b"gone", 404), "gone"),
        (lambda request: reply(request, b"", 302, location="http://127.0.0.1:1/x"), "redirected"),
        (lambda request: reply(request, b"x" * 30_000_000), "too-large"),
        (lambda request: reply(request, b"later", 503), "unreachable"),
    ],
    ids=["gone", "redirected", "too-large", "unreachable"],
)
def test_an_attachment_that_cannot_be_had_is_named_and_does_not_keep_the_appeal(
    relay: FakeRelay, source: RelaySource, answer: Callable[[BaseHTTPRequestHandler], None], reason: str
) -> None:
    relay.answers["/f"] = answer
    relay.offered = [appeal(1, attachments=[{"name": "f.png", "type": "image/png", "size": 1, "url": "/f"}]), appeal(2)]
    found: list[RawMail] = []
    for _ in range(FILE_TRIES):
        found = [mail for mail in fetched(source) if mail.key.uid == "a1"]
        if found:
            break
        assert reason == "unreachable"
    (raw,) = found
    assert raw.mail is not None
    assert raw.mail.faults == (f"attachment-refused: f.png ({reason})",)


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: reply(request, b"<html>"),
        lambda request: reply(request, b"[]"),
        lambda request: reply(request, b"[" * 200_000),
        lambda request: reply(request, {"appeals": {}}),
        lambda request: reply(request, {"cursor": "1"}),
        lambda request: reply(request, b"error", 500),
        lambda request: reply(request, b"", 301, location="https://elsewhere.example/"),
        lambda request: reply(request, b'{"appeals": [], "x": "' + b"x" * 17_000_000 + b'"}'),
        lambda request: reply(request, b"\x1f\x8b", content_encoding="gzip"),
        lambda request: request.connection.close(),
        lambda request: request.wfile.write(b"SSH-2.0-OpenSSH\r\n"),
    ],
    ids=["html", "list", "deep", "no-list", "no-appeals", "500", "redirect", "huge", "gzip", "closed", "not-http"],
)
def test_a_relay_that_answers_nonsense_is_unavailable_and_the_next_poll_works(
    relay: FakeRelay, source: RelaySource, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    def once(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        answer(request)

    relay.answers["/relay/appeals"] = once
    with pytest.raises(SourceUnavailable) as caught:
        source.waiting()
    assert caught.value.reason and not caught.value.refused
    assert TOKEN not in caught.value.reason
    del relay.answers["/relay/appeals"]
    relay.offered = [appeal(1)]
    assert len(source.waiting()) == 1


def test_a_relay_that_does_not_answer_is_given_up_in_time(relay: FakeRelay) -> None:
    hang = threading.Event()
    relay.answers["/relay/appeals"] = lambda request: (hang.wait(20), None)[1]
    with source_of(relay.url, seconds=0.3) as source, pytest.raises(SourceUnavailable):
        source.waiting()
    hang.set()


def test_a_relay_that_repeats_one_page_for_ever_does_not_hold_the_poll(relay: FakeRelay) -> None:
    calls = iter(range(10_000))
    relay.answers["/relay/appeals"] = lambda request: reply(
        request, {"appeals": [appeal(1)], "cursor": str(next(calls))}
    )
    with source_of(relay.url, limit=1) as source:
        assert len(source.waiting()) == 1
    assert len(relay.asked) < 5


def test_a_flood_of_appeals_is_taken_in_bounded_portions(relay: FakeRelay, source: RelaySource) -> None:
    relay.offered = [appeal(n) for n in range(1500)]
    first = source.waiting()
    assert 1000 <= len(first) < 1200
    assert all(len(batch) <= 20 for batch in source.fetch(first[:100]))
    source.settle(first, Fate.PROCESSED)
    assert [key.uid for key in source.waiting()] == [f"a{n}" for n in range(len(first), 1500)]


@pytest.mark.parametrize(
    "url",
    [
        "http://form.school.example",
        "http://10.0.0.5:8025",
        "ftp://127.0.0.1",
        "form.school.example",
        "",
        "https://",
        "https://user:pw@form.school.example",
        "http://127.0.0.1.evil.example",
    ],
)
def test_plain_http_is_for_this_machine_alone(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        RelaySource(url, TOKEN)


@pytest.mark.parametrize(
    "url",
    [
        "https://form.school.example",
        "http://127.0.0.1:1",
        "http://localhost:1",
        "http://[::1]:1",
        "https://form.school.example/sub/",
    ],
)
def test_https_anywhere_and_http_to_this_machine_are_accepted(url: str) -> None:
    with source_of(url) as source:
        assert source.name == f"relay:{url.removesuffix('/sub/')}"


def test_the_backlog_counts_without_fetching(relay: FakeRelay, source: RelaySource) -> None:
    relay.offered = [appeal(1, received_at="2026-11-24T10:00:00Z"), appeal(2, received_at="2026-11-24T09:00:00Z")]
    backlog = source.backlog()
    assert (backlog.count, backlog.oldest) == (2, NOW - timedelta(hours=3))
    assert len(source.waiting()) == 2


def test_waiting_for_a_relay_ends_at_the_wake_up(source: RelaySource) -> None:
    wake = threading.Event()
    wake.set()
    source.wait(1000, wake)
    assert wake.is_set()


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = Authority(tmp_path).server_context().wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"https://127.0.0.1:{server.server_address[1]}"
    try:
        with source_of(url) as source, pytest.raises(SourceUnavailable, match=r"(?i)certificate"):
            source.waiting()
    finally:
        server.shutdown()
        server.server_close()
