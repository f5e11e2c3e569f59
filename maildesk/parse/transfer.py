"""Content-Transfer-Encoding (RFC 2045, 6) undone, also where it is broken or wrongly named."""

from __future__ import annotations

import binascii
import re

from maildesk.parse import limits, uuencode

_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/=\s]")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOISE = bytes(set(range(256)) - set(_ALPHABET))
_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_TRAILING = re.compile(rb"(?<![ \t])[ \t]+(?=\r?\n)")
_QP_HIGH = re.compile(rb"=(?:[89A-F][0-9A-F]|3D|20|0D|0A)")
_QP_SOFT = re.compile(rb"[^\s=]=\r?\n")


def decode(data: bytes, encoding: str) -> bytes:
    """The payload behind `encoding` (any spelling); what cannot be that encoding comes back as it is. Never raises."""
    if encoding == "base64":
        return base64(data)
    if encoding in ("quoted-printable", "qp"):
        return quoted_printable(data)
    if encoding in ("x-uuencode", "x-uue", "uuencode", "uue"):
        return uuencode.decode(data)
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
    foreign = len(compact.translate(None, _ALPHABET))
    if foreign and foreign * 10 < len(compact) and _is_text(found := _all_quanta(compact)):
        # Noise between the signs of a text, blanks and all.
        return found
    if foreign and foreign * 20 < len(compact) and b" " not in data.strip():
        # Noise on the line: a sign here and there.
        return _all_quanta(compact)
    if foreign:
        lines = data.split(b"\n")
        kept = [line for line in lines if _is_base64(line)]
        if not kept or 2 * sum(map(len, kept)) < len(data):
            return data
        data = _FOREIGN.sub(b"", b"\n".join(kept))
    elif len(lines := data.split()) > 3 and sum(map(len, lines)) < 12 * len(lines):
        # Words, not lines of base64: the label is wrong.
        return data
    return _all_quanta(data)


def _all_quanta(data: bytes) -> bytes:
    """What the signs of the alphabet say, noise dropped; padding in the middle ends one block and begins another."""
    return b"".join(_quanta(block) for block in re.split(rb"=+", data.translate(None, _NOISE)) if block)


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
    head = data[: 64 * limits.KB]
    if _looks_quoted_printable(head):
        return quoted_printable(data) if _is_text(quoted_printable(head)) else data
    if _looks_base64(head):
        return base64(data) if _is_text(base64(head)) else data
    return data


def _looks_quoted_printable(data: bytes) -> bool:
    if b"=" not in data or len(_QP_HIGH.findall(data)) < 4:
        return False
    return bool(_QP_SOFT.search(data)) or len(re.findall(rb"(?:=[0-9A-F]{2}){4}", data)) >= 2


def _looks_base64(data: bytes) -> bool:
    """True for nothing but even lines of base64, in which capitals, small letters and figures all occur."""
    lines = data.split()
    if len(data) < 60 or not lines or len(lines[0]) % 4 or len(lines[0]) < 56:
        return False
    if any(len(line) != len(lines[0]) for line in lines[:-1]) or not all(map(_BASE64_LINE.fullmatch, lines)):
        return False
    return all(re.search(signs, data) for signs in (rb"[A-Z]", rb"[a-z]", rb"[0-9+/]"))


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(data) - 4:
            return False
        text = data[: error.start].decode("utf-8")
    return not re.search("[\x00-\x08\x0e-\x1f]", text)
