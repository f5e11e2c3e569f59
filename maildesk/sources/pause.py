"""How long to leave a source alone after it could not be read."""

from __future__ import annotations

# Seconds after the 1st, 2nd … failure in a row; the last one for all that follow.
# A server that refuses the log-in must not count us as an attacker: at most 8 log-ins within the first hour.
REFUSED = (5, 30, 120, 420, 900)
# A server that cannot be reached accuses nobody, and its first mail after it is back shall not wait over a minute.
UNREACHABLE = (5, 10, 20, 40, 60)

# The tenth that is left to chance, so that several mailboxes of one server do not all come back in the same second.
SPREAD = 0.1


def backoff(failures: int, jitter: float, *, refused: bool = False) -> float:
    """Seconds to wait after so many failures in a row (1 or more); `jitter` is a random number in [0, 1)."""
    pauses = REFUSED if refused else UNREACHABLE
    pause = pauses[min(max(failures, 1), len(pauses)) - 1]
    return pause * (1 - SPREAD + SPREAD * jitter)
