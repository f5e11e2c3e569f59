"""A random walk over the pure desk: people write anything, time passes, and after every step the promises are checked."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from maildesk.desk import overdue
from maildesk.desk.decide import decide
from maildesk.desk.proofs import Proof
from maildesk.desk.situation import Situation
from maildesk.model import (
    AUTHOR_KINDS,
    OPEN_STATES,
    Address,
    Answered,
    Bounce,
    Capacity,
    Category,
    Commands,
    Decision,
    Direction,
    Event,
    FailedRecipient,
    Kind,
    Mail,
    MailKind,
    Message,
    Name,
    Outgoing,
    Person,
    Policy,
    State,
    Step,
    Tag,
    Term,
    Ticket,
    TicketPage,
)

START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
KEYS = ("head", "director", "admin", "phone", "tech1", "tech2", "psy")
STAFF = {key: Person(key, f"Имя {key}", (f"{key}@school.example",)) for key in KEYS}
ROLES = {
    "head": ("head",), "director": ("director",), "site_admin": ("admin",), "hotline": ("phone",), "tech": ("tech1", "tech2"),
    "psychologist": ("psy",),
}  # fmt: skip
CATEGORIES = (
    Category("tech", "Техника", ("TECH",), "tech"),
    Category("quality", "Качество", ("QUALITY",), "head"),
    Category("psych", "Психолог", ("PSYCH",), "psychologist", confidential=True),
)
POLICY = Policy("Служба", "Школа", "support@school.example", STAFF, ROLES, CATEGORIES, (b"secret",))
ARGUMENTS = {
    Name.CATEGORY: ("tech", "quality", "psych"),
    Name.ROUTE: ("tech", "tech2", "psych", "нигде", "head"),
    Name.EXTEND: ("24h", "2д", "скоро", "до 25.11 12:00", ""),
    Name.APPROVE: ("", "12h"),
    Name.MERGE: ("MD-1",), Name.LINK: ("MD-1",), Name.STATUS: ("",), Name.HISTORY: ("",), Name.UNKNOWN: ("ГОТОВО",),
    Name.NEAR: ("CLOSD|CLOSED",),
}  # fmt: skip
COMMANDS = tuple(name for name in Name if name not in (Name.REPORT, Name.SEND, Name.HOTLINE))
#: Older tickets are left alone, so that the walk stays on busy ones.
KEPT = 40
#: Steps after which the author has been told something, or a call is on record.
TOLD = {Step.CLOSED, Step.CLOSED_BY_PHONE, Step.PHONED, Step.SENT_TO_AUTHOR, Step.REACHED_AUTHOR}


@dataclass(slots=True)
class Record:
    """A ticket and what the store would hold beside it."""

    ticket: Ticket
    messages: list[Message] = field(default_factory=list)
    history: list[Event] = field(default_factory=list)
    letters: list[Outgoing] = field(default_factory=list)
    canaries: set[str] = field(default_factory=set)


class Walk:
    """The walk. `step()` does one random thing and raises AssertionError where a promise is broken."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = START
        self.records: dict[int, Record] = {}
        self.canary = 0
        self.seen: Counter[str] = Counter()
        self.escalations: Counter[tuple[int, Term, datetime]] = Counter()

    def word(self, record: Record | None = None) -> str:
        """A word that stands nowhere else."""
        self.canary += 1
        word = f"канарейка{self.canary}ы"
        if record is not None:
            record.canaries.add(word)
        return word

    # What happens

    def step(self) -> None:
        self.now += timedelta(minutes=self.random.choice((0, 1, 5, 20, 40, 300, 2000)))
        recent = list(self.records)[-KEPT:]
        what = self.random.random()
        if not recent or what < 0.12:
            self._appeal()
        elif what < 0.65:
            self._staff(self.random.choice(recent))
        elif what < 0.8:
            self._author(self.random.choice(recent))
        elif what < 0.88:
            self._machine(self.random.choice(recent))
        else:
            self._tick(self.random.choice(recent))

    def _appeal(self) -> None:
        words = {self.word() for _ in range(3)}
        subject, text, name = sorted(words)
        way = self.random.random()
        address = f"author{self.canary}@mail.example" if way < 0.8 else ""
        mail = Mail(
            subject, Address(name, address), address or None, text=text, reply=text, message_id=f"<{self.canary}@m>"
        )
        category = self.random.choice((None, "tech", "quality", "psych"))
        phone = f"+7{self.canary:010d}" if self.random.random() < 0.5 else ""
        situation = Situation(mail, self.now, self.now, subject_category=category, phone=phone)
        self._apply(situation, None, words | ({address} if address else set()) | ({phone} if phone else set()))

    def _ticket_of(self, number: int) -> Record:
        record = self.records[number]
        while record.ticket.merged_into:
            record = self.records[record.ticket.merged_into]
        return record

    def _staff(self, number: int) -> None:
        record = self._ticket_of(number)
        ticket, dice = record.ticket, self.random
        likely = [*ticket.assignees] * 3
        key = dice.choice([*likely, *KEYS])
        names = dice.choices(COMMANDS, k=dice.choice((0, 1, 1, 1, 2)))
        tags = tuple(dict.fromkeys(Tag(name, dice.choice(ARGUMENTS.get(name, ("",))), f"[{name}]") for name in names))
        sender = STAFF[key].address if dice.random() < 0.95 else "stranger@mail.example"
        # An assignee's words are as secret as the author's; a stranger's may open an appeal of their own.
        secret = key in ticket.assignees and sender == STAFF[key].address
        text = self.word(record if secret else None) if dice.random() < 0.7 else ""
        answered = self._answered(record, key)
        proof = Proof(Capacity.STAFF, key, ticket.number or 0, "u") if dice.random() < 0.9 else None
        copied = (Address("", ticket.author.email),) if ticket.author.email and dice.random() < 0.05 else ()
        mail = Mail(
            "Re:", Address("", sender), sender, cc=copied, text=text, reply=text, message_id=f"<{self.canary}s@m>",
            is_forward=dice.random() < 0.04,
        )  # fmt: skip
        others = list(self.records)[-KEPT:]
        other = self.records[dice.choice(others)].ticket
        person = POLICY.by_address(sender)
        situation = Situation(
            mail, self.now, self.now, Commands(tags, text), person, proof=proof, answered=answered, ticket=ticket,
            other=other, page=TicketPage(ticket, tuple(record.messages), tuple(record.history)),
            tickets=tuple(self.records[one].ticket for one in others), merged=self._merged(ticket),
            original=tuple(message for message in record.messages if message.kind in ("appeal", "reply")),
            granted=person is not None and dice.random() < 0.05,
        )  # fmt: skip
        self._apply(situation, record, set())

    def _merged(self, ticket: Ticket) -> tuple[Ticket, ...]:
        return tuple(
            one.ticket
            for number, one in self.records.items()
            if one.ticket.merged_into and self._ticket_of(number).ticket is ticket
        )

    def _answered(self, record: Record, key: str) -> Answered | None:
        mine = [letter for letter in record.letters[-20:] if letter.to.person == key]
        if not mine or self.random.random() < 0.3:
            return None
        letter = self.random.choice(mine)
        if letter.kind is Kind.CONFIRM_COMMAND:
            return None
        return Answered("u", letter.kind, letter.capacity, key, letter.to.address, record.ticket.number, "")

    def _author(self, number: int) -> None:
        record = self._ticket_of(number)
        address = record.ticket.author.email
        if not address:
            return
        text = "Спасибо!" if self.random.random() < 0.2 else self.word(record)
        tags = (Tag(Name.CLOSED, "", "[CLOSED]"),) if self.random.random() < 0.1 else ()
        mail = Mail("Re:", Address("", address), address, text=text, reply=text, message_id=f"<{self.canary}a@m>")
        situation = Situation(mail, self.now, self.now, Commands(tags, text), ticket=record.ticket, by_subject=True)
        self._apply(situation, record, ({text} - {"Спасибо!"}) | record.canaries)

    def _machine(self, number: int) -> None:
        record = self._ticket_of(number)
        sent = [letter for letter in record.letters if letter.kind in AUTHOR_KINDS or letter.kind is Kind.ASSIGNMENT]
        if not sent:
            return
        letter = self.random.choice(sent[-5:])
        answered = Answered(
            "u", letter.kind, letter.capacity, letter.to.person, letter.to.address, record.ticket.number, ""
        )
        if self.random.random() < 0.5:
            failed = Bounce(
                (FailedRecipient(letter.to.address, "5.1.1", diagnostic=f"550 <{letter.to.address}> unknown"),)
            )
            mail = Mail(kind=MailKind.BOUNCE, bounce=failed)
        else:
            mail = Mail(sender=Address("", letter.to.address), strict_from=letter.to.address, reply="Я в отпуске",
                        kind=MailKind.AUTOMATIC, kind_reason="vacation", may_autorespond=False)  # fmt: skip
        person = POLICY.by_address(letter.to.address)
        situation = Situation(
            mail, self.now, self.now, sender=person, answered=answered, ticket=record.ticket,
            original=tuple(record.messages), merged=self._merged(record.ticket),
        )  # fmt: skip
        self._apply(situation, record, set())

    def _tick(self, number: int) -> None:
        record = self.records[number]
        for term in Term:
            for verb in (overdue.escalate, overdue.remind):
                decision = verb(POLICY, record.ticket, term, self.now)
                if decision is None:
                    continue
                clock = record.ticket.running(term)
                if verb is overdue.escalate and clock is not None:
                    self.escalations[number, term, clock.started_at] += 1
                    assert self.escalations[number, term, clock.started_at] == 1, f"MD-{number} {term} escalated twice"
                self._store(decision, record, set())

    # What came of it

    def _apply(self, situation: Situation, record: Record | None, canaries: set[str]) -> None:
        before = record.ticket if record else None
        decision = decide(POLICY, situation)
        self.seen[decision.rule] += 1
        refused = decision.rule.startswith("refused")
        assert not refused or (decision.ticket is None and not decision.others and not decision.events), (
            "not all or none"
        )
        if decision.rule in ("no proof", "a staff proof from another address"):
            assert decision.ticket == before, "a command without proof changed a ticket"
        if (
            situation.mail.kind is not MailKind.PERSON
            and before is not None
            and situation.mail.kind is MailKind.AUTOMATIC
        ):
            assert decision.ticket == before, "an automatic mail changed a ticket"
        self._store(decision, record, canaries)

    def _store(self, decision: Decision, record: Record | None, canaries: set[str]) -> None:
        if decision.ticket is not None:
            ticket = decision.ticket
            if ticket.number is None:
                ticket = replace(ticket, number=len(self.records) + 1)
                record = self.records[ticket.number or 0] = Record(ticket, canaries=set(canaries))
            else:
                record = self.records[ticket.number]
                record.ticket = ticket
            record.messages += decision.messages
            record.history += decision.events
        for other in decision.others:
            assert other.number is not None
            self.records[other.number].ticket = other
            if record is not None:
                self.records[other.number].canaries |= record.canaries
        for number, message in decision.other_messages:
            self.records[number].messages.append(message)
        for number, event in decision.other_events:
            self.records[number].history.append(event)
        for letter in decision.letters:
            self._letter(letter, decision, record)
        for one in ([record] if record else []) + [self.records[other.number or 0] for other in decision.others]:
            self._check(one)

    def _letter(self, letter: Outgoing, decision: Decision, record: Record | None) -> None:
        number = letter.ticket.number if letter.ticket else None
        about = self.records.get(number or 0, record)
        if letter.kind in AUTHOR_KINDS:
            assert about is not None and letter.to.person == "author", letter.kind
            assert letter.to.address == about.ticket.author.email, "an author's letter went to somebody else"
            assert "[" not in letter.text or letter.text.startswith("канарейка"), letter.text
        else:
            assert letter.to.address in {person.address for person in STAFF.values()}, (
                f"{letter.kind} to {letter.to.address}"
            )
            assert letter.to.person in STAFF
        if about is None:
            return
        about.letters.append(letter)
        if letter.text and letter.ticket is not None:
            about.messages.append(
                Message(Direction.OUT, letter.kind, POLICY.address, letter.to.address, self.now, letter.text)
            )
        self._secrecy(letter)

    def _secrecy(self, letter: Outgoing) -> None:
        """No word of a confidential ticket in a letter to somebody who is neither its assignee nor its author."""
        told = repr((letter.text, letter.facts, [file.name for file in letter.attachments]))
        for record in list(self.records.values())[-KEPT:]:
            if record.ticket.merged_into:
                continue  # its words are the other ticket's now, and looked for there
            category = POLICY.category(record.ticket.category)
            if (
                category is None
                or not category.confidential
                or letter.to.person in (*record.ticket.assignees, "author")
            ):
                continue
            if letter.ticket is not None and letter.ticket.number == record.ticket.number:
                assert letter.masked, f"{letter.kind} to {letter.to.person} is not masked"
            # An extension's reason goes to the head, and its button says so (SPEC 6).
            if letter.kind is Kind.EXTENSION_REQUEST:
                continue
            # What joined two tickets, or was handed on by its assignee, is in the reader's own ticket too.
            own = self.records.get((letter.ticket.number or 0) if letter.ticket else 0)
            shared = own.canaries if own is not None and letter.to.person in own.ticket.assignees else set()
            if own is not None and own.ticket.author.email and not letter.masked:
                shared = shared | {own.ticket.author.email}  # the same person has an open matter too
            leaked = [word for word in record.canaries - shared if len(word) > 6 and word in told]
            assert not leaked, f"{letter.kind} to {letter.to.person} tells {leaked} of MD-{record.ticket.number}"

    def _check(self, record: Record) -> None:
        ticket = record.ticket
        if ticket.state is State.TAKEN:
            assert len(ticket.assignees) == 1, f"taken by {ticket.assignees}"
        if ticket.state is State.CLOSED:
            assert ticket.answered and ticket.closed_at is not None, "closed without an answer or a call"
            assert any(event.event in TOLD for event in record.history), [event.event for event in record.history]
            assert not any(clock.running for clock in ticket.terms), "closed, and a term still runs"
        if ticket.state in OPEN_STATES:
            assert ticket.running(Term.CLOSE) is not None, f"{ticket.state}, and no close term runs"
        else:
            assert not any(clock.running for clock in ticket.terms), f"{ticket.state}, and a term still runs"
        if ticket.state is State.NEW:
            assert not ticket.assignees and ticket.running(Term.DISPATCH) is not None
        if ticket.state is State.ASSIGNED:
            assert ticket.assignees and ticket.running(Term.TAKE) is not None


def walk(seed: int, events: int) -> Counter[str]:
    """So many events from this seed; how often each rule decided. Raises AssertionError naming seed and event."""
    one = Walk(seed)
    for number in range(events):
        try:
            one.step()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, event {number}: {error}") from error
    return one.seen
