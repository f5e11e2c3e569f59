"""Hostile mails, made here since they are large: each meets a named bound, and what can be read of it is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.model.mail import Mail, MailKind
from maildesk.parse import dates, limits, parse
from maildesk.parse.message import read

HEAD = b"From: Anna <a@mail.example>\r\nSubject: x\r\n"
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def nested(depth: int) -> bytes:
    """A multipart within a multipart, `depth` times."""
    layers = (b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    return HEAD + b"".join(layers) + b"\r\nhi\r\n"


FAULTS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a million headers": (lambda: HEAD + b"A: b\r\n" * 1_000_000 + b"\r\nx", "header-block-too-long"),
    "multipart 1000 deep": (lambda: nested(1000), "nested-too-deep"),
    "message/rfc822 2000 deep": (lambda: HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 2000, "nested-too-deep"),
    "100000 empty parts": (lambda: MIXED + b"--b\r\n\r\n" * 100_000, "too-many-parts"),
    "400 files": (lambda: MIXED + b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * 400, "too-many-attachments"),
    "2 MB of text": (lambda: HEAD + b"\r\n" + b"word " * 400_000, "text-too-long"),
    "2 MB of HTML": (lambda: HTML + b"word " * 400_000, "html-too-long"),
    "26 MB": (lambda: HEAD + b"\r\n" + b"a" * (26 * limits.MB), "oversized"),
    "two From headers": (lambda: HEAD + b"From: b@mail.example\r\n\r\nx", "several-from"),
    "a boundary of 300 characters": (
        lambda: HEAD + b"Content-Type: multipart/mixed; boundary=" + b"b" * 300 + b"\r\n\r\nx",
        "boundary-too-long",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_over_a_bound_is_named_among_the_faults(name: str) -> None:
    """The mail is read all the same: its author is known, and no step behind the door failed."""
    make, fault = FAULTS[name]
    mail = parse(make())
    assert fault in mail.faults
    assert not [one for one in mail.faults if "-failed" in one]
    assert mail.sender.address == "a@mail.example"


HARMLESS: dict[str, Callable[[], bytes]] = {
    "subject of 50000 encoded words": lambda: b"Subject: " + b"=?utf-8?Q?a?= " * 50_000 + b"\r\n\r\nwords",
    "To with 50000 addresses": lambda: b"To: " + b"u@mail.example, " * 50_000 + b"\r\n\r\nwords",
    "Content-Type with 20000 parameters": lambda: b"Content-Type: text/plain" + b"; a=b" * 20_000 + b"\r\n\r\nwords",
    "From of brackets": lambda: b"From: " + b"(" * 100_000 + b"\r\n\r\nwords",
    "From of open quotes": lambda: b"From: " + b'"\\' * 50_000 + b"\r\n\r\nwords",
    "header of CRs": lambda: b"Subject: " + b"\r" * 200_000 + b"x\r\n\r\nwords",
    "header of blanks": lambda: b"Content-Type: text/plain;" + b" " * 200_000 + b"x\r\n\r\nwords",
    "From line of one sign": lambda: b"From " + b"a" * 200_000 + b"\n\nwords",
    "References of one word": lambda: b"References: " + b"a" * 200_000 + b"\r\n\r\nwords",
    "Date of figures": lambda: b"Date: " + b"1 " * 100_000 + b"\r\n\r\nwords",
    "open tags": lambda: HTML + b"words" + b"<a " * 200_000,
    "open comments": lambda: HTML + b"words" + b"<!--" * 200_000,
    "CDATA": lambda: HTML + b"words" + b"<![<![" * 100_000,
    "100000 attributes": lambda: HTML + b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">words</p>",
    "200000 open div": lambda: HTML + b"words" + b"<div>" * 200_000,
    "a style sheet without braces": lambda: HTML + b"<style>" + b"none " * 12_000 + b"</style>words",
    "begin lines": lambda: HEAD + b"\r\nwords\r\n" + b"begin 644 x\r\n" * 50_000,
    "quoted-printable blanks": lambda: (
        HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\nwords\r\n" + b" " * 5_000_000
    ),
    "a body of CRs": lambda: HEAD + b"\r\nwords\r\n" + b"\r" * 5_000_000,
}


@pytest.mark.parametrize("name", HARMLESS)
def test_hostile_mail_is_read_whole(name: str) -> None:
    """What is made to hang or to break a parser comes out as the mail that it is."""
    mail = parse(HARMLESS[name]())
    assert "words" in mail.text
    assert not [one for one in mail.faults if "-failed" in one]


def test_an_oversized_mail_keeps_its_headers_and_the_first_64_kb() -> None:
    """The subject is read, and of the text no more than the first 64 KB."""
    mail = parse(HEAD + b"\r\n" + b"a" * (26 * limits.MB))
    assert mail.oversized
    assert mail.subject == "x"
    assert 0 < len(mail.text) <= limits.OVERSIZED_HEAD


def test_a_mail_at_the_limit_is_not_oversized() -> None:
    """The bound itself is still allowed."""
    assert not parse(HEAD + b"\r\n" + b"a" * (limits.MESSAGE - len(HEAD) - 2)).oversized


def test_addresses_beyond_the_bound_are_dropped() -> None:
    """Of 50,000 addresses the first 200 are kept."""
    assert len(parse(b"To: " + b"u@mail.example, " * 1000 + b"\r\n\r\nx").to) == limits.ADDRESSES


def test_the_tree_never_grows_beyond_its_bound() -> None:
    """However many parts a mail claims, no more than the bound are built."""
    assert sum(1 for _ in read(MIXED + b"--b\r\n\r\n" * 10_000).walk()) <= limits.PARTS + 1


def shown(mail: Mail) -> list[str]:
    """Every header value and file name of a mail."""
    people = [mail.sender, *mail.reply_to, *mail.to, *mail.cc]
    named = [value for one in people for value in (one.name, one.address)]
    files = [value for one in mail.attachments for value in (one.name, one.type, one.content_id)]
    return [
        mail.subject,
        mail.message_id,
        mail.in_reply_to,
        *mail.references,
        *named,
        *files,
        *(one.value for one in mail.trace),
    ]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.binary(max_size=400), st.binary(max_size=400))
def test_no_bytes_make_parse_raise_or_leak_a_control_sign(subject: bytes, name: bytes, text: bytes) -> None:
    """Any bytes in a subject, a name and a text give a Mail without a control character in a value."""
    mail = parse(
        b"From: "
        + name
        + b" <a@b.example>\r\nSubject: "
        + subject
        + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\n" + text + b'\r\n--b\r\nContent-Type: image/png; name="' + name + b'"\r\n\r\nx\r\n--b--\r\n'
    )
    assert not [value for value in shown(mail) if FORBIDDEN.search(value)]
    assert not [one for one in mail.faults if "-failed" in one]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", mail.text + mail.reply)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_date_raises(value: str) -> None:
    """Any text as Date gives an aware moment or none."""
    moment = dates.parse(value)
    assert moment is None or moment.tzinfo is not None


@pytest.mark.parametrize(
    ("value", "year"), [("Mon, 1 Jan 1900 00:00:00 +0000", 1900), ("Thu, 31 Dec 2099 23:59:59 +0000", 2099)]
)
def test_far_dates_are_dates(value: str, year: int) -> None:
    """Old and future dates are taken as they stand: what to believe is decided elsewhere."""
    moment = dates.parse(value)
    assert moment is not None
    assert moment.astimezone(UTC).year == year


def test_nothing_is_a_mail_too() -> None:
    """No bytes at all give an empty mail of nobody, which no machine may answer."""
    mail = parse(b"")
    assert (mail.subject, mail.text, mail.attachments, mail.strict_from) == ("", "", (), None)
    assert mail.kind is MailKind.PERSON
    assert not mail.may_autorespond


ROADS = b"Received: from a by b\r\nDelivered-To: help@school.example\r\nX-Spam: no\r\n"
LETTER = HEAD + b"Message-ID: <1@x>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0300\r\n\r\nHello\r\nthere\r\n"


def test_one_mail_by_two_roads_has_one_fingerprint() -> None:
    """Trace headers, line ends and blanks at the end do not change it."""
    assert parse(LETTER).fingerprint == parse(ROADS + LETTER.replace(b"\r\n", b"\n") + b"\n").fingerprint


@pytest.mark.parametrize(
    "change", [(b"Hello", b"Hallo"), (b"<1@x>", b"<2@x>"), (b"10:00", b"10:01"), (b"Subject: x", b"Subject: y")]
)
def test_another_mail_has_another_fingerprint(change: tuple[bytes, bytes]) -> None:
    """Message-ID, Date, Subject and body each count."""
    assert parse(LETTER).fingerprint != parse(LETTER.replace(*change)).fingerprint


def test_traces_come_out_in_the_order_of_the_mail() -> None:
    """Received and Authentication-Results keep their order, topmost first."""
    mail = parse(b"Received: two\r\nAuthentication-Results: mx; dkim=pass\r\nX: y\r\nReceived: one\r\n" + LETTER)
    assert [(one.name, one.value) for one in mail.trace] == [
        ("received", "two"),
        ("authentication-results", "mx; dkim=pass"),
        ("received", "one"),
    ]
