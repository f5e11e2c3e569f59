"""Speaks HTTP to a relay under bounds: TLS verified, no redirects, limits on time and size, its own origin alone (httpx)."""

from __future__ import annotations

import ipaddress
import json
import ssl
import time
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

import httpx

from maildesk.model import SourceUnavailable

#: A page of a hundred appeals with full descriptions is 4 MB.
MOST_PAGE_BYTES = 16_000_000
CONNECT_SECONDS = 10
#: A call as a whole may take so many times the patience with a silent server: 60 MB over a slow line.
WHOLE_CALL = 20
#: The request was wrong or the token is; anything else may pass by itself.
_REFUSED = frozenset((401, 403))
_PORTS = {"http": 80, "https": 443}


class FileRefused(Exception):
    """An attachment that will not be had, however often it is asked for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RelayLink:
    """The relay's calls as bytes in and out. Every one raises SourceUnavailable."""

    def __init__(self, url: str, token: str, seconds: float) -> None:
        """Raises ValueError where `url` is neither https nor http to this very machine."""
        self.origin = _checked(url)
        self._url = url.rstrip("/") + "/"
        local = self.origin.startswith("http://")
        self._seconds = seconds
        self._client = httpx.Client(
            # A token goes only where it belongs: no redirects, and to this machine itself through no proxy.
            follow_redirects=False,
            trust_env=not local,
            # Reading the system's certificates takes a tenth of a second, and http has no use for them.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if local else ssl.create_default_context(),
            timeout=httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
            # A compressed answer could be a hundred times its size.
            headers={"authorization": f"Bearer {token}", "accept-encoding": "identity", "user-agent": "maildesk"},
        )

    def appeals(self, cursor: str, limit: int) -> bytes:
        """The answer to a listing."""
        query = httpx.QueryParams({"after": cursor, "limit": str(limit)})
        return self._call("GET", f"{self._url}relay/appeals?{query}", MOST_PAGE_BYTES)

    def acknowledge(self, ids: Sequence[object]) -> None:
        """Tell the relay that these are on the desk."""
        body = json.dumps({"ids": list(ids)}).encode()
        self._call("POST", f"{self._url}relay/ack", MOST_PAGE_BYTES, body)

    def file(self, url: str, most: int) -> bytes:
        """An attachment of at most `most` bytes. Raises FileRefused where it is not on this relay, too large or gone."""
        try:
            whole = urljoin(self._url, url)
            elsewhere = _origin(whole) != self.origin
        except ValueError:
            raise FileRefused("another-origin") from None
        if elsewhere:
            raise FileRefused("another-origin")
        return self._call("GET", whole, most, file=True)

    def close(self) -> None:
        self._client.close()

    def _call(self, method: str, url: str, most: int, body: bytes | None = None, *, file: bool = False) -> bytes:
        headers = {"content-type": "application/json"} if body is not None else {}
        try:
            with self._client.stream(method, url, content=body, headers=headers) as answer:
                _check_status(answer, file=file)
                return self._read(answer, most, file=file)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
            raise SourceUnavailable(f"{type(error).__name__}: {error}".strip(": ")) from None

    def _read(self, answer: httpx.Response, most: int, *, file: bool) -> bytes:
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise SourceUnavailable("the relay compressed an answer unasked")
        ends = time.monotonic() + self._seconds * WHOLE_CALL
        data = bytearray()
        for chunk in answer.iter_raw():
            data += chunk
            if len(data) > most:
                raise FileRefused("too-large") if file else SourceUnavailable("the relay's answer is too large")
            if time.monotonic() > ends:
                raise SourceUnavailable("the relay answers too slowly")
        return bytes(data)


def _check_status(answer: httpx.Response, *, file: bool) -> None:
    status = answer.status_code
    if 200 <= status < 300:
        return
    if status in _REFUSED:
        raise SourceUnavailable(f"the relay refused the token (HTTP {status})", refused=True)
    if 300 <= status < 400:
        if file:
            raise FileRefused("redirected")
        raise SourceUnavailable(
            f"the relay redirects elsewhere (HTTP {status}); write its own address into [relay] url"
        )
    if file and status in (400, 404, 410):
        raise FileRefused("gone")
    raise SourceUnavailable(f"the relay answered with HTTP {status}")


def _checked(url: str) -> str:
    origin = _origin(url)
    host = urlsplit(url).hostname or ""
    if origin.startswith("http://") and not _loopback(host):
        raise ValueError(f"{url}: plain http is for this machine alone; write https")
    return origin


def _origin(url: str) -> str:
    """Scheme, host and port (RFC 6454, 4), the usual port left out. Raises ValueError where it is no http(s) address."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None or parts.password is not None:
        raise ValueError(f"{url}: not the address of a relay; write it as in https://form.school.ru")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.rstrip(".")
    port = parts.port or _PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port == _PORTS[parts.scheme] else f":{port}")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"
