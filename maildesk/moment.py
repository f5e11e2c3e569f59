"""The only look at the clock: everything else is told what time it is."""

from __future__ import annotations

from datetime import UTC, datetime


def now_utc() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)
