"""An outcome and a number of attempts: when next, or give up (SPEC 8.3). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from maildesk.model import Refused, Whose

#: Pauses after the 1st, 2nd, … attempt. Two within the first hour (greylisting), then growing; the last one repeats.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240, 480))
#: RFC 5321, 4.5.4.1: give up after 4–5 days; SPEC 8.3 wants at least two, FAULTS S1 three.
GIVE_UP_AFTER = timedelta(days=3)
#: A quota is per day (SPEC 8.3).
REST_AFTER_QUOTA = timedelta(hours=24)
#: A refused log-in, a refused sender: somebody has to mend it; ask again now and then.
REST_AFTER_REFUSAL = timedelta(minutes=30)

#: (pattern of the enhanced status or text, whom it accuses), first match; RFC 3463.
ACCUSES: tuple[tuple[re.Pattern[str], Whose], ...] = (
    (re.compile(r"\b[45]\.4\.5\b"), Whose.SENDER),
    (re.compile(r"\b[45]\.7\.\d+\b"), Whose.SENDER),
    (re.compile(r"\b5\.1\.[78]\b"), Whose.SENDER),  # bad sender's address
    (re.compile(r"\b5\.[12]\.\d+\b"), Whose.ADDRESS),
    (re.compile(r"\b5\.4\.[14]\b"), Whose.ADDRESS),  # no such host, unable to route
    (re.compile(r"quota|rate limit|too many (?:messages|letters)|spam|blocked|policy", re.IGNORECASE), Whose.SENDER),
)
_QUOTA = re.compile(r"\b[45]\.4\.5\b|daily|quota|rate limit|too many (?:messages|letters)", re.IGNORECASE)


def accused(code: int, line: str, *, at_recipient: bool) -> Whose:
    """Whom a refusal accuses: by its enhanced status, else by the command that it answered. 530–535 speak of the log-in."""
    for pattern, whose in ACCUSES:
        if pattern.search(line):
            return whose
    if 530 <= code <= 538:
        return Whose.SENDER
    if at_recipient and code in (550, 551, 553, 556):
        return Whose.ADDRESS
    return Whose.SENDER if code >= 500 else Whose.SERVER


@dataclass(frozen=True, slots=True)
class Next:
    """What to do after a refusal: try this letter again at `again_at` (None: give up, tell a person), and let the whole outbox
    rest until `rest_until` (None: go on)."""

    again_at: datetime | None
    rest_until: datetime | None = None


def after(refusal: Refused, attempts: int, first_at: datetime, now: datetime) -> Next:
    """Decide. `attempts` counts those made, `first_at` is when the first was."""
    if refusal.whose is Whose.SENDER and (refusal.permanent or _QUOTA.search(refusal.line)):
        rest = REST_AFTER_QUOTA if _QUOTA.search(refusal.line) else REST_AFTER_REFUSAL
        return Next(now + rest, now + rest)
    if refusal.permanent and refusal.whose is Whose.ADDRESS:
        return Next(None)
    if now - first_at >= GIVE_UP_AFTER:
        return Next(None)
    return Next(now + PAUSES[min(attempts, len(PAUSES)) - 1])
