"""Content-Transfer-Encoding (RFC 2045, 6) undone, also where it is broken or wrongly named."""

from __future__ import annotations

import binascii
import re

_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/=\s]")
_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r*\n)")
_TRAILING = re.compile(rb"[ \t]+(?=\r*\n)")
_QP_HIGH = re.compile(rb"=(?:[89A-F][0-9A-F]|3D|20|0D|0A)")
_QP_SOFT = re.compile(rb"[^\s=]=\r*\n")


def decode(data: bytes, encoding: str) -> bytes:
    """The payload behind `encoding` (any spelling); what cannot be that encoding comes back as it is. Never raises."""
    if encoding == "base64":
        return base64(data)
    if encoding in ("quoted-printable", "qp"):
        return quoted_printable(data)
    return data


def named(value: str) -> str:
    """The encoding that a Content-Transfer-Encoding field means, lower-case."""
    found = re.search(r"[a-z0-9-]+", value.lower())
    name = found[0] if found else ""
    if name in ("base-64", "b64", "x-base64"):
        return "base64"
    if name in ("quotedprintable", "quoted-printables", "quoted"):
        return "quoted-printable"
    return name


def quoted_printable(data: bytes) -> bytes:
    """RFC 2045, 6.7; a sign that is no code stays, blanks before a line end go."""
    data = _SOFT_BREAK.sub(b"=", data)
    return binascii.a2b_qp(_TRAILING.sub(b"", data))


def base64(data: bytes) -> bytes:
    """RFC 2045, 6.8; noise and lines of other text (a list's footer) are dropped, lost padding is made good."""
    compact = data.translate(None, b" \t\r\n")
    if not re.search(rb"\w \w", data[:400]):
        try:
            return binascii.a2b_base64(compact, strict_mode=True)
        except binascii.Error:
            pass
    if _FOREIGN.search(data):
        lines = data.split(b"\n")
        kept = [line for line in lines if _is_base64(line)]
        if not kept or 2 * sum(map(len, kept)) < len(data):
            return data
        data = _FOREIGN.sub(b"", b"\n".join(kept))
    elif len(lines := data.split()) > 3 and sum(map(len, lines)) < 12 * len(lines):
        # Words, not lines of base64: the label is wrong.
        return data
    return b"".join(_quanta(block) for block in re.split(rb"=+", data.translate(None, b" \t\r\n")) if block)


def _is_base64(line: bytes) -> bool:
    """True for a line of base64, noise in it allowed, but not for a sentence."""
    line = line.strip()
    if not line:
        return False
    foreign = len(_FOREIGN.findall(line))
    return b" " not in line.strip() and foreign * 5 <= len(line) if foreign else b" " not in line


def _quanta(block: bytes) -> bytes:
    if len(block) % 4 == 1:
        block = block[:-1]
    return binascii.a2b_base64(block + b"=" * (-len(block) % 4))


def unlabelled(data: bytes) -> bytes:
    """Text that came without a label but plainly is quoted-printable or base64, decoded; anything else as it is."""
    if (
        b"=" in data
        and len(_QP_HIGH.findall(data)) >= 4
        and (_QP_SOFT.search(data) or len(re.findall(rb"(?:=[0-9A-F]{2}){4}", data)) >= 2)
    ):
        decoded = quoted_printable(data)
        return decoded if _is_text(decoded) else data
    lines = data.split()
    if lines and len(data) >= 60 and all(_BASE64_LINE.fullmatch(line) for line in lines):
        even = len(lines[0]) % 4 == 0 and all(len(line) == len(lines[0]) for line in lines[:-1]) and len(lines[0]) >= 56
        if even and re.search(rb"[A-Z]", data) and re.search(rb"[a-z]", data) and re.search(rb"[0-9+/]", data):
            decoded = base64(data)
            return decoded if _is_text(decoded) else data
    return data


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not re.search("[\x00-\x08\x0e-\x1f]", text)
