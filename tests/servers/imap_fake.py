"""An IMAP server that answers as the test says, because no real one misbehaves on demand."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping

WAIT_SECONDS = 20.0
DATE = b"01-Dec-2026 10:00:00 +0300"


class Talk:
    """One connection, as a script sees it."""

    def __init__(self, wire: socket.socket, server: FakeImap) -> None:
        self.wire = wire
        self.server = server
        self._lines = wire.makefile("rb")

    def send(self, data: bytes) -> None:
        """Exactly these bytes, in one packet."""
        self.wire.sendall(data)

    def line(self) -> bytes:
        """The client's next line; b'' where it hung up."""
        line = self._lines.readline()
        if line:
            self.server._note(line.rstrip(b"\r\n"))
        return line

    def ok(self, tag: bytes, words: bytes = b"done") -> None:
        self.send(tag + b" OK " + words + b"\r\n")

    def stall(self) -> None:
        """Says nothing more until the test ends."""
        self.server._ended.wait()

    def close(self) -> None:
        # shutdown, as the line reader keeps the socket open otherwise
        with contextlib.suppress(OSError):
            self.wire.shutdown(socket.SHUT_RDWR)
        self.wire.close()


Script = Callable[[Talk, bytes, bytes], None]


class FakeImap:
    """`with FakeImap(mails={1: b"…"}) as server`: one folder, INBOX, and any others asked for, all empty.

    `on["UID FETCH"] = script` lets `script(talk, tag, arguments)` answer that command instead; `once` likewise for its
    next occurrence only. `greeting` replaces the first line.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        mails: Mapping[int, bytes] | None = None,
        *,
        capabilities: bytes = b"IMAP4rev1 IDLE UIDPLUS MOVE",
        context: ssl.SSLContext | None = None,
        uidvalidity: int = 7,
    ) -> None:
        self.mails = dict(mails or {})
        self.capabilities = capabilities
        self.context = context
        self.uidvalidity = uidvalidity
        self.greeting = b"* OK ready\r\n"
        self.on: dict[str, Script] = {}
        self.once: dict[str, Script] = {}
        self.connections = 0
        self._heard: list[bytes] = []
        self._news = threading.Condition()
        self._ended = threading.Event()
        self._listener = socket.create_server((self.host, 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> FakeImap:
        threading.Thread(target=self._accept, daemon=True, name="imap-fake").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # a mere close does not wake who waits in accept()
        self._listener.close()

    @property
    def heard(self) -> list[bytes]:
        """Every line that clients sent, without its end."""
        with self._news:
            return list(self._heard)

    def wait_for(self, predicate: Callable[[list[bytes]], bool]) -> None:
        """Returns when the lines heard satisfy the predicate."""
        with self._news:
            if not self._news.wait_for(lambda: predicate(list(self._heard)), WAIT_SECONDS):
                raise AssertionError(f"not heard; there were {self._heard}")

    def _note(self, line: bytes) -> None:
        with self._news:
            self._heard.append(line)
            self._news.notify_all()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                wire, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(wire,), daemon=True, name="imap-fake-talk").start()

    def _serve(self, wire: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # an answer in two packets costs 40 ms else
            if self.context is not None:
                wire = self.context.wrap_socket(wire, server_side=True)
            talk = Talk(wire, self)
            self.connections += 1
            talk.send(self.greeting)
            while line := talk.line():
                tag, _, rest = line.strip().partition(b" ")
                word, _, arguments = rest.partition(b" ")
                if word.upper() == b"UID":
                    verb, _, arguments = arguments.partition(b" ")
                    word += b" " + verb
                name = word.decode().upper()
                script = self.once.pop(name, None) or self.on.get(name) or _ANSWERS.get(name, _unknown)
                script(talk, tag, arguments)
        with contextlib.suppress(OSError):
            wire.close()


def _unknown(talk: Talk, tag: bytes, arguments: bytes) -> None:
    talk.send(tag + b" BAD unknown\r\n")


def _simply_ok(talk: Talk, tag: bytes, arguments: bytes) -> None:
    talk.ok(tag)


def _capability(talk: Talk, tag: bytes, arguments: bytes) -> None:
    talk.send(b"* CAPABILITY " + talk.server.capabilities + b"\r\n")
    talk.ok(tag)


def _list(talk: Talk, tag: bytes, arguments: bytes) -> None:
    name = arguments.split(b" ", 1)[1]
    talk.send(b'* LIST () "/" ' + (name if name != b'""' else b'""') + b"\r\n")
    talk.ok(tag)


def _select(talk: Talk, tag: bytes, arguments: bytes) -> None:
    server = talk.server
    count = len(server.mails) if b"INBOX" in arguments else 0
    following = max(server.mails, default=0) + 1
    talk.send(
        b"* FLAGS (\\Seen \\Deleted)\r\n* %d EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY %d] ok\r\n* OK [UIDNEXT %d] ok\r\n"
        % (count, server.uidvalidity, following)
    )
    talk.ok(tag, b"[READ-WRITE] selected")


def _asked(talk: Talk, arguments: bytes) -> list[int]:
    """The UIDs of a command's set that exist."""
    words = arguments.split(b" ", 1)[0]
    return [uid for uid in (int(word) for word in words.split(b",")) if uid in talk.server.mails]


def _search(talk: Talk, tag: bytes, arguments: bytes) -> None:
    found = sorted(talk.server.mails)
    limited = re.search(rb"UID ([\d,]+)", arguments)
    if limited:
        found = _asked(talk, limited.group(1))
    talk.send(b"* SEARCH " + b" ".join(b"%d" % uid for uid in found) + b"\r\n")
    talk.ok(tag)


def _fetch(talk: Talk, tag: bytes, arguments: bytes) -> None:
    for number, uid in enumerate(_asked(talk, arguments), 1):
        data = talk.server.mails[uid]
        partial = re.search(rb"BODY.PEEK\[\]<0\.(\d+)>", arguments)
        if partial:
            data = data[: int(partial.group(1))]
            talk.send(b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n" % (number, uid, len(data)) + data + b")\r\n")
        elif b"BODY.PEEK[]" in arguments:
            talk.send(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (number, uid, len(data)) + data + b")\r\n")
        else:
            talk.send(b'* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "%s")\r\n' % (number, uid, len(data), DATE))
    talk.ok(tag)


def _move(talk: Talk, tag: bytes, arguments: bytes) -> None:
    for uid in _asked(talk, arguments):
        del talk.server.mails[uid]
    talk.ok(tag)


def _idle(talk: Talk, tag: bytes, arguments: bytes) -> None:
    talk.send(b"+ idling\r\n")
    if talk.line().strip() == b"DONE":
        talk.ok(tag)


_ANSWERS: dict[str, Script] = {
    "CAPABILITY": _capability,
    "LOGIN": _simply_ok,
    "LIST": _list,
    "CREATE": _simply_ok,
    "SUBSCRIBE": _simply_ok,
    "SELECT": _select,
    "NOOP": _simply_ok,
    "UID SEARCH": _search,
    "UID FETCH": _fetch,
    "UID MOVE": _move,
    "IDLE": _idle,
}
