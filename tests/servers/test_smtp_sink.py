"""The SMTP server of the tests misbehaves as it is told, and else behaves: what other tests conclude depends on it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.certificates import Authority
from servers.smtp import SmtpSink, Stage

LETTER = b"Subject: x\r\nMessage-ID: <1@school.example>\r\n\r\nbody\r\n"
FROM, TO, OTHER = "desk@school.example", "parent@mail.example", "other@mail.example"


@pytest.fixture
def client(smtp_sink: SmtpSink) -> Iterator[smtplib.SMTP]:
    connection = smtplib.SMTP(smtp_sink.host, smtp_sink.port, timeout=20)
    yield connection
    connection.close()


def test_a_mail_is_kept_with_its_envelope_and_bytes(smtp_sink: SmtpSink, client: smtplib.SMTP) -> None:
    client.sendmail(FROM, [TO, OTHER], LETTER)
    (mail,) = smtp_sink.wait_for(lambda mails: len(mails) == 1)
    assert (mail.sender, mail.recipients, mail.data) == (FROM, (TO, OTHER), LETTER)
    assert (mail.tls, mail.user, mail.connection) == (False, None, 1)
    assert smtp_sink.to(OTHER) == [mail]


def test_waiting_in_vain_says_what_was_there(smtp_sink: SmtpSink, client: smtplib.SMTP) -> None:
    client.sendmail(FROM, [TO], LETTER)
    with pytest.raises(AssertionError, match=TO):
        smtp_sink.wait_for(lambda mails: len(mails) == 2, timeout=0.05)


@pytest.mark.parametrize("reply", ["450 4.2.0 later", "550 5.1.1 no such user"])
def test_a_chosen_recipient_is_refused_as_often_as_told(smtp_sink: SmtpSink, client: smtplib.SMTP, reply: str) -> None:
    smtp_sink.refuse(Stage.RCPT, reply, recipient=OTHER, times=1)
    refused = client.sendmail(FROM, [TO, OTHER], LETTER)
    assert refused == {OTHER: (int(reply[:3]), reply[4:].encode())}
    assert client.sendmail(FROM, [OTHER], LETTER) == {}
    assert [mail.recipients for mail in smtp_sink.mails] == [(TO,), (OTHER,)]


@pytest.mark.parametrize(
    ("stage", "error"),
    [(Stage.MAIL, smtplib.SMTPSenderRefused), (Stage.DOT, smtplib.SMTPDataError)],
)
def test_a_stage_is_refused_until_the_sink_is_told_to_behave(
    smtp_sink: SmtpSink, client: smtplib.SMTP, stage: Stage, error: type[Exception]
) -> None:
    smtp_sink.refuse(stage, "452 4.3.1 full")
    for _ in range(2):
        with pytest.raises(error, match="full"):
            client.sendmail(FROM, [TO], LETTER)
    smtp_sink.behave()
    client.sendmail(FROM, [TO], LETTER)
    assert len(smtp_sink.mails) == 1


def test_the_greeting_may_be_a_refusal(smtp_sink: SmtpSink) -> None:
    smtp_sink.refuse(Stage.CONNECT, "554 5.7.1 go away", times=1)
    with pytest.raises(smtplib.SMTPConnectError):
        smtplib.SMTP(smtp_sink.host, smtp_sink.port, timeout=20)
    smtplib.SMTP(smtp_sink.host, smtp_sink.port, timeout=20).close()


@pytest.mark.parametrize("kept", [True, False])
def test_the_connection_may_drop_after_the_dot_with_the_mail_kept_or_not(
    smtp_sink: SmtpSink, client: smtplib.SMTP, kept: bool
) -> None:
    smtp_sink.drop(Stage.DOT, kept=kept)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        client.sendmail(FROM, [TO], LETTER)
    assert len(smtp_sink.mails) == kept


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DOT])
def test_a_hanging_stage_says_nothing_more_and_other_connections_are_served(smtp_sink: SmtpSink, stage: Stage) -> None:
    smtp_sink.hang(stage, times=1)
    with (
        smtplib.SMTP(smtp_sink.host, smtp_sink.port, timeout=0.3) as stuck,
        pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)),
    ):
        stuck.sendmail(FROM, [TO], LETTER)
    with smtplib.SMTP(smtp_sink.host, smtp_sink.port, timeout=20) as other:
        other.sendmail(FROM, [TO], LETTER)
    assert [mail.connection for mail in smtp_sink.mails] == [2]


def test_after_so_many_mails_a_connection_is_closed_with_421() -> None:
    with SmtpSink(per_connection=2) as sink:
        client = smtplib.SMTP(sink.host, sink.port, timeout=20)
        for _ in range(2):
            client.sendmail(FROM, [TO], LETTER)
        with pytest.raises(smtplib.SMTPSenderRefused, match="421"):
            client.sendmail(FROM, [TO], LETTER)
        with smtplib.SMTP(sink.host, sink.port, timeout=20) as fresh:
            fresh.sendmail(FROM, [TO], LETTER)
        assert len(sink.mails) == 3


def test_tls_and_log_in_are_demanded_where_they_are_set(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with SmtpSink(tls="starttls", context=authority.server_context(), users={"desk": "secret"}) as sink:
        client = smtplib.SMTP(sink.host, sink.port, timeout=20)
        with pytest.raises(smtplib.SMTPException):
            client.sendmail(FROM, [TO], LETTER)
        client.close()
        client = smtplib.SMTP(sink.host, sink.port, timeout=20)
        client.starttls(context=authority.client_context())
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("desk", "wrong")
        client.login("desk", "secret")
        client.sendmail(FROM, [TO], LETTER)
        assert [(mail.tls, mail.user) for mail in sink.mails] == [(True, "desk")]
        assert sink.logins_refused >= 1
        client.quit()


def test_implicit_tls_and_further_extensions_are_offered(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.server_context()
    with (
        SmtpSink(tls="implicit", context=context, extensions=("PIPELINING", "DSN")) as sink,
        smtplib.SMTP_SSL(sink.host, sink.port, timeout=20, context=authority.client_context()) as client,
    ):
        client.sendmail(FROM, [TO], LETTER)
        assert client.has_extn("pipelining")
        assert client.has_extn("dsn")
        assert [mail.tls for mail in sink.mails] == [True]


def test_onward_delivers_to_the_mailbox_and_knows_who_does_not_exist(mailbox: Any) -> None:
    with (
        SmtpSink(onward=mailbox.server) as sink,
        smtplib.SMTP(sink.host, sink.port, timeout=20) as client,
    ):
        refused = client.sendmail(FROM, [mailbox.user, "nobody@school.example"], LETTER)
        assert list(refused) == ["nobody@school.example"]
        (delivered,) = mailbox.mails()
        assert delivered.endswith(b"\r\n\r\nbody\r\n")
        assert b"Return-Path: <desk@school.example>" in delivered
