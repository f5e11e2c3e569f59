"""A letter was refused: when it is tried again, whether the outbox rests, and who hears of one that is given up (SPEC 8.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from maildesk import journal
from maildesk.desk.job import Job
from maildesk.desk.letters import to_operator
from maildesk.desk.machines import undeliverable
from maildesk.desk.situation import Situation
from maildesk.model import (
    AUTHOR_KINDS,
    Answered,
    Facts,
    Kind,
    Letter,
    Line,
    Mail,
    Outcome,
    Policy,
    Refused,
    Rest,
    Trouble,
    Whose,
)
from maildesk.outbox import retry
from maildesk.post import Post
from maildesk.store import Claimed, Store

#: A letter about letters is not written about (an operator's dead address must not fill the outbox).
_SILENT = frozenset({Kind.DELIVERY_FAILED, Kind.FLOOD, Kind.NOTICE, Kind.QUARANTINED})
#: On which day the operator was told last of a rest for this cause: a day of rests is one notice.
_TOLD = "rest_told:"


@dataclass(frozen=True, slots=True)
class Refusals:
    """Draws the consequences of refusals. Every call belongs inside the caller's transaction."""

    store: Store
    policy: Policy
    post: Post

    def take(self, one: Claimed, refusal: Refused, now: datetime) -> None:
        """Write down what the server said of this letter, and do what follows."""
        last = self.store.last_rest() if refusal.whose is Whose.SENDER else None
        others_went = last is not None and self.store.sent_after(last.since)
        refusal = retry.judged(refusal, one.accused, others_went)
        following = retry.after(refusal, one.attempts, one.first_at, now, last, others_went=others_went)
        letter = one.letter
        self.store.mark_refused(letter.uid, refusal, next_at=following.again_at, at=now)
        again = following.again_at.isoformat() if following.again_at else "given up"
        journal.refused(letter.ticket, letter.message_id, letter.kind, refusal, again)
        if following.rest is not None:
            self._rest(letter, following.rest, retry.cause(refusal), now)
        if following.again_at is None:
            self._given_up(letter, refusal, now)

    def _rest(self, letter: Letter, rest: Rest, cause: str, now: datetime) -> None:
        # Servers like to repeat the address that they refuse; an author's is not everybody's business (SPEC 6).
        line = journal.without_addresses(rest.reason) if letter.kind in AUTHOR_KINDS else rest.reason
        self.store.rest(replace(rest, reason=line))
        today = now.astimezone(self.policy.zone).date().isoformat()
        if self.store.get(_TOLD + cause) == today:
            return
        self.store.set(_TOLD + cause, today)
        ref = f"{self.policy.prefix}-{letter.ticket}" if letter.ticket else ""
        reason = Line(Trouble.OUTBOX_RESTS, (line[:300], rest.until.isoformat(), letter.kind, ref))
        self.post.put(to_operator(self.policy, Kind.NOTICE, now, None, Facts(reason=reason)), now)

    def _given_up(self, letter: Letter, refusal: Refused, now: datetime) -> None:
        """A person hears of a letter that cannot be delivered; an author who cannot be mailed is called."""
        if letter.kind in _SILENT:
            return
        ticket = self.store.ticket(letter.ticket, lock=True) if letter.ticket else None
        if ticket is None:
            facts = Facts(reason=Line(Trouble.UNDELIVERABLE, (letter.to.address, letter.kind, refusal.line[:300])))
            letters = to_operator(self.policy, Kind.DELIVERY_FAILED, now, None, facts)
            self.post.put([one for one in letters if one.to.address != letter.to.address], now)
            return
        job = Job(
            self.policy, Situation(Mail(), now, now, ticket=ticket), ticket, "daemon", "refused by the mail server"
        )
        answered = Answered(
            letter.uid, letter.kind, letter.capacity, letter.to.person, letter.to.address, letter.ticket, letter.subject
        )
        text = letter.text if letter.kind in AUTHOR_KINDS else ""
        undeliverable(job, answered, refusal.line, text=text, dead=retry.accuses_address(refusal))
        decision = job.decision(Outcome.AUTOMATIC)
        saved = self.store.save(decision.ticket) if decision.ticket else None
        if saved is not None and saved.number is not None:
            for event in decision.events:
                self.store.add_event(saved.number, event)
        self.post.put(decision.letters, now)
