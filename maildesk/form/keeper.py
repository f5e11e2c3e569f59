"""Brings the spool to the event loop: one thread, and appeals that come together share a commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from maildesk.form.settings import FormSettings
from maildesk.form.spool import NewAppeal, Receipt, Spool, SpoolFull

# One fsync for so many appeals at most: beyond it a commit gains nothing, and keeps the first of them waiting.
MOST_TOGETHER = 64
Args = ParamSpec("Args")
Result = TypeVar("Result")


class Keeper:
    """Opened within a running loop; `spool.key` signs the forms."""

    def __init__(self, settings: FormSettings) -> None:
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="form-spool")
        self._waiting: list[tuple[NewAppeal, asyncio.Future[Receipt]]] = []
        self._writer: asyncio.Task[None] | None = None
        # Set whenever something was stored.
        self.arrived = asyncio.Event()
        self.spool: Spool

    async def open(self) -> None:
        """Raises OSError or sqlite3.Error where the file cannot be opened."""
        settings = self._settings
        self.spool = await asyncio.get_running_loop().run_in_executor(
            self._thread, Spool, settings.data, settings.zone, settings.bounds.spool, settings.failpoint
        )

    async def close(self) -> None:
        """After what is being written is written."""
        if self._writer is not None:
            await self._writer
        await self.call(self.spool.close)
        self._thread.shutdown()

    async def call(self, what: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
        """A method of the spool, in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: what(*args, **kwargs))

    async def take(self, appeal: NewAppeal) -> Receipt:
        """Returns when the appeal is on the disk. Raises SpoolFull."""
        stored: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((appeal, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        # A client who hangs up must not take his neighbours' commit with him.
        return await asyncio.shield(stored)

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            try:
                results = await self.call(self.spool.take, [appeal for appeal, _ in group])
            except BaseException as error:
                for _, stored in group:
                    stored.set_exception(error)
                raise
            for (_, stored), result in zip(group, results, strict=True):
                if isinstance(result, SpoolFull):
                    stored.set_exception(result)
                else:
                    stored.set_result(result)
            self.arrived.set()
