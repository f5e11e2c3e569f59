"""The wire to an IMAP server: a connection with limits on every wait, and every way it fails turned into SourceUnavailable."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from maildesk.model.mail import SourceUnavailable
from maildesk.sources.imap_settings import ImapSettings

CONNECT_SECONDS = 15
READ_SECONDS = 60

# Linux asks a silent peer after a minute, then every 15 s, and gives up after four: a dead link is noticed in two minutes.
KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))

# No answer but a mail's bytes comes as a long literal; what a server claims beyond twice the message limit is refused unread.
LITERAL_SLACK = 1_000_000

REASON_LENGTH = 300


class LiteralTooLong(IMAPClientAbortError):  # type: ignore[misc]
    """The server announced more bytes than any mail may have."""


class Client(IMAPClient):  # type: ignore[misc]
    """IMAPClient, with the two things mended that a waiting desk cannot live with.

    An EXISTS in the packet of `+ idling` sits in imaplib's buffer, where polling the socket does not see it: with a
    timeout of 0 the buffer is read without polling. And a dead connection looks like silence (mjs/imapclient#565):
    `readable` says whether the socket had promised something.
    """

    readable = False

    def _poll_socket(self, sock: Any, timeout: float | None = None) -> Any:
        if timeout == 0:
            return [True]
        events = super()._poll_socket(sock, timeout)
        self.readable = bool(events)
        return events

    def begin_idle(self) -> list[tuple[Any, ...]]:
        """IDLE (RFC 2177). What the server says before its `+` is an answer too; the library's own `idle()` raises on it."""
        self._idle_tag = self._imap._command("IDLE")
        before = 0
        while self._imap._get_response() is not None:
            if self._imap.tagged_commands.get(self._idle_tag):
                raise IMAPClientError("the server refuses IDLE")
            before += 1
        said: list[tuple[Any, ...]] = []
        if before and "EXISTS" in self._imap.untagged_responses:
            said.append((0, b"EXISTS"))
        said.extend(self.idle_check(timeout=0))
        return said

    def forget_unsolicited(self) -> None:
        """imaplib gathers every unsolicited answer for ever."""
        if "BYE" not in self._imap.untagged_responses:
            self._imap.untagged_responses.clear()

    @property
    def told_of_arrivals(self) -> bool:
        """Whether an EXISTS came beside other answers since `forget_unsolicited`."""
        return "EXISTS" in self._imap.untagged_responses


def connect(settings: ImapSettings) -> Client:
    """A connection as safe as `tls` demands, not yet logged in. Raises SourceUnavailable; never falls back to clear text."""
    with told(settings):
        context = settings.tls_context or ssl.create_default_context()
        client = Client(
            settings.host,
            settings.port,
            ssl=settings.tls == "implicit",
            ssl_context=context if settings.tls == "implicit" else None,
            timeout=SocketTimeout(CONNECT_SECONDS, READ_SECONDS),
        )
        try:
            _tune(client, settings.message_size)
            if settings.tls == "starttls":
                _start_tls(client, settings, context)
        except BaseException:
            hang_up(client)
            raise
        return client


def hang_up(client: IMAPClient) -> None:
    """Closes without a word: LOGOUT on a dead link would wait, and raise."""
    try:
        client.shutdown()
    except (OSError, IMAPClientError):
        return


@contextmanager
def told(settings: ImapSettings) -> Iterator[None]:
    """Whatever goes wrong within on the wire leaves as SourceUnavailable, with a reason that an operator understands."""
    where = f"{settings.host}:{settings.port}"
    try:
        yield
    except SourceUnavailable:
        raise
    except ssl.SSLCertVerificationError as error:
        raise SourceUnavailable(f"the certificate of {where} is not accepted: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise SourceUnavailable(f"no TLS with {where}: {error.reason or error}") from error
    except LoginError as error:
        raise _login_fault(error, settings) from error
    except TimeoutError as error:
        raise SourceUnavailable(f"{where} does not answer in time") from error
    except OSError as error:
        raise SourceUnavailable(f"{where}: {error.strerror or error}") from error
    except (IMAPClientError, ValueError, IndexError, KeyError, TypeError) as error:
        # The library's parsers raise the latter four on answers that are not IMAP.
        raise SourceUnavailable(f"{where}: {reason_of(error, settings)}") from error


def too_long(error: BaseException | None) -> bool:
    """Whether a literal that was refused is at the bottom of it: imaplib wraps it in errors of its own."""
    while error is not None and not isinstance(error, LiteralTooLong):
        error = error.__cause__ or error.__context__
    return error is not None


def reason_of(error: BaseException, settings: ImapSettings) -> str:
    """The error's words, short, and without the password should a server repeat it."""
    words = str(error) or type(error).__name__
    if settings.password:
        words = words.replace(settings.password, "…")
    return " ".join(words.split())[:REASON_LENGTH]


def _login_fault(error: LoginError, settings: ImapSettings) -> SourceUnavailable:
    """RFC 5530: [UNAVAILABLE] is the server's own trouble; a broken line is no refusal either."""
    broken = isinstance(error.__context__, IMAPClientAbortError)
    refused = not broken and "[UNAVAILABLE]" not in str(error).upper()
    words = reason_of(error, settings)
    return SourceUnavailable(f"{settings.host}: log-in of {settings.user} failed: {words}", refused=refused)


def _start_tls(client: Client, settings: ImapSettings, context: ssl.SSLContext) -> None:
    if not client.has_capability("STARTTLS"):
        raise SourceUnavailable(f"{settings.host}:{settings.port} offers no STARTTLS, and clear text is not allowed")
    client.starttls(context)


def _tune(client: Client, message_size: int) -> None:
    client.normalise_times = False
    client._imap.debug = 0  # the library sets 5: every literal is formatted for a log line that nobody reads
    wire = client.socket()
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE:
        if hasattr(socket, name):
            wire.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    _bound_literals(client, 2 * message_size + LITERAL_SLACK)


def _bound_literals(client: Client, most: int) -> None:
    """imaplib allocates whatever `{size}` a server announces."""
    read = client._imap.read

    def bounded(size: int) -> Any:
        if size > most:
            raise LiteralTooLong(f"a literal of {size} bytes")
        return read(size)

    client._imap.read = bounded
