"""The form's page: shows it, takes it, answers with a number once the appeal is on the disk (R1, SPEC 7)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from maildesk.form import checks, files, tokens
from maildesk.form.body import BodyRefused, Budget, Refusal, Submission, read
from maildesk.form.checks import Filled
from maildesk.form.files import FormFile
from maildesk.form.keeper import Keeper
from maildesk.form.limiter import Limiter, client_address
from maildesk.form.settings import FormSettings
from maildesk.form.spool import NewAppeal, SpoolFull, StoredFile
from maildesk.form.tokens import FormToken
from maildesk.form.view import Sheet, View

#: A body for which nobody has room waits so long, in seconds.
ROOM_PATIENCE = 20
#: What an address over its limit may still send, so that what was typed can be shown again.
OVER_LIMIT_BODY = 200_000
_STATUS = {Refusal.TOO_LARGE: 413, Refusal.TOO_SLOW: 408, Refusal.MALFORMED: 400, Refusal.GONE: 400}
_RETRY = {"retry-after": "120"}
_CLOSE = {"connection": "close"}
journal = logging.getLogger("maildesk.form")


@dataclass(frozen=True, slots=True)
class _Files:
    """The attachments of one post: those held from before that stay, the new ones, and what is wrong."""

    held: tuple[StoredFile, ...]
    keep: tuple[int, ...]
    new: tuple[FormFile, ...]
    error: str = ""


class Page:
    """GET shows the form, POST takes it."""

    def __init__(self, settings: FormSettings, keeper: Keeper, view: View, clock: Callable[[], datetime]) -> None:
        self._settings, self._keeper, self._view, self._clock = settings, keeper, view, clock
        self._limiter = Limiter(settings.per_address, settings.per_network)
        self._budget = Budget(settings.bounds.in_flight)

    def routes(self) -> list[Route]:
        return [
            Route("/", self.show, methods=["GET"]),
            Route("/", self.submit, methods=["POST"]),
            Route("/form.css", self.style, methods=["GET"]),
            Route("/form.js", self.script, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        return self._view.form(Sheet(self._fresh_token()))

    async def style(self, request: Request) -> Response:
        return self._view.asset("form.css")

    async def script(self, request: Request) -> Response:
        return self._view.asset("form.js")

    async def submit(self, request: Request) -> Response:
        """The number, or the form again with what is wrong and all that was typed."""
        peer = request.client.host if request.client else ""
        address = client_address(peer, request.headers.getlist("x-forwarded-for"), self._settings.proxy)
        within = self._limiter.allows(address, asyncio.get_running_loop().time())
        most = self._settings.bounds.body if within else OVER_LIMIT_BODY
        size = _declared(request, most)
        if not await self._budget.reserve(size, ROOM_PATIENCE):
            return self._view.plain(503, "loaded", {**_RETRY, **_CLOSE})
        try:
            kind = request.headers.get("content-type", "")
            submission = await read(request.receive, kind, most, self._settings.patience)
            return await self._answer(submission, within)
        except BodyRefused as refused:
            return self._refused(refused.refusal, within)
        finally:
            await self._budget.release(size)

    async def _answer(self, submission: Submission, within: bool) -> Response:
        settings = self._settings
        now = self._clock()
        token = tokens.read(self._keeper.spool.key, next(iter(submission.values.get("form", ())), ""))
        filled = checks.check(submission.values, settings.categories, self._view.words, settings.bounds.text)
        taken = await self._files(submission, token)
        errors = self._errors(filled, taken, token, within, now)
        if errors or token is None:
            return await self._again(filled, taken, token, errors, now, 422 if within else 429)
        await self._wait_for(token, now)
        appeal = NewAppeal(token.nonce, self._digest(filled, taken), now, filled.fields, taken.new, taken.keep)
        settings.failpoint("checked")
        try:
            receipt = await self._keeper.take(appeal)
        except SpoolFull as full:
            journal.error("an appeal was not taken: no room (%s)", full)
            return await self._again(filled, taken, token, {"form": self._sentence("full")}, now, 507)
        if not receipt.same:
            used = {"form": self._view.words("error.used", number=receipt.number)}
            return await self._again(filled, taken, None, used, now, 422)
        if receipt.fresh:
            journal.info("appeal %s taken, %d attachments", receipt.number, len(taken.keep) + len(taken.new))
        settings.failpoint("answered")
        return self._view.sent(receipt.number, mail=bool(filled.fields.email), call=bool(filled.fields.phone))

    async def _files(self, submission: Submission, token: FormToken | None) -> _Files:
        bounds = self._settings.bounds
        held = tuple(await self._keeper.call(self._keeper.spool.held, token.nonce)) if token else ()
        keep = tuple(
            sorted({int(one) for one in submission.values.get("keep", ()) if one.isdecimal() and len(one) < 4})[
                : bounds.files
            ]
        )
        new: list[FormFile] = []
        error = ""
        for upload in submission.uploads:
            fault, file = self._file(upload)
            error = error or fault
            if file is not None:
                new.append(file)
        if len(keep) + len(new) > bounds.files:
            error = error or self._view.words("error.files_many", most=bounds.files)
            new = new[: max(0, bounds.files - len(keep))]
        return _Files(held, keep, tuple(new), error)

    def _file(self, upload: files.Upload) -> tuple[str, FormFile | None]:
        words, most, name = self._view.words, self._settings.bounds.file_bytes, files.shown(upload.name)
        if not upload.bytes:
            return words("error.file_empty", file=name), None
        if len(upload.bytes) > most:
            return words("error.file_big", file=name, most=most // 1_000_000), None
        file = files.accepted(upload)
        return ("", file) if file else (words("error.file_kind", file=name), None)

    def _errors(
        self, filled: Filled, taken: _Files, token: FormToken | None, within: bool, now: datetime
    ) -> Mapping[str, str]:
        """In the order of the page: what concerns the whole form first, the files before the consent."""
        errors = {"form": self._whole(filled, token, within, now), **filled.errors}
        consent = errors.pop("consent", "")
        errors |= {"files": taken.error, "consent": consent}
        return {name: text for name, text in errors.items() if text}

    def _whole(self, filled: Filled, token: FormToken | None, within: bool, now: datetime) -> str:
        words = self._view.words
        if not within:
            return self._sentence("busy")
        if token is None or filled.trapped:
            return words("error.robot")
        # A form from the future was signed before the clock was set back: it is as good as any.
        return words("error.stale") if now - token.opened_at > self._settings.longest_fill else ""

    def _sentence(self, key: str) -> str:
        words, phone = self._view.words, self._settings.phone
        return words(f"error.{key}") + (f", {words('error.or_call', phone=phone)}" if phone else "")

    async def _again(
        self,
        filled: Filled,
        taken: _Files,
        token: FormToken | None,
        errors: Mapping[str, str],
        now: datetime,
        status: int,
    ) -> Response:
        """The form with all that was typed; files that arrived whole need not be sent again."""
        fresh = self._fresh_token()
        nonce = fresh.split(".")[1]
        of = token.nonce if token else ""
        spool = self._keeper.spool
        held: Sequence[StoredFile] = ()
        if status == 422 and (taken.new or taken.held):
            held = await self._keeper.call(spool.hold, nonce, taken.new, taken.keep, of, now)
        headers = {} if status == 422 else dict(_RETRY)
        return self._view.form(Sheet(fresh, filled.shown, errors, held, filled.confirmed), status, headers)

    async def _wait_for(self, token: FormToken, now: datetime) -> None:
        """A form that comes back sooner than a person fills it waits: it costs a robot time, and a person nothing."""
        missing = self._settings.shortest_fill - (now - token.opened_at)
        if missing > timedelta():
            await asyncio.sleep(min(missing, self._settings.shortest_fill).total_seconds())

    def _digest(self, filled: Filled, taken: _Files) -> bytes:
        """What tells a form sent twice (an answer that was lost) from one that was changed and sent again."""
        prints = [hashlib.sha256(file.bytes).hexdigest() for file in taken.new]
        text = json.dumps([asdict(filled.fields), prints, taken.keep], ensure_ascii=False, sort_keys=True)
        return hmac.digest(self._keeper.spool.key, text.encode(), "sha256")

    def _refused(self, refusal: Refusal, within: bool) -> Response:
        if not within:
            return self._view.plain(429, "many", {**_RETRY, **_CLOSE})
        key = Refusal.TOO_SLOW if refusal is Refusal.GONE else refusal
        return self._view.plain(_STATUS[refusal], key.value, _CLOSE)

    def _fresh_token(self) -> str:
        return tokens.issue(self._keeper.spool.key, self._clock())


def _declared(request: Request, most: int) -> int:
    """The bytes that the body says it has; all that it may have where it does not say."""
    text = request.headers.get("content-length", "")
    return min(int(text), most) if text.isdecimal() and len(text) < 16 else most
