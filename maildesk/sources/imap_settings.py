"""What a mailbox needs to be read, and the mark below which its old mail is left alone."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from maildesk.sources.oauth import OAuth2

TlsMode = Literal["implicit", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """One `[[mailbox]]`. Either `password` or `oauth2` is set; `spam` may be ''; `message_size` is in bytes.

    Folder names are as people write them (`Обработано`, `Desk/Processed`), not as the server spells them.
    `tls_context` None means the system's certificates.
    """

    host: str
    port: int
    tls: TlsMode
    user: str
    password: str | None = field(default=None, repr=False)
    oauth2: OAuth2 | None = None
    folder: str = "INBOX"
    processed: str = "Processed"
    quarantine: str = "Quarantine"
    spam: str = ""
    message_size: int = 25_000_000
    tls_context: ssl.SSLContext | None = None

    def source_name(self, folder: str) -> str:
        """The lasting name of one folder of this mailbox: the `source` of its seen keys. Holds no secret."""
        return f"imap:{self.user}@{self.host.lower()}/{folder}"


@dataclass(frozen=True, slots=True)
class Floor:
    """The mark of `backlog = "leave"`: mail that lay there when it was set is never listed.

    `uid` counts while the folder's UIDVALIDITY is `uidvalidity` (RFC 3501, 2.3.1.1); under another one, and in the
    spam folder, mail that arrived before `at` (aware) is below.
    """

    uidvalidity: int
    uid: int
    at: datetime
