"""Servers that break off, stall, lie or answer with nonsense: no partial mail, no hang, no way into clear text, no lost queue."""

from __future__ import annotations

import base64
import logging
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from imapclient import SocketTimeout
from servers.certificates import Authority
from servers.dovecot import free_port
from servers.imap_fake import FakeImap, Talk

from maildesk.model.mail import Fate, RawMail, SourceUnavailable
from maildesk.sources import imap_link
from maildesk.sources.imap import ImapSettings, ImapSource

ONE = b"Subject: one\r\n\r\nbody one\r\n"
TWO = b"Subject: two\r\n\r\nbody two\r\n"
PRESENT = datetime(2026, 12, 1, 12, tzinfo=UTC)


def source_on(server: FakeImap, **settings: Any) -> ImapSource:
    values = {"tls": "none", "user": "desk", "password": "secret", "message_size": 100_000, **settings}
    return ImapSource(ImapSettings(server.host, server.port, **values), lambda: PRESENT)


def everything(source: ImapSource) -> list[RawMail]:
    return [mail for batch in source.fetch(source.waiting()) for mail in batch]


@pytest.fixture
def server() -> Iterator[FakeImap]:
    with FakeImap({1: ONE, 2: TWO}) as fake:
        yield fake


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


# Breaking off


@pytest.mark.parametrize("sent", [60, 90], ids=["within the body", "before its end"])
def test_a_connection_that_ends_within_a_mail_yields_nothing_of_it_and_the_next_look_all(
    server: FakeImap, sent: int
) -> None:
    def break_off(talk: Talk, tag: bytes, arguments: bytes) -> None:
        whole = b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % len(ONE) + ONE + b")\r\n* 2 FETCH (UID 2 BODY[] {26}\r\n" + TWO
        talk.send(whole[:sent])
        talk.close()

    source = source_on(server)
    keys = source.waiting()
    fetching = source.fetch(keys)
    server.on["UID FETCH"] = lambda talk, tag, words: (
        break_off(talk, tag, words) if b"BODY" in words else _describe(talk, tag)
    )
    with pytest.raises(SourceUnavailable) as caught:
        next(fetching)
    assert not caught.value.refused
    server.on.clear()
    assert [mail.data for mail in everything(source)] == [ONE, TWO]


def _describe(talk: Talk, tag: bytes) -> None:
    for uid, data in talk.server.mails.items():
        talk.send(b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (uid, uid, len(data)))
    talk.ok(tag)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"* SEARCH one two\r\n{tag} OK\r\n",
        b"what is this?\r\n",
        b"wrong-tag OK done\r\n",
        b"* BYE shutting down\r\n",
        b"* SEARCH 1 2",
        b"{tag} NO not today\r\n",
        b"{tag} BAD never\r\n",
        b"* SEARCH " + b"1 " * 600_000 + b"\r\n{tag} OK\r\n",
    ],
)
def test_nonsense_instead_of_an_answer_is_a_source_that_cannot_be_read_now(server: FakeImap, nonsense: bytes) -> None:
    def answer(talk: Talk, tag: bytes, arguments: bytes) -> None:
        talk.send(nonsense.replace(b"{tag}", tag))
        talk.close()

    source = source_on(server)
    server.on["UID SEARCH"] = answer
    with pytest.raises(SourceUnavailable):
        source.waiting()
    server.on.clear()
    assert len(source.waiting()) == 2


@pytest.mark.parametrize(
    "greeting", [b"* BYE too many connections\r\n", b"220 smtp.example ESMTP\r\n", b"\x16\x03\x01"]
)
def test_a_greeting_that_is_none_is_a_source_that_cannot_be_read_now(server: FakeImap, greeting: bytes) -> None:
    server.greeting = greeting if greeting.endswith(b"\n") else greeting + b"\r\n"
    with pytest.raises(SourceUnavailable) as caught:
        source_on(server).waiting()
    assert not caught.value.refused


def test_a_server_that_stalls_is_given_up_after_the_read_timeout(
    server: FakeImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_link, "READ_SECONDS", 0.2)
    server.on["UID SEARCH"] = lambda talk, tag, words: talk.stall()
    with pytest.raises(SourceUnavailable, match="in time"):
        source_on(server).waiting()


def test_every_wait_on_the_wire_has_an_end(server: FakeImap) -> None:
    timeouts = SocketTimeout(imap_link.CONNECT_SECONDS, imap_link.READ_SECONDS)
    client = imap_link.connect(source_on(server).settings)
    assert timeouts == SocketTimeout(15, 60)
    assert client._timeout == timeouts
    assert client.socket().gettimeout() == 60
    imap_link.hang_up(client)
    imap_link.hang_up(client)


