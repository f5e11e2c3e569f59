"""text/enriched (RFC 1896) and its elder text/richtext (RFC 1341) as plain text: commands dropped, lines joined as a reader sees them."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"<param>.{0,1000}?</param>", re.IGNORECASE | re.DOTALL)
_COMMAND = re.compile(r"</?[A-Za-z][A-Za-z0-9-]{0,60}>")
_LESS = re.compile(r"<<|<lt>", re.IGNORECASE)
_NEW_LINE = re.compile(r"<nl>|</?paragraph>", re.IGNORECASE)
_LINE_ENDS = re.compile(r"\n+")
_SIGN = "\ue000"  # stands for a literal "<" while commands are taken out; of the private use area, so nobody's letter


def to_text(source: str) -> str:
    """The words of an enriched text: a single line end is a blank, of several one is dropped (RFC 1896, "Balancing and nesting")."""
    text = _LESS.sub(_SIGN, source.replace(_SIGN, ""))
    text = _COMMAND.sub("", _NEW_LINE.sub("\n\n", _PARAMETER.sub("", text)))
    joined = _LINE_ENDS.sub(lambda found: " " if len(found[0]) == 1 else found[0][1:], text.strip("\n"))
    return joined.replace(_SIGN, "<")
