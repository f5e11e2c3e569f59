"""Delivery status notifications: RFC 3464, RFC 6533, and what servers make of them."""

from __future__ import annotations

import pytest

from maildesk.parse.bounce_dsn import Outcome, Report, clean_address, fields_of, read_dsn, typed_address
from maildesk.parse.message import Part, read

FIELDS = (
    ("rfc822; petrova@mail.example", "petrova@mail.example"),
    ("RFC822;petrova@mail.example", "petrova@mail.example"),
    ("rfc822;<petrova@mail.example>", "petrova@mail.example"),
    ("petrova@mail.example", "petrova@mail.example"),
    ("rfc822; petrova@mail.example (Мария)", "petrova@mail.example"),
    ("rfc822; petrova+7b@mail.example", "petrova+7b@mail.example"),
    ("rfc822; petrova+2B7b@mail.example", "petrova+7b@mail.example"),
    ("rfc822; bounce+petrova+3Dmail.example@list.example", "bounce+petrova=mail.example@list.example"),
    ("rfc822; petrova+40mail.example", "petrova@mail.example"),
    ("utf-8; мария@почта.example", "мария@почта.example"),
    (r"utf-8; \x{43C}\x{430}@mail.example", "ма@mail.example"),
    (r"utf-8; a\x{D800}b@mail.example", "ab@mail.example"),
    ("x400; /c=US/a= /p=X/dda:SMTP=petrova@mail.example;", "petrova@mail.example"),
    ('rfc822; "maria"@mail.example', '"maria"@mail.example'),
    ("system; petrova", ""),
    ("rfc822; @mail.example", ""),
    ("", ""),
)


@pytest.mark.parametrize(("value", "expected"), FIELDS)
def test_a_recipient_field_holds_an_address(value: str, expected: str) -> None:
    """The address comes out of its type, its brackets, its xtext and its RFC 6533 escapes."""
    found = typed_address(value)
    assert found.removeprefix("/c=US/a= /p=X/dda:SMTP=").rpartition("SMTP=")[2] == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<a@b.example>", "a@b.example"),
        ("a@b.example.", "a@b.example"),
        ("mailto:a@b.example", "a@b.example"),
        ("a@", ""),
        ("@b", ""),
        ("a" * 400 + "@b", ""),
    ],
)
def test_punctuation_is_no_part_of_an_address(written: str, expected: str) -> None:
    """Brackets, a sentence's dot and mailto: are trimmed; what is left has to be an address."""
    assert clean_address(written) == expected


def test_folded_fields_are_joined() -> None:
    """A field that runs over two lines is one; of two with one name the first counts."""
    assert fields_of("Status: 5.1.1\nDiagnostic-Code: smtp; 550\n no such user\nStatus: 2.0.0\nnonsense") == {
        "status": "5.1.1",
        "diagnostic-code": "smtp; 550 no such user",
    }


def report(*groups: str, type_: str = "message/delivery-status") -> Report | None:
    blocks = "\n\n".join(group.strip() for group in groups)
    return read_dsn(
        read(f"From: x@y.example\nContent-Type: {type_}\n\nReporting-MTA: dns; mx.example\n\n{blocks}\n".encode())
    )


ACTIONS = (
    ("Action: failed", Outcome.FAILED, True),
    ("Action: FAILED (smtp)", Outcome.FAILED, True),
    ("Action: failure", Outcome.FAILED, True),
    ("Action: delayed", Outcome.DELAYED, False),
    ("Action: deferred", Outcome.DELAYED, False),
    ("Action: something", Outcome.FAILED, True),
    ("Status: 5.1.1", Outcome.FAILED, True),
    ("Status: 4.4.1", Outcome.DELAYED, False),
    ("Action: failed\nStatus: 4.4.7 (expired)", Outcome.FAILED, False),
    ("Action: failed\nStatus: 5.2.2", Outcome.FAILED, True),
    ("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 mailbox is full", Outcome.FAILED, True),
    ("Action: delayed\nStatus: 5.1.1", Outcome.DELAYED, False),
)


