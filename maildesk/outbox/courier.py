"""One letter to the SMTP server over kept-open connections (aiosmtplib): Sent or Refused, never an exception of a server's making."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import aiosmtplib

from maildesk.model import Refused, Sent, Whose
from maildesk.outbox.courier_mail import hand_over
from maildesk.outbox.retry import accused

#: A command's answer; RFC 5321, 4.5.3.2 allows minutes, a desk with four connections cannot wait so long.
COMMAND_SECONDS = 60.0
#: Servers count the mails of one connection; a fresh one now and then offends none.
MAILS_PER_CONNECTION = 100
#: A connection that idled longer is likely to have been closed by the server or a router between.
IDLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """How to reach the server. `tls` is implicit, starttls or none (loopback only). `user` '' means no log-in.
    `token` gives an OAuth2 access token in place of the password (it may ask a server: it is called in a thread)."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    token: Callable[[], str] | None = field(default=None, repr=False)
    tls_context: ssl.SSLContext | None = None
    timeout: float = COMMAND_SECONDS


class Courier(Protocol):
    """Hands one letter to somebody who takes it further."""

    async def send(self, recipient: str, data: bytes) -> Sent | Refused:
        """Deliver these bytes to one recipient; never raises but `CancelledError`."""

    async def close(self) -> None:
        """Let go of what is kept open."""


def refused(error: Exception) -> Refused:
    """What an exception of aiosmtplib, of TLS or of the network says. Unknown means temporary (DESIGN, habit 5)."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        first = error.recipients[0]
        return _answer(first.code, first.message, at_recipient=True)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return Refused(True, error.code, clean(f"{error.code} {error.message}"), Whose.SENDER)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return Refused(True, 0, clean(str(error)), Whose.ADDRESS if "SMTPUTF8" in str(error) else Whose.SERVER)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _answer(error.code, error.message, at_recipient=isinstance(error, aiosmtplib.SMTPRecipientRefused))
    if isinstance(error, ValueError):
        return Refused(True, 0, clean(f"unusable address: {error}"), Whose.ADDRESS)
    return Refused(False, 0, clean(f"{type(error).__name__}: {error}"), Whose.SERVER)


def _answer(code: int, message: str, *, at_recipient: bool) -> Refused:
    line = clean(f"{code} {message}")
    permanent = 500 <= code < 600
    return Refused(permanent, code, line, accused(code, line, at_recipient=at_recipient))


def clean(line: str) -> str:
    """A server's line, fit for a log and a letter: no control characters, at most 500."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", line).strip()[:500]


class SmtpCourier:
    """One connection of the pool, opened when needed. Used by one task at a time."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._smtp: aiosmtplib.SMTP | None = None
        self._sent = 0
        self._used_at = 0.0

    async def send(self, recipient: str, data: bytes) -> Sent | Refused:
        """One recipient a transaction, so that a refusal has one meaning; the same bytes at every attempt."""
        in_data = False
        try:
            smtp = await self._connected()
            in_data = True
            line = await hand_over(smtp, self._settings.sender, recipient, data)
        except asyncio.CancelledError:
            await self.close()  # a cancelled send leaves the connection out of step
            raise
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError, ValueError) as error:
            return await self._failed(error, in_data=in_data)
        self._sent += 1
        self._used_at = asyncio.get_running_loop().time()
        return Sent(clean(line))

    async def _failed(self, error: Exception, *, in_data: bool) -> Refused:
        lost = isinstance(error, aiosmtplib.SMTPServerDisconnected | aiosmtplib.SMTPReadTimeoutError | OSError)
        outcome = refused(error)
        if (
            not isinstance(error, aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientsRefused)
            or outcome.code == 421
        ):
            await self.close()
        # Between the final dot and the 250 nobody can know: the letter may have gone.
        return Refused(outcome.permanent, outcome.code, outcome.line, outcome.whose, unknown=lost and in_data)

    async def _connected(self) -> aiosmtplib.SMTP:
        now = asyncio.get_running_loop().time()
        stale = self._sent >= MAILS_PER_CONNECTION or now - self._used_at > IDLE_SECONDS
        if self._smtp is not None and self._smtp.is_connected and not stale:
            return self._smtp
        await self.close()
        self._smtp = client(self._settings)
        await self._smtp.connect()
        self._sent, self._used_at = 0, now
        return self._smtp

    async def close(self) -> None:
        """Say goodbye if anybody is there; never raises."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            if smtp.is_connected:
                await asyncio.wait_for(smtp.quit(), 2)
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            pass
        finally:
            smtp.close()


def client(settings: SmtpSettings) -> aiosmtplib.SMTP:
    """A client that never falls back to clear text: TLS is demanded, or the configuration says none (loopback)."""
    give = settings.token

    async def token() -> str:
        assert give is not None
        return await asyncio.to_thread(give)

    return aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        use_tls=settings.tls == "implicit",
        start_tls=settings.tls == "starttls",
        tls_context=settings.tls_context,
        username=settings.user or None,
        password=settings.password or None,
        oauth_token_generator=token if give is not None else None,
        timeout=settings.timeout,
        # The machine's own short name: a look-up of the full one can take seconds where there is no DNS.
        local_hostname=socket.gethostname() or "localhost",
    )


class MemoryCourier:
    """Keeps what it is given: for scenes, and for `import` without letters."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, bytes]] = []

    async def send(self, recipient: str, data: bytes) -> Sent | Refused:
        """Take it."""
        self.letters.append((recipient, data))
        return Sent("250 kept")

    async def close(self) -> None:
        """Nothing is open."""


async def probe(settings: SmtpSettings) -> str:
    """Try connection, TLS and log-in: '' where all went well, else what the server or the network said."""
    smtp = client(settings)
    try:
        await smtp.connect()
        await smtp.quit()
    except (aiosmtplib.SMTPException, OSError, ssl.SSLError, ValueError) as error:
        return refused(error).line
    finally:
        smtp.close()
    return ""
