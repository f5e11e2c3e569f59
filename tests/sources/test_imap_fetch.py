"""How mails are put into batches and cut, without a server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.sources.imap_fetch import BODY_BYTES, HEADER_BYTES, Described, batches, beginning

LIMIT = 25_000_000


def sizes_of(*sizes: int) -> list[list[int]]:
    mails = [Described(uid, size, None) for uid, size in enumerate(sizes, 1)]
    return [[mail.size for mail in batch] for batch in batches(mails, LIMIT)]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((), []),
        ((10, 20), [[10, 20]]),
        ((1,) * 51, [[1] * 50, [1]]),
        ((15_000_000, 4_000_000, 2_000_000), [[15_000_000, 4_000_000], [2_000_000]]),
        ((24_000_000, 24_000_000), [[24_000_000], [24_000_000]]),
        ((1, 26_000_000, 2), [[1], [26_000_000], [2]]),
        ((26_000_000, 26_000_000), [[26_000_000], [26_000_000]]),
    ],
)
def test_batches(sizes: tuple[int, ...], expected: list[list[int]]) -> None:
    assert sizes_of(*sizes) == expected


@given(st.lists(st.integers(0, 60_000_000), max_size=200))
def test_every_mail_is_in_one_batch_in_its_order_and_every_batch_is_bounded(sizes: list[int]) -> None:
    found = sizes_of(*sizes)
    assert [size for batch in found for size in batch] == sizes
    for batch in found:
        assert 1 <= len(batch) <= 50
        assert len(batch) == 1 or sum(batch) <= 20_000_000


@pytest.mark.parametrize("gap", [b"\r\n\r\n", b"\n\n"])
def test_the_beginning_is_the_headers_and_64_kb(gap: bytes) -> None:
    headers = b"Subject: x" + gap
    assert beginning(headers + b"y" * 200_000) == headers + b"y" * BODY_BYTES
    assert beginning(headers + b"short") == headers + b"short"


def test_the_beginning_of_headers_without_end_is_bounded() -> None:
    assert len(beginning(b"X: " + b"y" * 2_000_000)) == HEADER_BYTES + BODY_BYTES