@pytest.mark.parametrize(("fields", "outcome", "permanent"), ACTIONS)
def test_the_action_says_what_became_of_the_letter(fields: str, outcome: Outcome, permanent: bool) -> None:
    """RFC 3464, 2.3.3: failed, or delayed; 4.x.x is not for good."""
    found = report(f"Final-Recipient: rfc822; a@b.example\n{fields}")
    assert found is not None
    assert (found.outcome, [one.permanent for one in found.recipients]) == (outcome, [permanent])


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_delivered_letter_has_no_failed_recipient(action: str) -> None:
    """Good news is a report without recipients."""
    found = report(f"Final-Recipient: rfc822; a@b.example\nAction: {action}\nStatus: 2.0.0")
    assert found == Report(Outcome.DELIVERED)


STATUS_ROWS = (
    ("Status: 5.1.1", "5.1.1"),
    ("Status: 5.1.1 (no such user)", "5.1.1"),
    ("Diagnostic-Code: smtp; 550 5.7.1 spam", "5.7.1"),
    ("Diagnostic-Code: smtp; 553 bad name", "5.1.3"),
    ("Status: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.2 no host", "5.1.2"),
    ("Status: 5.0.0\nDiagnostic-Code: smtp; no", "5.0.0"),
    ("Diagnostic-Code: smtp; no", ""),
)


@pytest.mark.parametrize(("fields", "status"), STATUS_ROWS)
def test_the_status_is_the_most_telling_code(fields: str, status: str) -> None:
    """The Status field, or the diagnostic where that says more."""
    found = report(f"Final-Recipient: rfc822; a@b.example\nAction: failed\n{fields}")
    assert found is not None and [one.status for one in found.recipients] == [status]


def test_the_original_recipient_is_whom_we_wrote_to() -> None:
    """A forwarded address is known by the name that we used, not by where it led."""
    found = report("Original-Recipient: rfc822; a@b.example\nFinal-Recipient: rfc822; z@y.example\nAction: failed")
    assert found is not None and [one.address for one in found.recipients] == ["a@b.example"]


def test_a_local_name_falls_back_to_the_other_fields() -> None:
    """Where one field holds no address, the next one is asked, and the diagnostic last."""
    found = report(
        "Original-Recipient: unknown; petrova\nFinal-Recipient: system; petrova\nAction: failed\n"
        "Diagnostic-Code: smtp; 550 <a@b.example> unknown"
    )
    assert found is not None and [one.address for one in found.recipients] == ["a@b.example"]


def test_several_recipients_are_kept_in_order_and_once() -> None:
    """Each recipient is listed once, delivered ones not at all."""
    found = report(
        "Final-Recipient: rfc822; b@b.example\nAction: failed",
        "Final-Recipient: rfc822; a@b.example\nAction: delayed",
        "Final-Recipient: rfc822; B@b.example\nAction: failed",
        "Final-Recipient: rfc822; c@b.example\nAction: delivered",
    )
    assert found is not None and found.outcome is Outcome.FAILED
    assert [(one.address, one.permanent) for one in found.recipients] == [("b@b.example", True), ("a@b.example", False)]


def test_a_report_in_an_attached_message_is_another_mails() -> None:
    """A person who attaches a bounce does not thereby send one."""
    inner = "Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n"
    outer = f"From: x@y.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    assert read_dsn(read(outer.encode())) is None


def test_a_status_part_that_was_kept_as_parts_is_read() -> None:
    """The standard library splits a status part into messages; both shapes are read."""
    group = Part(
        "text/plain", headers=(("final-recipient", "rfc822; a@b.example"), ("action", "failed"), ("status", "5.1.1"))
    )
    found = read_dsn(Part("message/delivery-status", parts=(Part("text/plain"), group)))
    assert found is not None and [one.address for one in found.recipients] == ["a@b.example"]


def test_a_part_about_nobody_is_no_report() -> None:
    """A status part without recipient or action says nothing."""
    assert report("X-Note: nothing") is None
