"""Access tokens for a mailbox by the refresh grant (RFC 6749, 6), and the safe keeping of a rotated refresh token."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from maildesk.model.mail import SourceUnavailable

ASK_SECONDS = 30.0

# A token is renewed this long before its end, so that it does not expire between our look and the server's.
EARLY = timedelta(seconds=60)

# RFC 6749, 5.1: `expires_in` is only recommended; an hour is what Google, Microsoft and Yandex give at least.
USUAL_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OAuth2:
    """How to ask for access tokens. The file holds the refresh token, which is replaced when the server rotates it."""

    token_url: str
    client_id: str
    refresh_token_file: Path
    client_secret: str = field(default="", repr=False)
    scope: str = ""


class AccessTokens:
    """Keeps one access token fresh."""

    def __init__(self, settings: OAuth2, now: Callable[[], datetime], client: httpx.Client | None = None) -> None:
        self._settings = settings
        self._now = now
        self._client = client
        self._token = ""
        self._until: datetime | None = None

    def current(self, *, renew: bool = False) -> str:
        """An access token; a new one where `renew` is set or the old one is about to end. Raises SourceUnavailable."""
        if renew or self._until is None or self._now() >= self._until - EARLY:
            answer = self._ask()
            self._token = str(answer["access_token"])
            self._until = self._now() + _life(answer.get("expires_in"))
        return self._token

    def _ask(self) -> dict[str, Any]:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": _read_token(self._settings.refresh_token_file),
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret,
            "scope": self._settings.scope,
        }
        answer = _answer(self._post({key: value for key, value in form.items() if value}))
        rotated = answer.get("refresh_token")
        if isinstance(rotated, str) and rotated and rotated != form["refresh_token"]:
            _write_token(self._settings.refresh_token_file, rotated)
        return answer

    def _post(self, form: dict[str, str]) -> httpx.Response:
        try:
            if self._client is not None:
                return self._client.post(self._settings.token_url, data=form, timeout=ASK_SECONDS)
            return httpx.post(self._settings.token_url, data=form, timeout=ASK_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise SourceUnavailable(f"{self._settings.token_url} could not be asked for a token: {error}") from None


def _life(expires_in: object) -> timedelta:
    try:
        seconds = int(str(expires_in))
    except ValueError:
        return USUAL_LIFE
    return timedelta(seconds=seconds) if 0 < seconds < 10_000_000 else USUAL_LIFE


def _answer(response: httpx.Response) -> dict[str, Any]:
    """The JSON of a granted token; RFC 6749, 5.2: a 4xx names the error, and `invalid_grant` needs a person."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if response.status_code == httpx.codes.OK and isinstance(answer, dict) and answer.get("access_token"):
        return answer
    error = str(answer.get("error", "")) if isinstance(answer, dict) else ""
    if error == "invalid_grant":
        raise SourceUnavailable(
            "the refresh token is no longer accepted (invalid_grant): grant access anew", refused=True
        )
    reason = f"the token server answered {response.status_code} {error[:100]}".rstrip()
    raise SourceUnavailable(reason, refused=400 <= response.status_code < 500)


def _read_token(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceUnavailable(f"{path}: the refresh token cannot be read: {error}", refused=True) from None


def _write_token(path: Path, token: str) -> None:
    """Whole or not at all, and for the owner's eyes only: the old token is void once the new one was given."""
    try:
        handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(token + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except OSError as error:
        raise SourceUnavailable(f"{path}: the new refresh token cannot be kept: {error}") from None