def test_nobody_listening_is_a_source_that_cannot_be_read_now() -> None:
    settings = ImapSettings("127.0.0.1", free_port(), "none", "desk", "secret")
    with pytest.raises(SourceUnavailable) as caught:
        ImapSource(settings, lambda: PRESENT).waiting()
    assert not caught.value.refused


def test_a_host_that_does_not_exist_is_named() -> None:
    settings = ImapSettings("imap.nowhere.invalid", 143, "none", "desk", "secret")
    with pytest.raises(SourceUnavailable, match=r"imap\.nowhere\.invalid"):
        ImapSource(settings, lambda: PRESENT).waiting()


# Single mails


def test_a_mail_whose_body_is_nil_hinders_no_other_and_is_handed_over_empty_at_the_third_look(server: FakeImap) -> None:
    def answer(talk: Talk, tag: bytes, words: bytes) -> None:
        if b"BODY" not in words:
            _describe(talk, tag)
            return
        talk.send(b"* 1 FETCH (UID 1 BODY[] NIL)\r\n* 2 FETCH (UID 2 BODY[] {%d}\r\n" % len(TWO) + TWO + b")\r\n")
        talk.ok(tag)

    server.on["UID FETCH"] = answer
    source = source_on(server)
    looks = [[mail.data for mail in everything(source)] for _ in range(3)]
    assert looks == [[TWO], [TWO], [b"", TWO]]


def test_a_mail_that_the_server_cannot_give_hinders_no_other(server: FakeImap) -> None:
    def answer(talk: Talk, tag: bytes, words: bytes) -> None:
        if b"BODY" not in words:
            _describe(talk, tag)
        elif words.startswith((b"1,2 ", b"1 ")):
            talk.send(tag + b" NO [SERVERBUG] cannot read it\r\n")
        else:
            talk.send(b"* 2 FETCH (UID 2 BODY[] {%d}\r\n" % len(TWO) + TWO + b")\r\n")
            talk.ok(tag)

    server.on["UID FETCH"] = answer
    source = source_on(server)
    looks = [[mail.data for mail in everything(source)] for _ in range(3)]
    assert looks == [[TWO], [TWO], [b"", TWO]]


def test_a_literal_longer_than_any_mail_is_refused_unread_and_hinders_no_other(server: FakeImap) -> None:
    asked: list[bytes] = []

    def answer(talk: Talk, tag: bytes, words: bytes) -> None:
        if b"BODY" not in words:
            _describe(talk, tag)
            return
        asked.append(words)
        if b"BODY.PEEK[]<0." in words:
            talk.send(b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n" % len(ONE) + ONE + b")\r\n")
            talk.ok(tag)
        elif b"1" in words.split(b" ")[0]:
            talk.send(b"* 1 FETCH (UID 1 BODY[] {99000000000}\r\n")
        else:
            talk.send(b"* 2 FETCH (UID 2 BODY[] {%d}\r\n" % len(TWO) + TWO + b")\r\n")
            talk.ok(tag)

    server.on["UID FETCH"] = answer
    mails = everything(source_on(server))
    assert [(mail.data, mail.truncated) for mail in mails] == [(ONE, True), (TWO, False)]


def test_a_mail_larger_than_its_server_says_is_cut_when_it_has_come(server: FakeImap) -> None:
    large = b"Subject: large\r\n\r\n" + b"x" * 150_000
    server.mails = {1: large}
    server.once["UID FETCH"] = lambda talk, tag, words: (
        talk.send(b"* 1 FETCH (UID 1 RFC822.SIZE 10)\r\n"),
        talk.ok(tag),
    )[0]
    (mail,) = everything(source_on(server))
    assert mail.truncated
    assert mail.data == large[: 18 + 64 * 1024]


@pytest.mark.parametrize(
    "date", [b'"not a date"', b"NIL", b'"31-Feb-2026 99:99:99 +9999"', b'"01-Jan-9999 00:00:00 +0000"']
)
def test_an_arrival_that_cannot_be_read_is_now(server: FakeImap, date: bytes) -> None:
    server.mails = {1: ONE}
    server.once["UID FETCH"] = lambda talk, tag, words: (
        talk.send(b"* 1 FETCH (UID 1 RFC822.SIZE 25 INTERNALDATE " + date + b")\r\n"),
        talk.ok(tag),
    )[0]
    (mail,) = everything(source_on(server))
    assert (mail.data, mail.received_at) == (ONE, PRESENT)


