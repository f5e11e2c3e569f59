"""Mails read ahead: while one batch is decided and stored, the next one is fetched and the parser's process is already at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from maildesk.model import RawMail

T = TypeVar("T")


def ahead(
    batches: Iterable[Sequence[RawMail]], read: Callable[[Sequence[RawMail]], T]
) -> Iterator[tuple[Sequence[RawMail], Callable[[], T]]]:
    """Each batch with what waits for `read` of it, and raises what that raised; `batches` are asked in this thread, one ahead.

    Where they raise, what was fetched before is given out first: a mail that cannot be fetched must not hold up those that were."""
    with ThreadPoolExecutor(1, "read-ahead") as beside:
        pending: list[tuple[Sequence[RawMail], Callable[[], T]]] = []
        try:
            for batch in batches:
                pending.append((batch, beside.submit(read, batch).result))
                if len(pending) > 1:
                    yield pending.pop(0)
        except Exception:
            yield from pending
            raise
        yield from pending
