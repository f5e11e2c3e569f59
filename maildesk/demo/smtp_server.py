"""The demo's SMTP server: aiosmtpd in this process; log-ins checked, unknown recipients refused, bytes left as they are."""

from __future__ import annotations

import asyncio
import logging
import socket
import warnings
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

#: What the desk itself takes, and a little more, so that the desk is asked what it does with a large mail.
LARGEST = 40_000_000
# It says at every connection that a log-in without TLS is unwise, and logs each address: here neither tells anybody anything.
warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS", UserWarning)
logging.getLogger("mail.log").setLevel(logging.CRITICAL)

#: Says what the demo knows of a mail that was taken: sender, recipients, bytes.
Taken = Callable[[str, list[str], bytes], Awaitable[None]]


@dataclass(slots=True)
class _Handler:
    """What aiosmtpd asks while a mail comes in."""

    knows: Callable[[str], bool]
    taken: Taken

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.knows(address.lower()):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address.lower())
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = envelope.original_content or b""
        await self.taken(envelope.mail_from or "", list(dict.fromkeys(envelope.rcpt_tos)), mail)
        return "250 2.0.0 Delivered"


class SmtpServer:
    """Listens on a free loopback port; who sends must log in."""

    def __init__(self, passwords: Mapping[str, str], knows: Callable[[str], bool], taken: Taken) -> None:
        self._passwords = passwords
        self._handler = _Handler(knows, taken)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, on the running event loop."""
        self._server = await asyncio.get_running_loop().create_server(self._protocol, sock=self._socket)

    def close(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()
        self._socket.close()

    def _protocol(self) -> SMTP:
        return SMTP(
            self._handler,
            hostname="demo.school.example",
            ident="maildesk demo",
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            authenticator=self._authenticate,
            auth_required=True,
            # Nothing here leaves the machine, and mail programs take a self-made certificate badly.
            auth_require_tls=False,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        if isinstance(data, LoginPassword):
            wanted = self._passwords.get(data.login.decode("utf-8", "replace").lower())
            if wanted is not None and wanted.encode() == data.password:
                return AuthResult(success=True)
        # Without `handled` False aiosmtpd answers nothing, and the client waits until it gives up.
        return AuthResult(success=False, handled=False, message="535 5.7.8 Wrong name or password")
