"""Commands wait for a yes, mails wait in quarantine, terms and reports wait for their time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from maildesk.model import Held, State, Term
from maildesk.store import DueTerm, QuarantineState, SourceState

REMIND = timedelta(hours=4)


def test_a_held_command_is_used_once(database, store, make):
    held = Held("ivanova", 7, make.later(hours=24))
    with store.transaction():
        store.hold("ABCDEFGHIJ", held, b"\x00mail")
    assert store.held("ABCDEFGHIJ") == (held, b"\x00mail")
    assert store.held("ZZZZZZZZZZ") is None
    assert [store.use_hold("ABCDEFGHIJ"), database.another().use_hold("ABCDEFGHIJ")] == [True, False]
    assert not store.use_hold("ZZZZZZZZZZ")


def test_a_yes_that_was_rolled_back_can_be_said_again(store, make):
    with store.transaction():
        store.hold("A", Held("ivanova", None, make.now), b"mail")
    with pytest.raises(ZeroDivisionError), store.transaction():
        assert store.use_hold("A")
        _ = 1 / 0
    assert store.use_hold("A")


def test_commands_that_nobody_can_confirm_any_more_are_forgotten(store, make):
    for uid, hours in (("OLD", 1), ("NEW", 3)):
        store.hold(uid, Held("ivanova", None, make.later(hours=hours)), b"mail")
    assert store.forget_holds(make.later(hours=2)) == 1
    assert store.held("OLD") is None
    assert store.held("NEW") is not None


def test_a_mail_in_quarantine_is_kept_whole(store, make):
    with store.transaction():
        id = store.quarantine(
            make.key(4), b"\xff\x00raw", "время", make.now, sender="a@b.example", subject="Тема", message_id="<1@b>"
        )
    item = store.quarantine_item(id)
    assert (item.key, item.data, item.reason, item.at) == (make.key(4), b"\xff\x00raw", "время", make.now)
    assert (item.sender, item.subject, item.message_id, item.size) == ("a@b.example", "Тема", "<1@b>", 5)
    assert item.state is QuarantineState.KEPT
    assert store.quarantined() == [replace(item, data=b"")]
    assert store.quarantine_item(id + 1) is None


def test_mails_without_a_place_of_their_own_are_kept_one_by_one(store, make):
    ids = {store.quarantine(None, b"raw", "why", make.now) for _ in range(3)}
    assert len(ids) == len(store.quarantined()) == 3
    assert store.quarantined()[0].key is None


def test_a_mail_is_taken_again_when_a_person_asks_and_kept_when_it_fails_again(store, make):
    id = store.quarantine(make.key(4), b"raw", "first", make.now)
    assert store.quarantine_retries() == []
    assert store.quarantine_retry(id)
    assert [row.id for row in store.quarantine_retries()] == [id]
    assert store.quarantine(make.key(4), b"raw", "second", make.later(hours=1)) == id
    assert store.quarantine_retries() == []
    assert [row.reason for row in store.quarantined()] == ["second"]
    assert store.quarantine_retry(id)
    assert store.quarantine_keep(id, "third")
    assert [row.reason for row in store.quarantined()] == ["third"]


def test_a_mail_that_took_effect_or_was_dropped_leaves_the_list(store, make):
    done, dropped = (store.quarantine(make.key(uid), b"raw", "why", make.now) for uid in (1, 2))
    assert not store.quarantine_done(done)
    assert store.quarantine_retry(done)
    assert store.quarantine_done(done)
    assert not store.quarantine_done(done)
    assert store.quarantine_drop(dropped)
    assert not store.quarantine_retry(dropped)
    assert store.quarantined() == []
    assert store.quarantine_item(dropped).data == b"raw"


def test_a_term_is_late_once_it_is_past_and_until_it_is_escalated(store, saved, make):
    ticket = saved(terms=(make.clock(Term.DISPATCH, minutes=30),))
    late = DueTerm(ticket.number, Term.DISPATCH, "late")
    assert store.due_terms(make.later(minutes=30), REMIND) == []
    assert store.due_terms(make.later(minutes=31), REMIND) == [late]
    escalated = replace(ticket, terms=(replace(ticket.terms[0], escalated_at=make.later(minutes=31)),))
    with store.transaction():
        store.save(escalated)
    assert store.due_terms(make.later(days=1), REMIND) == []


def test_a_term_that_ended_is_owed_by_nobody(store, saved, make):
    ended = replace(make.clock(Term.CLOSE, hours=1), ended_at=make.later(minutes=1))
    saved(terms=(ended,), state=State.CLOSED)
    assert store.due_terms(make.later(days=1), REMIND) == []
    assert store.next_term(make.now) is None


def test_a_close_term_is_reminded_of_before_and_a_take_term_after(store, saved, make):
    close = saved(terms=(make.clock(Term.CLOSE, hours=24),), state=State.TAKEN)
    saved(terms=(make.clock(Term.CLOSE, hours=24),), state=State.NEW)  # nobody has it, nobody can be reminded
    take = saved(terms=(replace(make.clock(Term.TAKE, minutes=30), escalated_at=make.now),))
    saved(terms=(replace(make.clock(Term.DISPATCH, minutes=30), escalated_at=make.now),))
    assert store.due_terms(make.later(minutes=30), REMIND) == []
    assert store.due_terms(make.later(minutes=31), REMIND) == [DueTerm(take.number, Term.TAKE, "remind")]
    assert store.due_terms(make.later(hours=20), REMIND)[1:] == [DueTerm(close.number, Term.CLOSE, "remind")]
    assert [due.what for due in store.due_terms(make.later(hours=25), REMIND) if due.number == close.number] == ["late"]
    reminded = replace(close, terms=(replace(close.terms[0], reminded_at=make.later(hours=20)),))
    with store.transaction():
        store.save(reminded)
    assert [due.number for due in store.due_terms(make.later(hours=23), REMIND)] == [take.number]


def test_the_longest_due_is_told_first_and_the_next_term_is_known(store, saved, make):
    second = saved(terms=(make.clock(Term.DISPATCH, minutes=20),))
    first = saved(terms=(make.clock(Term.DISPATCH, minutes=10),))
    assert [due.number for due in store.due_terms(make.later(hours=1), REMIND)] == [first.number, second.number]
    assert store.next_term(make.later(minutes=15)) == make.later(minutes=20)


def test_what_is_due_is_read_from_the_index(desk_file, make):
    """Whatever the number of tickets that ever were, only terms still owed are looked at."""
    store = desk_file
    statements = []
    run = store._run
    store._run = lambda sql, params=(), **more: statements.append((sql, params)) or run(sql, params, **more)
    store.due_terms(make.now, REMIND)
    for sql, params in statements:
        plan = " ".join(str(row[3]) for row in run("EXPLAIN QUERY PLAN " + sql, params))
        assert "SEARCH" in plan
        assert "SCAN" not in plan
    assert len(statements) == 2


def test_a_report_is_claimed_once_for_each_slot(database, store, make):
    assert store.report_last("daily-web", make.now) is None
    with store.transaction():
        assert store.report_claim("daily-web", make.now)
    assert not database.another().report_claim("daily-web", make.now)
    assert store.report_claim("daily-web", make.later(days=1))
    assert store.report_claim("daily-phone", make.now)
    assert store.report_last("daily-web", make.later(days=1)) == make.later(days=1)
    assert store.report_last("daily-phone", make.later(days=1)) == make.now


def test_a_report_claimed_ahead_of_the_clock_is_not_the_last_and_is_forgotten(store, make):
    with store.transaction():
        store.report_claim("daily-web", make.now)
        store.report_claim("daily-web", make.later(days=3))
    assert store.report_last("daily-web", make.later(days=1)) == make.now
    assert store.reports_forget(make.later(days=1)) == 1
    assert store.reports_forget(make.later(days=1)) == 0
    with store.transaction():
        assert store.report_claim("daily-web", make.later(days=3))


def test_failures_of_a_source_are_counted_until_it_is_read_again(store, make):
    store.polled("imap:a", make.now)
    assert store.poll_failed("imap:b", make.now, "timed out") == 1
    assert store.poll_failed("imap:b", make.later(minutes=1), "refused — отказ") == 2
    assert store.sources() == [
        SourceState("imap:a", make.now, 0, "", None),
        SourceState("imap:b", None, 2, "refused — отказ", make.now),
    ]
    store.polled("imap:b", make.later(minutes=2))
    assert store.sources()[1] == SourceState("imap:b", make.later(minutes=2), 0, "", None)
    assert store.poll_failed("imap:b", make.later(minutes=3), "x") == 1


def test_the_floor_of_a_source_is_remembered_beside_its_polls(store, make):
    assert store.floor("imap:a") is None
    floor = json.dumps({"uidvalidity": 7, "uid": 100})
    store.set_floor("imap:a", floor)
    store.polled("imap:a", make.now)
    assert store.floor("imap:a") == floor
    store.set_floor("imap:a", "{}")
    assert store.floor("imap:a") == "{}"


def test_a_value_is_remembered_over_a_restart(database, make):
    first = database.another()
    assert first.get("cursor") is None
    first.set("cursor", "один")
    first.set("cursor", "два")
    first.close()
    assert database.another().get("cursor") == "два"


def test_the_first_start_is_the_first_for_ever(database, store, make):
    assert store.started_at() is None
    assert store.first_start(make.now) == make.now
    assert database.another().first_start(make.later(days=1)) == make.now
    assert store.started_at() == make.now
