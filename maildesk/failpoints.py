"""Named places where a test makes the process die, so that every side effect is known to survive it (DESIGN)."""

from __future__ import annotations

import os
import signal

#: `MAILDESK_FAILPOINT=name:3` kills the process (SIGKILL) the third time it passes `name`. Unset in ordinary life.
_WANTED = os.environ.get("MAILDESK_FAILPOINT", "")
_passed: dict[str, int] = {}

#: Every place there is, in the order of a mail's road; the tests walk this list.
NAMES = (
    "arrivals.fetched",
    "arrivals.parsed",
    "arrivals.decided",
    "arrivals.before-commit",
    "arrivals.after-commit",
    "arrivals.settled",
    "ticks.before-commit",
    "ticks.after-commit",
    "reports.before-commit",
    "departures.claimed",
    "departures.before-send",
    "departures.after-send",
    "departures.recorded",
)


def hit(name: str) -> None:
    """Pass this place; die here if a test asked for it."""
    if not _WANTED:
        return
    wanted, _, nth = _WANTED.partition(":")
    if wanted == name:
        _passed[name] = _passed.get(name, 0) + 1
        if _passed[name] == int(nth or "1"):
            os.kill(os.getpid(), signal.SIGKILL)
