"""Mails to another folder, each in exactly one of both afterwards, whatever the server offers and whenever we were killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from imapclient import DELETED
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from maildesk.sources.imap_session import Session, parts

# Enough to hold every batch that a killed process may have copied and not yet removed.
LATEST_COPIES = 1000

# What makes two mails of two folders the same one: COPY keeps all three (RFC 3501, 6.4.7).
Identity = tuple[bytes, int, Any]
_IDENTITY = ["RFC822.SIZE", "INTERNALDATE", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]


class Mover:
    """Moves for one session. MOVE where offered (RFC 6851); else COPY, \\Deleted and UID EXPUNGE (RFC 4315); without
    UIDPLUS the original stays, flagged: a plain EXPUNGE would remove what other people flagged in this mailbox."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._client = session.client
        self._copies: dict[tuple[str, str], Counter[Identity]] = {}

    def move(self, folder: str, uids: Sequence[int], target: str) -> None:
        """Of these UIDs those that are still there. Doing it twice is harmless: what is gone or flagged is not moved again."""
        self._session.enter(folder)
        for part in parts(uids):
            present = self._client.search(["UNDELETED", "UID", ",".join(map(str, part))])
            if present:
                self._move_or_make(folder, present, target)

    def remove(self, folder: str, uids: Sequence[int]) -> int:
        """Deletes exactly these mails for good; returns how many are gone. Without UIDPLUS they are only flagged: 0."""
        self._session.enter(folder)
        for part in parts(uids):
            self._client.add_flags(part, [DELETED], silent=True)
            if self._client.has_capability("UIDPLUS"):
                self._client.uid_expunge(part)
        return len(uids) if self._client.has_capability("UIDPLUS") else 0

    def _move_or_make(self, folder: str, uids: list[int], target: str) -> None:
        try:
            self._move(folder, uids, target)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            # A person may have deleted the folder meanwhile.
            if self._session.exists(target):
                raise
            self._session.make(target)
            self._move(folder, uids, target)

    def _move(self, folder: str, uids: list[int], target: str) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move(uids, self._session.spelled(target))
            return
        copied = self._copied_before(folder, uids, target)
        missing = [uid for uid in uids if uid not in copied]
        if missing:
            self._client.copy(missing, self._session.spelled(target))
        self.remove(folder, uids)

    def _copied_before(self, folder: str, uids: list[int], target: str) -> set[int]:
        """Those that a process killed between COPY and \\Deleted has left here though their copies lie there."""
        if (folder, target) not in self._copies:
            self._copies[folder, target] = self._look_at_copies(folder, target)
        copies = self._copies[folder, target]
        if not copies:
            return set()
        return self._found_in(copies, uids)

    def _look_at_copies(self, folder: str, target: str) -> Counter[Identity]:
        """Once a session, before the first COPY: the latest mails there. Finishes an interrupted UID EXPUNGE here, too."""
        latest = self._session.uids(target, ("UNDELETED",))[-LATEST_COPIES:]
        copies = Counter(self._identities(latest).values())
        self._session.enter(folder)
        if copies and self._client.has_capability("UIDPLUS"):
            flagged = self._client.search(["DELETED"])[-LATEST_COPIES:]
            finished = self._found_in(copies, flagged)
            for part in parts(sorted(finished)):
                self._client.uid_expunge(part)
        return copies

    def _found_in(self, copies: Counter[Identity], uids: Sequence[int]) -> set[int]:
        found = set()
        for uid, identity in self._identities(uids).items():
            if copies[identity] > 0:
                copies[identity] -= 1
                found.add(uid)
        return found

    def _identities(self, uids: Sequence[int]) -> dict[int, Identity]:
        identities: dict[int, Identity] = {}
        for part in parts(uids):
            for uid, item in self._client.fetch(part, _IDENTITY).items():
                header = next((value for name, value in item.items() if name.startswith(b"BODY[HEADER")), None)
                identities[uid] = (header or b"", item.get(b"RFC822.SIZE", 0), item.get(b"INTERNALDATE"))
        return identities
