"""Takes out of decoded text what must not leave the parser: control characters, lone surrogates, bidi overrides."""

from __future__ import annotations

import re

# Line ends of every kind (RFC 5322 knows one; str.splitlines knows all of these) and tabs become one space in a value.
_SPACES = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
# C0, C1, bidi marks and overrides (UAX 9), the byte order mark, noncharacters: nothing that a reader would miss.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\x85|\u2028|\u2029|\x0b|\x0c|\x1c|\x1d|\x1e")
_TEXT_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


def value(text: str) -> str:
    """One line of text, safe in a header: `text` with line ends and tabs as spaces and unseen characters removed."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = _UNSEEN.sub("", _SPACES.sub(" ", text))
    return _SURROGATE.sub("\ufffd", text).strip()


def lines(text: str) -> str:
    """Text of several lines: every line end becomes LF; of the control characters only LF and tab stay."""
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    text = _LINE_END.sub("\n", text)
    return _SURROGATE.sub("\ufffd", _TEXT_UNSEEN.sub("", text))
