"""What `maildesk check` learns of a mailbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from servers.dovecot import Dovecot, Profile

from maildesk.sources.imap import ImapSettings
from maildesk.sources.imap_probe import probe


def settings(mailbox: Any, **changes: Any) -> ImapSettings:
    values: dict[str, Any] = {
        "host": mailbox.server.host,
        "port": mailbox.server.imap_port,
        "tls": "starttls",
        "user": mailbox.user,
        "password": mailbox.password,
        "tls_context": mailbox.server.authority.client_context(),
        "processed": "Обработано",
    }
    return ImapSettings(**{**values, **changes})


def test_a_good_mailbox_is_well_and_says_which_folders_will_be_made_without_making_them(mailbox: Any) -> None:
    mailbox.deliver(b"Subject: x\r\n\r\n", "Quarantine")
    found = [(step.name, step.ok, step.detail) for step in probe(settings(mailbox))]
    assert found == [
        (f"IMAP 127.0.0.1:{mailbox.server.imap_port}", True, "STARTTLS"),
        (f"log-in {mailbox.user}", True, "the server offers IDLE, MOVE, UIDPLUS"),
        ("folder INBOX", True, ""),
        ("folder Обработано", True, "will be made"),
        ("folder Quarantine", True, ""),
    ]
    assert mailbox.server.folders(mailbox.user) == ["INBOX", "Quarantine"]


@pytest.mark.parametrize(
    ("changes", "failing", "words"),
    [
        ({"password": "wrong"}, "log-in", "AUTHENTICATIONFAILED"),
        ({"tls_context": None}, "IMAP", "certificate"),
        ({"folder": "Nowhere"}, "folder Nowhere", "there is no folder"),
        ({"spam": "Junk"}, "folder Junk", "there is no folder"),
        ({"port": 1}, "IMAP", "127.0.0.1:1"),
    ],
)
def test_the_step_that_fails_is_the_one_at_fault(
    mailbox: Any, changes: dict[str, Any], failing: str, words: str
) -> None:
    (bad,) = [step for step in probe(settings(mailbox, **changes)) if not step.ok]
    assert bad.name.startswith(failing)
    assert words in bad.detail
    assert "wrong" not in bad.detail


def test_after_a_refused_log_in_nothing_more_is_tried(mailbox: Any) -> None:
    assert len(probe(settings(mailbox, password="wrong"))) == 2


def test_what_the_server_lacks_is_said(dovecots: Callable[[Profile], Dovecot], new_mailbox: Any) -> None:
    mailbox = new_mailbox(dovecots(Profile.NO_UIDPLUS))
    assert probe(settings(mailbox))[1].detail == "the server offers IDLE"
