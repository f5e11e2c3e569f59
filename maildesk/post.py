"""From a decision's letters to the outbox: signed, threaded, worded, counted against the limits. Used by the three verbs."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maildesk.desk import proofs, worktime
from maildesk.desk.letters import to_operator
from maildesk.desk.routing import confidential
from maildesk.model import (
    LIMITED_KINDS,
    PERSONAL_KINDS,
    Capacity,
    Direction,
    Event,
    Facts,
    FileName,
    Kind,
    Letter,
    Line,
    Message,
    Outgoing,
    PlainReply,
    Policy,
    ReportView,
    Step,
    Thread,
    Trouble,
)
from maildesk.outbox.compose import compose
from maildesk.outbox.render import Renderer
from maildesk.store import Store

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
#: A `flood` letter says that letters are held back; one an hour says it well enough.
FLOOD_PAUSE = timedelta(hours=1)
#: With a working calendar these leave in working time (SPEC 5).
_IN_WORKING_TIME = frozenset({Kind.REMINDER, Kind.ESCALATION})
#: Beyond the limit these wait: each tells of a term, and nobody would say it again. What a stranger's mail calls forth (receipts,
#: errors, confirmations) is dropped, so that nobody can have a third person's mailbox filled for days.
_KEPT = frozenset({Kind.REMINDER, Kind.ESCALATION})
#: What goes first when the day's amount is nearly spent: people's words, then what the daemon says of itself (SPEC 3, per_day).
_PRIORITIES = {Kind.RECEIPT: 2, Kind.COMMAND_DONE: 2, Kind.CONFIRM_COMMAND: 1}


def priority(kind: Kind) -> int:
    """0 for people's words, 1 for what the desk has to tell, 2 for receipts and confirmations."""
    return 0 if kind in PERSONAL_KINDS else _PRIORITIES.get(kind, 1)


def new_uid() -> str:
    """A letter's own name: 10 base32 letters, 50 random bits."""
    return "".join([_BASE32[byte & 31] for byte in secrets.token_bytes(proofs.UID_LENGTH)])


@dataclass(frozen=True, slots=True)
class Post:
    """The way into the outbox. Every call belongs inside the caller's transaction."""

    store: Store
    policy: Policy
    renderer: Renderer

    def put(self, letters: Sequence[Outgoing], now: datetime) -> list[Letter]:
        """Store these letters; of those over a limit some wait, the others are left out (and that is said once). Returns what
        was stored."""
        stored = []
        for outgoing in letters:
            if not outgoing.to.address:
                continue
            if outgoing.kind in _KEPT:
                stored.append(self._put(outgoing, now, self._slot(outgoing, now)))
            elif not self._over_limit(outgoing, now):
                stored.append(self._put(outgoing, now, now))
        return stored

    def _slot(self, outgoing: Outgoing, now: datetime) -> datetime:
        """When this letter may leave: now, or as soon as the limit allows, behind those that wait already."""
        rate = self.policy.letters_per_recipient
        latest = self.store.last_to(outgoing.to.address, now - rate.per, tuple(LIMITED_KINDS), rate.count)
        if len(latest) < rate.count:
            return now
        slot = max(now, latest[-1] + rate.per)
        self._tell_of_flood(outgoing, now, Step.WAITS, slot.isoformat())
        return slot

    def _over_limit(self, outgoing: Outgoing, now: datetime) -> bool:
        address = outgoing.to.address
        if outgoing.kind is Kind.FLOOD:
            return self.store.sent_to(address, now - FLOOD_PAUSE, (Kind.FLOOD,)) > 0
        if outgoing.kind not in LIMITED_KINDS:
            return False
        rate = self.policy.letters_per_recipient
        if self.store.sent_to(address, now - rate.per, tuple(LIMITED_KINDS)) < rate.count:
            return False
        self._tell_of_flood(outgoing, now, Step.NOT_SENT)
        return True

    def _tell_of_flood(self, outgoing: Outgoing, now: datetime, step: Step, *until: str) -> None:
        """The operator hears, or the member of staff whose letters are held back; the ticket remembers which was, and `until` when."""
        rate = self.policy.letters_per_recipient
        secret = outgoing.ticket is not None and confidential(self.policy, outgoing.ticket)
        # An author's address on a confidential ticket is nobody's business but the assignee's (SPEC 6).
        shown = "" if secret and outgoing.capacity is Capacity.AUTHOR else outgoing.to.address
        facts = Facts(reason=Line(Trouble.TOO_MANY_LETTERS, (shown, str(rate.count), str(rate.per.total_seconds()))))
        if outgoing.to.person in self.policy.staff:
            letters = [
                replace(
                    outgoing,
                    kind=Kind.FLOOD,
                    capacity=Capacity.STAFF,
                    facts=facts,
                    ticket=None,
                    text="",
                    buttons=(),
                    attachments=(),
                    plain_reply=PlainReply.NOTHING,
                    masked=False,
                )
            ]
        else:
            letters = to_operator(self.policy, Kind.FLOOD, now, None, facts)
        for letter in letters:
            if not self._over_limit(letter, now):
                self._put(letter, now, now)
        if outgoing.ticket is not None and outgoing.ticket.number is not None:
            event = Event(now, "daemon", step, (outgoing.kind, *until), "too many letters")
            self.store.add_event(outgoing.ticket.number, event)

    def _put(self, outgoing: Outgoing, now: datetime, leaves: datetime) -> Letter:
        number = outgoing.ticket.number if outgoing.ticket else None
        uid = new_uid()
        bound_to = outgoing.to.address if outgoing.capacity is Capacity.AUTHOR else outgoing.to.person
        token = proofs.make(self.policy, outgoing.capacity, bound_to, number, uid)
        thread = self.store.thread(number, outgoing.to.person, outgoing.to.address) if number is not None else Thread()
        letter = compose(
            outgoing,
            thread=thread,
            policy=self.policy,
            uid=uid,
            token=str(token),
            now=now,
            renderer=self.renderer,
        )
        if outgoing.kind in _IN_WORKING_TIME:
            leaves = worktime.next_open(leaves, self.policy.calendar, self.policy.zone)
        hidden = "" if number is None else f"{self.policy.prefix}-{number}"
        secret = outgoing.ticket is not None and confidential(self.policy, outgoing.ticket)
        listed = hidden if outgoing.masked or secret else ""
        self.store.put(letter, priority=priority(letter.kind), not_before=leaves, lists_as=listed)
        if number is not None:
            self.store.add_message(number, _said(letter, self.policy, now))
        if outgoing.facts.report is not None:
            self._remember_report(letter, outgoing.facts.report)
        return letter

    def _remember_report(self, letter: Letter, report: ReportView) -> None:
        """Which week a weekly report's letter is about, for the `[SEND]` that answers it; once that is sent on, no reminder waits."""
        if letter.kind is Kind.WEEKLY_REPORT:
            self.store.set(f"weekly:{letter.uid}", report.until.isoformat())
        waiting = self.store.get("weekly:waiting") if letter.kind is Kind.WEEKLY_ANALYSIS else None
        if waiting and report.until >= datetime.fromisoformat(waiting):
            self.store.set("weekly:waiting", "")


def _said(letter: Letter, policy: Policy, now: datetime) -> Message:
    """The letter, as its ticket remembers it."""
    return Message(
        direction=Direction.OUT,
        kind=letter.kind,
        sender=policy.address,
        to=letter.to.address,
        at=now,
        text=letter.text,
        attachments=tuple(FileName(name, "", 0) for name in letter.attachments),
    )
