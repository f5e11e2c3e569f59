"""Every row of the desk's smaller tables: what excludes what, whose the text is, buttons, plain replies, routes, lengths, thanks."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from maildesk.desk import routing
from maildesk.desk.commands import HANDLERS, ONE_OF, TEXT_GOES_TO, _contradictions
from maildesk.desk.extend import LONGEST, length_of, moment_of
from maildesk.desk.job import Job, Refusal
from maildesk.desk.letters import BUTTONS, CAPACITIES, PLAIN, buttons_for, plain_reply
from maildesk.desk.machines import ABSENCES
from maildesk.desk.permits import PERMITS
from maildesk.desk.thanks import thanks_alone
from maildesk.model import AUTHOR_KINDS, Author, Capacity, Channel, Kind, Name, PlainReply, Policy, State, Tag, Ticket
from maildesk.outbox.sample_school import policy as school

POLICY: Policy = school("ru")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # noon in Moscow

#: Every pair that one mail cannot hold, written by hand.
EXCLUDED = {
    frozenset(pair.split("+"))
    for pair in """CLOSED+ASK CLOSED+NOTE CLOSED+EXTEND ASK+NOTE ASK+EXTEND NOTE+EXTEND
    CLOSED+RETURN CLOSED+MERGE CLOSED+REJECT CLOSED+LINK CLOSED+CATEGORY CLOSED+ROUTE RETURN+MERGE RETURN+REJECT RETURN+LINK
    RETURN+CATEGORY RETURN+ROUTE MERGE+REJECT MERGE+LINK MERGE+CATEGORY MERGE+ROUTE REJECT+LINK REJECT+CATEGORY REJECT+ROUTE
    LINK+CATEGORY LINK+ROUTE CATEGORY+ROUTE APPROVE+DENY TAKEN+RETURN TAKEN+MERGE TAKEN+REJECT TAKEN+LINK""".split()
}


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(PERMITS, 2)))
def test_two_tags_exclude_one_another_exactly_as_decided(one: Name, other: Name) -> None:
    """105 pairs: 32 exclude one another, all others go together."""
    tags = (Tag(one, "x", f"[{one}]"), Tag(other, "y", f"[{other}]"))
    if frozenset({one.value, other.value}) in EXCLUDED:
        with pytest.raises(Refusal):
            _contradictions(tags)
    else:
        _contradictions(tags)


@pytest.mark.parametrize("group", ONE_OF, ids=lambda group: "-".join(sorted(group)))
def test_a_tag_twice_with_different_arguments_excludes_itself(group: frozenset[Name]) -> None:
    for name in group:
        with pytest.raises(Refusal):
            _contradictions((Tag(name, "1", "[a]"), Tag(name, "2", "[b]")))


@pytest.mark.parametrize("name", PERMITS)
def test_every_tag_has_a_handler_and_a_place_for_its_text(name: Name) -> None:
    assert name in HANDLERS and TEXT_GOES_TO.count(name) == 1


@pytest.mark.parametrize(("later", "earlier"), [(Name.TAKEN, one) for one in TEXT_GOES_TO if one is not Name.TAKEN])
def test_the_text_beside_taken_belongs_to_the_other_tag(later: Name, earlier: Name) -> None:
    assert TEXT_GOES_TO.index(earlier) < TEXT_GOES_TO.index(later)


def ticket(state: State = State.ASSIGNED, category: str | None = "tech", *assignees: str) -> Ticket:
    return Ticket("Звук", Channel.EMAIL, Author("Мама", "mama@mail.example"), NOW, state, 1, category, assignees)


#: letter → its buttons, on an assigned ticket of an open category; «8» is a button for each category.
SHOWN = {
    Kind.DISPATCH_REQUEST: "CATEGORY TAKEN ASK CLOSED", Kind.ASSIGNMENT: "TAKEN CLOSED ASK EXTEND RETURN",
    Kind.AUTHOR_REPLY: "CLOSED ASK", Kind.CALLBACK_REQUEST: "PHONED", Kind.REMINDER: "TAKEN CLOSED EXTEND",
    Kind.EXTENSION_REQUEST: "APPROVE DENY", Kind.EXTENSION_DECISION: "CLOSED", Kind.ESCALATION: "HISTORY",
    Kind.CONFIRM_COMMAND: "YES", Kind.HOTLINE_FORM: "HOTLINE",
}  # fmt: skip


@pytest.mark.parametrize("kind", Kind)
def test_a_letter_holds_the_buttons_that_its_reader_needs(kind: Kind) -> None:
    """Each kind; an absent one holds none of its own."""
    assert kind in SHOWN or kind not in BUTTONS or kind is Kind.WEEKLY_REPORT  # that one is tested with the reports
    shown = list(dict.fromkeys(button.tag for button in buttons_for(POLICY, kind, ticket())))
    if kind is not Kind.WEEKLY_REPORT:
        assert shown == SHOWN.get(kind, "").split()


@pytest.mark.parametrize("kind", Kind)
def test_a_taken_or_confidential_ticket_offers_no_button_that_is_refused(kind: Kind) -> None:
    """[TAKEN] of a taken one, [RETURN] of a confidential one; a confidential one that nobody has is only passed on."""
    secret = next(category.key for category in POLICY.categories if category.confidential)
    assert Name.TAKEN not in {button.tag for button in buttons_for(POLICY, kind, ticket(State.TAKEN))} or (
        kind is Kind.DISPATCH_REQUEST
    )
    tags = {button.tag for button in buttons_for(POLICY, kind, ticket(State.ASSIGNED, secret))}
    assert Name.RETURN not in tags
    if kind is Kind.DISPATCH_REQUEST:
        shown = buttons_for(POLICY, kind, ticket(State.NEW, secret))
        assert all(POLICY.category(button.argument).confidential for button in shown)  # type: ignore[union-attr]


#: letter → what a plain reply does, whoever reads it; the others: the assignee's to the author, anyone else's a note.
SAID = {
    Kind.DISPATCH_REQUEST: PlainReply.ERROR, Kind.EXTENSION_REQUEST: PlainReply.ERROR, Kind.NOTE: PlainReply.NOTE,
    Kind.CALLBACK_REQUEST: PlainReply.NOTE, Kind.CONFIRM_COMMAND: PlainReply.YES, Kind.HOTLINE_FORM: PlainReply.FORM,
    Kind.WEEKLY_REPORT: PlainReply.PROPOSALS, Kind.REASSIGNED: PlainReply.NOTE, Kind.EXTENSION_DECISION: PlainReply.TO_AUTHOR,
}  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in AUTHOR_KINDS])
def test_a_letter_says_what_a_plain_reply_does(kind: Kind) -> None:
    assert (kind in PLAIN) == (kind in SAID)
    mine = ticket(State.TAKEN, "tech", "smirnov")
    assert plain_reply(kind, mine, "smirnov") is SAID.get(kind, PlainReply.TO_AUTHOR)
    assert plain_reply(kind, mine, "sidorov") is SAID.get(kind, PlainReply.NOTE)
    assert plain_reply(kind, None, "smirnov") is SAID.get(kind, PlainReply.NOTHING)


@pytest.mark.parametrize("kind", Kind)
def test_three_letters_are_answered_in_a_capacity_of_their_own(kind: Kind) -> None:
    expected = {
        Kind.CONFIRM_COMMAND: Capacity.CONFIRMATION,
        Kind.HOTLINE_FORM: Capacity.FORM,
        Kind.WEEKLY_REPORT: Capacity.REPORT,
    }
    assert CAPACITIES.get(kind) is expected.get(kind)


@pytest.mark.parametrize(("channel", "role"), [("email", "site_admin"), ("web", "site_admin"), ("phone", "hotline")])
def test_each_channel_has_its_dispatcher(channel: str, role: str) -> None:
    """§3.1.1, §3.1.2."""
    assert routing.DISPATCHERS[Channel(channel)] == role
    assert routing.dispatchers(POLICY, Channel(channel), NOW) == POLICY.roles.get(role, ())


@pytest.mark.parametrize("category", POLICY.categories, ids=lambda category: category.key)
def test_a_route_is_named_by_key_title_role_or_tag_in_any_layout(category: Any) -> None:
    for spelling in (category.key, category.title, *category.tags, category.tags[0].lower(), f" {category.tags[-1]} "):
        found = routing.target(POLICY, spelling, NOW)
        assert found is not None and found[0] == category and found[1] == routing.holders(POLICY, category.role, NOW)


@pytest.mark.parametrize("written", ["", "нет такого", "smirnow", "MD-7"])
def test_an_unknown_route_is_none(written: str) -> None:
    assert routing.target(POLICY, written, NOW) is None


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("written", "length"),
    [("24h", 24 * HOUR), ("2d", 48 * HOUR), ("12ч", 12 * HOUR), ("2д", 48 * HOUR), ("2 дня", 48 * HOUR), ("1 день", 24 * HOUR),
     ("5 дней", 120 * HOUR), ("3 часа", 3 * HOUR), ("1 час", HOUR), ("+24h", 24 * HOUR), (" 24 h ", 24 * HOUR), ("24H", 24 * HOUR),
     ("12Ч", 12 * HOUR), ("2 сут", 48 * HOUR), ("2 суток", 48 * HOUR), ("60d", LONGEST), ("61d", None), ("0h", None), ("-5h", None),
     ("30m", None), ("30м", None), ("24", None), ("h", None), ("1.5h", None), ("99999h", None), ("скоро", None), ("", None)],
)  # fmt: skip
def test_a_length_is_read_as_it_is_written(written: str, length: timedelta | None) -> None:
    assert length_of(written) == length


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=POLICY.zone)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("written", "moment"),
    [("until 25.11 12:00", (2026, 11, 25, 12)), ("до 25.11 12:00", (2026, 11, 25, 12)), ("ДО 25.11 12:00", (2026, 11, 25, 12)),
     ("25.11 12:00", (2026, 11, 25, 12)), ("до 25.11.2026 12:00", (2026, 11, 25, 12)), ("до 25.11.26 в 12:00", (2026, 11, 25, 12)),
     ("until 25.11", (2026, 11, 25, 23, 59)), ("до 18:00", (2026, 11, 24, 18)), ("till 1/12 9.30", (2026, 12, 1, 9, 30)),
     ("до 10.01 12:00", (2027, 1, 10, 12)), ("до 31.02 12:00", None), ("до 25.13", None), ("до завтра", None), ("до 25:00", None),
     ("", None)],
)  # fmt: skip
def test_a_moment_is_read_in_the_desks_zone(written: str, moment: tuple[int, ...] | None) -> None:
    job = cast(Job, SimpleNamespace(policy=POLICY))
    assert moment_of(written, NOW, job) == (local(*moment).astimezone(UTC) if moment else None)


@pytest.mark.parametrize(
    ("text", "alone"),
    [("Спасибо!", True), ("Большое спасибо вам за помощь", True), ("Thank you very much!", True), ("Благодарю, всё заработало", True),
     ("Спасибо\n\nС уважением,\nИванова Мария", True), ("спс", True), ("Спасибо, теперь всё работает!", True), ("", False),
     ("Спасибо, но не работает", False), ("Спасибо. А как быть с камерой?", False), ("Хорошо", False), ("Нет, не помогло", False),
     ("Спасибо?", False), ("Спасибо " * 60, False), ("Спасибо, жду ещё ответа", False), ("Спасибо. Теперь проблема", False),
     ("Спасибо. А помощь", False), ("Спасибо, проблема не решена", False), ("Спасибо!\nС уважением, но не работает", False),
     ("Спасибо!\nС уважением, Мария. Перезвоните", False), ("Спасибо!\nС уважением,\nПерезвоните", False),
     ("Спасибо!\nС уважением,\nПетрова М. И.", True), ("Спасибо!\nИван Петров", False), ("С уважением, Мария", False),
     ("Thanks! Problem solved.\n\nBest regards,\nAnna Smith", True), ("Thanks, the problem is back", False)],
)  # fmt: skip
def test_thanks_alone_are_told_from_words_that_want_something(text: str, alone: bool) -> None:
    assert thanks_alone(text) is alone


def test_absences_are_the_three_reasons_of_the_parser() -> None:
    """A read receipt or a delay notice says nothing of anybody's absence."""
    assert {"vacation", "auto-replied", "auto-reply"} == ABSENCES
