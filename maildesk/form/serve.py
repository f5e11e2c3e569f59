"""Runs the form as a program: uvicorn with bounds on headers and connections, and a quiet way out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from maildesk.form.app import create_app
from maildesk.form.settings import FormSettings
from maildesk.form.spool import Spool

#: Open connections; beyond it new ones are told to come again. Each costs some kilobytes.
MOST_CONNECTIONS = 1000
LONGEST_HEADERS = 32_768
#: Seconds for requests in hand when the program is told to leave.
FAREWELL = 20


class Patient(H11Protocol):
    """uvicorn waits for a request's headers for ever: this one hangs up on a sender who dawdles over them."""

    patience = 20.0
    _alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._alarm = self.loop.call_later(self.patience, self._hang_up)

    def handle_events(self) -> None:
        super().handle_events()
        waiting = self.conn.their_state is h11.IDLE
        if not waiting and self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        elif waiting and self._alarm is None and self.timeout_keep_alive_task is None:
            self._alarm = self.loop.call_later(self.patience, self._hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        super().connection_lost(exc)

    def _hang_up(self) -> None:
        self._alarm = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()


class _Server(uvicorn.Server):
    """Leaves the process's signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    settings: FormSettings,
    *,
    ready: Callable[[str], None] | None = None,
    sockets: list[socket.socket] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve until `stop` is set or the task is cancelled; what is in hand is finished. `ready` is told the page's address
    once it answers. `sockets`: listen on these instead of the configured address.

    Raises OSError where the address or the spool cannot be had, ValueError where a template cannot be read.
    """
    await asyncio.to_thread(_try_spool, settings)
    listening = sockets or [_listening(settings.listen_host, settings.listen_port)]
    server = _Server(_config(settings))
    try:
        running = asyncio.create_task(server.serve(listening))
        try:
            await _started(server, running)
            if ready is not None:
                ready(_address(listening[0]))
            await _ended(running, stop)
        finally:
            server.should_exit = True
            await asyncio.shield(running)
    finally:
        for one in listening:
            one.close()


def run(settings: FormSettings, *, ready: Callable[[str], None] | None = None) -> None:
    """`maildesk form`: serve until SIGTERM or SIGINT, then finish what is in hand. Raises as `serve`."""

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve(settings, ready=ready, stop=stop)

    asyncio.run(main())


def _config(settings: FormSettings) -> uvicorn.Config:
    protocol = type("Patient", (Patient,), {"patience": settings.patience.headers})
    options: dict[str, Any] = {"http": protocol, "ws": "none", "lifespan": "on"}
    # What strangers send amiss is answered, and would only drown the journal.
    for name in ("uvicorn.error", "python_multipart"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return uvicorn.Config(
        create_app(settings),
        log_config=None,
        access_log=False,
        server_header=False,
        # Whose X-Forwarded-For is believed is this program's own decision (form.proxy).
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        h11_max_incomplete_event_size=LONGEST_HEADERS,
        timeout_graceful_shutdown=FAREWELL,
        **options,
    )


async def _started(server: uvicorn.Server, running: asyncio.Task[None]) -> None:
    while not server.started:
        if running.done():
            running.result()
            raise OSError("the form could not start: its spool cannot be opened")
        await asyncio.sleep(0.01)


async def _ended(running: asyncio.Task[None], stop: asyncio.Event | None) -> None:
    if stop is None:
        await asyncio.shield(running)
        return
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((running, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()


def _try_spool(settings: FormSettings) -> None:
    """uvicorn ends the whole process where an application cannot start: what can fail is tried before."""
    try:
        Spool(settings.data, settings.zone, settings.bounds.spool, settings.failpoint).close()
    except sqlite3.Error as error:
        raise OSError(f"{settings.data}: {error}") from None


def _listening(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
