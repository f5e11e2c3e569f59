"""Both mail servers in one thread with an event loop of its own, and what passes through them, told to whoever listens."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from maildesk.demo.imap_server import ImapServer
from maildesk.demo.smtp_server import SmtpServer


@dataclass(frozen=True, slots=True)
class Delivered:
    """A mail as it lies in a mailbox: which one of the day, whose, the demo's moment, the real one (monotonic seconds)."""

    number: int
    sender: str
    to: str
    mail: bytes
    at: datetime
    real: float


class PostOffice:
    """`with PostOffice(…) as post:` the servers run; `seen` is called for every mail, in the servers' thread."""

    def __init__(
        self, passwords: Mapping[str, str], now: Callable[[], datetime], seen: Callable[[Delivered], None]
    ) -> None:
        self._now, self._seen = now, seen
        self._numbers = itertools.count(1)
        self.imap = ImapServer(passwords)
        self.smtp = SmtpServer(passwords, self.imap.knows, self._take)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="post office", daemon=True)

    def __enter__(self) -> PostOffice:
        self._thread.start()
        self.run(self.imap.start())
        self.run(self.smtp.start())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the servers' thread, and wait for its end."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin something in the servers' thread; it ends with them."""
        asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _take(self, sender: str, recipients: list[str], mail: bytes) -> None:
        at = self._now()
        for address in recipients:
            delivered = Delivered(next(self._numbers), sender, address, mail, at, time.monotonic())
            # Shown before it can be answered, so that what is read on the screen is in the order of the day.
            self._seen(delivered)
            await self.imap.deliver(address, mail, at)

    async def _leave(self) -> None:
        self.imap.close()
        self.smtp.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
