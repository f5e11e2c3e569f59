"""Header values become text: encoded words (RFC 2047) as senders really write them, and raw 8-bit bytes."""

from __future__ import annotations

import binascii
import re

from maildesk.parse import charset, clean

# RFC 2047, 2, and what is met: blanks inside (folded by a gateway), '?' inside Q, a language (RFC 2231, 5), a lost end.
_WORD = re.compile(
    rb"=\?([^?\s=]{1,60})\?\s?(?:([bB])\s?\?([^?]*)(?:\?=|\?$|$)|([qQ])\s?\?(.*?)(?:\?=(?![0-9A-Fa-f]{2}[^\s?]{0,75}\?=)|$))",
    re.DOTALL,
)
_BLANK = re.compile(rb"\s*")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_FOLD = re.compile(rb"[\r\n]+[ \t]*")


def decode(raw: bytes, hint: str = "") -> str:
    """One header value as clean text in one line. `hint`: the charset that the mail's body names, for raw 8-bit bytes."""
    raw = _FOLD.sub(b" ", raw)
    if b"=?" not in raw:
        return clean.value(charset.decode(raw, "", hint))
    return clean.value("".join(_pieces(raw, hint)))


def decode_text(text: str, hint: str = "") -> str:
    """The same for a value that was taken apart as text: raw bytes are in it as lone surrogates."""
    return decode(text.encode("utf-8", "surrogateescape"), hint)


def _pieces(raw: bytes, hint: str) -> list[str]:
    """The text between encoded words, and each run of adjacent words of one charset joined before it is decoded."""
    out: list[str] = []
    run: list[tuple[bytes, bytes]] = []  # (encoding, payload) of words waiting, all of run_charset
    run_charset = ""
    position = 0
    for word in _WORD.finditer(raw):
        name = word[1].decode("ascii", "replace")
        between = raw[position : word.start()]
        blank = _BLANK.fullmatch(between) is not None
        if run and not (blank and name.lower() == run_charset.lower()):
            out.append(_joined(run, run_charset))
            run = []
        if not (blank and position):
            out.append(charset.decode(between, "", hint))
        run_charset = name
        run.append((b"b", word[3]) if word[2] else (b"q", word[5]))
        position = word.end()
    if run:
        out.append(_joined(run, run_charset))
    out.append(charset.decode(raw[position:], "", hint))
    return out


def _joined(run: list[tuple[bytes, bytes]], name: str) -> str:
    """The words of one run as text: senders cut characters, and even base64 quanta, between two words."""
    data = b""
    pending = b""
    for encoding, payload in run:
        if encoding == b"q":
            data += _base64(pending) + binascii.a2b_qp(payload.replace(b"\r", b"").replace(b"\n", b""), header=True)
            pending = b""
            continue
        payload = b"".join(payload.split())
        pending += payload
        if payload.endswith(b"=") or len(pending) % 4 == 0:
            data += _base64(pending)
            pending = b""
    return charset.decode(data + _base64(pending), name)


def _base64(payload: bytes) -> bytes:
    if not payload:
        return b""
    payload = _NOT_BASE64.sub(b"", payload)
    if len(payload) % 4 == 1:
        payload = payload[:-1]
    return binascii.a2b_base64(payload + b"=" * (-len(payload) % 4))
