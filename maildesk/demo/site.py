"""The form's page of the demo, served beside the mail servers, and a visitor who fills it in as a browser does."""

from __future__ import annotations

import asyncio
import html
import re
import socket
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn

from maildesk.config import load_form
from maildesk.form.app import create_app
from maildesk.form.settings import settings_from

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
#: Seconds that a page on this machine may take.
_PATIENCE = 30


class Site:
    """The page on a free loopback port; `url` is known before it is served."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._server: uvicorn.Server | None = None
        self._gone = asyncio.Event()

    async def serve(self, config: Path, now: Callable[[], datetime]) -> None:
        """Serve the page of this configuration until `leave`; appeals arrive at the demo's moment."""
        # The demo's hours pass in seconds: a page that is open while they do has not grown old.
        settings = replace(settings_from(load_form(config)), longest_fill=timedelta(days=30))
        app = create_app(settings, clock=now)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app, log_config=None, access_log=False, lifespan="on", ws="none", timeout_graceful_shutdown=2
            )
        )
        try:
            await self._server.serve([self._socket])
        finally:
            self._gone.set()

    async def leave(self) -> None:
        """Finish what is in hand, and end `serve`."""
        if self._server is not None:
            self._server.should_exit = True
            await self._gone.wait()
        self._socket.close()


def visit(url: str, fields: Mapping[str, str]) -> str:
    """Fetch the page, fill it in, send it; returns the page that answers. Raises OSError (urllib.error.URLError)."""
    with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:
        page = answer.read().decode("utf-8")
    hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}
    filled = urllib.parse.urlencode({**hidden, **fields}).encode("ascii")
    with urllib.request.urlopen(url, data=filled, timeout=_PATIENCE) as answer:
        return str(answer.read().decode("utf-8"))
