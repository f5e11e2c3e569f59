"""A mailbox on a real server: what people, other servers' habits and our own sudden death must not change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from servers.dovecot import Dovecot, Profile

from maildesk.model.mail import Fate, RawMail, SeenKey, SourceUnavailable
from maildesk.sources import imap_session
from maildesk.sources.imap import Floor, ImapSource

Open = Callable[..., ImapSource]


def letter(subject: str, body: str = "text") -> bytes:
    return f"Subject: {subject}\r\nMessage-ID: <{subject}@mail.example>\r\n\r\n{body}\r\n".encode()


def everything(source: ImapSource, keys: list[SeenKey] | None = None) -> list[RawMail]:
    return [mail for batch in source.fetch(source.waiting() if keys is None else keys) for mail in batch]


# Names and folders


def test_the_source_is_named_after_user_host_and_folder_without_the_password(mailbox: Any, open_source: Open) -> None:
    source = open_source(mailbox)
    assert source.name == f"imap:{mailbox.user}@127.0.0.1/INBOX"
    assert mailbox.password not in repr(source.settings)


def test_missing_folders_are_made_and_subscribed_with_russian_names(mailbox: Any, open_source: Open) -> None:
    source = open_source(mailbox, processed="Обработано", quarantine="Поддержка/Карантин")
    mailbox.server.deliver_many(mailbox.user, [letter("one"), letter("two")])
    keys = source.waiting()
    source.settle(keys[:1], Fate.PROCESSED)
    source.settle(keys[1:], Fate.QUARANTINED)
    assert mailbox.mails("Обработано") == [letter("one")]
    assert mailbox.mails("Поддержка/Карантин") == [letter("two")]
    with mailbox.server.client(mailbox.user) as person:
        subscribed = {name for _, _, name in person.list_sub_folders()}
    assert {"Обработано", "Поддержка/Карантин"} <= subscribed


def test_under_an_inbox_prefix_folders_get_the_prefix_and_the_separator(
    dovecots: Callable[[Profile], Dovecot], new_mailbox: Any, open_source: Open
) -> None:
    mailbox = new_mailbox(dovecots(Profile.INBOX_PREFIX))
    source = open_source(mailbox, processed="Desk/Обработано")
    mailbox.deliver(letter("one"))
    source.settle(source.waiting(), Fate.PROCESSED)
    assert mailbox.mails("INBOX.Desk.Обработано") == [letter("one")]
    assert "INBOX.Quarantine" in mailbox.server.folders(mailbox.user)
    source.close()
    assert source.waiting() == []


def test_another_folder_than_inbox_can_be_read(mailbox: Any, open_source: Open) -> None:
    mailbox.deliver(letter("one"), "Заявки")
    source = open_source(mailbox, folder="Заявки")
    assert [mail.data for mail in everything(source)] == [letter("one")]
    assert source.name.endswith("/Заявки")


def test_a_missing_folder_is_a_source_that_cannot_be_read(mailbox: Any, open_source: Open) -> None:
    with pytest.raises(SourceUnavailable, match="Nowhere") as caught:
        open_source(mailbox, folder="Nowhere").waiting()
    assert not caught.value.refused


def test_a_backlog_is_counted_without_making_folders(mailbox: Any, open_source: Open) -> None:
    long_ago = datetime(2026, 3, 1, 9, tzinfo=UTC)
    mailbox.server.deliver(mailbox.user, letter("old"), at=long_ago)
    mailbox.deliver(letter("new"))
    backlog = open_source(mailbox).backlog()
    assert (backlog.count, backlog.oldest) == (2, long_ago)
    assert mailbox.server.folders(mailbox.user) == ["INBOX"]


def test_a_target_folder_that_a_person_deleted_is_made_again(mailbox: Any, open_source: Open) -> None:
    mailbox.deliver(letter("one"))
    source = open_source(mailbox)
    keys = source.waiting()
    with mailbox.server.client(mailbox.user) as person:
        person.delete_folder("Processed")
    source.settle(keys, Fate.PROCESSED)
    assert mailbox.mails("Processed") == [letter("one")]


# People in the same mailbox


def test_what_a_person_has_read_is_served_and_nothing_is_marked_as_read(mailbox: Any, open_source: Open) -> None:
    mailbox.server.deliver_many(mailbox.user, [letter("one"), letter("two")])
    with mailbox.server.client(mailbox.user) as person:
        person.select_folder("INBOX")
        person.add_flags([1], [b"\\Seen"])
    assert len(everything(open_source(mailbox))) == 2
    flags = mailbox.server.flags(mailbox.user)
    assert b"\\Seen" in flags[1]
    assert b"\\Seen" not in flags[2]


@pytest.mark.parametrize("profile", [Profile.FULL, Profile.NO_MOVE, Profile.NO_UIDPLUS])
def test_what_a_person_moved_away_meanwhile_is_missing_and_hinders_nothing(
    profile: Profile, dovecots: Callable[[Profile], Dovecot], new_mailbox: Any, open_source: Open
) -> None:
    mailbox = new_mailbox(dovecots(profile))
    mailbox.server.deliver_many(mailbox.user, [letter("one"), letter("two"), letter("three")])
    source = open_source(mailbox)
    keys = source.waiting()
    with mailbox.server.client(mailbox.user) as person:
        person.create_folder("Elsewhere")
        person.select_folder("INBOX")
        person.copy([2], "Elsewhere")
        person.add_flags([2], [b"\\Deleted"])
        person.expunge()
    assert [mail.data for mail in everything(source, keys)] == [letter("one"), letter("three")]
    source.settle(keys, Fate.PROCESSED)
    assert mailbox.mails("Processed") == [letter("one"), letter("three")]
    assert mailbox.mails("Elsewhere") == [letter("two")]


@pytest.mark.parametrize("profile", [Profile.FULL, Profile.NO_MOVE, Profile.NO_UIDPLUS])
def test_what_a_person_flagged_as_deleted_is_neither_listed_nor_expunged(
    profile: Profile, dovecots: Callable[[Profile], Dovecot], new_mailbox: Any, open_source: Open
) -> None:
    mailbox = new_mailbox(dovecots(profile))
    mailbox.server.deliver_many(mailbox.user, [letter("theirs"), letter("ours")])
    with mailbox.server.client(mailbox.user) as person:
        person.select_folder("INBOX")
        person.add_flags([1], [b"\\Deleted"])
    source = open_source(mailbox)
    keys = source.waiting()
    assert [key.uid for key in keys] == ["2"]
    source.settle(keys, Fate.PROCESSED)
    source.waiting()
    source.close()
    assert 1 in mailbox.server.flags(mailbox.user)


def test_without_uidplus_the_original_stays_flagged_and_is_not_listed_again(
    dovecots: Callable[[Profile], Dovecot], new_mailbox: Any, open_source: Open
) -> None:
    mailbox = new_mailbox(dovecots(Profile.NO_UIDPLUS))
    mailbox.deliver(letter("one"))
    source = open_source(mailbox)
    source.settle(source.waiting(), Fate.PROCESSED)
    assert b"\\Deleted" in mailbox.server.flags(mailbox.user)[1]
    assert open_source(mailbox).waiting() == []
    assert mailbox.mails("Processed") == [letter("one")]


# Dying in the middle


@pytest.mark.parametrize("profile", [Profile.NO_MOVE, Profile.NO_UIDPLUS])
@pytest.mark.parametrize("last_words", ["add_flags", "uid_expunge"])
def test_a_death_between_copy_and_expunge_leaves_one_mail_after_the_restart(
    profile: Profile,
    last_words: str,
    dovecots: Callable[[Profile], Dovecot],
    new_mailbox: Any,
    open_source: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = new_mailbox(dovecots(profile))
    mailbox.server.deliver_many(mailbox.user, [letter("one"), letter("two"), letter("three")])
    source = open_source(mailbox)
    keys = source.waiting()

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"maildesk.sources.imap_link.Client.{last_words}", die)
    if profile is Profile.NO_MOVE or last_words == "add_flags":
        with pytest.raises(KeyboardInterrupt):
            source.settle(keys[:2], Fate.PROCESSED)
    monkeypatch.undo()

    restarted = open_source(mailbox)
    restarted.settle(restarted.waiting(), Fate.PROCESSED)
    assert sorted(mailbox.mails("Processed")) == sorted([letter("one"), letter("two"), letter("three")])
    assert mailbox.mails() == []
    if profile is Profile.NO_MOVE:
        assert mailbox.server.flags(mailbox.user) == {}


def test_twins_that_differ_in_nothing_but_their_arrival_are_both_kept(
    dovecots: Callable[[Profile], Dovecot], new_mailbox: Any, open_source: Open
) -> None:
    mailbox = new_mailbox(dovecots(Profile.NO_MOVE))
    for hour in (9, 10):
        mailbox.server.deliver(mailbox.user, letter("twin"), at=datetime(2026, 3, 1, hour, tzinfo=UTC))
        source = open_source(mailbox)
        source.settle(source.waiting(), Fate.PROCESSED)
        source.close()
    assert len(mailbox.mails("Processed")) == 2


# Keys


def test_keys_of_another_uidvalidity_fetch_and_move_nothing(mailbox: Any, open_source: Open) -> None:
    mailbox.deliver(letter("one"), "Заявки")
    source = open_source(mailbox, folder="Заявки")
    old = source.waiting()
    source.close()
    mailbox.server.renew_uidvalidity(mailbox.user, "Заявки")
    assert everything(source, old) == []
    source.settle(old, Fate.PROCESSED)
    (new,) = source.waiting()
    assert new.uidvalidity != old[0].uidvalidity
    assert [mail.key for mail in everything(source)] == [new]


def test_a_folder_too_large_for_one_answer_is_searched_in_windows(
    mailbox: Any, open_source: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_session, "LARGE_FOLDER", 3)
    monkeypatch.setattr(imap_session, "SEARCH_WINDOW", 4)
    mailbox.server.deliver_many(mailbox.user, [letter(f"n{number}") for number in range(9)])
    source = open_source(mailbox)
    source.waiting()
    mailbox.deliver(letter("n9"))
    assert [key.uid for key in source.waiting()] == [str(uid) for uid in range(1, 11)]


# Time and size


def test_the_arrival_is_the_internaldate_and_never_later_than_now(mailbox: Any, open_source: Open) -> None:
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    for at in (now - timedelta(hours=3), now + timedelta(days=2)):
        mailbox.server.deliver(mailbox.user, letter("x"), at=at)
    source = open_source(mailbox, now=lambda: now)
    assert [mail.received_at for mail in everything(source)] == [now - timedelta(hours=3), now]


def test_of_an_oversized_mail_only_headers_and_the_first_64_kb_are_fetched(mailbox: Any, open_source: Open) -> None:
    large = letter("large", "\r\n".join(["x" * 70] * 5000))
    mailbox.server.deliver_many(mailbox.user, [letter("one"), large, letter("two")])
    mails = everything(open_source(mailbox, message_size=100_000))
    assert [mail.truncated for mail in mails] == [False, True, False]
    headers = large.index(b"\r\n\r\n") + 4
    assert mails[1].data == large[: headers + 64 * 1024]
    assert mails[1].size == len(large)


def test_bytes_that_are_no_text_arrive_as_they_were(mailbox: Any, open_source: Open) -> None:
    data = b"Subject: \xcf\xf0\xe8\xe2\xe5\xf2\r\n\r\n\xff\xfe\x80 {12}\r\n) * 1 FETCH (\r\n"
    mailbox.deliver(data)
    assert [mail.data for mail in everything(open_source(mailbox))] == [data]


# Waiting


def wait_in_thread(source: ImapSource) -> threading.Thread:
    waiter = threading.Thread(target=source.wait, args=(3600, threading.Event()), daemon=True)
    waiter.start()
    return waiter


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_a_new_mail_ends_the_wait(tls: str, mailbox: Any, open_source: Open) -> None:
    source = open_source(mailbox, tls=tls)
    source.waiting()
    waiter = wait_in_thread(source)
    mailbox.deliver(letter("one"))
    waiter.join(30)
    assert not waiter.is_alive()
    assert len(source.waiting()) == 1


def test_a_mail_that_came_while_others_were_moved_ends_the_wait(mailbox: Any, open_source: Open) -> None:
    mailbox.deliver(letter("one"))
    source = open_source(mailbox)
    keys = source.waiting()
    mailbox.deliver(letter("two"))
    source.settle(keys, Fate.PROCESSED)
    source.wait(3600, threading.Event())
    assert len(source.waiting()) == 1


def test_after_a_look_into_the_spam_folder_the_main_folder_is_waited_on(mailbox: Any, open_source: Open) -> None:
    mailbox.deliver(letter("spam"), "Спам")
    source = open_source(mailbox, spam="Спам")
    (spam,) = source.waiting()
    everything(source, [spam])
    waiter = wait_in_thread(source)
    mailbox.deliver(letter("one"))
    waiter.join(30)
    assert not waiter.is_alive()


def test_without_idle_the_wait_is_as_long_as_the_poll(
    dovecots: Callable[[Profile], Dovecot], new_mailbox: Any, open_source: Open
) -> None:
    source = open_source(new_mailbox(dovecots(Profile.NO_IDLE)))
    source.waiting()
    waited: list[float] = []

    class Wake(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout or 0)
            return False

    source.wait(60, Wake())
    assert waited == [60]


def test_a_connection_that_the_server_ends_in_the_wait_is_noticed_and_made_anew(
    mailbox: Any, open_source: Open
) -> None:
    source = open_source(mailbox)
    source.waiting()
    faults: list[SourceUnavailable] = []

    def wait() -> None:
        try:
            source.wait(3600, threading.Event())
        except SourceUnavailable as fault:
            faults.append(fault)

    waiter = threading.Thread(target=wait, daemon=True)
    waiter.start()
    assert mailbox.server.kick(mailbox.user)
    waiter.join(30)
    assert not waiter.is_alive()
    assert [fault.refused for fault in faults] == [False]
    mailbox.deliver(letter("one"))
    assert len(source.waiting()) == 1


def test_a_server_that_stops_and_starts_is_read_again(new_mailbox: Any, open_source: Open, dovecot: Dovecot) -> None:
    server = Dovecot()
    server.start()
    try:
        mailbox = new_mailbox(server)
        source = open_source(mailbox)
        mailbox.deliver(letter("one"))
        keys = source.waiting()
        server.stop()
        for call in (source.waiting, source.backlog, lambda: everything(source, keys)):
            with pytest.raises(SourceUnavailable) as caught:
                call()
            assert not caught.value.refused
        server.start()
        assert source.waiting() == keys
    finally:
        server.destroy()


# Log-in and TLS


def test_a_wrong_password_is_a_refusal_that_does_not_repeat_the_password(mailbox: Any, open_source: Open) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        open_source(mailbox, password="wrong-Secret-1").waiting()
    assert caught.value.refused
    assert mailbox.user in caught.value.reason
    assert "wrong-Secret-1" not in caught.value.reason


def test_a_password_in_russian_letters_logs_in(mailbox: Any, open_source: Open) -> None:
    mailbox.server.add_user("пароль@school.example".replace("пароль", "russian"), "Секрет «ёлки» 7")
    source = open_source(mailbox, user="russian@school.example", password="Секрет «ёлки» 7")
    assert source.waiting() == []


@pytest.mark.parametrize("password", ['quote " and \\ backslash', "{5}", "a b  c", "%user)"])
def test_a_password_of_any_ascii_signs_logs_in(password: str, mailbox: Any, open_source: Open) -> None:
    user = f"signs{mailbox.server.next_number()}@school.example"
    mailbox.server.add_user(user, password)
    assert open_source(mailbox, user=user, password=password).waiting() == []


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_certificate_that_is_not_trusted_ends_the_talk_before_the_log_in(
    tls: str, mailbox: Any, open_source: Open
) -> None:
    source = open_source(mailbox, tls=tls, tls_context=None)
    with pytest.raises(SourceUnavailable, match="certificate") as caught:
        source.waiting()
    assert not caught.value.refused


def test_tls_is_not_spoken_with_a_server_of_clear_text(mailbox: Any, open_source: Open) -> None:
    source = open_source(mailbox, tls="implicit", port=mailbox.server.imap_port)
    with pytest.raises(SourceUnavailable, match="TLS"):
        source.waiting()


# Spam, floor, removal


def test_the_spam_folder_is_listed_under_its_own_name_left_or_moved(mailbox: Any, open_source: Open) -> None:
    mailbox.server.deliver_many(mailbox.user, [letter("offer"), letter("parent")], "Спам")
    mailbox.deliver(letter("one"))
    source = open_source(mailbox, spam="Спам")
    keys = source.waiting()
    assert [key.source.rpartition("/")[2] for key in keys] == ["INBOX", "Спам", "Спам"]
    mails = everything(source, keys)
    assert [mail.spam for mail in mails] == [False, True, True]
    source.settle(keys[1:2], Fate.LEFT)
    source.settle(keys[2:], Fate.PROCESSED)
    assert mailbox.mails("Спам") == [letter("offer")]
    assert mailbox.mails("Processed") == [letter("parent")]
    assert mailbox.mails() == [letter("one")]


def test_a_spam_folder_that_does_not_exist_yet_holds_nothing(mailbox: Any, open_source: Open) -> None:
    mailbox.deliver(letter("one"))
    assert len(open_source(mailbox, spam="Junk").waiting()) == 1


def test_mail_at_or_under_the_floor_is_left_alone_and_later_mail_listed(mailbox: Any, open_source: Open) -> None:
    mailbox.server.deliver_many(mailbox.user, [letter("old1"), letter("old2")])
    floor = open_source(mailbox).floor_here()
    assert floor.uid == 2
    mailbox.deliver(letter("new"))
    source = open_source(mailbox, floor=floor)
    assert [mail.data for mail in everything(source)] == [letter("new")]
    assert source.backlog().count == 1
    assert len(mailbox.mails()) == 3


def test_an_empty_folder_has_a_floor_below_its_first_mail(mailbox: Any, open_source: Open) -> None:
    floor = open_source(mailbox).floor_here()
    mailbox.deliver(letter("new"))
    assert len(open_source(mailbox, floor=floor).waiting()) == 1


def test_under_another_uidvalidity_and_in_spam_the_floor_goes_by_arrival(mailbox: Any, open_source: Open) -> None:
    line = datetime(2026, 5, 1, 12, tzinfo=UTC)
    for folder in ("INBOX", "Junk"):
        for hours in (-1, 1):
            mailbox.server.deliver(mailbox.user, letter(f"{folder}{hours}"), folder, line + timedelta(hours=hours))
    source = open_source(mailbox, spam="Junk", floor=Floor(uidvalidity=1, uid=999, at=line))
    assert [mail.data for mail in everything(source)] == [letter("INBOX1"), letter("Junk1")]


@pytest.mark.parametrize("profile", [Profile.FULL, Profile.NO_UIDPLUS])
def test_removal_takes_exactly_the_mails_with_these_ids_from_processed_and_quarantine(
    profile: Profile, dovecots: Callable[[Profile], Dovecot], new_mailbox: Any, open_source: Open
) -> None:
    mailbox = new_mailbox(dovecots(profile))
    mailbox.server.deliver_many(mailbox.user, [letter("a"), letter("aa"), letter("b")], "Processed")
    mailbox.server.deliver_many(mailbox.user, [letter("a"), letter("c")], "Quarantine")
    mailbox.deliver(letter("a"))
    source = open_source(mailbox)
    gone = source.remove(["<a@mail.example>", '<no"such@mail.example>', "<нет@mail.example>", "<c@mail.example>"])
    assert gone == (3 if profile is Profile.FULL else 0)
    assert mailbox.mails("Processed") == [letter("aa"), letter("b")]
    assert mailbox.mails("Quarantine") == []
    assert mailbox.mails() == [letter("a")]
    assert source.remove(["<a@mail.example>"]) == 0 or profile is Profile.NO_UIDPLUS
