"""A ticket comes back as it was stored, and is found by what people know of it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from maildesk.model import (
    Attachment,
    Author,
    Channel,
    Direction,
    Event,
    Extension,
    ExtensionState,
    Fate,
    FileName,
    Outcome,
    Recipient,
    State,
    Term,
    Thread,
    TicketPage,
)


@pytest.fixture
def full_ticket(make):
    """A ticket of which no field has its default."""
    return make.ticket(
        author=Author("Иван", "i@home.example", "+7 900", "parent", "7Б", ("i@home.example", "i@work.example"), True),
        state=State.CALLBACK,
        category="tech",
        assignees=("ivanova", "petrov_2"),
        dispatched_at=make.later(minutes=1),
        taken_at=make.later(minutes=2),
        closed_at=make.later(minutes=3),
        terms=(
            replace(
                make.clock(Term.TAKE, minutes=30),
                met_at=make.later(minutes=5),
                ended_at=make.later(minutes=6),
                reminded_at=make.later(minutes=7),
                escalated_at=make.later(microseconds=1),
                missed=True,
            ),
            make.clock(Term.CLOSE, hours=24),
        ),
        extension=Extension(1.5, "Жду деталь", ExtensionState.APPROVED, "ivanova", make.now, make.later(days=2)),
        answered=True,
        awaiting_call="answer",
        reopened=2,
        erased=True,
        counted_at=make.now,
    )


def test_no_field_of_a_ticket_is_lost(store, saved, full_ticket):
    first, second = saved(), saved()
    whole = replace(full_ticket, merged_into=first.number, linked_to=second.number)
    with store.transaction():
        stored = store.save(whole)
    # A field added to the model must be added to the store: here it would still have its default.
    for value in (whole, whole.author, whole.terms[0], whole.extension):
        for field in fields(value):
            assert field.name == "number" or getattr(value, field.name) != field.default, field.name
    assert store.ticket(stored.number) == stored == replace(whole, number=3)


def test_numbers_count_from_one(saved):
    assert [saved().number for _ in range(3)] == [1, 2, 3]


def test_a_changed_ticket_comes_back_as_it_was_changed(store, saved, full_ticket):
    number = saved().number
    changed = replace(full_ticket, number=number, counted_at=None)  # that is a report's alone to say
    for version in (changed, replace(changed, terms=changed.terms[:1], extension=None, assignees=()), changed):
        with store.transaction():
            assert store.save(version) == version
        assert store.ticket(number) == version


def test_a_ticket_that_is_not_there_is_none(store):
    assert store.ticket(1) is None
    assert store.page(1) is None
    with store.transaction():
        assert store.ticket(1, lock=True) is None


def test_a_locked_ticket_is_the_same_ticket(store, saved):
    ticket = saved()
    with store.transaction():
        assert store.ticket(ticket.number, lock=True) == ticket


def test_moments_of_any_zone_come_back_in_utc_to_the_microsecond(store, make):
    moscow = timezone(timedelta(hours=3))
    with store.transaction():
        number = store.save(make.ticket(received_at=datetime(2026, 11, 24, 1, 2, 3, 999999, tzinfo=moscow))).number
    received_at = store.ticket(number).received_at
    assert received_at == datetime(2026, 11, 23, 22, 2, 3, 999999, tzinfo=UTC)
    assert received_at.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(store, make):
    with pytest.raises(TypeError), store.transaction():
        store.save(make.ticket(received_at=datetime(2026, 11, 24)))


def test_text_that_an_engine_cannot_hold_is_cleaned(store, make):
    with store.transaction():
        number = store.save(make.ticket(assignees=())).number
        store.add_message(number, make.message("до\x00 после \ud800 и 😀"))
    assert store.page(number).messages[0].text == "до после ? и 😀"


def test_an_author_is_found_by_every_address(store, saved, make):
    author = Author("Иван", "new@home.example", addresses=("Old@Home.example", "new@home.example"))
    early = saved(author=author)
    late = saved("new@home.example", received_at=make.later(hours=1))
    assert store.recent_of("NEW@home.example", make.now) == (late, early)
    assert store.recent_of("old@home.example", make.now) == (early,)
    assert store.recent_of("new@home.example", make.later(minutes=1)) == (late,)
    assert store.count_new("new@home.example", make.now) == 2
    assert store.count_new("new@home.example", make.later(hours=2)) == 0
    assert store.is_known_author("OLD@home.example")
    assert not store.is_known_author("home.example")


def test_an_address_that_the_author_lost_finds_nothing_any_more(store, saved):
    ticket = saved("old@home.example")
    with store.transaction():
        store.save(replace(ticket, author=Author("Иван", "new@home.example", addresses=("new@home.example",))))
    assert not store.is_known_author("old@home.example")
    assert store.is_known_author("new@home.example")


def test_tickets_are_listed_by_every_filter(store, saved, make):
    taken = saved(state=State.TAKEN, category="tech", assignees=("ivanova",))
    role = saved(
        state=State.ASSIGNED, category="tech", assignees=("ivanova", "petrov"), received_at=make.later(hours=1)
    )
    closed = saved(state=State.CLOSED, category="psych", assignees=("Ivanova",), terms=(), closed_at=make.now)
    assert store.tickets() == (taken, role, closed)
    assert store.open_tickets() == (taken, role)
    assert store.open_tickets(assignee="petrov") == (role,)
    assert store.open_tickets(assignee="petro_") == ()
    assert store.tickets(assignee="ivanova") == (taken, role)
    assert store.tickets(states=[State.CLOSED]) == (closed,)
    assert store.tickets(category="tech", since=make.later(minutes=1)) == (role,)
    assert store.tickets(overdue_at=make.later(minutes=31)) == (taken, role)
    assert store.tickets(overdue_at=make.later(minutes=30)) == ()


def test_merged_tickets_are_found_at_the_one_they_joined(store, saved):
    target = saved()
    merged = saved(state=State.MERGED, merged_into=target.number)
    assert store.merged_into(target.number) == (merged,)
    assert store.merged_into(merged.number) == ()


def test_a_report_gets_what_came_went_or_was_open_in_its_time(store, saved, make):
    day = timedelta(days=1)
    before, after = make.now - 3 * day, make.now + 3 * day
    came = saved(state=State.REJECTED)
    went = saved(received_at=before, state=State.CLOSED, closed_at=make.now)
    still_open = saved(received_at=before, state=State.ASSIGNED)
    closed_later = saved(received_at=before, state=State.CLOSED, closed_at=after)
    late = saved(received_at=before, state=State.CLOSED, closed_at=before)
    saved(received_at=before, state=State.CLOSED, closed_at=before, counted_at=before)
    counted = saved(received_at=before, state=State.CLOSED, closed_at=before, counted_at=make.now)
    saved(received_at=after)
    phone = replace(make.ticket(), channel=Channel.PHONE)
    with store.transaction():
        store.save(phone)
    touched = list(store.tickets_touching(make.now, make.now + day, [Channel.EMAIL, Channel.WEB]))
    assert touched == [came, went, still_open, closed_later, late, counted]


def test_a_ticket_is_counted_as_new_once_and_nothing_undoes_that(store, saved, make):
    early, late = saved(received_at=make.now - timedelta(hours=2)), saved(received_at=make.now)
    saved(received_at=make.later(hours=5))
    base = make.now - timedelta(hours=1)
    assert store.count_as_new(make.later(hours=1), base, ["email", "web"]) == 2
    assert store.count_as_new(make.later(hours=1), make.now, ["email", "web"]) == 0
    with store.transaction():
        store.save(early)
    assert store.ticket(early.number).counted_at == store.ticket(early.number).new_at == base
    assert store.ticket(late.number).counted_at == make.now


def test_many_tickets_come_with_their_own_terms(store, make):
    with store.transaction():
        wanted = tuple(
            store.save(make.ticket(terms=(make.clock(Term.CLOSE, minutes=number),))) for number in range(1, 602)
        )
    assert store.tickets() == wanted


def test_a_page_holds_all_that_was_said_and_done_in_order(store, saved, make):
    ticket = saved()
    files = (Attachment("фото.png", "image/png", b"\x89PNG", True, "<cid1>"), Attachment("пусто", "text/plain", b""))
    appeal = make.message(message_id="<1@home>")
    answer = make.message("Готово", direction=Direction.OUT, kind="answer", attachments=(FileName("a.pdf", "x/y", 3),))
    events = (
        Event(make.now, "author", "opened", ("email",)),
        Event(make.later(minutes=1), "daemon", "dispatched", ("Техника", "Иванова, Петров"), "subject-tag"),
    )
    with store.transaction():
        store.add_message(ticket.number, appeal, files, person="author")
        store.add_event(ticket.number, events[0])
        store.add_message(ticket.number, answer)
        store.add_events(ticket.number, events[1:])
    names = (FileName("фото.png", "image/png", 4), FileName("пусто", "text/plain", 0))
    assert store.page(ticket.number) == TicketPage(ticket, (replace(appeal, attachments=names), answer), events)


def test_the_files_and_words_of_the_author_are_kept_apart_from_those_of_the_staff(store, saved, make):
    number = saved().number
    mine = (Attachment("1.txt", "text/plain", b"one"), Attachment("2.txt", "text/plain", b"two", True, "<c>"))
    with store.transaction():
        store.add_message(number, make.message("первое"), mine[:1], "author")
        store.add_message(number, make.message("от сотрудника", kind="staff"), [Attachment("s", "t", b"s")], "ivanova")
        store.add_message(number, make.message("второе", kind="reply"), mine[1:], "author")
        store.add_message(saved().number, make.message("чужое"), mine, "author")
    assert store.attachments(number) == mine
    assert [message.text for message in store.author_text(number)] == ["первое", "второе"]


def test_a_thread_is_what_one_person_wrote_or_got(store, saved, make):
    number = saved().number
    with store.transaction():
        store.add_message(number, make.message(message_id="<mail@home>"), person="author")
        store.put(make.letter("RECEIPT", number, subject="[MD-1] Обращение"), priority=1, not_before=make.now)
        store.put(make.letter("ANSWER", number, subject="Иначе"), priority=1, not_before=make.now)
        store.add_message(number, make.message(kind="staff", message_id="<staff@school>"), person="ivanova")
    assert store.thread(number, "author", "parent@home.example") == Thread(
        "[MD-1] Обращение", ("<mail@home>", "<RECEIPT@desk.example>", "<ANSWER@desk.example>")
    )
    assert store.thread(number, "ivanova", "ivanova@school.example") == Thread("", ("<staff@school>",))
    assert store.thread(number, "petrov", "petrov@school.example") == Thread()


def test_two_authors_on_one_ticket_have_a_thread_each(store, saved, make):
    """Another's Message-ID is another's proof: what came from or went to another address is no part of an author's thread."""
    number = saved().number
    papa = Recipient("Papa@home.example", "", "author")
    with store.transaction():
        store.add_message(number, make.message(message_id="<mama@home>"), person="author")
        store.put(make.letter("M", number), priority=1, not_before=make.now)
        other = make.message(kind="reply", message_id="<papa@home>", sender="papa@Home.example")
        store.add_message(number, other, person="author")
        store.put(make.letter("P", number, subject="Папе", to=papa), priority=1, not_before=make.now)
    mine = store.thread(number, "author", "parent@home.example")
    assert mine == Thread("[MD-1] Ваше обращение", ("<mama@home>", "<M@desk.example>"))
    assert store.thread(number, "author", "PAPA@home.example") == Thread("Папе", ("<papa@home>", "<P@desk.example>"))


