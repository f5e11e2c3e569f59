"""What is known about a mail: everything that `desk.decide` needs, asked of the store. Reads only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from maildesk.desk import appeals, permits, proofs
from maildesk.desk.authentication import Verdict, verdict
from maildesk.desk.decide import from_author
from maildesk.desk.situation import Filled, Situation
from maildesk.model import (
    Answered,
    Capacity,
    FormFields,
    Held,
    Kind,
    Mail,
    MailKind,
    Name,
    Person,
    Policy,
    RawMail,
    ReportView,
    State,
    Tag,
    Ticket,
)
from maildesk.model.tags import skeleton
from maildesk.parse import form as forms
from maildesk.parse import phones, tags
from maildesk.parse.signatures import is_signature_alone
from maildesk.store import Store

#: Proofs are looked for in so much of a mail's text: a foot line stands in the first quoted letter.
TEXT_SEARCHED = 200_000
#: Tags after which the author's own words or files are needed again.
_NEED_WORDS = frozenset({Name.CATEGORY, Name.ROUTE, Name.RETURN, Name.MERGE, Name.LINK})
_REPLY_PREFIX = re.compile(r"^\s*(?:re|aw|sv|fwd?|ответ|на|пересл\w*|отв)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)

Reports = Callable[[str, datetime], ReportView | None]


@dataclass(frozen=True, slots=True)
class Lookup:
    """The store and the rules; `reports` makes the report that `[REPORT]` and `[SEND]` need ('day', 'week', 'last week', or a weekly
    report's letter)."""

    store: Store
    policy: Policy
    vocabulary: tags.Vocabulary
    labels: Mapping[str, Sequence[str]]
    reports: Reports

    def situation(self, raw: RawMail, mail: Mail, now: datetime, category_hint: str) -> Situation:
        """Everything about this mail at this moment."""
        mail = self._honest(mail)
        s = Situation(
            mail=mail,
            at=min(raw.received_at, now),
            now=now,
            sender=self.policy.by_address(mail.strict_from) if mail.strict_from else None,
            category_hint=category_hint,
            verdict=verdict(mail.trace, self.policy.authserv_id, mail.sender.address),
        )
        s = replace(s, form=self._form(raw, mail))
        s = self._proof(s)
        s = self._ticket(s)
        s = self._commands(s)
        if s.answered is not None and s.answered.kind is Kind.CONFIRM_COMMAND:
            held = self.store.held(s.answered.uid)
            s = replace(s, held_expired=held is None or held[0].expires_at < now)
        return self._details(s)

    def granted(self, held: Held, mail: Mail, at: datetime, now: datetime) -> Situation:
        """A held mail whose sender has said yes at `at`: it counts as proven, for that person and that ticket."""
        person = self.policy.staff.get(held.person)
        ticket = self._joined(held.ticket) if held.ticket else None
        s = Situation(mail=mail, at=at, now=now, sender=person, granted=True)
        s = replace(s, form=self._filled(mail.form, believed=False))
        # The letter that it answers still says what a plain reply means; whom it is about was settled when it was held.
        s = replace(self._proof(s), ticket=ticket)
        return self._details(self._commands(s))

    def _honest(self, mail: Mail) -> Mail:
        """A mail that claims to be one of ours is so only if the outbox knows it."""
        if mail.kind is not MailKind.OWN or self.store.answered((mail.message_id,), ()) is not None:
            return mail
        return replace(mail, kind=MailKind.AUTOMATIC, kind_reason="another desk's letter", may_autorespond=False)

    def _form(self, raw: RawMail, mail: Mail) -> Filled | None:
        if raw.trusted_form:
            return self._filled(mail.form, believed=True)
        robot = mail.strict_from in self.policy.form_senders if mail.strict_from else False
        fields = mail.form
        if robot and self.labels:
            fields = forms.read_with(mail.text, "", self.labels) or fields
        if not robot and mail.strict_from and self.policy.by_address(mail.strict_from):
            # What the hotline filled in stands above or inside the quoted blank; the quotation's own head belongs to no field.
            above = forms.read(mail.reply, "")
            fields = above if above is not None and above.text.strip() else fields
        return self._filled(fields, believed=robot)

    def _filled(self, fields: FormFields | None, *, believed: bool) -> Filled | None:
        if fields is None:
            return None
        if fields.email.strip().lower() == self.policy.address.lower():
            fields = replace(fields, email="")  # nobody's address: the desk does not write to itself
        return Filled(fields, forms.category_of(fields.category, self.policy.categories), believed)

    # Which letter does it answer, and is it proven

    def _proof(self, s: Situation) -> Situation:
        mail = s.mail
        ids = _ids(mail)
        headers = proofs.find(ids)
        tokens = tuple(
            dict.fromkeys((*headers, *proofs.find((mail.subject,)), *proofs.find((mail.text[:TEXT_SEARCHED],))))
        )
        checked: list[tuple[proofs.Proof, Answered]] = []
        for token in tokens:
            letter = self.store.answered((), (token.uid,))
            found = _check(token, letter, self.policy)
            if found is not None and letter is not None:
                checked.append((found, letter))
        own = [pair for pair in checked if _is_own(pair[0], s.sender)]
        for proof, letter in (*own, *checked):
            return replace(s, proof=proof, answered=letter)
        return replace(s, answered=self.store.answered(ids, ()))

    def _joined(self, number: int | None) -> Ticket | None:
        """The ticket of that number, or the one that it joined."""
        seen: set[int] = set()
        ticket = self.store.ticket(number, lock=True) if number else None
        while ticket is not None and ticket.merged_into and ticket.merged_into not in seen:
            seen.add(ticket.merged_into)
            ticket = self.store.ticket(ticket.merged_into, lock=True)
        return ticket

    def _ticket(self, s: Situation) -> Situation:
        named = tags.references_in(s.mail.subject, self.vocabulary)
        if s.proof is not None and s.proof.ticket:
            ticket = self._joined(s.proof.ticket)
            conflict = bool(named) and s.proof.ticket not in named and (ticket is None or ticket.number not in named)
            if conflict and s.sender is not None and s.proof.capacity is not Capacity.AUTHOR:
                return replace(s, ticket=self._joined(named[0]) or ticket, conflict=True)
            return replace(s, ticket=ticket, joined=ticket is not None and ticket.number != s.proof.ticket)
        if s.mail.kind is MailKind.BOUNCE:
            return replace(s, ticket=self._joined(s.answered.ticket) if s.answered else None)
        by_thread = self._by_conversation(s)
        if by_thread is not None:
            return replace(s, ticket=by_thread)
        for number in named:
            ticket = self._joined(number)
            if ticket is not None:
                return replace(s, ticket=ticket, by_subject=True)
        return replace(s, missing=named[0] if named else None)

    def _by_conversation(self, s: Situation) -> Ticket | None:
        """A mail without proof that answers a mail already on a ticket, from somebody who belongs to it (SPEC 6)."""
        for number, _person in self.store.tickets_with(_ids(s.mail)):
            ticket = self._joined(number)
            if ticket is None:
                continue
            if s.sender is not None or s.mail.sender.address.lower() in ticket.author.addresses:
                return ticket
        return None

    # What does it command

    def _commands(self, s: Situation) -> Situation:
        mail = s.mail
        person = s.sender.key if s.sender else "author"
        earlier: tuple[str, ...] = ()
        if s.ticket is not None and s.ticket.number is not None:
            # A reply to a letter about a ticket that joined this one carries that one's subject over.
            numbers = (s.ticket.number, *(one.number for one in self._all_merged(s.ticket.number) if one.number))
            earlier = tuple(subject for number in numbers for subject in self.store.known_subjects(number, person))
        answering = bool(mail.in_reply_to or mail.references)
        # Composed from a button or by hand, not carried over by a client's "reply".
        fresh = not _REPLY_PREFIX.match(mail.subject) and (bool(proofs.find((mail.subject,))) or not answering)
        # Another mail of the same subject is the thread being carried on, not this mail met again.
        commands = tags.read(mail.subject, mail.reply, self.vocabulary, earlier_subjects=earlier, fresh=fresh)
        if s.sender is not None and is_signature_alone(tags.without_greeting(commands.text), s.sender.name):
            commands = replace(commands, text="")  # a client's signature is no text (SPEC 4)
        routed = [tag for tag in tags.in_subject(mail.subject, self.vocabulary) if tag.name is Name.CATEGORY]
        stray = tags.stray(commands.text, self.vocabulary) if s.sender is not None else None
        return replace(
            s,
            commands=commands,
            subject_category=routed[0].argument if routed else None,
            stray=stray.written if stray else "",
        )

    # What else is needed for that

    def _details(self, s: Situation) -> Situation:
        if s.sender is not None:
            s = self._for_staff(s)
        if s.ticket is not None and s.mail.kind is MailKind.BOUNCE and s.ticket.number is not None:
            page = self.store.page(s.ticket.number)
            merged = self._all_merged(s.ticket.number)
            s = replace(s, original=page.messages if page else (), merged=merged)
        return self._for_appeal(s)

    def _for_staff(self, s: Situation) -> Situation:
        names = {tag.name for tag in s.commands.tags}
        number = s.ticket.number if s.ticket else None
        if number is not None and names & _NEED_WORDS:
            original = self.store.author_text(number)
            cut = self.store.cut_files(number, original)
            s = replace(s, original=original, files=self.store.attachments(number), cut=cut)
        if number is not None and Name.CLOSED in names:
            s = replace(s, merged=self._all_merged(number))
        for tag in s.commands.tags:
            s = self._for_tag(s, tag)
        return s

    def _all_merged(self, number: int) -> tuple[Ticket, ...]:
        """The tickets that joined this one, and those that had joined them."""
        found: dict[int, Ticket] = {}
        waiting = [number]
        while waiting:
            for ticket in self.store.merged_into(waiting.pop()):
                if ticket.number is not None and ticket.number not in found:
                    found[ticket.number] = ticket
                    waiting.append(ticket.number)
        return tuple(found[key] for key in sorted(found))

    def _for_tag(self, s: Situation, tag: Tag) -> Situation:
        if tag.name in (Name.MERGE, Name.LINK):
            wanted = self._named(tag.argument)
            other = self.store.ticket(wanted, lock=True) if wanted else None
            if other is not None and other.state is State.MERGED:
                other = self._joined(other.number)
            return replace(s, other=other)
        if tag.name in (Name.STATUS, Name.HISTORY):
            wanted = self._named(tag.argument) if tag.argument else (s.ticket.number if s.ticket else None)
            return replace(s, page=self.store.page(wanted) if wanted else None)
        if tag.name is Name.MY and s.sender is not None:
            return replace(s, tickets=self.store.open_tickets(assignee=s.sender.key))
        if tag.name is Name.LIST:
            return replace(s, tickets=self.store.open_tickets())
        if (
            tag.name in (Name.REPORT, Name.SEND)
            and s.sender
            and permits.serves(self.policy, s.sender.key, ("head",), s.now)
        ):
            return replace(s, report=self.reports(_period(tag, s.answered), s.now))
        return s

    def _named(self, argument: str) -> int | None:
        found = tags.references_in(argument, self.vocabulary)
        if found:
            return found[0]
        digits = argument.strip().lstrip("#№ ")
        return int(digits) if digits.isdecimal() and len(digits) < 10 else None

    def _for_appeal(self, s: Situation) -> Situation:
        """The sender's recent tickets and letters, needed only where the mail may open one."""
        if not s.mail.may_open and not (s.form and s.form.believed):
            return s
        if s.ticket is not None and (s.proof is not None or from_author(s)) and s.ticket.state is not State.CLOSED:
            return replace(s, proven=_author_proof(s))
        s = replace(s, phone=next(iter(phones.find(s.mail.text)), ""))
        author = appeals.author_of(self.policy, s.mail, s)
        if s.form is not None and s.sender is not None and not s.form.believed:
            author = replace(author, email=appeals.usable(s.form.fields.email) or author.email)
        address = author.email.lower()
        if not address:
            return s
        rate = self.policy.new_tickets_per_sender
        proven = _author_proof(s) or s.verdict is Verdict.PASS or self.store.get(f"proven:{address}") is not None
        new_lately = self.store.count_new(address, s.now - rate.per)
        since = s.now - (rate.per if new_lately >= rate.count else appeals.DUPLICATE_WITHIN)
        recent = tuple((ticket, self._text_of(ticket)) for ticket in self.store.recent_of(address, since)[:5])
        lately = not proven and self.store.sent_to(address, s.now - appeals.DUPLICATE_WITHIN, (Kind.RECEIPT,)) > 0
        return replace(s, recent=recent, new_lately=new_lately, receipt_lately=lately, proven=proven)

    def _text_of(self, ticket: Ticket) -> str:
        messages = self.store.author_text(ticket.number) if ticket.number else ()
        return messages[0].text if messages else ""


def _author_proof(s: Situation) -> bool:
    return s.proof is not None and s.proof.capacity is Capacity.AUTHOR


def _ids(mail: Mail) -> tuple[str, ...]:
    """The Message-IDs that a mail answers, the nearest first; of a bounce, the returned letter's."""
    ids = (mail.bounce.original_message_id,) if mail.bounce and mail.bounce.original_message_id else ()
    return tuple(dict.fromkeys(one for one in (*ids, mail.in_reply_to, *reversed(mail.references)) if one))


def _check(token: proofs.Token, letter: Answered | None, policy: Policy) -> proofs.Proof | None:
    """Whether this code is the one that the letter of that name bore."""
    if letter is None or (letter.ticket or 0) != token.ticket:
        return None
    bound_to = letter.address if letter.capacity is Capacity.AUTHOR else letter.person
    return proofs.matches(token, policy, letter.capacity, bound_to)


def _is_own(proof: proofs.Proof, sender: Person | None) -> bool:
    if proof.capacity is Capacity.AUTHOR:
        return sender is None
    return sender is not None and proof.person == sender.key


def _period(tag: Tag, answered: Answered | None) -> str:
    if tag.name is Name.SEND:
        return answered.uid if answered is not None and answered.kind is Kind.WEEKLY_REPORT else "last week"
    folded = skeleton(tag.argument)
    return "week" if folded.startswith((skeleton("week"), skeleton("недел"), skeleton("нед"))) else "day"
