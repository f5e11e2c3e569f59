"""The demo's mail servers, used by ordinary clients: log-ins, recipients, bytes, moments, IDLE."""

from __future__ import annotations

import imaplib
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from imapclient import IMAPClient

from maildesk.demo.post_office import Delivered, PostOffice

# aiosmtpd says it at every connection; loopback needs no TLS.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

MOMENT = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
PASSWORDS = {"anna@mail.example": "secret", "desk@school.example": "other"}
MAIL = "Subject: привет\r\n\r\nв 8 битах\r\n.точка\r\n".encode()


@pytest.fixture
def seen() -> list[Delivered]:
    return []


@pytest.fixture
def post(seen: list[Delivered]) -> Iterator[PostOffice]:
    with PostOffice(PASSWORDS, lambda: MOMENT, seen.append) as office:
        yield office


@pytest.fixture
def smtp(post: PostOffice) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", post.smtp.port, local_hostname="localhost", timeout=20) as client:
        yield client


@pytest.fixture
def desk(post: PostOffice) -> Iterator[IMAPClient]:
    client = IMAPClient("127.0.0.1", post.imap.port, ssl=False, timeout=20)
    client.normalise_times = False
    client.login("desk@school.example", "other")
    client.select_folder("INBOX")
    yield client
    client.shutdown()


def send(smtp: smtplib.SMTP, to: str = "desk@school.example") -> None:
    smtp.login("anna@mail.example", "secret")
    smtp.sendmail("anna@mail.example", [to], MAIL)


def test_a_wrong_password_is_refused_with_535(smtp: smtplib.SMTP) -> None:
    """The answer comes at once, and is permanent."""
    with pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
        smtp.login("anna@mail.example", "wrong")
    assert refusal.value.smtp_code == 535


def test_nobody_sends_without_a_log_in(smtp: smtplib.SMTP) -> None:
    """The server is no open relay, even on loopback."""
    smtp.ehlo()
    assert smtp.mail("anna@mail.example")[0] == 530


def test_an_unknown_recipient_is_refused_with_550(smtp: smtplib.SMTP, seen: list[Delivered]) -> None:
    """A mail for nobody is not taken."""
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send(smtp, "nobody@school.example")
    assert refusal.value.recipients["nobody@school.example"][0] == 550
    assert seen == []


def test_imap_refuses_a_wrong_password(post: PostOffice) -> None:
    """One person's mailbox is not open to another."""
    client = imaplib.IMAP4("127.0.0.1", post.imap.port, timeout=20)
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        client.login("desk@school.example", "secret")
    client.shutdown()


def test_a_mail_lies_in_the_mailbox_byte_for_byte_at_the_demos_moment(
    smtp: smtplib.SMTP, desk: IMAPClient, seen: list[Delivered]
) -> None:
    """INTERNALDATE is the demo's clock, and the bytes are the sender's."""
    send(smtp, "DESK@school.example")
    desk.noop()
    (uid,) = desk.search()
    fetched = desk.fetch([uid], ["BODY.PEEK[]", "INTERNALDATE"])[uid]
    assert fetched[b"BODY[]"] == MAIL
    assert fetched[b"INTERNALDATE"] == MOMENT
    assert [(one.number, one.sender, one.to, one.mail) for one in seen] == [
        (1, "anna@mail.example", "desk@school.example", MAIL)
    ]


def test_idle_tells_of_a_mail_while_one_waits(smtp: smtplib.SMTP, desk: IMAPClient) -> None:
    """Who waits in IDLE hears of a delivery without asking."""
    desk.idle()
    send(smtp)
    said = desk.idle_check(timeout=20)
    desk.idle_done()
    assert (1, b"EXISTS") in said


def test_keywords_are_kept_and_mails_move(smtp: smtplib.SMTP, desk: IMAPClient) -> None:
    """A folder can be made, a mail with a keyword moved into it, and the keyword is still there."""
    send(smtp)
    desk.noop()
    desk.create_folder("Обработано")
    desk.add_flags(desk.search(), ["$Label1"])
    desk.move(desk.search(), "Обработано")
    assert desk.search() == []
    desk.select_folder("Обработано")
    (flags,) = desk.get_flags(desk.search()).values()
    assert b"$Label1" in flags
