"""A mail arrives: bytes → parse → which ticket → decide → letters, all stored in one transaction; only then is it moved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from maildesk import journal
from maildesk.ahead import ahead
from maildesk.desk.decide import decide
from maildesk.desk.letters import to_operator
from maildesk.desk.situation import Situation
from maildesk.desk.staff import error
from maildesk.failpoints import hit
from maildesk.lookup import Lookup
from maildesk.model import (
    Capacity,
    Decision,
    Direction,
    Facts,
    Fate,
    Kind,
    Line,
    Mail,
    Message,
    Outcome,
    Policy,
    RawMail,
    SeenKey,
    Source,
    Ticket,
    Trouble,
    Why,
)
from maildesk.parse.worker import ParserDied, Worker
from maildesk.post import Post
from maildesk.store import Claim, Store
from maildesk.store.faults import StoreTrouble, trouble

Understood = list[tuple[RawMail, Mail | ParserDied]]
Reader = Callable[[], Understood]

#: A mail that could not be handled so often is quarantined: the next one must not wait for it.
ATTEMPTS = 3
#: What a quarantined mail's line in a letter or a list may say of why.
REASON_LENGTH = 300
#: The rule noted of a mail that was left in the provider's spam folder: the daily report lists it.
SPAM_RULE = "spam folder"


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one mail: settled at its source by `fate`, or to be tried again (None)."""

    key: SeenKey
    fate: Fate | None


