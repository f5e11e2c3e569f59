"""Access tokens by the refresh grant, and the log-in with them."""

from __future__ import annotations

import base64
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from servers.imap_fake import FakeImap, Talk

from maildesk.model.mail import SourceUnavailable
from maildesk.sources.imap import ImapSettings, ImapSource, OAuth2
from maildesk.sources.oauth import AccessTokens

START = datetime(2026, 12, 1, 12, tzinfo=UTC)


class TokenServer:
    """Answers as told and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answers: list[httpx.Response | Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(dict(parse_qsl(request.content.decode())))
        answer = self.answers.pop(0) if self.answers else granted(f"access-{len(self.asked)}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self))


def granted(token: str, **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "token_type": "Bearer", "expires_in": 3600, **more})


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def settings(tmp_path: Path) -> OAuth2:
    file = tmp_path / "refresh.token"
    file.write_text("first-refresh\n")
    return OAuth2("https://oauth.example/token", "desk", file, "client-secret", "mail.imap")


@pytest.fixture
def server() -> TokenServer:
    return TokenServer()


def test_the_grant_carries_token_client_and_scope(settings: OAuth2, server: TokenServer) -> None:
    assert AccessTokens(settings, Clock(), server.client()).current() == "access-1"
    assert server.asked == [
        {
            "grant_type": "refresh_token",
            "refresh_token": "first-refresh",
            "client_id": "desk",
            "client_secret": "client-secret",
            "scope": "mail.imap",
        }
    ]
    assert "client-secret" not in repr(settings)


def test_a_token_serves_until_a_minute_before_its_end(settings: OAuth2, server: TokenServer) -> None:
    clock = Clock()
    tokens = AccessTokens(settings, clock, server.client())
    tokens.current()
    clock.now = START + timedelta(seconds=3539)
    assert tokens.current() == "access-1"
    clock.now = START + timedelta(seconds=3540)
    assert tokens.current() == "access-2"
    assert tokens.current(renew=True) == "access-3"


@pytest.mark.parametrize("expires_in", [None, "soon", -5, 10**12])
def test_a_life_that_is_no_sensible_number_is_an_hour(
    settings: OAuth2, server: TokenServer, expires_in: object
) -> None:
    clock = Clock()
    tokens = AccessTokens(settings, clock, server.client())
    server.answers = [granted("short", expires_in=expires_in)]
    tokens.current()
    clock.now = START + timedelta(minutes=58)
    assert tokens.current() == "short"
    clock.now = START + timedelta(minutes=59)
    assert tokens.current() == "access-2"


def test_a_rotated_refresh_token_replaces_the_old_one_for_the_owner_only(settings: OAuth2, server: TokenServer) -> None:
    server.answers = [granted("access", refresh_token="second-refresh")]
    tokens = AccessTokens(settings, Clock(), server.client())
    tokens.current()
    assert settings.refresh_token_file.read_text() == "second-refresh\n"
    assert stat.S_IMODE(settings.refresh_token_file.stat().st_mode) == 0o600
    assert [file.name for file in settings.refresh_token_file.parent.iterdir()] == ["refresh.token"]
    tokens.current(renew=True)
    assert server.asked[-1]["refresh_token"] == "second-refresh"


def test_a_death_while_the_new_token_is_written_leaves_the_old_file(
    settings: OAuth2, server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("maildesk.sources.oauth.os.replace", die)
    server.answers = [granted("access", refresh_token="second-refresh")]
    with pytest.raises(SourceUnavailable):
        AccessTokens(settings, Clock(), server.client()).current()
    assert settings.refresh_token_file.read_text() == "first-refresh\n"


@pytest.mark.parametrize(
    ("answer", "refused", "words"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), True, "invalid_grant"),
        (httpx.Response(401, json={"error": "invalid_client"}), True, "invalid_client"),
        (httpx.Response(503, text="<html>busy"), False, "503"),
        (httpx.Response(200, json={"token_type": "Bearer"}), False, "200"),
        (httpx.Response(200, json=["access_token"]), False, "200"),
        (httpx.Response(200, text="no json"), False, "200"),
        (httpx.ConnectError("unreachable"), False, "unreachable"),
        (httpx.ReadTimeout("slow"), False, "slow"),
    ],
)
def test_an_answer_without_a_token_says_whether_we_are_refused(
    settings: OAuth2, server: TokenServer, answer: httpx.Response | Exception, refused: bool, words: str
) -> None:
    server.answers = [answer]
    with pytest.raises(SourceUnavailable, match=words) as caught:
        AccessTokens(settings, Clock(), server.client()).current()
    assert caught.value.refused is refused
    assert "first-refresh" not in caught.value.reason


def test_a_missing_token_file_is_named(settings: OAuth2, server: TokenServer) -> None:
    settings.refresh_token_file.unlink()
    with pytest.raises(SourceUnavailable, match=r"refresh\.token"):
        AccessTokens(settings, Clock(), server.client()).current()
    assert server.asked == []


# The log-in


@pytest.fixture
def imap() -> Iterator[FakeImap]:
    with FakeImap({1: b"Subject: one\r\n\r\nx"}, capabilities=b"IMAP4rev1 AUTH=XOAUTH2 MOVE UIDPLUS") as fake:
        yield fake


def source_on(imap: FakeImap, settings: OAuth2, server: TokenServer) -> ImapSource:
    mailbox = ImapSettings(imap.host, imap.port, "none", "desk@school.example", oauth2=settings)
    source = ImapSource(mailbox, Clock())
    source._tokens = AccessTokens(settings, Clock(), server.client())
    return source


def accepting(imap: FakeImap, good: str | None) -> list[str]:
    """The server accepts this token and no other; returns the list of those it was shown."""
    shown: list[str] = []

    def authenticate(talk: Talk, tag: bytes, arguments: bytes) -> None:
        assert arguments == b"XOAUTH2"
        talk.send(b"+ \r\n")
        user, bearer, *_ = base64.b64decode(talk.line()).decode().split("\1")
        assert user == "user=desk@school.example"
        shown.append(bearer.removeprefix("auth=Bearer "))
        if shown[-1] == good:
            talk.ok(tag)
            return
        talk.send(b"+ " + base64.b64encode(b'{"status":"400"}') + b"\r\n")
        assert talk.line() == b"\r\n"
        talk.send(tag + b" NO [AUTHENTICATIONFAILED] no\r\n")

    imap.on["AUTHENTICATE"] = authenticate
    return shown


def test_the_log_in_shows_the_token(imap: FakeImap, settings: OAuth2, server: TokenServer) -> None:
    shown = accepting(imap, "access-1")
    assert len(source_on(imap, settings, server).waiting()) == 1
    assert shown == ["access-1"]


def test_after_a_refusal_one_fresh_token_is_tried(imap: FakeImap, settings: OAuth2, server: TokenServer) -> None:
    shown = accepting(imap, "access-2")
    assert len(source_on(imap, settings, server).waiting()) == 1
    assert shown == ["access-1", "access-2"]


def test_a_fresh_token_that_is_refused_too_is_a_refusal(imap: FakeImap, settings: OAuth2, server: TokenServer) -> None:
    shown = accepting(imap, None)
    with pytest.raises(SourceUnavailable) as caught:
        source_on(imap, settings, server).waiting()
    assert caught.value.refused
    assert "access-" not in caught.value.reason
    assert shown == ["access-1", "access-2"]
