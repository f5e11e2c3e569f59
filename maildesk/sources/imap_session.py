"""One logged-in connection to a mailbox: which folder is open, how the server spells folders, what lies in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from maildesk.model.mail import SourceUnavailable
from maildesk.sources.imap_link import Client, connect, hang_up
from maildesk.sources.imap_login import log_in
from maildesk.sources.imap_settings import ImapSettings
from maildesk.sources.oauth import AccessTokens

# A UID has up to 10 digits and the command line should stay below 8 KB, which every server takes (RFC 7162, 4).
UIDS_A_COMMAND = 500

# imaplib refuses an answer line over 1 000 000 bytes, which is a SEARCH of some 125 000 UIDs.
LARGE_FOLDER = 100_000
SEARCH_WINDOW = 50_000


def open_session(settings: ImapSettings, tokens: AccessTokens | None) -> Session:
    """Connects and logs in. Raises SourceUnavailable."""
    client = connect(settings)
    try:
        log_in(client, settings, tokens)
    except BaseException:
        hang_up(client)
        raise
    return Session(client, settings)


def parts(uids: Sequence[int], most: int = UIDS_A_COMMAND) -> Iterator[list[int]]:
    """The UIDs in lists of at most so many."""
    for start in range(0, len(uids), most):
        yield list(uids[start : start + most])


class Session:
    """Methods take folder names as the configuration writes them. They raise what the library raises: wrap them in `told`."""

    def __init__(self, client: Client, settings: ImapSettings) -> None:
        self.client = client
        self.settings = settings
        self._open_folder: str | None = None
        self._uidvalidity = 0
        self._exists = 0
        self._uidnext = 0
        self._namespace: tuple[str, str] | None = None

    def close(self) -> None:
        hang_up(self.client)

    # Folders

    def enter(self, folder: str) -> int:
        """Makes the folder the selected one; returns its UIDVALIDITY, to be compared with a key's (RFC 3501, 2.3.1.1)."""
        if self._open_folder != folder:
            self._open_folder = None
            answer = self.client.select_folder(self.spelled(folder))
            self._uidvalidity = int(answer.get(b"UIDVALIDITY", 0))
            self._exists = int(answer.get(b"EXISTS", 0))
            self._uidnext = int(answer.get(b"UIDNEXT", 0))
            self._open_folder = folder
        return self._uidvalidity

    def spelled(self, folder: str) -> str:
        """The server's own name for it: under its personal namespace (RFC 2342), with its separator."""
        if folder.upper() == "INBOX":
            return "INBOX"
        prefix, separator = self._personal()
        name = folder if not separator or separator in folder else folder.replace("/", separator)
        return name if name.upper().startswith(prefix.upper()) else prefix + name

    def exists(self, folder: str) -> bool:
        name = self.spelled(folder)
        if name == "INBOX":
            return True
        found = [flags for flags, _, listed in self.client.list_folders("", name) if listed == name]
        unusable = {b"\\noselect", b"\\nonexistent"}
        return any(not unusable & {flag.lower() for flag in flags} for flags in found)

    def make(self, folder: str) -> None:
        """Makes it where missing, and subscribes, so that people see it in their mail program."""
        if self.exists(folder):
            return
        name = self.spelled(folder)
        try:
            self.client.create_folder(name)
        except self.client.Error as error:
            # Another daemon may have been quicker.
            if isinstance(error, self.client.AbortError) or not self.exists(folder):
                raise SourceUnavailable(f"the folder {folder} cannot be made: {error}") from error
        self.client.subscribe_folder(name)

    # Mails

    def uids(self, folder: str, criteria: Sequence[str] = ("UNDELETED",)) -> list[int]:
        """The UIDs of the mails there that match, ascending. NOOP first: a SEARCH alone may not know the newest ones yet."""
        self.enter(folder)
        self.client.noop()
        self.client.forget_unsolicited()
        if self._exists < LARGE_FOLDER or not self._uidnext:
            return sorted(self.client.search(list(criteria)))
        found: set[int] = set()
        for first in range(1, self._uidnext, SEARCH_WINDOW):
            last = "*" if first + SEARCH_WINDOW >= self._uidnext else str(first + SEARCH_WINDOW - 1)
            found.update(self.client.search([*criteria, "UID", f"{first}:{last}"]))
        return sorted(found)

    def dates(self, uids: Sequence[int]) -> dict[int, datetime]:
        """INTERNALDATE (aware, UTC) of these mails of the open folder, where the server gives one that can be read."""
        dates: dict[int, datetime] = {}
        for part in parts(uids):
            for uid, item in self.client.fetch(part, ["INTERNALDATE"]).items():
                at = in_utc(item.get(b"INTERNALDATE"))
                if at is not None:
                    dates[uid] = at
        return dates

    def _personal(self) -> tuple[str, str]:
        if self._namespace is None:
            self._namespace = self._ask_namespace()
        return self._namespace

    def _ask_namespace(self) -> tuple[str, str]:
        """(prefix, separator); the separator is '' where folders cannot lie in folders."""
        if self.client.has_capability("NAMESPACE"):
            personal = self.client.namespace().personal
            if personal:
                prefix, separator = personal[0]
                return str(prefix or ""), str(separator or "")
        roots = self.client.list_folders("", "")
        separator = roots[0][1] if roots else None
        return "", separator.decode() if isinstance(separator, bytes) else str(separator or "")


def in_utc(value: object) -> datetime | None:
    """A server's INTERNALDATE, which the library gives as an aware datetime, or as None where it could not be read."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    try:
        return value.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def never_later(at: datetime | None, now: Callable[[], datetime]) -> datetime:
    """The moment of a mail is its INTERNALDATE, never later than now."""
    return now() if at is None else min(at, now())
