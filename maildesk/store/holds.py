"""Commands that wait for their sender's yes, each with the mail that gave it."""

from __future__ import annotations

from datetime import datetime

from maildesk.model import Held
from maildesk.store.door import Door
from maildesk.store.fields import moment
from maildesk.store.schema import Hold


class Holds(Door):
    """Commands that wait for a yes (SPEC 6)."""

    def hold(self, uid: str, held: Held, mail: bytes) -> None:
        """Keeps a command and the mail that gave it, under the name of the letter that asks for the yes."""
        self._insert(
            Hold, uid=uid, person=held.person, ticket=held.ticket, expires_at=held.expires_at, used=False, mail=mail
        )

    def held(self, uid: str) -> tuple[Held, bytes] | None:
        """The command that this letter asked about, used or expired though it may be, and its mail; None if there is none."""
        row = self._row(Hold.select(Hold.person, Hold.ticket, Hold.expires_at, Hold.mail).where(Hold.uid == uid))
        return None if row is None else (Held(row[0], row[1], moment(row[2])), bytes(row[3]))

    def use_hold(self, uid: str) -> bool:
        """Uses the command up: True for one caller only, whoever else tries."""
        return self._change(Hold.update(used=True).where(Hold.uid == uid, Hold.used == False)) == 1  # noqa: E712

    def forget_holds(self, now: datetime) -> int:
        """Deletes what expired before `now`; nobody can say yes to it any more. How many."""
        return self._change(Hold.delete().where(Hold.expires_at < now))
