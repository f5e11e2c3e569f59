"""Signs the form's opening, so that a robot must at least fetch the page, and each form counts once."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

_SHAPE = re.compile(r"([0-9a-f]{1,12})\.([0-9a-f]{24})\.([A-Za-z0-9_-]{22})", re.ASCII)


@dataclass(frozen=True, slots=True)
class FormToken:
    """A form that was opened at `opened_at`; `nonce` names it and is used up by the appeal."""

    nonce: str
    opened_at: datetime


def issue(key: bytes, now: datetime) -> str:
    """A fresh token for a page that is opened now."""
    body = f"{int(now.timestamp()):x}.{secrets.token_hex(12)}"
    return f"{body}.{_mac(key, body)}"


def read(key: bytes, text: str) -> FormToken | None:
    """The form that this token names; None where it is not one of ours."""
    found = _SHAPE.fullmatch(text)
    if not found or not hmac.compare_digest(found[3], _mac(key, f"{found[1]}.{found[2]}")):
        return None
    return FormToken(found[2], datetime.fromtimestamp(int(found[1], 16), UTC))


def _mac(key: bytes, body: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, body.encode("ascii"), "sha256")[:16]).decode("ascii").rstrip("=")
