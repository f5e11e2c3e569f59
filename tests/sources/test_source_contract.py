"""What every source keeps, whatever it reads: run on a folder, a Maildir, an mbox, and Dovecot in three profiles and three TLS modes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from servers.dovecot import Profile

from maildesk.model.mail import Fate, RawMail, SeenKey, Source
from maildesk.sources.folder import FolderSource
from maildesk.sources.imap import ImapSource


def letter(number: int, body: str = "Не открывается журнал.") -> bytes:
    headers = f"From: parent{number}@mail.example\r\nSubject: n{number:03}\r\nMessage-ID: <{number}@mail.example>\r\n"
    return (headers + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + body + "\r\n").encode()


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a test can put mails, and sources that read there as a restarted daemon would."""

    put: Callable[..., None]  # any number of mails
    open: Callable[[], Source]
    left: Callable[[], int]  # mails that still wait there


def _directory(tmp_path: Path) -> Place:
    def put(*mails: bytes) -> None:
        for data in mails:
            (tmp_path / f"{len(list(tmp_path.iterdir())):04}.eml").write_bytes(data)

    source = FolderSource(tmp_path)
    return Place(put, lambda: source, lambda: len(source.waiting()))


def _maildir(tmp_path: Path) -> Place:
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()

    def put(*mails: bytes) -> None:
        for data in mails:
            number = len(list((tmp_path / "new").iterdir()))
            (tmp_path / "new" / f"1700000{number:03}.M1P1.host").write_bytes(data)

    source = FolderSource(tmp_path)
    return Place(put, lambda: source, lambda: len(source.waiting()))


def _mbox(tmp_path: Path) -> Place:
    path = tmp_path / "archive.mbox"
    path.write_bytes(b"")

    def put(*mails: bytes) -> None:
        with path.open("ab") as file:
            for data in mails:
                file.write(b"From parent@mail.example Tue Dec  1 10:00:00 2026\r\n" + data + b"\r\n")

    source = FolderSource(path)
    return Place(put, lambda: source, lambda: len(source.waiting()))


_FILES = {"directory": _directory, "maildir": _maildir, "mbox": _mbox}
_SERVERS = {
    "dovecot": (Profile.FULL, "none"),
    "dovecot-no-move": (Profile.NO_MOVE, "none"),
    "dovecot-no-uidplus": (Profile.NO_UIDPLUS, "none"),
    "dovecot-starttls": (Profile.FULL, "starttls"),
    "dovecot-tls": (Profile.FULL, "implicit"),
}


@pytest.fixture(params=[*_FILES, *_SERVERS])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, open_source: Callable[..., ImapSource], new_mailbox: Any
) -> Iterator[Place]:
    if request.param in _FILES:
        yield _FILES[request.param](tmp_path)
        return
    profile, tls = _SERVERS[request.param]
    mailbox = new_mailbox(request.getfixturevalue("dovecots")(profile))
    yield Place(
        lambda *mails: mailbox.server.deliver_many(mailbox.user, mails),
        lambda: open_source(mailbox, tls=tls),
        lambda: len(mailbox.mails()),
    )


def everything(source: Source, keys: list[SeenKey]) -> list[RawMail]:
    return [mail for batch in source.fetch(keys) for mail in batch]


def test_an_empty_place_has_nothing_waiting_and_no_backlog(place: Place) -> None:
    source = place.open()
    assert source.waiting() == []
    assert source.backlog().count == 0
    assert source.backlog().oldest is None
    assert list(source.fetch([])) == []


def test_every_mail_is_listed_once_and_fetched_byte_for_byte(place: Place) -> None:
    mails = [letter(number) for number in range(3)]
    place.put(*mails)
    source = place.open()
    keys = source.waiting()
    assert len(keys) == len(set(keys)) == 3
    found = everything(source, keys)
    assert [raw.key for raw in found] == keys
    assert sorted(raw.data.replace(b"\r\n", b"\n").rstrip() for raw in found) == sorted(
        mail.replace(b"\r\n", b"\n").rstrip() for mail in mails
    )
    assert not any(raw.truncated or raw.spam for raw in found)


def test_keys_are_the_same_in_the_next_look_and_after_a_restart(place: Place) -> None:
    place.put(letter(1))
    source = place.open()
    keys = source.waiting()
    source.close()
    assert source.waiting() == keys
    assert place.open().waiting() == keys
    assert all(key.source == source.name for key in keys)


def test_arrivals_are_aware_and_not_later_than_now(place: Place) -> None:
    place.put(letter(1))
    source = place.open()
    (mail,) = everything(source, source.waiting())
    assert mail.received_at.utcoffset() == timedelta(0)
    assert source.backlog().count == 1
    assert source.backlog().oldest == mail.received_at


def test_what_is_fetched_but_not_settled_still_waits(place: Place) -> None:
    place.put(letter(1))
    source = place.open()
    keys = source.waiting()
    everything(source, keys)
    assert source.waiting() == keys


@pytest.mark.parametrize("fate", [Fate.PROCESSED, Fate.QUARANTINED])
def test_what_is_settled_no_longer_waits_and_the_rest_does(place: Place, fate: Fate) -> None:
    place.put(*(letter(number) for number in range(3)))
    source = place.open()
    keys = source.waiting()
    source.settle(keys[:2], fate)
    assert source.waiting() == keys[2:]
    assert place.left() == 1


def test_settling_twice_is_harmless(place: Place) -> None:
    place.put(letter(1))
    source = place.open()
    keys = source.waiting()
    source.settle(keys, Fate.PROCESSED)
    source.settle(keys, Fate.PROCESSED)
    source.settle([], Fate.PROCESSED)
    assert source.waiting() == []


def test_what_is_left_stays(place: Place) -> None:
    place.put(letter(1))
    source = place.open()
    keys = source.waiting()
    source.settle(keys, Fate.LEFT)
    assert source.waiting() == keys


def test_a_key_of_another_source_or_of_a_vanished_mail_is_simply_missing(place: Place) -> None:
    place.put(letter(1))
    source = place.open()
    (key,) = source.waiting()
    strangers = [SeenKey("elsewhere", key.uidvalidity, key.uid), SeenKey(source.name, key.uidvalidity, "424242")]
    assert [raw.key for raw in everything(source, [*strangers, key])] == [key]
    source.settle(strangers, Fate.PROCESSED)
    assert source.waiting() == [key]


def test_a_batch_holds_at_most_fifty_mails_and_may_be_settled_before_the_next(place: Place) -> None:
    place.put(*(letter(number) for number in range(60)))
    source = place.open()
    keys = source.waiting()
    sizes = []
    for batch in source.fetch(keys):
        sizes.append(len(batch))
        source.settle([raw.key for raw in batch], Fate.PROCESSED)
    assert sum(sizes) == 60
    assert max(sizes) <= 50
    assert source.waiting() == []


def test_waiting_ends_at_once_where_the_wake_event_is_set(place: Place) -> None:
    source = place.open()
    source.waiting()
    wake = threading.Event()
    wake.set()
    source.wait(3600, wake)
    assert source.waiting() == []


def test_a_wake_up_in_the_middle_ends_the_wait(place: Place) -> None:
    source = place.open()
    source.waiting()
    wake = threading.Event()
    waiter = threading.Thread(target=source.wait, args=(3600, wake), daemon=True)
    waiter.start()
    wake.set()
    waiter.join(30)
    assert not waiter.is_alive()


def test_closing_twice_is_harmless_and_the_next_call_connects_anew(place: Place) -> None:
    place.put(letter(1))
    source = place.open()
    source.close()
    source.close()
    assert len(source.waiting()) == 1
