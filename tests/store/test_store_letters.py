"""A letter goes once to whoever claims it, and what became of it is remembered."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from maildesk.model import Answered, Capacity, Kind, Recipient, Refused, Rest, Whose
from maildesk.store import LetterState, StoreError

LATER = Refused(False, 450, "450 4.2.1 try again", Whose.SERVER)
NEVER = Refused(True, 550, "550 5.1.1 no such user", Whose.ADDRESS)


@pytest.fixture
def put(store, make):
    """Puts letters of these names into the outbox, all due now."""

    def put_all(*uids, priority=5, not_before=None, **values):
        with store.transaction():
            for uid in uids:
                store.put(make.letter(uid, **values), priority=priority, not_before=not_before or make.now)

    return put_all


def uids(claimed):
    return [item.letter.uid for item in claimed]


def states(store):
    return {row.uid: row.state for row in store.outbox(list(LetterState))}


def test_a_letter_comes_out_byte_for_byte_as_it_was_put(store, make, saved):
    letter = make.letter(
        "ABCDEFGHIJ",
        saved().number,
        data=bytes(range(256)),
        text="Текст",
        attachments=("a.txt", "б.png"),
        to=Recipient("Mixed.Case@Home.example", "Имя", "author"),
    )
    with store.transaction():
        store.put(letter, priority=1, not_before=make.now)
    (claimed,) = store.claim_due(make.now, 10)
    assert claimed.letter == letter
    assert (claimed.attempts, claimed.first_at) == (1, make.now)


def test_the_urgent_go_first_then_the_old_and_none_before_its_time(store, put, make):
    put("LOW", priority=9)
    put("EARLY", "LATE", priority=5)
    put("URGENT", priority=1)
    put("FUTURE", priority=0, not_before=make.later(hours=1))
    assert uids(store.claim_due(make.now, 3)) == ["URGENT", "EARLY", "LATE"]
    assert uids(store.claim_due(make.now, 3)) == ["LOW"]
    assert store.claim_due(make.now, 3) == []
    assert uids(store.claim_due(make.later(hours=1), 3)) == ["FUTURE"]


def test_the_next_letter_is_known_before_it_is_due(store, put, make):
    assert store.next_due() is None
    put("LATER", not_before=make.later(hours=2))
    put("SOONER", not_before=make.later(hours=1))
    assert store.next_due() == make.later(hours=1)
    store.claim_due(make.later(hours=3), 5)
    assert store.next_due() is None


def test_a_letter_that_was_taken_is_done(store, put, make):
    put("A", "B", "C")
    store.claim_due(make.now, 5)
    store.mark_sent(["A", "B"], make.later(minutes=1), "250 ok")
    store.mark_sent("C", make.later(minutes=2), "250 queued")
    store.mark_sent([], make.now, "")
    assert set(states(store).values()) == {LetterState.SENT}
    assert store.outbox() == []
    assert store.claim_due(make.later(days=9), 5) == []
    assert store.sent_today(make.later(minutes=2)) == 1
    assert store.sent_today(make.now) == 3


def test_a_letter_refused_for_now_is_tried_again_in_its_time_and_its_first_attempt_is_remembered(store, put, make):
    put("A")
    for attempt in (1, 2, 3):
        now = make.later(hours=attempt)
        (claimed,) = store.claim_due(now, 5)
        assert (claimed.attempts, claimed.first_at) == (attempt, make.later(hours=1))
        store.mark_refused("A", LATER, next_at=make.later(hours=attempt + 1), at=now)
        assert store.claim_due(now, 5) == []
    (row,) = store.outbox()
    assert (row.state, row.attempts, row.code, row.line) == (LetterState.WAITING, 3, 450, LATER.line)
    assert row.next_at == make.later(hours=4)
    assert row.last_at == make.later(hours=3)


def test_a_letter_refused_for_good_stays_in_the_list_and_is_not_tried_again(store, put, make):
    put("A")
    store.claim_due(make.now, 5)
    store.mark_refused("A", NEVER, next_at=None, at=make.now)
    (row,) = store.outbox()
    assert (row.state, row.done_at, row.code) == (LetterState.FAILED, make.now, 550)
    assert store.claim_due(make.later(days=9), 5) == []


def test_a_letter_of_a_name_or_message_id_that_was_used_is_refused(store, put, make):
    put("A")
    with pytest.raises(StoreError):
        put("A", message_id="<other@desk.example>")
    with pytest.raises(StoreError):
        put("B", message_id="<A@desk.example>")
    assert list(states(store)) == ["A"]


def test_threads_that_claim_at_once_get_each_letter_once(database, store, put, make):
    wanted = [f"L{number:03}" for number in range(120)]
    put(*wanted)
    got, lock = [], threading.Lock()

    def drain(own):
        while claimed := own.claim_due(make.now, 7):
            with lock:
                got.extend(uids(claimed))

    threads = [threading.Thread(target=drain, args=(database.another(),)) for _ in range(2)]
    threads += [threading.Thread(target=drain, args=(store,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == wanted


def test_what_a_dead_daemon_had_in_hand_waits_again(database, make):
    dead = database.another()
    with dead.transaction():
        dead.put(make.letter("A"), priority=1, not_before=make.now)
    dead.claim_due(make.now, 5)
    dead.close()
    heir = database.another()
    assert heir.claim_due(make.now, 5) == []
    assert heir.release_sending() == 1
    (claimed,) = heir.claim_due(make.now, 5)
    assert (claimed.letter.uid, claimed.attempts) == ("A", 2)


def test_what_a_living_daemon_has_in_hand_stays_there(database, store, put, make):
    if database.is_sqlite:
        # There one daemon works alone; whatever is in hand at its start, nobody has.
        put("A")
        store.claim_due(make.now, 5)
        assert store.release_sending() == 1
        return
    other = database.another()
    put("A", "B")
    assert uids(store.claim_due(make.now, 1)) == ["A"]
    assert other.release_sending() == 0
    assert store.release_sending() == 0
    assert store.release_sending(["A"]) == 1


def test_of_letters_in_hand_those_named_are_put_back_and_no_others(store, put, make):
    put("A", "B", "C")
    store.claim_due(make.now, 2)
    assert store.release_sending(["B", "C", "NOBODY"]) == 1
    assert store.release_sending([]) == 0
    assert states(store) == {"A": LetterState.SENDING, "B": LetterState.WAITING, "C": LetterState.WAITING}


def test_the_letter_that_a_mail_answers_is_found_by_message_id_then_by_name(store, put, saved):
    number = saved().number
    put("AAAA", ticket=number, kind=Kind.ASSIGNMENT, to=Recipient("i@s.example", "И", "ivanova"), subject="Тема")
    put("BBBB", capacity=Capacity.CONFIRMATION)
    first = Answered("AAAA", Kind.ASSIGNMENT, Capacity.AUTHOR, "ivanova", "i@s.example", number, "Тема")
    assert store.answered(["<x@y>", "<AAAA@desk.example>", "<BBBB@desk.example>"], []) == first
    assert store.answered(["<BBBB@desk.example>", "<AAAA@desk.example>"], []).uid == "BBBB"
    assert store.answered(["<x@y>"], ["ZZZZ", "BBBB", "AAAA"]).capacity is Capacity.CONFIRMATION
    assert store.answered(["<AAAA@desk.example>"], ["BBBB"]) == first
    assert store.answered([], []) is None
    assert store.answered(["<x@y>"], ["ZZZZ"]) is None


def test_letters_to_an_address_are_counted_by_kind_and_time(store, put, make):
    put("A", "B", to=Recipient("P@Home.example"))
    put("C", to=Recipient("p@home.example"), kind=Kind.ANSWER)
    put("D", to=Recipient("other@home.example"))
    kinds = [Kind.RECEIPT, Kind.REMINDER]
    assert store.sent_to("p@HOME.example", make.now, kinds) == 2
    assert store.sent_to("p@home.example", make.now, [Kind.ANSWER]) == 1
    assert store.sent_to("p@home.example", make.later(seconds=1), kinds) == 0
    assert store.sent_to("p@home.example", make.now, []) == 0


def test_the_list_shows_what_may_be_listed(store, make):
    with store.transaction():
        store.put(make.letter("A", subject="Тайна"), priority=1, not_before=make.now, lists_as="[MD-1]")
        store.put(make.letter("B", subject="Открыто"), priority=1, not_before=make.now)
    assert [row.subject for row in store.outbox()] == ["[MD-1]", "Открыто"]
    assert store.outbox([LetterState.SENT]) == []


def test_a_person_can_send_a_failed_letter_again(store, put, make):
    put("A")
    store.claim_due(make.now, 5)
    assert not store.retry("A")
    store.mark_refused("A", NEVER, next_at=None, at=make.now)
    (row,) = store.outbox()
    assert store.retry(str(row.id))
    (claimed,) = store.claim_due(make.now, 5)
    assert (claimed.attempts, claimed.first_at) == (1, make.now)
    assert not store.retry("NOBODY")
    assert not store.retry("9" * 40)


def test_a_person_can_give_a_letter_up(store, put, make):
    put("A", "B")
    assert store.drop("A")
    assert not store.drop("A")
    assert uids(store.claim_due(make.now, 5)) == ["B"]
    assert not store.drop("B")
    assert states(store) == {"A": LetterState.DROPPED, "B": LetterState.SENDING}


def test_a_result_that_comes_after_a_release_changes_nothing_but_a_success(store, put, make, database):
    put("A")
    store.claim_due(make.now, 5)
    store.release_sending(["A"])
    store.mark_refused("A", NEVER, next_at=None, at=make.now)
    assert states(store) == {"A": LetterState.WAITING}
    store.mark_sent("A", make.now, "250 ok")
    assert states(store) == {"A": LetterState.SENT}


def test_a_letter_of_a_change_that_was_rolled_back_never_leaves(store, make):
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.put(make.letter("A"), priority=1, not_before=make.now)
        _ = 1 / 0
    assert store.claim_due(make.later(days=1), 5) == []


def test_the_outbox_rests_until_its_moment(store, make):
    assert store.resting(make.now) is None
    store.rest(Rest(make.now, make.later(hours=24), "550 5.4.5 Daily quota exceeded — предел", 2))
    assert store.resting(make.later(hours=23)) == (make.later(hours=24), "550 5.4.5 Daily quota exceeded — предел")
    assert store.resting(make.later(hours=24)) is None
    assert store.last_rest() == Rest(make.now, make.later(hours=24), "550 5.4.5 Daily quota exceeded — предел", 2)
    store.rest(None)
    assert store.resting(make.now) is None and store.last_rest() is None


def test_a_letter_without_a_moment_of_its_own_counts_from_when_it_may_leave(store, make):
    with store.transaction():
        store.put(replace(make.letter("A"), created_at=None), priority=1, not_before=make.later(hours=1))
    assert store.outbox()[0].put_at == make.later(hours=1)
