"""A person's mail program: reads their mailbox over IMAP, sends over SMTP. The only place of the demo that speaks either."""

from __future__ import annotations

import imaplib
import smtplib
import time
from collections.abc import Callable
from email import policy
from email.message import EmailMessage

from maildesk.demo.cast import Person
from maildesk.demo.reading import Letter

_HOST = "127.0.0.1"
#: Seconds that a server on this machine may take for one command.
_PATIENCE = 20
#: Seconds between two looks into a mailbox whose owner waits for something.
_LOOK = 0.15
_POLICY = policy.SMTP.clone(cte_type="7bit")


class MailProgram:
    """One person's. Mails that were read stay known: `letters` holds all, in the order in which they came."""

    def __init__(self, owner: Person, password: str, imap_port: int, smtp_port: int) -> None:
        self.owner = owner
        self.letters: list[Letter] = []
        self._password, self._imap_port, self._smtp_port = password, imap_port, smtp_port
        self._imap: imaplib.IMAP4 | None = None
        self._last = 0

    def look(self) -> list[Letter]:
        """What came since the last look. Raises OSError where the server cannot be asked."""
        try:
            return self._new()
        except imaplib.IMAP4.error as error:
            raise OSError(f"IMAP: {error}") from None

    def _new(self) -> list[Letter]:
        imap = self._connected()
        imap.noop()
        _, found = imap.uid("SEARCH", f"UID {self._last + 1}:*")
        new: list[Letter] = []
        for uid in sorted(int(one) for one in (found[0] or b"").split()):
            # «*» is the last mail, however old (RFC 3501, 6.4.8).
            if uid > self._last:
                _, parts = imap.uid("FETCH", str(uid), "(BODY.PEEK[])")
                new.extend(Letter(part[1]) for part in parts if isinstance(part, tuple))
                self._last = uid
        self.letters.extend(new)
        return new

    def wait(self, wanted: Callable[[Letter], bool], seconds: float) -> Letter | None:
        """The first letter of the mailbox that is wanted, old or new; None where none came in time (real seconds)."""
        deadline = time.monotonic() + seconds
        known = next(filter(wanted, self.letters), None)
        while known is None:
            known = next(filter(wanted, self.look()), None)
            if known is None:
                if time.monotonic() > deadline:
                    return None
                time.sleep(_LOOK)
        return known

    def send(self, mail: EmailMessage, to: str) -> None:
        """Hand a mail to the server. Raises OSError (smtplib.SMTPException is one)."""
        with smtplib.SMTP(_HOST, self._smtp_port, local_hostname="localhost", timeout=_PATIENCE) as smtp:
            smtp.login(self.owner.email, self._password)
            smtp.sendmail(self.owner.email, [to], mail.as_bytes(policy=_POLICY))

    def close(self) -> None:
        """Leave the IMAP server."""
        if self._imap is not None:
            self._imap.shutdown()
            self._imap = None

    def _connected(self) -> imaplib.IMAP4:
        if self._imap is None:
            self._imap = imaplib.IMAP4(_HOST, self._imap_port, timeout=_PATIENCE)
            self._imap.login(self.owner.email, self._password)
            self._imap.select("INBOX", readonly=True)
        return self._imap
