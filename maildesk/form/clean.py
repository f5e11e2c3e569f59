"""Makes what strangers typed into text that is safe to store, to show and to put into a mail."""

from __future__ import annotations

import re
import unicodedata

# Line ends of every kind (RFC 5322 knows one; str.splitlines knows all of these) and tabs become one space in a line.
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_ENDS = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
# C0, C1, bidi marks and overrides (UAX 9), zero-width characters but the joiners of emoji, noncharacters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[ \u00a0\u2007\u202f]{2,}")


def line(text: str) -> str:
    """One line: line ends as spaces, nothing unseen, composed (NFC), no double spaces."""
    return _SPACES.sub(" ", _visible(_BREAKS.sub(" ", text))).strip()


def lines(text: str) -> str:
    """Several lines with LF between them; of the control characters only LF and tab stay."""
    return _visible(_ENDS.sub("\n", text)).strip("\n ").rstrip()


def _visible(text: str) -> str:
    return unicodedata.normalize("NFC", _SURROGATE.sub("\ufffd", _UNSEEN.sub("", text)))


def decoded(data: bytes) -> str:
    """What a form sent: UTF-8, else windows-1251, in which an old browser may send it whatever it is told."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("windows-1251", "replace")
