"""The relay: the desk fetches what the form took, and says when it has it (SPEC 7)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from maildesk.form.body import BodyRefused, bounded
from maildesk.form.keeper import Keeper
from maildesk.form.settings import FormSettings
from maildesk.form.spool import SpoolFull, StoredAppeal

#: Appeals in one answer: by default, and at most.
USUAL_LIMIT = 100
MOST_LISTED = 500
#: An acknowledgement of all that a spool may hold is longer than this; nobody has so many in hand at once.
LONGEST_ACK = 1_000_000
MOST_ACKED = 10_000


class Relay:
    """The relay's calls. Every one needs the bearer token."""

    def __init__(self, settings: FormSettings, keeper: Keeper, clock: Callable[[], datetime]) -> None:
        self._settings, self._keeper, self._clock = settings, keeper, clock
        self._token = hashlib.sha256(settings.token.encode()).digest()

    def routes(self) -> list[Route]:
        return [
            Route("/relay/appeals", self.appeals, methods=["GET"]),
            Route("/relay/appeals/{id}/{position}", self.file, methods=["GET"]),
            Route("/relay/ack", self.ack, methods=["POST"]),
        ]

    async def appeals(self, request: Request) -> Response:
        """What waits after the cursor; a cursor of another spool, or one that makes no sense, is the beginning."""
        if not self._known(request):
            return _unauthorized()
        limit = request.query_params.get("limit", "")
        given = request.query_params.get("after", "")
        count = min(max(int(limit), 1), MOST_LISTED) if limit.isdecimal() and len(limit) < 9 else USUAL_LIMIT
        after = self._position(given)
        found = await self._keeper.call(self._keeper.spool.waiting, after, count)
        self._settings.failpoint("listed")
        base = _base(request)
        cursor = self._cursor(found[-1].seq if found else after)
        return JSONResponse({"appeals": [_shown(appeal, base) for appeal in found], "cursor": cursor}, headers=_PRIVATE)

    async def file(self, request: Request) -> Response:
        """One attachment's bytes."""
        if not self._known(request):
            return _unauthorized()
        position = request.path_params["position"]
        if not position.isdecimal() or len(position) > 4:
            return _error(404, "no such attachment")
        found = await self._keeper.call(self._keeper.spool.file, request.path_params["id"], int(position))
        if found is None:
            return _error(404, "no such attachment")
        # Whoever opens it in a browser gets a download, never a page of this origin.
        headers = {**_PRIVATE, "content-disposition": "attachment"}
        return Response(found.bytes, media_type=found.type, headers=headers)

    async def ack(self, request: Request) -> Response:
        """{"ids": [...]}: the desk has committed these. Unknown and repeated ids are no error: an answer may get lost."""
        if not self._known(request):
            return _unauthorized()
        try:
            body = b"".join([chunk async for chunk in bounded(request.receive, LONGEST_ACK, self._settings.patience)])
            ids = json.loads(body)["ids"]
        except BodyRefused as refused:
            return _error(400, refused.refusal.value)
        except (ValueError, RecursionError, TypeError, KeyError):
            return _error(400, 'write {"ids": ["...", ...]}')
        if not isinstance(ids, list) or len(ids) > MOST_ACKED or not all(isinstance(one, str) for one in ids):
            return _error(400, 'write {"ids": ["...", ...]}')
        try:
            done = await self._keeper.call(
                self._keeper.spool.acknowledge, [_storable(one) for one in ids], self._clock()
            )
        except SpoolFull:
            return _error(503, "the disk is full")
        self._settings.failpoint("ack-answered")
        return JSONResponse({"acked": done}, headers=_PRIVATE)

    def _known(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = hashlib.sha256(token.strip().encode("utf-8", "surrogatepass")).digest()
        return hmac.compare_digest(given, self._token) and scheme.lower() == "bearer"

    def _cursor(self, seq: int) -> str:
        text = f"{self._keeper.spool.name}.{seq}" if seq else ""
        return base64.urlsafe_b64encode(text.encode()).decode()

    def _position(self, cursor: str) -> int:
        try:
            name, _, seq = base64.urlsafe_b64decode(cursor.encode()).decode().partition(".")
        except (binascii.Error, ValueError):
            return 0
        known = name == self._keeper.spool.name and seq.isdecimal() and len(seq) < 16
        return int(seq) if known else 0


_PRIVATE = {"cache-control": "no-store"}


def _shown(appeal: StoredAppeal, base: str) -> dict[str, object]:
    fields = asdict(appeal.fields)
    fields["class"] = fields.pop("class_")
    return {
        "id": appeal.id,
        "received_at": appeal.received_at.isoformat(),
        "fields": fields,
        "attachments": [
            {
                "name": file.name,
                "type": file.type,
                "size": file.size,
                "url": f"{base}/relay/appeals/{appeal.id}/{file.position}",
            }
            for file in appeal.files
        ],
    }


def _base(request: Request) -> str:
    """The origin by which the desk came here. It holds the token, so its own words (or its proxy's) on that are believed;
    whoever lies about it gets urls that lead nowhere."""
    scheme = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip() or request.url.scheme
    host = request.headers.get("x-forwarded-host", "").partition(",")[0].strip() or request.headers.get("host", "")
    return f"{scheme}://{host or request.url.netloc}"


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _unauthorized() -> Response:
    return JSONResponse(
        {"error": "the token is missing or wrong"}, 401, headers={"www-authenticate": "Bearer", **_PRIVATE}
    )


def _error(status: int, reason: str) -> Response:
    return JSONResponse({"error": reason}, status, headers=_PRIVATE)
