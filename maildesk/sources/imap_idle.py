"""Waiting on an open folder (IDLE, RFC 2177) without trusting the connection to tell of its own death."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from maildesk.model.mail import SourceUnavailable
from maildesk.sources.imap_link import Client

# RFC 2177 allows 29 minutes; NAT tables and some servers forget a silent connection after ten.
LONGEST_IDLE = 540.0

# How soon a wake-up or a stop is noticed.
SLICE = 0.5

# A TLS layer may once promise bytes and have none for us (a session ticket); a dead connection does so for ever.
EMPTY_PROMISES = 2


def await_news(client: Client, seconds: float, wake: threading.Event) -> None:
    """Returns when the server tells of a new mail, when `wake` is set, or after so many seconds (at most nine minutes).

    Raises SourceUnavailable on BYE and on a dead connection, and what the library raises.
    """
    left = min(seconds, LONGEST_IDLE)
    empty = 0
    responses = client.begin_idle()
    while True:
        _heed_farewell(responses)
        if _tells_of_arrival(responses) or wake.is_set() or left <= 0:
            break
        piece = min(SLICE, left)
        responses = client.idle_check(timeout=piece)
        left -= piece
        empty = empty + 1 if client.readable and not responses else 0
        if empty >= EMPTY_PROMISES:
            raise SourceUnavailable("the connection was lost while waiting")
    _, responses = client.idle_done()
    _heed_farewell(responses)


def _tells_of_arrival(responses: Iterable[tuple[Any, ...]]) -> bool:
    return any(len(response) > 1 and response[1] == b"EXISTS" for response in responses)


def _heed_farewell(responses: Iterable[tuple[Any, ...]]) -> None:
    for response in responses:
        if response and response[0] == b"BYE":
            words = response[1].decode(errors="replace") if len(response) > 1 else ""
            raise SourceUnavailable(f"the server closed the connection: {words[:200]}")
