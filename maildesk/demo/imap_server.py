"""The demo's IMAP server: pymap in this process, one mailbox per person, log-ins checked. The only place that knows pymap."""

from __future__ import annotations

import asyncio
import socket
from argparse import Namespace
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from proxyprotocol.reader import ProxyProtocolReader
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import ObjectId
from pymap.parsing.specials.flag import Flag, Wildcard
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext


class _Folder(MailboxData):
    """A folder that keeps keywords: pymap's own drops silently what a mail client sets beside the system flags."""

    @property
    def permanent_flags(self) -> frozenset[Flag]:
        return super().permanent_flags | {Wildcard}


class _Folders(MailboxSet):
    """One person's folders."""

    def __init__(self) -> None:
        super().__init__()
        self._inbox = _Folder(self._content_cache, self._thread_cache)

    async def add_mailbox(self, name: str) -> ObjectId:
        await super().add_mailbox(name)
        async with self._set_lock.write_lock():
            self._set[name] = folder = _Folder(self._content_cache, self._thread_cache)
            return folder.mailbox_id


class _Whole:
    """A connection's writer that sends an answer in one piece: pymap hands it over word by word, and a client that looks
    in the middle of it (IDLE) takes the half line for a broken one."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer, self._pending = writer, bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def write(self, data: bytes) -> None:
        self._pending += data

    def writelines(self, data: Iterable[bytes]) -> None:
        self._pending += b"".join(data)

    async def drain(self) -> None:
        self._flush()
        await self._writer.drain()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._pending:
            self._writer.write(bytes(self._pending))
            self._pending.clear()


class _Settings(Config):
    """pymap's settings; its greeting would ask the resolver for this machine's name at every connection."""

    @property
    def greeting(self) -> bytes:
        return b"maildesk demo"


class ImapServer:
    """Listens on a free loopback port. Everything but `port` belongs to the event loop that ran `start`."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        """`passwords`: the address of each mailbox, which is the log-in too, and its password."""
        self._passwords = passwords
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._inboxes: dict[str, MailboxData] = {}
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Make the mailboxes, and listen."""
        settings = self._settings()
        settings.apply_context()
        login = Login(settings)
        for address, password in self._passwords.items():
            folders = _Folders()
            login.users_dict[address] = UserMetadata(settings, address, password=password)
            settings.set_cache[address] = (folders, FilterSet())
            self._inboxes[address] = await folders.get_mailbox("INBOX")
        server = IMAPServer(login, settings)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, info: SocketInfo) -> None:
            await server(reader, cast(asyncio.StreamWriter, _Whole(writer)), info)

        proxied = ProxyProtocolReader(settings.proxy_protocol).get_callback(answer)
        self._server = await asyncio.start_server(proxied, sock=self._socket)

    def knows(self, address: str) -> bool:
        """Whether there is such a mailbox."""
        return address in self._inboxes

    async def deliver(self, address: str, mail: bytes, at: datetime) -> None:
        """Put these very bytes into a person's INBOX, with `at` as INTERNALDATE."""
        await self._inboxes[address].append(AppendMessage(mail, at, frozenset()), recent=True)

    def close(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()
        self._socket.close()

    @staticmethod
    def _settings() -> _Settings:
        arguments = Namespace(
            demo_data=False,
            demo_user="-",
            demo_password="-",
            host="127.0.0.1",
            port=0,
            debug=False,
            cert=None,
            key=None,
            tls=False,
            passlib_cfg=None,
            proxy_protocol=None,
            inherited_sockets=None,
        )
        return _Settings.from_args(arguments, hash_context=Cleartext(), reject_dnsbl=False)