def test_flags_that_people_change_meanwhile_are_not_taken_for_mails(server: FakeImap) -> None:
    def answer(talk: Talk, tag: bytes, words: bytes) -> None:
        talk.send(b"* 2 FETCH (FLAGS (\\Seen))\r\n* 9 FETCH (UID 9 FLAGS (\\Seen))\r\n* 3 EXISTS\r\n")
        server.once["UID FETCH"] = answer
        _describe(talk, tag)

    server.once["UID FETCH"] = answer
    source = source_on(server)
    fetching = source.fetch(source.waiting())
    server.on.clear()

    def plain(talk: Talk, tag: bytes, words: bytes) -> None:
        server.once.pop("UID FETCH", None)
        _describe(talk, tag)

    server.once["UID FETCH"] = plain
    assert [mail.data for batch in fetching for mail in batch] == [ONE, TWO]


def test_a_uidvalidity_of_zero_or_a_lower_one_gives_other_keys(server: FakeImap) -> None:
    source = source_on(server)
    first = source.waiting()
    for uidvalidity in (0, 3):
        server.uidvalidity = uidvalidity
        source.close()
        assert {key.uidvalidity for key in source.waiting()} == {uidvalidity}
        assert list(source.fetch(first)) == []
        source.settle(first, Fate.PROCESSED)
        assert len(server.mails) == 2


# Waiting


def wait_for_fault(source: ImapSource) -> SourceUnavailable:
    with pytest.raises(SourceUnavailable) as caught:
        source.wait(3600, threading.Event())
    return caught.value


def idle_with(*packets: bytes, then: str = "close") -> Callable[[Talk, bytes, bytes], None]:
    def idle(talk: Talk, tag: bytes, arguments: bytes) -> None:
        for packet in packets:
            talk.send(packet)
        if then == "close":
            talk.close()
        elif talk.line().strip() == b"DONE":
            talk.ok(tag)

    return idle


@pytest.mark.parametrize(
    "packets",
    [
        (b"+ idling\r\n* BYE Autologout\r\n",),
        (b"+ idling\r\n", b"* BYE Autologout\r\n"),
        (b"+ idling\r\n",),
        (b"+ idling\r\n", b"* 3 EXI"),
        (b"+ idling\r\n", b"* OK still here\r\n"),
    ],
    ids=["bye at once", "bye later", "silent end", "end within a line", "end after a word"],
)
def test_a_connection_that_ends_while_idle_is_noticed(server: FakeImap, packets: tuple[bytes, ...]) -> None:
    server.on["IDLE"] = idle_with(*packets)
    source = source_on(server)
    source.waiting()
    assert not wait_for_fault(source).refused
    server.on.clear()
    assert len(source.waiting()) == 2


@pytest.mark.parametrize(
    "packets",
    [
        (b"+ idling\r\n* 3 EXISTS\r\n",),
        (b"* 3 EXISTS\r\n+ idling\r\n",),
        (b"* 3 EXISTS\r\n", b"+ idling\r\n"),
        (b"+ idling\r\n", b"* OK still here\r\n", b"* 3 EXISTS\r\n* 1 RECENT\r\n"),
    ],
    ids=["in the same packet", "before the plus", "in a packet before", "after a word"],
)
def test_a_new_mail_is_noticed_wherever_the_server_tells_of_it(server: FakeImap, packets: tuple[bytes, ...]) -> None:
    server.on["IDLE"] = idle_with(*packets, then="done")
    source = source_on(server)
    source.waiting()
    source.wait(3600, threading.Event())
    assert server.heard[-1] == b"DONE"


def test_a_server_that_refuses_to_idle_is_a_fault_and_no_hang(server: FakeImap) -> None:
    server.on["IDLE"] = lambda talk, tag, words: talk.send(tag + b" NO not now\r\n")
    source = source_on(server)
    source.waiting()
    assert not wait_for_fault(source).refused


def test_a_server_silent_after_done_is_given_up(server: FakeImap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_link, "READ_SECONDS", 0.2)

    def idle(talk: Talk, tag: bytes, words: bytes) -> None:
        talk.send(b"+ idling\r\n")
        talk.stall()

    server.on["IDLE"] = idle
    source = source_on(server)
    source.waiting()
    with pytest.raises(SourceUnavailable, match="in time"):
        source.wait(0.1, threading.Event())


