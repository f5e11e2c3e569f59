"""A mail takes effect once, whatever road it comes by and whoever dies over it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from maildesk.model import Account, Fate, Outcome
from maildesk.store import Claim


def conclude(store, key, outcome=Outcome.NEW, fate=Fate.PROCESSED, **values):
    values = {"ticket": None, "message_id": "", "sender": "", "subject": "", "note": ""} | values
    store.conclude(key, outcome=outcome, fate=fate, **values)


def test_a_mail_is_claimed_once(store, make):
    with store.transaction():
        assert store.claim(make.key(1), "print", make.now) is Claim.NEW
    with store.transaction():
        assert store.claim(make.key(1), "print", make.now) is Claim.SEEN
        assert store.claim(make.key(1), "another", make.now) is Claim.SEEN


def test_the_same_mail_under_another_key_is_the_same_and_handled_too(store, make):
    with store.transaction():
        store.claim(make.key(1), "print", make.now)
    with store.transaction():
        assert store.claim(make.key(2, source="folder"), "print", make.now) is Claim.SAME
    assert store.known([make.key(2, source="folder")]) == {make.key(2, source="folder"): Fate.PROCESSED}
    with store.transaction():
        assert store.claim(make.key(2, source="folder"), "print", make.now) is Claim.SEEN


def test_mails_without_a_fingerprint_are_never_the_same(store, make):
    with store.transaction():
        assert store.claim(make.key(1), "", make.now) is Claim.NEW
        assert store.claim(make.key(2), "", make.now) is Claim.NEW


def test_another_uidvalidity_is_another_mail(store, make):
    with store.transaction():
        assert store.claim(make.key(1, uidvalidity=7), "a", make.now) is Claim.NEW
        assert store.claim(make.key(1, uidvalidity=8), "b", make.now) is Claim.NEW


def test_a_claim_that_was_rolled_back_never_happened(store, make):
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.claim(make.key(1), "print", make.now)
        _ = 1 / 0
    assert store.known([make.key(1)]) == {}
    with store.transaction():
        assert store.claim(make.key(1), "print", make.now) is Claim.NEW


def test_of_many_threads_that_claim_one_mail_one_gets_it(database, make):
    database.another()
    stores = [database.another() for _ in range(4)]
    start = threading.Barrier(len(stores))
    claims = []

    def claim(store, key):
        start.wait()
        with store.transaction():
            claims.append(store.claim(key, "one print", make.now))

    threads = [threading.Thread(target=claim, args=(store, make.key(n % 2))) for n, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claims) == sorted([Claim.NEW, Claim.SAME, Claim.SEEN, Claim.SEEN])


def test_what_was_handled_is_known_with_its_fate(store, make):
    with store.transaction():
        for uid, fate in ((1, Fate.PROCESSED), (2, Fate.QUARANTINED), (3, Fate.LEFT)):
            store.claim(make.key(uid), f"print {uid}", make.now)
            conclude(store, make.key(uid), fate=fate)
    asked = [make.key(uid) for uid in (3, 1, 9)] + [make.key(2, source="other")]
    assert store.known(asked) == {make.key(3): Fate.LEFT, make.key(1): Fate.PROCESSED}
    assert store.known([]) == {}


def test_a_whole_mailbox_is_asked_about_at_once(store, make):
    with store.transaction():
        for uid in range(0, 1500, 3):
            store.claim(make.key(uid), f"print {uid}", make.now)
    known = store.known([make.key(uid) for uid in range(1500)])
    assert sorted(int(key.uid) for key in known) == list(range(0, 1500, 3))


def test_the_account_counts_what_the_mails_of_a_period_were(store, make):
    outcomes = [Outcome.NEW, Outcome.NEW, Outcome.REPLY, Outcome.COMMAND, Outcome.AUTOMATIC, Outcome.QUARANTINED]
    with store.transaction():
        for uid, outcome in enumerate(outcomes):
            store.claim(make.key(uid), f"print {uid}", make.now)
            conclude(store, make.key(uid), outcome)
        store.claim(make.key(99), "print 0", make.now)
        store.claim(make.key(100), "tomorrow", make.later(days=1))
        conclude(store, make.key(100), Outcome.NEW)
    expected = Account(seen=7, new=2, replies=1, commands=1, automatic=1, duplicates=1, quarantined=1)
    assert store.account(make.now, make.later(days=1)) == expected
    assert store.account(make.now - timedelta(days=1), make.now) == Account()


def test_attempts_are_counted_for_each_mail_and_forgotten_when_it_is_handled(store, make):
    assert [store.attempt(make.key(1), alone=False) for _ in range(2)] == [1, 2]
    assert store.attempt(make.key(1), alone=True) == 1
    assert store.attempt(make.key(1), alone=False) == 4
    assert store.attempt(make.key(2), alone=True) == 1
    with store.transaction():
        store.attempts_clear([make.key(1)])
    assert store.attempt(make.key(1), alone=False) == 1
    assert store.attempt(make.key(2), alone=True) == 2


def test_an_attempt_survives_the_transaction_it_led_to(store, make):
    store.attempt(make.key(1), alone=True)
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.claim(make.key(1), "print", make.now)
        _ = 1 / 0
    assert store.attempt(make.key(1), alone=True) == 2


def test_what_a_dead_daemon_had_in_hand_is_told_once(database, make):
    dead = database.another()
    dead.death_begin([make.key(1), make.key(2)])
    dead.close()
    heir = database.another()
    assert heir.in_hand() == ([make.key(1), make.key(2)], 0)
    assert heir.in_hand() == ([], 0)


def test_only_a_mail_that_was_alone_in_hand_is_accused_of_a_death(database, make):
    for death in (1, 2, 3):
        daemon = database.another()
        daemon.death_begin([make.key(5)])
        daemon.close()
        assert database.another().in_hand() == ([make.key(5)], death)
    daemon = database.another()
    daemon.death_begin([make.key(5), make.key(6)])
    daemon.close()
    heir = database.another()
    assert heir.in_hand()[1] == 0
    assert heir.deaths(make.key(5)) == 3
    assert heir.deaths(make.key(6)) == 0


def test_a_batch_that_came_to_its_end_accuses_nobody(database, make):
    daemon = database.another()
    daemon.death_begin([make.key(1)])
    daemon.death_end()
    daemon.close()
    assert database.another().in_hand() == ([], 0)


def test_mails_that_took_effect_before_the_death_are_not_told(database, make):
    daemon = database.another()
    daemon.death_begin([make.key(1), make.key(2)])
    with daemon.transaction():
        daemon.claim(make.key(1), "print", make.now)
    daemon.close()
    assert database.another().in_hand()[0] == [make.key(2)]


def test_two_threads_with_a_mail_each_are_both_told_and_neither_is_accused(database, make):
    daemon = database.another()
    both = threading.Barrier(3)

    def work(uid):
        with daemon.session():
            daemon.death_begin([make.key(uid)])
            both.wait()
            both.wait()

    threads = [threading.Thread(target=work, args=(uid,)) for uid in (1, 2)]
    for thread in threads:
        thread.start()
    both.wait()
    both.wait()
    for thread in threads:
        thread.join()
    daemon.close()
    keys, deaths = database.another().in_hand()
    assert sorted(keys, key=lambda key: key.uid) == [make.key(1), make.key(2)]
    assert deaths == 0
