"""An outcome and a number of attempts: when next, or give up (SPEC 8.3). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maildesk.model import Refused, Rest, Whose

#: Pauses after the 1st, 2nd, … attempt. Two within the first hour (greylisting), then growing; the last one repeats.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240, 480))
#: RFC 5321, 4.5.4.1: give up after 4–5 days; SPEC 8.3 wants at least two, FAULTS S1 three.
GIVE_UP_AFTER = timedelta(days=3)
#: A quota is per day (SPEC 8.3).
REST_AFTER_QUOTA = timedelta(hours=24)
#: A refused log-in, a refused sender: somebody has to mend it; ask again ever more rarely, but several times a working day.
RESTS = tuple(timedelta(minutes=minutes) for minutes in (30, 60, 120, 240))

#: (pattern of the enhanced status or text, whom it accuses), first match; RFC 3463.
ACCUSES: tuple[tuple[re.Pattern[str], Whose], ...] = (
    (re.compile(r"\b[45]\.4\.5\b"), Whose.SENDER),
    (
        re.compile(r"\b[45]\.(?:3\.4|2\.3)\b"),
        Whose.LETTER,
    ),  # this letter is too big, for the server or for this mailbox
    (re.compile(r"\b[45]\.7\.\d+\b"), Whose.SENDER),
    (re.compile(r"\b5\.1\.[78]\b"), Whose.SENDER),  # bad sender's address
    (re.compile(r"\b5\.[12]\.\d+\b"), Whose.ADDRESS),
    (re.compile(r"\b5\.4\.[14]\b"), Whose.ADDRESS),  # no such host, unable to route
    (re.compile(r"quota|rate limit|too many (?:messages|letters)|spam|blocked|policy", re.IGNORECASE), Whose.SENDER),
)
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
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
    take `rest` (None: go on)."""

    again_at: datetime | None
    rest: Rest | None = None


def cause(refusal: Refused) -> str:
    """What a refusal is about, so that one cause is told once: its code, and its enhanced status where it has one."""
    status = _STATUS.search(refusal.line)
    return f"{refusal.code} {status[0] if status else ''}".strip()


def judged(refusal: Refused, accused_before: str, others_went: bool) -> Refused:
    """The refusal once it is known that others went (`others_went`: since the outbox began to rest): a letter at which the outbox
    went to rest, and which alone is refused again, has itself to blame."""
    alone = accused_before == Whose.LETTER or (accused_before == Whose.SENDER and others_went)
    return replace(refusal, whose=Whose.LETTER) if alone and refusal.whose is Whose.SENDER else refusal


def after(
    refusal: Refused,
    attempts: int,
    first_at: datetime,
    now: datetime,
    last: Rest | None = None,
    *,
    others_went: bool = False,
) -> Next:
    """Decide. `attempts` counts those made, `first_at` is when the first was. `last`: the rest that the outbox took last;
    `others_went`: letters were taken since."""
    hopeless = refusal.whose is Whose.ADDRESS or accused(refusal.code, refusal.line, at_recipient=False) is Whose.LETTER
    if (refusal.permanent and hopeless) or now - first_at >= GIVE_UP_AFTER:
        return Next(None)
    quota = bool(_QUOTA.search(refusal.line))
    if refusal.whose is not Whose.SENDER or not (refusal.permanent or quota):
        return Next(now + PAUSES[min(attempts, len(PAUSES)) - 1])
    if last is not None and last.until > now:
        return Next(last.until)  # it rests already, for a letter that was under way beside this one
    count = 1 if last is None or others_went else last.count + 1
    until = now + (REST_AFTER_QUOTA if quota else RESTS[min(count, len(RESTS)) - 1])
    return Next(until, Rest(now, until, refusal.line, count))


def accuses_address(refusal: Refused) -> bool:
    """Whether a letter given up after this refusal says that its address is dead (SPEC 8.3)."""
    return refusal.whose in (Whose.ADDRESS, Whose.SERVER)
