"""A short random walk over the pure desk; `scripts/walk_desk.py` takes the long one."""

from __future__ import annotations

import pytest
from desk.walk import walk


@pytest.mark.parametrize("seed", range(20))
def test_whatever_people_write_the_promises_hold(seed: int) -> None:
    """150 events: one assignee once taken, one escalation a run, no confidential word astray, all or none."""
    assert sum(walk(seed, 150).values()) > 50