@dataclass(slots=True)
class Arrivals:
    """The verb. `category_hint` of a source: all its mail is of that category (the psychologist's own address)."""

    store: Store
    policy: Policy
    lookup: Lookup
    post: Post
    worker: Worker
    hints: dict[str, str] = field(default_factory=dict)
    alone: frozenset[SeenKey] = frozenset()

    def poll(self, source: Source, now: datetime) -> int:
        """Handle all that waits at this source; returns how many mails took effect. Raises what the source or the store raises."""
        keys = source.waiting()
        known = self.store.known(keys)
        self._settle(source, [Handled(key, fate) for key, fate in known.items()])
        fresh = [key for key in keys if key not in known]
        count = 0
        for key in [key for key in fresh if key in self.alone]:
            count += sum(self.batch(source, batch, now) for batch in source.fetch([key]))
        rest = [key for key in fresh if key not in self.alone]
        for batch, parsed in ahead(source.fetch(rest), self._parse) if rest else ():
            count += self.batch(source, batch, now, parsed)
        return count

    def batch(self, source: Source, mails: Sequence[RawMail], now: datetime, read: Reader | None = None) -> int:
        """Handle these mails in one transaction, each in a savepoint of its own; then move them. `read`: gives them understood."""
        hit("arrivals.fetched")
        self.store.death_begin([raw.key for raw in mails])
        parsed = read() if read is not None else self._parse(mails)
        hit("arrivals.parsed")
        failed: list[tuple[RawMail, Exception]] = []
        handled: list[Handled] = []
        with self.store.transaction():
            for raw, mail in parsed:
                try:
                    with self.store.savepoint():
                        handled.append(self._one(raw, mail, now, source.name))
                except Exception as error:  # one mail's fault is not its neighbours' (DESIGN, habit 7)
                    if trouble(error) is not StoreTrouble.OTHER:
                        raise
                    journal.mail_failed(raw.key, error)
                    failed.append((raw, error))
            hit("arrivals.before-commit")
        hit("arrivals.after-commit")
        handled += [self._retry_later(raw, error, now) for raw, error in failed]
        self._settle(source, handled)
        self.store.death_end()
        hit("arrivals.settled")
        return sum(1 for one in handled if one.fate is not None)

    def _parse(self, mails: Sequence[RawMail]) -> Understood:
        """The mails understood, in a process that may die; what a source understood itself is taken as it is."""
        unread = [raw for raw in mails if raw.mail is None and not raw.key.source.startswith("relay:")]
        results = dict(
            zip((raw.key for raw in unread), self.worker.parse_many([raw.data for raw in unread]), strict=True)
        )
        pairs: Understood = []
        for raw in mails:
            if raw.mail is not None:
                pairs.append((raw, raw.mail))
            elif raw.key in results:
                pairs.append((raw, as_fetched(raw, results[raw.key])))
            else:
                pairs.append((raw, ParserDied("not an appeal that can be read")))
        return pairs

    # One mail

    def _one(self, raw: RawMail, mail: Mail | ParserDied, now: datetime, source: str) -> Handled:
        if isinstance(mail, ParserDied):
            return self._died(raw, mail, now)
        situation = self.lookup.situation(raw, mail, now, self.hints.get(source, "")) if raw.spam else None
        unwanted = situation is not None and not _wanted_from_spam(self.store, situation)
        # What is left in the spam folder took no effect: moved to the mailbox by a person, it is a mail like any other.
        claim = self.store.claim(raw.key, "" if unwanted else mail.fingerprint, now)
        if claim is not Claim.NEW:
            journal.duplicate(raw.key, mail.message_id)
            return Handled(raw.key, Fate.PROCESSED)
        if situation is None:
            situation = self.lookup.situation(raw, mail, now, self.hints.get(source, ""))
        if unwanted:
            self._conclude(raw, mail, Decision(Outcome.AUTOMATIC, rule=SPAM_RULE), None, Fate.LEFT)
            return Handled(raw.key, Fate.LEFT)
        decision = decide(self.policy, situation)
        hit("arrivals.decided")
        ticket = self.apply(decision, situation, raw.data)
        self._conclude(raw, mail, decision, ticket, Fate.PROCESSED)
        return Handled(raw.key, Fate.PROCESSED)

    def _conclude(self, raw: RawMail, mail: Mail, decision: Decision, ticket: int | None, fate: Fate) -> None:
        self.store.conclude(
            raw.key,
            outcome=decision.outcome,
            fate=fate,
            ticket=ticket,
            message_id=mail.message_id,
            sender=mail.sender.address,
            subject=mail.subject,
            note=decision.rule,
        )
        journal.arrived(self.policy.prefix, ticket, mail.message_id, decision.outcome, decision.rule)

    def apply(self, decision: Decision, situation: Situation, data: bytes) -> int | None:
        """Store what the decision says; returns the ticket's number, if it is about one."""
        if decision.carries_out:
            return self._carry_out(decision.carries_out, situation, data)
        if decision.uses:
            self.store.use_hold(decision.uses)
        ticket = self.store.save(decision.ticket) if decision.ticket is not None else None
        number = ticket.number if ticket else None
        if number is not None:
            for message in decision.messages:
                self._keep(number, message, situation)
            for event in decision.events:
                self.store.add_event(number, event)
        for other in decision.others:
            self.store.save(other)
        for other_number, message in decision.other_messages:
            self.store.add_message(other_number, replace(message, message_id=""), person="author")
        for other_number, event in decision.other_events:
            self.store.add_event(other_number, event)
        self._letters(decision, ticket, situation, data)
        proof, sender = situation.proof, situation.mail.sender.address.lower()
        # He who got the letter wrote this: a stranger's address in From proves nothing by somebody else's letter.
        if proof is not None and proof.capacity is Capacity.AUTHOR and proof.person.lower() == sender:
            self.store.set(f"proven:{sender}", "1")
        return number

    def _keep(self, number: int, message: Message, situation: Situation) -> None:
        """A message with its files joins the ticket, and its Message-ID the thread of the one who wrote it."""
        mail = situation.mail
        by_author = message.kind in ("appeal", "reply")
        staff = (
            situation.sender.key if situation.sender is not None and not (by_author and not _phone(situation)) else ""
        )
        person = "author" if by_author and not _phone(situation) else staff
        robot = situation.form is not None and situation.form.believed
        kept = replace(message, to=message.to or self.policy.address, message_id="" if robot else message.message_id)
        files = mail.attachments if message.direction is Direction.IN else ()
        self.store.add_message(number, kept, files, person=person)

    def _letters(self, decision: Decision, ticket: Ticket | None, situation: Situation, data: bytes) -> None:
        letters = [
            replace(letter, ticket=ticket) if letter.ticket is not None and letter.ticket.number is None else letter
            for letter in decision.letters
        ]
        stored = self.post.put(letters, situation.now)
        if decision.held is None:
            return
        for letter in stored:
            if letter.kind is Kind.CONFIRM_COMMAND:
                self.store.hold(letter.uid, decision.held, data)
                if situation.mail.oversized:  # the bytes alone do not say that they are a beginning
                    self.store.set(f"cut:{letter.uid}", "1")

    def _carry_out(self, uid: str, situation: Situation, data: bytes) -> int | None:
        """A confirmed command: the held mail is decided again, this time as proven. One use (SPEC 6)."""
        found = self.store.held(uid)
        if found is None or not self.store.use_hold(uid):
            if situation.sender is None:
                return None
            stale = error(self.policy, situation, situation.sender, Line(Why.STALE_CONFIRMATION))
            return self.apply(stale, situation, data)
        held, kept = found
        mail = self.worker.parse_many([kept])[0]
        if isinstance(mail, ParserDied):
            raise RuntimeError(f"a held mail cannot be read again: {mail.reason}")
        if self.store.get(f"cut:{uid}"):
            mail = mail.cut_short()
        granted = self.lookup.granted(held, mail, situation.at, situation.now)
        return self.apply(decide(self.policy, granted), granted, kept)

    # What cannot be handled

    def _died(self, raw: RawMail, died: ParserDied, now: datetime) -> Handled:
        """The parser's worker died or ran out of time at this mail, twice: it is kept raw, and the operator told."""
        if self.store.claim(raw.key, "", now) is not Claim.NEW:
            return Handled(raw.key, Fate.QUARANTINED)
        self._quarantine(raw, died.reason, now, Trouble.POISON)
        return Handled(raw.key, Fate.QUARANTINED)

    def _quarantine(self, raw: RawMail, reason: str, now: datetime, what: Trouble) -> None:
        sender, subject, message_id = _headline(raw.data)
        if self._secret(raw):
            sender, subject, reason = "", "", reason.partition(":")[0]
        number = self.store.quarantine(
            raw.key, raw.data, reason, now, sender=sender, subject=subject, message_id=message_id
        )
        self.store.conclude(
            raw.key,
            outcome=Outcome.QUARANTINED,
            fate=Fate.QUARANTINED,
            ticket=None,
            message_id=message_id,
            sender=sender,
            subject=subject,
            note=reason[:REASON_LENGTH],
        )
        facts = Facts(reason=Line(what, (str(number), reason[:REASON_LENGTH])))
        self.post.put(to_operator(self.policy, Kind.QUARANTINED, now, None, facts), now)
        journal.quarantined(raw.key, number, reason)

    def _secret(self, raw: RawMail) -> bool:
        """Whether this mail came to a confidential category's own mailbox: its sender and subject are told to nobody."""
        category = self.policy.category(self.hints.get(raw.key.source, ""))
        return category is not None and category.confidential

    def _retry_later(self, raw: RawMail, error: Exception, now: datetime) -> Handled:
        """Deciding failed: the mail stays where it is and is tried again; at the third time it is quarantined."""
        if self.store.attempt(raw.key, False) < ATTEMPTS:
            return Handled(raw.key, None)
        with self.store.transaction():
            if self.store.claim(raw.key, "", now) is Claim.NEW:
                self._quarantine(raw, f"{type(error).__name__}: {error}", now, Trouble.UNREADABLE)
        return Handled(raw.key, Fate.QUARANTINED)

    def accuse(self, source: Source, key: SeenKey, now: datetime) -> None:
        """The daemon died three times with this mail alone in hand: it is quarantined unread."""
        for batch in source.fetch([key]):
            for raw in batch:
                with self.store.transaction():
                    if self.store.claim(raw.key, "", now) is Claim.NEW:
                        self._quarantine(raw, "the daemon died at it three times", now, Trouble.POISON)
                source.settle([raw.key], Fate.QUARANTINED)

    def _settle(self, source: Source, handled: Sequence[Handled]) -> None:
        for fate in Fate:
            keys = [one.key for one in handled if one.fate is fate]
            if keys:
                source.settle(keys, fate)


