"""Mails of the past become tickets of the past: received at their Date, closed, without letters or escalations (SPEC 2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from maildesk.arrivals import as_fetched
from maildesk.desk import appeals, terms
from maildesk.desk.decide import decide, from_author
from maildesk.desk.job import message
from maildesk.desk.situation import Situation
from maildesk.model import (
    Decision,
    Event,
    Fate,
    Mail,
    Outcome,
    RawMail,
    State,
    Step,
    Term,
    Ticket,
)
from maildesk.parse.worker import ParserDied, Worker
from maildesk.store import Claim
from maildesk.wiring import Desk


class _TakenBack(Exception):
    """Ends the transaction of a dry run."""


class Importer:
    """Takes batches of mails into the desk, within its `trial()`. `letters`: as if they arrived now. `since`: only mails of that
    moment or later."""

    def __init__(self, desk: Desk, worker: Worker, *, letters: bool, since: datetime | None, dry_run: bool) -> None:
        self.desk = desk
        self.dry_run = dry_run
        self._letters = letters
        self._since = since
        self._worker = worker
        self._arrivals = desk.arrivals(worker)
        self._counts: Counter[str] = Counter()

    def summary(self) -> str:
        """How many of each sort there were."""
        return ", ".join(f"{count} {what}" for what, count in sorted(self._counts.items())) or "nothing"

    @contextmanager
    def trial(self) -> Iterator[None]:
        """All that is taken within is taken back at its end where this is a dry run: only what was really imported says what the next
        mail would become, a reply or a duplicate of it."""
        if not self.dry_run:
            yield
            return
        with suppress(_TakenBack), self.desk.store.transaction():
            yield
            raise _TakenBack

    def take(self, source: str, mails: Sequence[RawMail]) -> Iterator[str]:
        """Import these; a line for each: where it lay, what it became and why."""
        wanted = [raw for raw in mails if self._since is None or raw.received_at >= self._since]
        early = [raw for raw in mails if raw not in wanted]
        for raw in early:
            self._counts["left out"] += 1
            yield f"{raw.key.uid}: left out (of {raw.received_at:%Y-%m-%d}, before --since)"
        for raw, mail in zip(wanted, self._worker.parse_many([raw.data for raw in wanted]), strict=True):
            what, why = self._one(raw, as_fetched(raw, mail))
            self._counts[what] += 1
            yield f"{raw.key.uid}: {what} ({why})"

    def _one(self, raw: RawMail, mail: Mail | ParserDied) -> tuple[str, str]:
        if isinstance(mail, ParserDied):
            return "left out", mail.reason
        with self.desk.store.transaction():
            claim = self.desk.store.claim(raw.key, mail.fingerprint, self.desk.clock())
            if claim is not Claim.NEW:
                return "duplicate", "it was taken before"
            decision, ticket = self._take(raw, mail)
            self.desk.store.conclude(
                raw.key,
                outcome=decision.outcome,
                fate=Fate.PROCESSED,
                ticket=ticket,
                message_id=mail.message_id,
                sender=mail.sender.address,
                subject=mail.subject,
                note=f"imported: {decision.rule}",
            )
            reference = f"{self.desk.policy.prefix}-{ticket}" if ticket else "no ticket"
            return decision.outcome, f"{reference}, {decision.rule}"

    def _situation(self, raw: RawMail, mail: Mail) -> Situation:
        now = self.desk.clock()
        arrived = replace(raw, received_at=now) if self._letters else raw
        return self.desk.lookup().situation(arrived, mail, now, "")

    def _take(self, raw: RawMail, mail: Mail) -> tuple[Decision, int | None]:
        situation = self._situation(raw, mail)
        if self._letters:
            decision = decide(self.desk.policy, situation)
            return decision, self._arrivals.apply(decision, situation, raw.data)
        decision = self._of_the_past(situation)
        return decision, self._arrivals.apply(decision, situation, raw.data)

    def _of_the_past(self, situation: Situation) -> Decision:
        """An appeal becomes a closed ticket, an answer to one joins it; machines' mail is only counted."""
        mail = situation.mail
        if not mail.may_open:
            return Decision(Outcome.AUTOMATIC, rule=f"automatic: {mail.kind_reason or mail.kind}")
        ticket = situation.ticket
        if ticket is not None and not situation.by_subject and (from_author(situation) or situation.sender is not None):
            kind = "reply" if from_author(situation) else "staff"
            return Decision(
                Outcome.REPLY,
                ticket=ticket,
                messages=(message(situation, kind, mail.text),),
                rule="answers a mail of this ticket",
            )
        return self._closed(situation)

    def _closed(self, situation: Situation) -> Decision:
        policy, mail = self.desk.policy, situation.mail
        category, why = appeals.first_category(policy, situation, appeals.channel_of(situation))
        ticket = Ticket(
            subject=mail.subject,
            channel=appeals.channel_of(situation),
            author=appeals.author_of(policy, mail, situation),
            received_at=situation.at,
            state=State.CLOSED,
            category=category,
            closed_at=situation.at,
            counted_at=situation.at,  # new then, and in no report of these days
        )
        # What was promised then is not ours to judge now: the terms end as they begin, owed to nobody.
        for term in (Term.DISPATCH, Term.CLOSE):
            ticket = terms.stop(terms.start(policy, ticket, term, situation.at, ""), term, situation.at)
        event = Event(situation.now, "daemon", Step.OPENED, (ticket.channel,), "imported")
        cut = (Event(situation.now, "author", Step.CUT_SHORT, (), "imported"),) if mail.oversized else ()
        kept = message(situation, "appeal", appeals.appeal_text(situation))
        return Decision(
            Outcome.NEW, ticket=ticket, messages=(kept,), events=(event, *cut), rule=f"a ticket of the past, {why.code}"
        )
