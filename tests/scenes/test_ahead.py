"""Reading ahead: the next batch is fetched and parsed while one is handled, and nothing changes its order or gets lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from maildesk.ahead import ahead
from maildesk.model import RawMail


def _batches(count: int, fault: Exception | None = None) -> Iterator[list[RawMail]]:
    for _ in range(count):
        yield []
    if fault is not None:
        raise fault


def test_batches_keep_their_order_and_their_results() -> None:
    """Every batch comes once, in order, with what was read of it."""
    numbers = iter(range(5))
    assert [read() for _, read in ahead(_batches(5), lambda _: next(numbers))] == [0, 1, 2, 3, 4]


def test_the_next_batch_is_read_while_one_is_handled() -> None:
    """When the first batch is in hand, the second is being read already."""
    begun = threading.Semaphore(0)
    pairs = ahead(_batches(2), lambda _: begun.release())
    next(pairs)
    assert begun.acquire(timeout=20) and begun.acquire(timeout=20)
    assert len(list(pairs)) == 1


def test_what_was_fetched_is_handled_before_a_fault_of_the_source_is_told() -> None:
    """A source that fails at the third batch has the first two handled all the same."""
    handled = []
    with pytest.raises(ConnectionError):
        for batch, read in ahead(_batches(2, ConnectionError("gone")), len):
            handled.append((batch, read()))
    assert len(handled) == 2


def test_a_fault_of_reading_is_raised_at_its_own_batch() -> None:
    """What reading a batch raised is raised where that batch is handled, not earlier."""
    faults = iter([None, OSError("no process")])

    def read(_: object) -> str:
        fault = next(faults)
        if fault is not None:
            raise fault
        return "fine"

    (_, first), (_, second) = ahead(_batches(2), read)
    assert first() == "fine"
    with pytest.raises(OSError, match="no process"):
        second()
