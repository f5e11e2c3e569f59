"""Posts each appeal to `mail_to` as well: again and again until the server takes it, under one Message-ID."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from maildesk.form.keeper import Keeper
from maildesk.form.letter import compose
from maildesk.form.settings import FormSettings, Send
from maildesk.form.spool import StoredAppeal
from maildesk.form.words import Words
from maildesk.model import Refused, Sent

#: Minutes between attempts; the last pause repeats for ever, since an appeal is never given up.
PAUSES = (1, 2, 5, 10, 20, 60, 180)
#: How often to look for what is due, in seconds, where nothing new arrives.
LOOK_EVERY = 20
#: Mails in one look: each holds its attachments in memory while it goes.
AT_ONCE = 20
journal = logging.getLogger("maildesk.form")


class Poster:
    """One mail at a time: a form of a school has a few in an hour."""

    def __init__(
        self, settings: FormSettings, send: Send, keeper: Keeper, words: Words, clock: Callable[[], datetime]
    ) -> None:
        self._settings, self._send, self._keeper, self._words, self._clock = settings, send, keeper, words, clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._keeper.arrived.clear()
            await self.post_due()
            try:
                await asyncio.wait_for(self._keeper.arrived.wait(), LOOK_EVERY)
            except TimeoutError:
                continue

    async def post_due(self) -> None:
        """Every mail that is due now."""
        spool = self._keeper.spool
        while due := await self._keeper.call(spool.to_post, self._clock(), AT_ONCE):
            for appeal in due:
                await self._post(appeal)

    async def _post(self, appeal: StoredAppeal) -> None:
        spool, settings = self._keeper.spool, self._settings
        files = [await self._keeper.call(spool.file, appeal.id, file.position) for file in appeal.files]
        data = compose(settings, self._words, appeal, [file for file in files if file is not None])
        outcome = await self._handed(data)
        settings.failpoint("mailed")
        if isinstance(outcome, Sent):
            await self._keeper.call(spool.posted, appeal.seq, self._clock())
            journal.info("appeal %s posted", appeal.number)
            return
        pause = timedelta(minutes=PAUSES[min(appeal.attempts, len(PAUSES) - 1)])
        await self._keeper.call(spool.post_later, appeal.seq, self._clock() + pause)
        journal.warning(
            "appeal %s not posted, again in %s: %d %r", appeal.number, pause, outcome.code, outcome.line[:300]
        )

    async def _handed(self, data: bytes) -> Sent | Refused:
        try:
            return await self._send(self._settings.address, self._settings.mail_to, data)
        except OSError as error:
            return Refused(permanent=False, code=0, line=str(error))
