"""Puts the form together: the page, the relay, the poster, and the headers that every answer bears."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope
from starlette.types import Send as AsgiSend

from maildesk.form.keeper import Keeper
from maildesk.form.page import Page
from maildesk.form.poster import Poster
from maildesk.form.relay import Relay
from maildesk.form.settings import FormSettings
from maildesk.form.spool import SpoolFull
from maildesk.form.view import View
from maildesk.form.words import Words

#: Seconds between two tidyings of the spool.
TIDY_EVERY = 600
journal = logging.getLogger("maildesk.form")


def utc_now() -> datetime:
    """This program's clock: the form is a program of its own, with no daemon above it."""
    return datetime.now(UTC)


def create_app(settings: FormSettings, *, clock: Callable[[], datetime] = utc_now) -> Starlette:
    """The form and its relay as an ASGI application; its lifespan opens and closes the spool.

    Raises ValueError or jinja2.TemplateError where a school's own words or templates cannot be read.
    """
    keeper = Keeper(settings)
    words = Words(settings.language, settings.templates)
    view = View(settings, words)
    guards = _guards(settings)
    page, relay = Page(settings, keeper, view, clock), Relay(settings, keeper, clock)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await keeper.open()
        async with _background(_jobs(settings, keeper, words, clock)):
            yield
        await keeper.close()

    async def failed(_: Request, error: Exception) -> Response:
        journal.error("a page failed", exc_info=error)
        # This answer is made outside of all middleware.
        return view.plain(500, "failed", guards)

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return view.plain(error.status_code, "missing", error.headers)

    return Starlette(
        routes=[*page.routes(), *relay.routes()],
        middleware=[Middleware(GuardHeaders, headers=guards)],
        exception_handlers={Exception: failed, HTTPException: refused},
        lifespan=lifespan,
    )


def _jobs(
    settings: FormSettings, keeper: Keeper, words: Words, clock: Callable[[], datetime]
) -> list[Coroutine[Any, Any, None]]:
    """What runs beside the pages."""
    jobs: list[Coroutine[Any, Any, None]] = [_tidy(keeper, clock)]
    if settings.mail_to and settings.send is not None:
        jobs.append(Poster(settings, settings.send, keeper, words, clock).run())
    return jobs


async def _tidy(keeper: Keeper, clock: Callable[[], datetime]) -> None:
    while True:
        with contextlib.suppress(SpoolFull):
            await keeper.call(keeper.spool.tidy, clock())
        await asyncio.sleep(TIDY_EVERY)


@contextlib.asynccontextmanager
async def _background(jobs: list[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Tasks that run while the block does; one that dies says so in the journal and takes nothing with it."""
    tasks = [asyncio.create_task(job) for job in jobs]
    for task in tasks:
        task.add_done_callback(_mourn)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _mourn(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        journal.critical("a part of the form stopped; restart it", exc_info=error)


def _policy(settings: FormSettings) -> str:
    """Content-Security-Policy (CSP 3): nothing but this page's own style and script, framed only by the school's sites.
    Transport security is the proxy's, which holds the certificate."""
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "connect-src 'self'",
            "img-src data:",
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(settings.frame_ancestors) or chr(39) + 'none' + chr(39)}",
        )
    )


def _guards(settings: FormSettings) -> dict[str, str]:
    """The headers that protect the page and its readers."""
    headers = {
        "content-security-policy": _policy(settings),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
        "cross-origin-opener-policy": "same-origin",
    }
    return headers if settings.frame_ancestors else {**headers, "x-frame-options": "DENY"}


class GuardHeaders:
    """Adds headers to every answer that has not its own."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app, self._headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)
