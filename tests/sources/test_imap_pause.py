"""The pauses after a source could not be read."""

from __future__ import annotations

import itertools

import pytest

from maildesk.sources.pause import backoff

HOUR = 3600.0


@pytest.mark.parametrize(
    ("failures", "refused", "seconds"),
    [
        (1, True, 5),
        (2, True, 30),
        (3, True, 120),
        (4, True, 420),
        (5, True, 900),
        (6, True, 900),
        (1000, True, 900),
        (1, False, 5),
        (2, False, 10),
        (3, False, 20),
        (4, False, 40),
        (5, False, 60),
        (1000, False, 60),
        (0, False, 5),
    ],
)
def test_the_pause_after_so_many_failures(failures: int, refused: bool, seconds: float) -> None:
    assert backoff(failures, 1.0, refused=refused) == pytest.approx(seconds)
    assert backoff(failures, 0.0, refused=refused) == pytest.approx(seconds * 0.9)


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999])
def test_a_server_that_refuses_sees_at_most_eight_log_ins_in_the_first_hour(jitter: float) -> None:
    log_ins = itertools.accumulate((backoff(n, jitter, refused=True) for n in range(1, 50)), initial=0.0)
    assert sum(moment < HOUR for moment in log_ins) == 8


def test_a_server_that_is_back_is_read_within_a_minute() -> None:
    assert max(backoff(failures, 0.999) for failures in range(1, 100)) <= 60