def as_fetched(raw: RawMail, mail: Mail | ParserDied) -> Mail | ParserDied:
    """The mail, known for a beginning where it is one: the source gave no more of it, or the parser read no more."""
    if isinstance(mail, Mail) and (raw.truncated or mail.oversized):
        return mail.cut_short()
    return mail


def _phone(situation: Situation) -> bool:
    """A call that the hotline wrote down: the mail is the specialist's, the words the caller's."""
    return situation.sender is not None and situation.form is not None and not situation.form.believed


def _wanted_from_spam(store: Store, situation: Situation) -> bool:
    """A mail in the provider's spam folder is handled with a valid proof or from a known author (SPEC 3, `spam`)."""
    return situation.proof is not None or store.is_known_author(situation.mail.sender.address.lower())


def _headline(data: bytes) -> tuple[str, str, str]:
    """Sender, subject and Message-ID of a mail that could not be understood, read without any parser: plain ASCII, cut short."""
    found = {"from": "", "subject": "", "message-id": ""}
    for line in data[:65536].splitlines()[:200]:
        if not line.strip():
            break
        name, colon, value = line.partition(b":")
        key = name.strip().lower().decode("ascii", "replace")
        if colon and key in found and not found[key]:
            found[key] = "".join(
                sign if sign.isprintable() else " " for sign in value.decode("utf-8", "replace")
            ).strip()[:200]
    return found["from"], found["subject"], found["message-id"]
