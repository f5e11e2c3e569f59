"""Answers by mail to those who ask: [MY] [LIST] [STATUS] [HISTORY] [REPORT] [HELP] [HOTLINE] (SPEC 4)."""

from __future__ import annotations

from datetime import datetime

from maildesk.desk import letters, permits, routing
from maildesk.desk.job import Refusal
from maildesk.desk.privacy import masked
from maildesk.desk.situation import Situation
from maildesk.model import (
    OPEN_STATES,
    Decision,
    Facts,
    Kind,
    Line,
    Name,
    Outcome,
    Outgoing,
    Person,
    Policy,
    Tag,
    Ticket,
    TicketRow,
    Why,
)


def row(policy: Policy, ticket: Ticket, now: datetime, reader: str) -> TicketRow:
    """A ticket in a list, as this reader may see it."""
    hidden = masked(policy, ticket, reader)
    category = policy.category(ticket.category)
    running = [clock for clock in ticket.terms if clock.running]
    following = min(running, key=lambda clock: clock.due_at, default=None)
    return TicketRow(
        ref=f"{policy.prefix}-{ticket.number}",
        state=ticket.state,
        subject="" if hidden else ticket.subject,
        category=category.title if category else "",
        assignee=routing.names(policy, ticket.assignees),
        received_at=ticket.received_at,
        next_term=following.term if following else None,
        due_at=following.due_at if following else None,
        late=following is not None and now > following.due_at,
        class_="" if hidden else ticket.author.class_,
    )


def rows(policy: Policy, tickets: tuple[Ticket, ...], now: datetime, reader: str) -> tuple[TicketRow, ...]:
    """Rows of open tickets, those whose term ends first at the top."""
    made = [row(policy, ticket, now, reader) for ticket in tickets if ticket.state in OPEN_STATES]
    return tuple(sorted(made, key=lambda made_row: (made_row.due_at is None, made_row.due_at or now, made_row.ref)))


def help_lines(policy: Policy, person: str, ticket: Ticket | None, now: datetime) -> tuple[Line, ...]:
    """What this person may write: on this ticket as it stands, or anywhere by the roles held."""
    if ticket is not None:
        names: list[Name] = list(permits.allowed(policy, ticket, person, now))
    else:
        names = [name for name in permits.PERMITS if name not in (Name.APPROVE, Name.DENY)]
        if not permits.serves(policy, person, (routing.SITE_ADMIN, routing.HOTLINE, routing.HEAD), now):
            names = [name for name in names if name not in (Name.MERGE, Name.LINK, Name.REJECT)]
        elif permits.serves(policy, person, (routing.HEAD,), now):
            names += [Name.APPROVE, Name.DENY, Name.SEND]
    if permits.serves(policy, person, (routing.HOTLINE,), now):
        names.append(Name.HOTLINE)
    names += [name for name, roles in permits.INQUIRIES.items() if permits.serves(policy, person, roles, now)]
    lines = [Line(name) for name in names if name is not Name.CATEGORY]
    if Name.CATEGORY in names:
        open_to = permits.categories(policy, ticket, person, now) if ticket is not None else policy.categories
        tags = [category.tags[0] for category in open_to if category.tags]
        lines.insert(0, Line(Name.CATEGORY, tuple(tags)))
    return tuple(lines)


def _roles(policy: Policy, person: str, now: datetime) -> tuple[str, ...]:
    return tuple(role for role in policy.roles if person in routing.entitled(policy, role, now))


def answer(policy: Policy, situation: Situation, person: Person, tag: Tag) -> list[Outgoing]:
    """The letter that one of these tags brings. Raises `Refusal`."""
    now, ticket = situation.now, situation.ticket
    if not permits.serves(policy, person.key, permits.INQUIRIES.get(tag.name, ()), now):
        raise Refusal(Why.NOT_YOURS, tag.written, "")
    if tag.name is Name.HELP:
        facts = Facts(
            allowed=help_lines(policy, person.key, ticket, now), reason=Line("help", _roles(policy, person.key, now))
        )
        return _letter(policy, Kind.HELP, person, situation, facts, ticket)
    if tag.name in (Name.MY, Name.LIST):
        facts = Facts(rows=rows(policy, situation.tickets, now, person.key), reason=Line(tag.name.lower()))
        return _letter(policy, Kind.LIST, person, situation, facts, None)
    if tag.name in (Name.STATUS, Name.HISTORY):
        return _page(policy, situation, person, tag)
    if tag.name is Name.REPORT and situation.report is not None:
        kind = Kind.WEEKLY_REPORT if situation.report.name == "weekly" else Kind.DAILY_REPORT
        return letters.report_letters(policy, kind, (person.key,), situation.report, answering=situation.answering)
    raise Refusal(Why.NOT_READY, tag.written)


def _page(policy: Policy, situation: Situation, person: Person, tag: Tag) -> list[Outgoing]:
    page = situation.page
    if page is None:
        raise Refusal(*((Why.NO_SUCH_TICKET, tag.argument) if tag.argument else (Why.NO_TICKET, tag.written)))
    hidden = masked(policy, page.ticket, person.key)
    facts = Facts(
        history=page.history if tag.name is Name.HISTORY else page.history[-5:],
        messages=() if hidden else page.messages,
        reason=Line(tag.name.lower()),
        rows=(row(policy, page.ticket, situation.now, person.key),),
    )
    return _letter(policy, Kind.STATUS, person, situation, facts, page.ticket)


def blank_form(policy: Policy, situation: Situation, person: Person) -> list[Outgoing]:
    """The blank form of Annex 2 for whoever serves the hotline (§3.1.2)."""
    if not permits.serves(policy, person.key, (routing.HOTLINE,), situation.now):
        raise Refusal(Why.NOT_YOURS, "[HOTLINE]", "")
    return _letter(policy, Kind.HOTLINE_FORM, person, situation, Facts(), None)


def _letter(
    policy: Policy, kind: Kind, person: Person, situation: Situation, facts: Facts, ticket: Ticket | None
) -> list[Outgoing]:
    return letters.to_staff(policy, kind, (person.key,), ticket, facts=facts, answering=situation.answering)


def decide(policy: Policy, situation: Situation, person: Person, tags: tuple[Tag, ...]) -> Decision:
    """All of these tags only ask: the letters, and nothing else changes."""
    out: list[Outgoing] = []
    for tag in tags:
        out += answer(policy, situation, person, tag)
    return Decision(Outcome.COMMAND, letters=tuple(out), rule="inquiry")