def test_an_idle_wait_ends_with_its_seconds_and_is_never_longer_than_nine_minutes(
    server: FakeImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    slices: list[float] = []

    def check(client: Any, timeout: float | None = None) -> list[Any]:
        slices.append(timeout or 0)
        return []

    monkeypatch.setattr(imap_link.Client, "idle_check", check)
    source = source_on(server)
    source.waiting()
    source.wait(3600, threading.Event())
    assert sum(slices) == 540
    assert max(slices) <= 1


# Log-in


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (b"{tag} NO [AUTHENTICATIONFAILED] wrong\r\n", True),
        (b"{tag} NO [UNAVAILABLE] directory is down\r\n", False),
        (b"{tag} BAD what\r\n", True),
        (b"* BYE too many connections\r\n", False),
        (b"", False),
    ],
)
def test_a_refusal_is_told_from_a_broken_line(server: FakeImap, answer: bytes, refused: bool) -> None:
    def login(talk: Talk, tag: bytes, arguments: bytes) -> None:
        talk.send(answer.replace(b"{tag}", tag))
        talk.close()

    server.on["LOGIN"] = login
    with pytest.raises(SourceUnavailable) as caught:
        source_on(server).waiting()
    assert caught.value.refused is refused


def test_a_server_that_repeats_the_password_does_not_bring_it_into_the_log(
    server: FakeImap, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.on["LOGIN"] = lambda talk, tag, words: talk.send(tag + b" NO cannot do LOGIN " + words + b"\r\n")
    with pytest.raises(SourceUnavailable) as caught:
        source_on(server, password="Tr0ub4dor").waiting()
    assert "Tr0ub4dor" not in caught.value.reason
    assert "Tr0ub4dor" not in caplog.text


def test_no_password_is_sent_where_the_server_forbids_the_log_in(server: FakeImap) -> None:
    server.capabilities = b"IMAP4rev1 LOGINDISABLED"
    with pytest.raises(SourceUnavailable) as caught:
        source_on(server).waiting()
    assert caught.value.refused
    assert not any(b"secret" in line for line in server.heard)


def test_a_server_that_knows_us_already_is_not_told_the_password(server: FakeImap) -> None:
    server.greeting = b"* PREAUTH welcome\r\n"
    assert len(source_on(server).waiting()) == 2
    assert not any(b"secret" in line for line in server.heard)


# TLS


def test_without_starttls_nothing_is_said_in_clear_text(server: FakeImap, authority: Authority) -> None:
    source = source_on(server, tls="starttls", tls_context=authority.client_context())
    with pytest.raises(SourceUnavailable, match="STARTTLS"):
        source.waiting()
    assert not any(b"secret" in line or b"LOGIN" in line for line in server.heard)


@pytest.mark.parametrize("answer", [b"{tag} NO sorry\r\n", b"{tag} OK begin\r\n* this is not TLS\r\n"])
def test_a_starttls_that_does_not_lead_to_tls_ends_the_talk(
    server: FakeImap, authority: Authority, answer: bytes
) -> None:
    server.capabilities += b" STARTTLS"
    server.on["STARTTLS"] = lambda talk, tag, words: talk.send(answer.replace(b"{tag}", tag))
    with pytest.raises(SourceUnavailable):
        source_on(server, tls="starttls", tls_context=authority.client_context()).waiting()
    assert not any(b"secret" in line or b"LOGIN" in line for line in server.heard)


def test_a_server_that_claims_to_know_us_before_starttls_is_not_believed(
    server: FakeImap, authority: Authority
) -> None:
    server.greeting = b"* PREAUTH welcome\r\n"
    server.capabilities += b" STARTTLS"
    with pytest.raises(SourceUnavailable):
        source_on(server, tls="starttls", tls_context=authority.client_context()).waiting()


@pytest.mark.parametrize(
    ("fault", "expired", "names"),
    [("expired", True, ("127.0.0.1",)), ("mismatch|not valid for", False, ("other.example",))],
)
def test_a_certificate_that_is_expired_or_of_another_name_is_not_accepted(
    authority: Authority, fault: str, expired: bool, names: tuple[str, ...]
) -> None:
    context = authority.server_context("bad", names, expired=expired)
    with FakeImap({1: ONE}, context=context) as server:
        source = source_on(server, tls="implicit", tls_context=authority.client_context())
        with pytest.raises(SourceUnavailable, match=fault):
            source.waiting()
        assert server.heard == []


def test_a_proper_certificate_is_accepted(authority: Authority) -> None:
    with FakeImap({1: ONE}, context=authority.server_context()) as server:
        source = source_on(server, tls="implicit", tls_context=authority.client_context())
        assert [mail.data for mail in everything(source)] == [ONE]


def test_the_usual_context_checks_certificate_and_name() -> None:
    context = ssl.create_default_context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_password_in_russian_letters_goes_by_sasl_plain(server: FakeImap) -> None:
    said: list[bytes] = []

    def authenticate(talk: Talk, tag: bytes, arguments: bytes) -> None:
        talk.send(b"+ \r\n")
        said.append(base64.b64decode(talk.line()))
        talk.ok(tag)

    server.on["AUTHENTICATE"] = authenticate
    assert len(source_on(server, password="пароль").waiting()) == 2
    assert said == ["\0desk\0пароль".encode()]
