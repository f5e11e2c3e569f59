"""A mailbox as a source: lists, fetches and moves its mail over IMAP, and connects anew after every trouble."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from maildesk.model.mail import Backlog, Fate, RawMail, SeenKey, SourceUnavailable
from maildesk.sources.imap_fetch import Body, Described, batches, bodies, describe
from maildesk.sources.imap_idle import await_news
from maildesk.sources.imap_link import told, too_long
from maildesk.sources.imap_move import Mover
from maildesk.sources.imap_session import Session, never_later, open_session, parts
from maildesk.sources.imap_settings import Floor, ImapSettings
from maildesk.sources.oauth import AccessTokens, OAuth2

__all__ = ["Floor", "ImapSettings", "ImapSource", "OAuth2"]

# A mail whose body the server keeps back (NIL) may be on its way out; at the third look it is handed over empty, so
# that it reaches a person as a mail that could not be read.
PATIENCE_WITH_NIL = 3


class ImapSource:
    """One mailbox behind the seam of `model.Source`. `now` gives the present moment (aware). One thread uses it at a time."""

    def __init__(self, settings: ImapSettings, now: Callable[[], datetime], floor: Floor | None = None) -> None:
        self.settings = settings
        self.name = settings.source_name(settings.folder)
        self._now = now
        self._floor = floor
        self._tokens = AccessTokens(settings.oauth2, now) if settings.oauth2 is not None else None
        self._folders = {settings.source_name(folder): folder for folder in (settings.folder, settings.spam) if folder}
        self._session: Session | None = None
        self._mover: Mover | None = None
        self._targets_made = False
        self._listed: tuple[int, int] | None = None  # (UIDVALIDITY, highest UID) of the main folder at the last look
        self._kept_back: Counter[SeenKey] = Counter()

    # The seam

    def backlog(self) -> Backlog:
        """What lies in the main folder now; the folder is only looked at. Raises SourceUnavailable."""
        with self._wire() as session:
            uids = self._above_floor(session, session.uids(self.settings.folder))
            dates = session.dates(uids)
            return Backlog(len(uids), min(dates.values(), default=None))

    def waiting(self) -> list[SeenKey]:
        """The keys of all mails of the folder, then of the spam folder, oldest first; not those that are flagged as deleted."""
        with self._wire() as session:
            self._make_targets(session)
            spam = self._waiting_in_spam(session)
            uids = session.uids(self.settings.folder)
            uidvalidity = session.enter(self.settings.folder)
            self._listed = (uidvalidity, uids[-1] if uids else 0)
            keys = [SeenKey(self.name, uidvalidity, str(uid)) for uid in self._above_floor(session, uids)]
            return keys + spam

    def fetch(self, keys: Sequence[SeenKey]) -> Iterator[list[RawMail]]:
        """Batches of at most 50 mails or 20 MB, in the order of the keys. Between two of them `settle` may be called."""
        for (source, uidvalidity), uids in _grouped(keys).items():
            for part in parts(uids):
                for batch in batches(self._describe(source, uidvalidity, part), self.settings.message_size):
                    mails = self._read(source, uidvalidity, batch)
                    if mails:
                        yield mails

    def settle(self, keys: Sequence[SeenKey], fate: Fate) -> None:
        """Moves them to the folder of their fate. Keys of another UIDVALIDITY, or of mails that are gone, change nothing."""
        target = {Fate.PROCESSED: self.settings.processed, Fate.QUARANTINED: self.settings.quarantine}.get(fate)
        if target is None or not keys:
            return
        with self._wire() as session:
            self._make_targets(session)
            for (source, uidvalidity), uids in _grouped(keys).items():
                folder = self._folders.get(source)
                if folder is not None and session.enter(folder) == uidvalidity:
                    self._movers(session).move(folder, uids, target)

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """IDLE where the server offers it, else the pause itself. Raises SourceUnavailable on BYE and on a dead connection."""
        if wake.is_set():
            return
        with self._wire() as session:
            if self._came_meanwhile(session):
                return
            if session.client.has_capability("IDLE"):
                await_news(session.client, seconds, wake)
                return
        wake.wait(seconds)

    def close(self) -> None:
        """Lets go of the connection; the next call connects anew."""
        session, self._session, self._mover = self._session, None, None
        self._targets_made = False
        if session is not None:
            session.close()

    # Beside the seam

    def floor_here(self) -> Floor:
        """The mark above all that lies in the folder now: for `backlog = "leave"`. Raises SourceUnavailable."""
        with self._wire() as session:
            uids = session.uids(self.settings.folder, ("ALL",))
            return Floor(session.enter(self.settings.folder), uids[-1] if uids else 0, self._now())

    def remove(self, message_ids: Sequence[str]) -> int:
        """Deletes the mails with exactly these Message-IDs from Processed and Quarantine, for `erase` and `retention`.

        Returns how many are gone; a server without UIDPLUS only flags them, and they are not counted.
        """
        gone = 0
        with self._wire() as session:
            for folder in dict.fromkeys((self.settings.processed, self.settings.quarantine)):
                if session.exists(folder):
                    session.enter(folder)
                    uids = sorted({uid for wanted in message_ids for uid in _with_id(session, wanted)})
                    gone += self._movers(session).remove(folder, uids)
        return gone

    def can_expunge(self) -> bool:
        """Whether `remove` deletes for good; else it only flags (no UIDPLUS, RFC 4315). Raises SourceUnavailable."""
        with self._wire() as session:
            return bool(session.client.has_capability("UIDPLUS"))

    # Below it

    @contextmanager
    def _wire(self) -> Iterator[Session]:
        """The session, opened where needed. Whatever goes wrong in it ends it: a connection out of step is never used again."""
        try:
            with told(self.settings):
                if self._session is None:
                    self._session = open_session(self.settings, self._tokens)
                yield self._session
        except BaseException:
            self.close()
            raise

    def _movers(self, session: Session) -> Mover:
        if self._mover is None:
            self._mover = Mover(session)
        return self._mover

    def _make_targets(self, session: Session) -> None:
        if not self._targets_made:
            session.make(self.settings.processed)
            session.make(self.settings.quarantine)
            self._targets_made = True

    def _above_floor(self, session: Session, uids: list[int]) -> list[int]:
        if self._floor is None:
            return uids
        if session.enter(self.settings.folder) == self._floor.uidvalidity:
            return [uid for uid in uids if uid > self._floor.uid]
        return _arrived_since(session, uids, self._floor.at)

    def _waiting_in_spam(self, session: Session) -> list[SeenKey]:
        """A spam folder that the provider has not made yet holds nothing."""
        folder = self.settings.spam
        if not folder or not session.exists(folder):
            return []
        criteria = ["UNDELETED"]
        if self._floor is not None:
            # SINCE knows days only, in the server's own time zone (RFC 3501, 6.4.4).
            criteria += ["SINCE", (self._floor.at - timedelta(days=2)).strftime("%d-%b-%Y")]
        uids = session.uids(folder, criteria)
        if self._floor is not None:
            uids = _arrived_since(session, uids, self._floor.at)
        source = self.settings.source_name(folder)
        return [SeenKey(source, session.enter(folder), str(uid)) for uid in uids]

    def _describe(self, source: str, uidvalidity: int, uids: list[int]) -> list[Described]:
        folder = self._folders.get(source)
        if folder is None:
            return []
        with self._wire() as session:
            return describe(session, uids) if session.enter(folder) == uidvalidity else []

    def _read(self, source: str, uidvalidity: int, batch: list[Described]) -> list[RawMail]:
        """One mail whose literal is longer than any mail may be must not keep back the others for ever."""
        try:
            return self._read_batch(source, uidvalidity, batch)
        except SourceUnavailable as error:
            if not too_long(error):
                raise
        if len(batch) > 1:
            return [mail for single in batch for mail in self._read(source, uidvalidity, [single])]
        return self._read_batch(source, uidvalidity, [replace(batch[0], size=self.settings.message_size + 1)])

    def _read_batch(self, source: str, uidvalidity: int, batch: list[Described]) -> list[RawMail]:
        folder = self._folders[source]
        with self._wire() as session:
            if session.enter(folder) != uidvalidity:
                return []
            found = bodies(session, batch, self.settings.message_size)
            mails = []
            for mail in batch:
                key = SeenKey(source, uidvalidity, str(mail.uid))
                body = found.get(mail.uid) or self._lost_patience(session, key)
                if body is not None:
                    mails.append(self._raw(key, mail, body))
            return mails

    def _raw(self, key: SeenKey, mail: Described, body: Body) -> RawMail:
        return RawMail(
            key=key,
            data=body.data,
            received_at=never_later(mail.at, self._now),
            size=max(mail.size, len(body.data)),
            truncated=body.truncated,
            spam=key.source != self.name,
        )

    def _lost_patience(self, session: Session, key: SeenKey) -> Body | None:
        if not session.client.search(["UNDELETED", "UID", key.uid]):
            return None
        self._kept_back[key] += 1
        if self._kept_back[key] < PATIENCE_WITH_NIL:
            return None
        del self._kept_back[key]
        return Body(b"", truncated=True)

    def _came_meanwhile(self, session: Session) -> bool:
        """Whether there is mail that `waiting` did not list: an EXISTS that came beside another answer is not told again."""
        for _ in range(2):
            uids = session.uids(self.settings.folder)
            uidvalidity = session.enter(self.settings.folder)
            if self._listed is None or self._listed[0] != uidvalidity or max(uids, default=0) > self._listed[1]:
                return True
            if not session.client.told_of_arrivals:
                break
        return False


def _grouped(keys: Sequence[SeenKey]) -> dict[tuple[str, int], list[int]]:
    """UIDs by folder and UIDVALIDITY, in the order of the keys."""
    groups: dict[tuple[str, int], list[int]] = {}
    for key in keys:
        if key.uid.isdecimal():
            groups.setdefault((key.source, key.uidvalidity), []).append(int(key.uid))
    return groups


def _arrived_since(session: Session, uids: list[int], at: datetime) -> list[int]:
    """Of these mails of the open folder those with an INTERNALDATE not before `at`; who has none counts as new."""
    dates = session.dates(uids)
    return [uid for uid in uids if dates.get(uid, at) >= at]


def _with_id(session: Session, message_id: str) -> list[int]:
    """Mails of the open folder with exactly this Message-ID: SEARCH finds parts of words, too (RFC 3501, 6.4.4)."""
    charset = None if message_id.isascii() else "UTF-8"
    uids = session.client.search(["HEADER", "Message-ID", message_id], charset)
    found = session.client.fetch(uids, ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"])
    wanted = message_id.strip()
    return [uid for uid, item in found.items() if any(_id_in(value) == wanted for value in item.values())]


def _id_in(header: object) -> str | None:
    """The value of a fetched `Message-ID:` header, unfolded."""
    if not isinstance(header, bytes):
        return None
    _, _, value = header.partition(b":")
    return "".join(value.decode(errors="replace").split())
