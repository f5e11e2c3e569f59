"""A mail over limits.message_size: everybody who gets its beginning knows that it is one, and no broken file passes for a whole one."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from desk.quick import Quick
from office import Letter, one

from maildesk.model import RawMail, SeenKey
from maildesk.sources.imap_fetch import beginning

PARENT = "mama@mail.example"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Quick]:
    quick = Quick(tmp_path)
    yield quick
    quick.close()


def with_files(mail: EmailMessage) -> EmailMessage:
    """A small file and then a large one, within which the beginning of the mail ends."""
    mail.add_attachment(b"%PDF-1.4 all of it", maintype="application", subtype="pdf", filename="справка.pdf")
    mail.add_attachment(bytes(300_000), maintype="video", subtype="mp4", filename="урок.mp4")
    return mail


def fetch(desk: Quick, mail: EmailMessage) -> None:
    """The mailbox gives only the beginning."""
    data = mail.as_bytes()
    key = SeenKey(desk.source.name, 1, str(next(desk._numbers)))
    desk._waiting.append(RawMail(key, beginning(data), desk.now, len(data), truncated=True))


def large(desk: Quick, subject: str = "[TECH] Видео") -> list[Letter]:
    fetch(desk, with_files(desk.mail(PARENT, subject, "Смотрите запись.")))
    return desk.work()


def words(letter: Letter) -> str:
    return " ".join(letter.text.split())


def files(letter: Letter) -> list[str]:
    return [str(part.get_filename()) for part in letter.message.iter_attachments()]


def test_the_assignee_knows_that_it_is_a_beginning(desk: Quick) -> None:
    """Where the whole mail lies, which file was broken off; the one that is whole goes along."""
    assignment = one(large(desk), "assignment")
    assert "прочитано и передано только его начало" in words(assignment)
    assert "в папке Processed" in words(assignment)
    assert "Не приложено, потому что прочитано не до конца: урок.mp4" in words(assignment)
    assert files(assignment) == ["справка.pdf"]
    assert "cut-short" in [str(event["event"]).split()[0] for event in desk.show("MD-1")["history"]]


def test_who_gets_it_from_the_dispatcher_knows_it_too(desk: Quick) -> None:
    """The dispatcher's mail is small, but the appeal was not."""
    asked = one(large(desk, "Видео"), "dispatch-request")
    assert "урок.mp4" in words(asked) and files(asked) == ["справка.pdf"]
    desk.reply(asked, "[TECH]")
    assignment = one(desk.work(), "assignment")
    assert "Не приложено, потому что прочитано не до конца: урок.mp4" in words(assignment)
    assert files(assignment) == ["справка.pdf"]


def test_a_mail_that_was_read_whole_says_nothing_of_the_kind(desk: Quick) -> None:
    """And both of its files go along."""
    desk.deliver(with_files(desk.mail(PARENT, "[TECH] Видео", "Смотрите запись.")))
    assignment = one(desk.work(), "assignment")
    assert "начало" not in assignment.text
    assert files(assignment) == ["справка.pdf", "урок.mp4"]


def test_no_half_of_a_file_goes_to_an_author(desk: Quick) -> None:
    """The specialist's answer goes with what is whole, and he reads what was left out."""
    desk.write(PARENT, "[TECH] Звук", "Нет звука")
    assignment = one(desk.work(), "assignment")
    reply = desk.mail(assignment.to, f"Re: {assignment.subject}", "[ЗАКРЫТО] Вот запись.", In_Reply_To=assignment.id)
    fetch(desk, with_files(reply))
    letters = desk.work()
    assert files(one(letters, "answer")) == ["справка.pdf"]
    assert "не прочитано до конца и не взято: урок.mp4" in words(one(letters, "command-done"))


def test_a_confirmed_command_sends_no_half_of_a_file_either(desk: Quick) -> None:
    """What waited for a yes was a beginning, and still is one."""
    desk.write(PARENT, "[TECH] Звук", "Нет звука")
    desk.work()
    fetch(desk, with_files(desk.mail("smirnov@school.example", "Re: [MD-1]", "[ЗАКРЫТО] Вот запись.")))
    desk.reply(one(desk.work(), "confirm-command"), "да")
    assert files(one(desk.work(), "answer")) == ["справка.pdf"]


def test_a_broken_file_of_a_confidential_appeal_is_named_to_nobody_else(desk: Quick) -> None:
    """A file's name may tell what it is about: the history says only that the mail was too large."""
    assert "урок.mp4" in one(large(desk, "[ПСИХОЛОГ] Видео"), "assignment").text
    desk.write("sidorov@school.example", "[HISTORY MD-1]", "")
    status = one(desk.work(), "status")
    assert "урок" not in status.text and "больше допустимого размера" in words(status)
