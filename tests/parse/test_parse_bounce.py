"""Delivery reports: is it one, whom it concerns, for good or for now, and which letter came back."""

from __future__ import annotations

import email.message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.model import Bounce
from maildesk.parse import bounce, bounce_old
from maildesk.parse.bounce_dsn import Outcome
from maildesk.parse.message import Part, read

DAEMON = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: support@school.example\nSubject: Undelivered Mail\n"


def mail(headers: str, text: str) -> Part:
    return read(f"{headers}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode())


def bounce_of(headers: str, text: str) -> Bounce | None:
    root = mail(headers, text)
    return bounce.read(root, root.text)


def addresses(found: Bounce | None) -> list[str]:
    return [recipient.address for recipient in found.recipients] if found else []


WORDS = (
    # the report's words, the recipients they name
    ("<petrova@mail.example>: 550 User unknown", ["petrova@mail.example"]),
    ("<petrova@mail.example>:\nSorry, no mailbox here by that name.", ["petrova@mail.example"]),
    ("could not be delivered:\n\n  petrova@mail.example\n    Unrouteable address", ["petrova@mail.example"]),
    (
        "could not be delivered:\n\n    * petrova@mail.example\n    * sidorov@mail.example",
        ["petrova@mail.example", "sidorov@mail.example"],
    ),
    ("Failed Recipient: petrova@mail.example\nReason: full", ["petrova@mail.example"]),
    ("Error-for:  petrova@mail.example\nError-Code: 0", ["petrova@mail.example"]),
    ("Recipient: [SMTP:petrova@mail.example]\nReason: no such user", ["petrova@mail.example"]),
    ("Получатель: petrova@mail.example\nПричина: ящик не найден", ["petrova@mail.example"]),
    ("User mailbox exceeds allowed size: petrova@mail.example", ["petrova@mail.example"]),
    (">>> RCPT To:<petrova@mail.example>\n<<< 550 no", ["petrova@mail.example"]),
    ("petrova@mail.example on 24.11.2026 9:00\n   The recipient name is not recognized", ["petrova@mail.example"]),
    ("petrova@mail.example... User unknown", ["petrova@mail.example"]),
    ("petrova@mail.example [User unknown]", ["petrova@mail.example"]),
    ('"petrova@mail.example":\nSMTP error from remote server', ["petrova@mail.example"]),
    ("554 <petrova@mail.example>... 550 Host unknown", ["petrova@mail.example"]),
    ("Could not be delivered to: <petrova@mail.example>", ["petrova@mail.example"]),
    ("c=US;a= ;p=X;dda:SMTP=petrova@mail.example; could not be delivered", ["petrova@mail.example"]),
    ("Your message to petrova@mail.example was rejected.", ["petrova@mail.example"]),
    ("Письмо для petrova@mail.example не доставлено.", ["petrova@mail.example"]),
    ("<petrova@mail.example>: no\nAsk <postmaster@mx.example> for help", ["petrova@mail.example"]),
    ("Delivery failed. From: support@school.example", []),
    ("Nothing was said.", []),
)


@pytest.mark.parametrize(("text", "expected"), WORDS)
def test_a_reports_words_name_the_recipients(text: str, expected: list[str]) -> None:
    """Every wording that servers use names its recipients, never the desk or the postmaster."""
    assert addresses(bounce_of(DAEMON, text)) == expected


SEPARATORS = (
    "------ This is a copy of the message, including all the headers. ------",
    "--- Below this line is a copy of the message.",
    "----- Original message -----",
    "   ----- Unsent message follows -----",
    "Original message follows.",
    "--- Исходное сообщение ---",
    "Заголовки исходного сообщения:",
    "Копия вашего письма:",
    "--- The header of the original message is following. ---",
    "Received: from desk.school.example by mx.example",
)


@pytest.mark.parametrize("separator", SEPARATORS)
def test_the_returned_letter_names_no_recipients_but_its_id(separator: str) -> None:
    """What stands behind the separator is our own letter: only its Message-ID is read."""
    letter = "To: other@mail.example\nMessage-ID: <md.1@school.example>\n\n<third@mail.example>:"
    text = f"<petrova@mail.example>: 550 unknown\n\n{separator}\n\n{letter}"
    found = bounce_of(DAEMON, text)
    assert addresses(found) == ["petrova@mail.example"]
    assert found is not None and found.original_message_id == "<md.1@school.example>"


STATUSES = (
    # the reason, status, permanent
    ("550 5.1.1 no such user", "5.1.1", True),
    ("550 no such user", "5.1.1", True),
    ("552 mailbox full", "5.2.2", True),
    ("550 5.2.2 over quota", "5.2.2", True),
    ("Sorry, no mailbox here by that name. (#5.1.1)", "5.1.1", True),
    ("temporarily rejected (#4.4.3)", "4.4.3", False),
    ("451 try later", "4.3.0", False),
    ("554 5.7.1 Message rejected under suspicion of SPAM", "5.7.1", True),
    ("This account is over quota.", "", True),
    ("Почтовый ящик переполнен", "", True),
    ("Превышена квота ящика", "", True),
    ("Такого пользователя нет", "", True),
    ("call us at (480) 624-2500", "", True),
    ("host 4.2.2.1 said no", "", True),
    ("550 5.1.1 the mailbox is full of errors", "5.1.1", True),
)


@pytest.mark.parametrize(("reason", "status", "permanent"), STATUSES)
def test_a_servers_reason_says_whether_it_is_for_good(reason: str, status: str, permanent: bool) -> None:
    """4.x.x may come right; everything else, a full mailbox too, has refused the letter (SPEC 8.3)."""
    found = bounce_of(DAEMON, f"<petrova@mail.example>: {reason}")
    assert found is not None
    assert [(one.status, one.permanent) for one in found.recipients] == [(status, permanent)]


def test_every_recipient_has_its_own_reason() -> None:
    """Two recipients in one paragraph do not lend each other their reasons."""
    found = bounce_of(DAEMON, "  a@mail.example\n    550 5.2.2 Mailbox Full\n  b@mail.example\n    550 User unknown\n")
    assert found is not None
    assert [(one.address, one.status, one.permanent) for one in found.recipients] == [
        ("a@mail.example", "5.2.2", True),
        ("b@mail.example", "5.1.1", True),
    ]


DELAYS = (
    "Warning: not yet delivered:\n\n petrova@mail.example\n\nNo action is required on your part. Eventually the software will give up.",
    "THIS IS A WARNING MESSAGE ONLY.\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\n petrova@mail.example\n",
    "Delivery has been delayed:\n\n petrova@mail.example\n",
    "Доставка письма задерживается:\n\n petrova@mail.example\n",
    "Письмо пока не доставлено:\n\n petrova@mail.example\n\nПопытки будут продолжаться.",
    "could not be delivered yet:\n\n petrova@mail.example\n\nDelivery attempts will continue to be made for 5 days.",
)


@pytest.mark.parametrize("text", DELAYS)
def test_a_delay_loses_nobody(text: str) -> None:
    """A server that is still trying gives a delay with temporary recipients."""
    report = bounce.inspect(mail(DAEMON.replace("Undelivered Mail", "Mail"), text), text)
    assert report is not None and report.outcome is Outcome.DELAYED
    assert [(one.address, one.permanent) for one in report.recipients] == [("petrova@mail.example", False)]


GATE = (
    # headers, text, is it a bounce
    ("From: MAILER-DAEMON@x.example\nSubject: x\n", "<a@b.example>: no such user", True),
    ("From: Mail Delivery System <mds@x.example>\nSubject: x\n", "<a@b.example>: no such user", True),
    ("From: postmaster@x.example\nSubject: Undeliverable: x\n", "a@b.example", True),
    ("From: postmaster@x.example\nSubject: x\n", "550 5.1.1 <a@b.example> user unknown", True),
    ("From: postmaster@x.example\nSubject: Почта\n", "Письмо для a@b.example пришло.", False),
    ("From: x@x.example\nReturn-Path: <>\nSubject: Mail\n", "could not be delivered to:\n<a@b.example>", True),
    (
        "From: x@x.example\nReturn-Path: <>\nSubject: Re: x\n",
        "This address is no longer in use, write to\na@b.example",
        False,
    ),
    ("From: <>\nReturn-Path: <>\nSubject:\n", "You sent mail to a@b.example. That's not a valid user here.", True),
    ("From: x@x.example\nSubject: Delivery failure\n", "<a@b.example>: 550 user unknown", True),
    ("From: mama@x.example\nSubject: Ошибка доставки\n", "Мне пишет: не удалось доставить.\na@b.example", False),
    (
        "From: mama@x.example\nSubject: Fwd: Undelivered Mail Returned to Sender\n",
        "<a@b.example>: 550 user unknown",
        False,
    ),
    ("From: mama@x.example\nSubject: Re: failure notice\n", "> <a@b.example>: 550 user unknown", False),
    ("From: mama@x.example\nSubject: Журнал\n", "<a@b.example>: 550 user unknown", False),
    ("From: mama@x.example\nSubject: Журнал\nX-Failed-Recipients: a@b.example\n", "не доставлено", True),
)


@pytest.mark.parametrize(("headers", "text", "is_bounce"), GATE)
def test_a_report_is_believed_by_its_outside_and_its_words(headers: str, text: str, is_bounce: bool) -> None:
    """The weaker the sender's and the Subject's signs, the plainer the words have to be; a person is never a bounce."""
    assert (bounce_of(headers, text) is not None) is is_bounce


ORIGINAL_IDS = (
    ("X-Original-Message-ID: <x@y>\n", "", "<x@y>"),
    ("In-Reply-To: <x@y>\n", "", "<x@y>"),
    ("References: <first@y> <x@y>\n", "", "<x@y>"),
    ("In-Reply-To: <other@y>\n", "\n\n--- Original message ---\nMessage-Id:\n <x@y>\n", "<x@y>"),
    ("", "", ""),
)


@pytest.mark.parametrize(("headers", "text", "expected"), ORIGINAL_IDS)
def test_the_original_letter_is_known_by_its_id(headers: str, text: str, expected: str) -> None:
    """The returned copy tells best; else the report's own headers."""
    found = bounce_of(DAEMON + headers, f"<a@b.example>: no{text}")
    assert found is not None and found.original_message_id == expected


RETURNED_TO = (
    # what follows the report's words, the recipient
    ("\n\nOriginal Message:\nTo: a@b.example\n", ["a@b.example"]),
    ("\n\n--- Исходное сообщение ---\nКому: Мария <a@b.example>\n", ["a@b.example"]),
    ("\n\nOriginal Message:\nTo: a@b.example, c@d.example\n", []),
    ("\n\nOriginal Message:\nTo: support@school.example\n", []),
    ("\n\nOriginal Message:\nSubject: x\n", []),
)


@pytest.mark.parametrize(("returned", "expected"), RETURNED_TO)
def test_a_report_that_names_nobody_is_about_the_letters_only_recipient(returned: str, expected: list[str]) -> None:
    """The returned letter's To tells, where it holds one address that is not ours."""
    assert addresses(bounce_of(DAEMON, f"The message could not be delivered.{returned}")) == expected


def test_an_ordinary_mail_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail without an outer sign costs no reading of its text."""
    monkeypatch.setattr(bounce, "split_report", lambda text: pytest.fail("searched"))
    assert bounce_of("From: mama@mail.example\nSubject: Журнал\n", "<a@b.example>: 550 unknown") is None


def test_what_the_old_reader_raises_stays_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A detector of flufl.bounce that raises has seen nothing."""

    def broken(message: email.message.Message) -> object:
        raise AttributeError("'Header' object has no attribute 'lower'")

    monkeypatch.setattr(bounce_old, "all_failures", broken)
    assert bounce_old.read_old(mail(DAEMON, "Нет.")) == ([], [])


def test_a_report_without_an_author_is_still_read(caplog: pytest.LogCaptureFixture) -> None:
    """flufl.bounce is given some From in every case: without one it raises, and logs it."""
    for author in ("", "From: <>\n", "From: MAILER-DAEMON\n"):
        root = mail(
            f"{author}Subject: failure\n",
            "The following addresses had errors:\n  a@b.example\n-- transcript of session follows --",
        )
        assert bounce_old.read_old(root) == ([], ["a@b.example"])
    assert not caplog.records


def test_a_format_of_the_last_century_is_read() -> None:
    """AOL names a screen name without its domain: flufl.bounce knows."""
    text = (
        "Your mail to the following recipients could not be delivered because "
        "they are not accepting mail from x@lists.example:\n\tscreenname\n"
    )
    found = bounce_of(
        "From: Mail Delivery Subsystem <MAILER-DAEMON@AOL.com>\nTo: x@lists.example\nSubject: Mail Delivery Problem\n",
        text,
    )
    assert addresses(found) == ["screenname@aol.com"]


def test_the_ascii_copy_holds_no_other_letters() -> None:
    """The copy for flufl.bounce is ASCII throughout, whatever came."""
    copy = bounce_old.ascii_copy(mail("From: Почта <x@y.example>\nSubject: Отчёт\n", "Письмо не дошло \ud83d"[:-1]))
    assert copy.as_string().isascii()


@given(st.text(max_size=400), st.binary(max_size=400))
def test_no_input_makes_it_raise(text: str, data: bytes) -> None:
    """Whatever a report holds, reading it ends with a bounce or with none."""
    head = b"From: MAILER-DAEMON@x\nSubject: Undelivered\n"
    for raw in (
        head + b"\n" + text.encode("utf-8", "replace"),
        head + data,
        head + b"Content-Type: message/delivery-status\n\n" + data,
    ):
        root = read(raw)
        bounce.read(root, root.text)
