"""A source that cannot be read: the operator reads which one it is, by its own name (SPEC 8.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from maildesk.model import SourceUnavailable, Trouble
from maildesk.sources.folder import FolderSource
from maildesk.watching import Watched, told_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "is_mailbox", "refused", "trouble", "shown"),
    [
        ("imap.school.example/support", True, False, Trouble.SOURCE_UNREAD, "imap.school.example/support"),
        ("imap.school.example/support", True, True, Trouble.LOGIN_REFUSED, "imap.school.example/support"),
        ("relay:https://form.school.example", False, False, Trouble.FORM_UNREAD, "form.school.example"),
        ("relay:https://form.school.example", False, True, Trouble.FORM_REFUSED, "form.school.example"),
    ],
)
def test_a_web_form_is_no_mailbox(
    tmp_path: Path, name: str, is_mailbox: bool, refused: bool, trouble: Trouble, shown: str
) -> None:
    source = FolderSource(tmp_path)
    source.name = name
    line = told_of(Watched(source, 1.0, is_mailbox), SourceUnavailable("why", refused=refused), NOW)
    assert line.code == trouble
    assert line.args == ((shown, "why") if refused else (shown, NOW.isoformat(), "why"))
