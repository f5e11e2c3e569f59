"""What the templates of a letter may name: every fact of it, already worded, cleaned, and rid of proofs and of what is masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from maildesk.model import (
    AUTHOR_KINDS,
    Direction,
    Event,
    Kind,
    Line,
    Message,
    Outgoing,
    PlainReply,
    Policy,
    Step,
    Term,
    Ticket,
    TicketRow,
    Trouble,
    Why,
)
from maildesk.outbox.buttons import DrawnButton, written
from maildesk.outbox.cut import MARKERS, line_without_proofs, without_proofs
from maildesk.outbox.headers import clean
from maildesk.outbox.machine_words import refused_file, said
from maildesk.outbox.records import AllowedView, MessageView, RowView, StepView, TermView, TicketView
from maildesk.outbox.render import Renderer
from maildesk.outbox.report_view import viewed

#: Kinds whose text a masked reader may see: their own words, or a reason meant for them (SPEC 6, an extension's).
OWN_WORDS = frozenset(
    {
        Kind.EXTENSION_REQUEST,
        Kind.EXTENSION_DECISION,
        Kind.CONFIRM_COMMAND,
        Kind.COMMAND_ERROR,
        Kind.COMMAND_DONE,
        Kind.HELP,
    }
)
#: Kinds that say no more to the author than the desk itself knows (SPEC 5: a receipt repeats nothing of the sender's).
TELLING_NOTHING = frozenset({Kind.RECEIPT, Kind.TERM_CHANGED})

#: Which facts of a ticket a letter shows, in this order: all of them, or what reminds of it; then those of a masked one.
_FIELDS = ("name", "role", "class", "phone", "email", "subject", "category", "channel", "received")
_SUMMARY = ("subject", "category", "state", "assignee", "received")
_FIELDS_MASKED = ("category", "channel", "state", "received")
_SUMMARY_MASKED = ("category", "state", "assignee", "received")

#: What came in that people wrote, and what went out in their words; all else machines wrote.
_SAID = frozenset({"appeal", "reply", "phone", "staff", "note"})
_PASSED_ON = frozenset({Kind.QUESTION, Kind.ANSWER})

_WHYS, _TROUBLES = frozenset(Why), frozenset(Trouble)
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")


def _first_sentence(text: str) -> tuple[str, str]:
    """A headline is one sentence; what follows it is said below."""
    first, dot, rest = text.partition(". ")
    return (f"{first}.", rest) if dot else (text, "")


class Viewer:
    """Words the facts of one letter for its reader."""

    def __init__(self, outgoing: Outgoing, policy: Policy, now: datetime, renderer: Renderer) -> None:
        self.outgoing, self.policy, self.now, self.renderer = outgoing, policy, now, renderer
        self.masked = outgoing.masked
        self._secrets = tuple(value for value in self._hidden(outgoing.ticket) if value) if self.masked else ()

    @staticmethod
    def _hidden(ticket: Ticket | None) -> Iterable[str]:
        if ticket is None:
            return ()
        author = ticket.author
        return (author.name, author.phone, author.class_, ticket.subject)

    def ref(self, number: int | None) -> str:
        return f"{self.policy.prefix}-{number}" if number else ""

    def variables(
        self,
        *,
        subject: str,
        buttons: tuple[DrawnButton, ...],
        token: str,
        files: tuple[str, ...],
        left_out: tuple[str, ...],
    ) -> Mapping[str, object]:
        """All variables of a letter by the names that templates/README.md lists."""
        outgoing, facts = self.outgoing, self.outgoing.facts
        to_author = outgoing.kind in AUTHOR_KINDS
        open_words = not self.masked or outgoing.kind in OWN_WORDS
        telling = outgoing.kind not in TELLING_NOTHING
        reason = facts.reason
        told = self.reason(reason) if reason else ""
        first, rest = _first_sentence(told)
        return {
            "kind": outgoing.kind.value,
            "language": self.renderer.language,
            "subject": subject,
            "marker": MARKERS.get(self.renderer.language, MARKERS["en"]),
            "now": self.now,
            "service": clean(self.policy.service_name),
            "organisation": clean(self.policy.organisation),
            "hotline": clean(self.policy.phone),
            "to_author": to_author,
            "masked": self.masked,
            "ref": self.ref(outgoing.ticket.number if outgoing.ticket else None),
            "ticket": self.ticket(outgoing.ticket) if outgoing.ticket and not to_author else None,
            "text": without_proofs(outgoing.text).strip("\r\n") if open_words and telling else "",
            "quoted": without_proofs(facts.quoted).strip("\r\n") if open_words else "",
            "files": files if open_words and telling else (),
            "left_out": left_out if open_words and telling else (),
            "refused_files": tuple(map(self.refused, facts.refused_files)) if open_words and telling else (),
            "cut": facts.cut is not None,
            "cut_files": tuple(clean(name) for name in facts.cut or ()) if open_words and telling else (),
            "processed": clean(self.policy.processed),
            "code": reason.code if reason else "",
            "args": self.arguments(reason) if reason else (),
            "reason": told,
            "reason_first": first,
            "reason_rest": rest,
            "done": tuple(sentence for sentence in map(self.step, facts.done) if sentence),
            "allowed": tuple(self.allowed(line) for line in facts.allowed),
            "by": self.names(facts.by),
            "to": self.names(facts.to) if not self.masked or outgoing.kind is not Kind.CALLBACK_REQUEST else "",
            "term": facts.term.value if facts.term else "",
            "term_name": self.word("terms", facts.term.value) if facts.term else "",
            "since": facts.since,
            "due": facts.due,
            "hours": facts.hours,
            "phone": "" if self.masked else self.line(facts.phone),
            "commands": tuple(self.line(command) for command in facts.commands),
            "rows": tuple(self.row(row) for row in facts.rows),
            "history": tuple(self.event(event) for event in facts.history),
            "messages": () if self.masked else self.messages(facts.messages),
            "report": viewed(self, facts.report) if facts.report else None,
            "reopen_days": max(1, round(self.policy.reopen_within.total_seconds() / 86400)),
            "buttons": buttons,
            "plain": outgoing.plain_reply.value,
            "plain_reply": "" if to_author else self.plain_reply(outgoing.plain_reply),
            "token": "" if to_author else token,
            "blank_form": self.renderer.say("blank_form"),
        }

    # -- single values -------------------------------------------------------------------------------------------------

    def line(self, value: str) -> str:
        """A one-line value of a stranger's, fit to be shown."""
        return clean(line_without_proofs(value))

    def word(self, table: str, code: str) -> str:
        """The word for a code, or the code itself where the table has none."""
        return self.renderer.table(table).get(code, code)

    def names(self, value: str) -> str:
        """Names of staff for keys of theirs; what is no key stays as it is."""
        shown = (self.policy.staff[key].name if key in self.policy.staff else key for key in value.split(","))
        return self.line(", ".join(part.strip() for part in shown if part.strip()))

    def argument(self, value: str) -> str:
        """An argument of a `Line`: a moment is told, a staff key named, what is masked hidden."""
        shown = self.machine(self.renderer.wording.told(self.line(value), self.now))
        if shown in self.policy.staff:
            return self.policy.staff[shown].name
        if self.masked:
            shown = _ADDRESS.sub("…", shown)
            for secret in self._secrets:
                shown = shown.replace(secret, "…")
        return shown

    def machine(self, words: str) -> str:
        """What a program said of a fault, in the reader's language where it is known."""
        code, varying = said(words)
        sentence = self.renderer.table("machine").get(code, "")
        for index, value in enumerate(varying):
            sentence = sentence.replace(f"{{{index}}}", value)
        return sentence or words

    def refused(self, named: str) -> str:
        """A file that could not be had from the website, and why."""
        name, code = refused_file(named)
        why = self.renderer.table("file_faults").get(code)
        return self.line(f"{name} ({why})" if why else named)

    def arguments(self, line: Line) -> tuple[str, ...]:
        """The arguments of the letter's reason; of a `help` letter they are roles."""
        if self.outgoing.kind is Kind.HELP:
            return tuple(self.word("roles", role) for role in self._args(line))
        return self._args(line)

    def _args(self, line: Line) -> tuple[str, ...]:
        return tuple(self.argument(one) for one in line.args)

    def reason(self, line: Line) -> str:
        """The sentence for a reason: one of the kind's own, else a `Why`, a `Trouble`, a `Step`."""
        args = self._args(line)
        own = self.renderer.say(f"reason_{self.outgoing.kind.value}_{line.code}", *args)
        if own:
            return own
        if line.code in _WHYS and self.outgoing.kind is Kind.COMMAND_ERROR:
            return self.renderer.say(f"why_{line.code}", *args)
        if line.code in _TROUBLES:
            return self.renderer.say(f"trouble_{line.code}", *args)
        return self.renderer.say(f"why_{line.code}", *args)

    def step(self, line: Line) -> str:
        return self.renderer.say(f"step_{line.code}", *self._args(line))

    def plain_reply(self, plain: PlainReply) -> str:
        """What a reply without a tag will do."""
        own = self.renderer.say(f"plain_{self.outgoing.kind.value}")
        return own or self.renderer.say(f"plain_reply_{plain.value}")

    def allowed(self, line: Line) -> AllowedView:
        """A tag that the reader may write. Of CATEGORY the arguments are the categories' tags."""
        code = line.code.lower()
        if code == "category":
            tags = " ".join(f"[{tag}]" for tag in self._args(line))
            return AllowedView(tags, self.renderer.say("may_category"), self.renderer.say("example_category"))
        argument = line.args[0] if line.args else ""
        tag = written(line.code, argument, self.renderer.language)
        return AllowedView(
            tag,
            self.renderer.say(f"may_{code}", self._secrecy()),
            self.renderer.say(f"example_{code}", self.policy.prefix),
        )

    def _secrecy(self) -> str:
        """'secret' where the letter's ticket is confidential: some commands then say what others will read."""
        ticket = self.outgoing.ticket
        category = self.policy.category(ticket.category) if ticket else None
        return "secret" if category is not None and category.confidential else ""

    # -- the ticket and its story --------------------------------------------------------------------------------------

    def ticket(self, ticket: Ticket) -> TicketView:
        """The ticket as this reader may see it."""
        category = self.policy.category(ticket.category)
        hidden, author, extension = self.masked, ticket.author, ticket.extension
        reason = "" if extension is None or (hidden and self.outgoing.kind not in OWN_WORDS) else extension.reason
        role = self.word("roles", author.role) if author.role else ""
        return TicketView(
            ref=self.ref(ticket.number),
            subject="" if hidden else self.line(ticket.subject),
            category=category.title if category else "",
            tag=category.tags[0] if category and category.tags else "",
            channel=self.word("channels", ticket.channel.value),
            state=self.word("states", ticket.state.value),
            state_code=ticket.state.value,
            received=ticket.received_at,
            dispatched=ticket.dispatched_at,
            taken=ticket.taken_at,
            closed=ticket.closed_at,
            assignees=", ".join(self.names(key) for key in ticket.assignees),
            name="" if hidden else self.line(author.name),
            role="" if hidden else self.line(role),
            class_="" if hidden else self.line(author.class_),
            phone="" if hidden else self.line(author.phone),
            email="" if hidden else self.line(author.email),
            fields=self._pairs(ticket, _FIELDS_MASKED if hidden else _FIELDS),
            summary=self._pairs(ticket, _SUMMARY_MASKED if hidden else _SUMMARY),
            terms=tuple(self._terms(ticket)),
            extension_hours=extension.hours if extension else None,
            extension_until=extension.until if extension else None,
            extension_reason=without_proofs(reason),
            linked=self.ref(ticket.linked_to),
            reopened=ticket.reopened,
            confidential=category is not None and category.confidential,
        )

    def _pairs(self, ticket: Ticket, wanted: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """What is known of the author and the appeal, as label and value; what is not known is left out."""
        author = ticket.author
        category = self.policy.category(ticket.category)
        values = {
            "name": author.name,
            "role": self.word("roles", author.role) if author.role else "",
            "class": author.class_,
            "phone": author.phone,
            "email": author.email,
            "subject": ticket.subject,
            "category": category.title if category else "",
            "channel": self.word("channels", ticket.channel.value),
            "received": self.renderer.wording.moment(ticket.received_at, self.now),
            "state": self.word("states", ticket.state.value),
            "assignee": self.names(",".join(ticket.assignees)),
        }
        shown = ((self.word("labels", name), self.line(values[name])) for name in wanted)
        return tuple((label, value) for label, value in shown if value)

    def _terms(self, ticket: Ticket) -> Iterable[TermView]:
        for term in Term:
            clock = ticket.clock(term)
            if clock is None:
                continue
            met = clock.met(self.now)
            state = "running" if met is None else "kept" if met else "late" if clock.running else "missed"
            if met is None and not clock.running:
                state = "ended"
            yield TermView(term.value, self.word("terms", term.value), clock.due_at, state)

    def row(self, row: TicketRow) -> RowView:
        return RowView(
            ref=row.ref,
            subject=self.line(row.subject),
            category=self.category(row.category),
            assignee=self.names(row.assignee),
            state=self.word("states", row.state),
            received=row.received_at,
            term=self.word("terms", row.next_term.value) if row.next_term else "",
            due=row.due_at,
            late=row.late,
            secret=self._secret(row),
            class_=self.line(row.class_),
        )

    def category(self, value: str) -> str:
        """The title of a category named by its key; what is no key stays as it is."""
        known = self.policy.category(value)
        return known.title if known else self.line(value)

    def _secret(self, row: TicketRow) -> bool:
        return not row.subject and any(
            category.confidential and row.category in (category.key, category.title)
            for category in self.policy.categories
        )

    def event(self, event: Event) -> StepView:
        actor = self.policy.staff.get(event.actor)
        known = event.event in frozenset(Step)
        return StepView(
            at=event.at,
            who=actor.name if actor else self.word("actors", event.actor),
            what=self.step(Line(event.event, event.args)) if known else self.line(event.event),
            rule=self.renderer.table("rules").get(event.rule, ""),
        )

    def messages(self, messages: Iterable[Message]) -> tuple[MessageView, ...]:
        """What people wrote, each thing once; of what machines wrote, only that and when they did."""
        views: list[MessageView] = []
        told: set[str] = set()
        for message in messages:
            words = self._words(message)
            # What a specialist wrote went to the author as he wrote it: the letter is the same words once more.
            shown = "" if message.direction is Direction.OUT and words.strip() in told else words
            told.add(words.strip())
            views.append(self._message(message, shown))
        return tuple(views)

    @staticmethod
    def _words(message: Message) -> str:
        """A person's words in it, '' where a machine wrote it: a letter of the service repeats what others said already."""
        by_people = _SAID if message.direction is Direction.IN else _PASSED_ON
        return without_proofs(message.text).strip("\r\n") if message.kind in by_people else ""

    def _message(self, message: Message, words: str) -> MessageView:
        incoming = message.direction is Direction.IN
        person = self.policy.by_address(message.sender if incoming else message.to)
        who = self.word("actors", "author" if incoming else "daemon")
        if message.kind == "bounce":  # a mail server's, about the author's address
            who = self.line(message.sender)
        to_author = not incoming and message.kind in AUTHOR_KINDS
        reader = self.word("actors", "author") if to_author else self.line(message.to)
        return MessageView(
            at=message.at,
            who=person.name if incoming and person else who,
            kind=self.word("messages" if incoming else "kinds", message.kind),
            to="" if incoming else person.name if person and not to_author else reader,
            text=words,
            files=tuple(self.line(file.name) for file in message.attachments) if incoming or words else (),
            incoming=incoming,
        )
