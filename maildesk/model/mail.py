"""What comes in: raw bytes from a source, and the Mail that `parse` makes of them."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SeenKey:
    """Where a mail was met: unique for ever on one server (RFC 3501, 2.3.1.1)."""

    source: str
    uidvalidity: int
    uid: str


@dataclass(frozen=True, slots=True)
class RawMail:
    """The bytes of one mail as a source yields them, and when the source received it (aware, UTC).

    `truncated`: the mail was over the size limit and `data` holds only its headers and first 64 KB;
    `size` is the whole mail's size in bytes. `mail`: what a source already understood (a relay's appeal needs no parser;
    `data` then holds its JSON). `trusted_form`: the source vouches that its form fields come from the desk's own form.
    `spam`: the provider put it into its spam folder.
    """

    key: SeenKey
    data: bytes
    received_at: datetime
    size: int = 0
    truncated: bool = False
    mail: Mail | None = None
    trusted_form: bool = False
    spam: bool = False


class Fate(StrEnum):
    """What becomes of a mail at its source once its effect is committed."""

    PROCESSED = "processed"
    QUARANTINED = "quarantined"
    LEFT = "left"  # stays where it is (the spam folder)


class SourceUnavailable(Exception):
    """A source could not be read now. `refused`: it answered, and refused the log-in; else it could not be reached."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits at a source before the very first run: how many, and the oldest one's arrival (aware, UTC)."""

    count: int
    oldest: datetime | None = None


class Source(Protocol):
    """Where bytes come in. One thread uses a source; every method may raise `SourceUnavailable`, after which the next
    call connects anew. `name` is stable over restarts: it is part of every `SeenKey`."""

    name: str

    def backlog(self) -> Backlog:
        """What lies there now, without fetching it."""

    def waiting(self) -> list[SeenKey]:
        """The keys of all that waits, oldest first."""

    def fetch(self, keys: Sequence[SeenKey]) -> Iterator[list[RawMail]]:
        """The mails of these keys in bounded batches; a key that vanished meanwhile is simply missing."""

    def settle(self, keys: Sequence[SeenKey], fate: Fate) -> None:
        """Called after the commit: move (or acknowledge) these. Doing it twice is harmless."""

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Return when something new may have come, when `wake` is set, or after so many seconds."""

    def close(self) -> None:
        """Let go of the connection; never raises."""


class MailKind(StrEnum):
    """What wrote this mail."""

    PERSON = "person"
    AUTOMATIC = "automatic"  # a vacation answer, a delay notice, a read receipt: RFC 3834 and practice
    BOUNCE = "bounce"  # a failed delivery: RFC 3464, RFC 6533 and the old formats
    LIST = "list"  # a mailing list or bulk mail: List-Id, Precedence
    COMPLAINT = "complaint"  # a feedback report: RFC 5965
    OWN = "own"  # one of the desk's own letters come back


#: How a mail names, in its faults, a file at which its beginning breaks off; the file's name follows.
CUT_FILE = "attachment-cut: "
#: Reasons for which `parse` calls a mail automatic though nothing says that it answers another.
ANNOUNCING = frozenset({"no-reply", "says-generated"})


@dataclass(frozen=True, slots=True)
class Address:
    """A display name (may be empty) and an addr-spec (may be empty), both cleaned of control characters."""

    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail. `name` is safe to show and to store; `type` is the declared media type."""

    name: str
    type: str
    bytes: builtins.bytes
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One recipient of a bounced letter: RFC 3464, 2.3. `status` is an enhanced code or ''."""

    address: str
    status: str = ""
    permanent: bool = True
    diagnostic: str = ""

    @property
    def temporary(self) -> bool:
        return not self.permanent


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says: the failed or delayed recipients, and the Message-ID of the returned letter or ''."""

    recipients: tuple[FailedRecipient, ...] = ()
    original_message_id: str = ""

    @property
    def permanent(self) -> bool:
        return any(recipient.permanent for recipient in self.recipients)


@dataclass(frozen=True, slots=True)
class FormFields:
    """The fields of Annex 1 or 2; '' where a field was not filled in.

    `role` is student|teacher|parent or ''; `category` is what was written, to be matched with the desk's categories.
    """

    name: str = ""
    role: str = ""
    class_: str = ""
    category: str = ""
    text: str = ""
    phone: str = ""
    email: str = ""

    def __getitem__(self, field_name: str) -> str:
        return str(getattr(self, "class_" if field_name == "class" else field_name))

    @property
    def filled(self) -> bool:
        return any((self.name, self.role, self.class_, self.category, self.text, self.phone, self.email))


@dataclass(frozen=True, slots=True)
class TraceHeader:
    """A `received` or `authentication-results` header, in the order of the mail, topmost first."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as understood. Header values hold no control characters, line feeds, bidi overrides or lone surrogates.

    `text` is the whole readable text, quoted tail and all; `reply` is what this person wrote this time.
    `message_id`, `in_reply_to` (its first id; any further ones join `references`) and `references` keep their angle brackets.
    `strict_from` is the one lower-cased
    address on which rights may depend, or None where From is missing, repeated, holds several mailboxes or is odd.
    """

    subject: str = ""
    sender: Address = field(default_factory=Address)
    strict_from: str | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: datetime | None = None
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    text: str = ""
    reply: str = ""
    is_forward: bool = False
    attachments: tuple[Attachment, ...] = ()
    kind: MailKind = MailKind.PERSON
    kind_reason: str = ""
    bounce: Bounce | None = None
    may_autorespond: bool = True
    form: FormFields | None = None
    trace: tuple[TraceHeader, ...] = ()
    oversized: bool = False
    faults: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def may_open(self) -> bool:
        """Whether this mail, where it answers nothing, is an appeal: a person's, a list's (SPEC 4), or what a robot without any
        header of its own announces from a no-reply address. Such a robot may be a website that speaks for a family."""
        announces = self.kind is MailKind.AUTOMATIC and self.kind_reason in ANNOUNCING
        return announces or self.kind in (MailKind.PERSON, MailKind.LIST)

    @property
    def cut_files(self) -> tuple[str, ...] | None:
        """Of a mail over the limit the names of the files that were broken off with it; None where the whole mail was read."""
        if not self.oversized:
            return None
        return tuple(fault.removeprefix(CUT_FILE) for fault in self.faults if fault.startswith(CUT_FILE))

    def cut_short(self) -> Mail:
        """This mail as what it is, the beginning of a larger one: it breaks off within its last file, which would look whole and
        is not, and so is left out and named."""
        broken = tuple(CUT_FILE + file.name for file in self.attachments[-1:])
        return replace(
            self,
            oversized=True,
            attachments=self.attachments[:-1],
            faults=tuple(dict.fromkeys((*self.faults, *broken))),
        )