def test_a_letter_that_the_page_named_first_keeps_its_place_and_gains_its_subject(store, saved, make):
    number = saved().number
    with store.transaction():
        store.add_message(number, make.message(kind="receipt", message_id="<R@desk.example>"), person="author")
        store.add_message(number, make.message(message_id="<mail@home>"), person="author")
        store.put(make.letter("R", number, subject="Тема"), priority=1, not_before=make.now)
    assert store.thread(number, "author", "parent@home.example") == Thread("Тема", ("<R@desk.example>", "<mail@home>"))


def test_subjects_that_a_person_has_are_those_of_letters_and_of_own_mails(store, saved, make):
    number = saved().number
    with store.transaction():
        store.claim(make.key(1), "print", make.now)
        store.add_message(number, make.message(message_id="<mail@home>"), person="author")
        values = {"ticket": number, "message_id": "<mail@home>", "sender": "parent@home.example", "note": ""}
        store.conclude(make.key(1), outcome=Outcome.NEW, fate=Fate.PROCESSED, subject="Не печатает", **values)
        store.put(make.letter("A", number, subject="Тема"), priority=1, not_before=make.now)
        store.put(make.letter("B", number, subject="Тема"), priority=1, not_before=make.now)
    assert store.known_subjects(number, "author") == ("Тема", "Не печатает")
    assert store.known_subjects(number, "ivanova") == ()


def test_tickets_are_found_by_the_mails_on_them_in_the_order_asked(store, saved, make):
    first, second = saved().number, saved().number
    with store.transaction():
        store.add_message(first, make.message(message_id="<1@home>"), person="author")
        store.add_message(second, make.message(message_id="<1@home>"), person="ivanova")
        store.put(make.letter("L", second), priority=1, not_before=make.now)
    assert store.tickets_with(["<none@x>", "<L@desk.example>", "<1@home>"]) == (
        (second, "author"),
        (first, "author"),
        (second, "ivanova"),
    )
    assert store.tickets_with([]) == ()
