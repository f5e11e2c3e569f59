"""Asks flufl.bounce about the formats of the last century: a clean ASCII copy goes in, and whatever it raises stays here."""

from __future__ import annotations

import logging
from email.message import Message

from flufl.bounce import all_failures

from maildesk.parse.bounce_dsn import clean_address, first_address
from maildesk.parse.message import Part

# It logs a traceback for each detector that raises; what it raises on a stranger's mail is expected here, and no news.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

#: flufl.bounce searches every line with some fifty patterns, a few of them quadratic in the line's length.
MAX_TEXT = 16 * 1024
MAX_LINES = 300
MAX_LINE = 300
MAX_PARTS = 12

#: The headers by which its detectors choose; no others are worth the copying.
_HEADERS = ("subject", "x-mailer", "x-failed-recipients", "content-description")


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii").replace("\0", "")


def _body(part: Part) -> str:
    return "\n".join(line[:MAX_LINE] for line in _ascii(part.text[:MAX_TEXT]).split("\n")[:MAX_LINES])


def ascii_copy(part: Part, depth: int = 0) -> Message:
    """The part as a Message of the standard library's with nothing in it but ASCII text and the headers that matter."""
    copy = Message()
    # One detector raises where From holds no address, and no other is asked after it.
    copy["From"] = _ascii(first_address(part.header("from"))) or "nobody@invalid"
    for name in _HEADERS:
        value = part.header(name)
        if value:
            copy[name] = " ".join(_ascii(value[:MAX_LINE]).split())
    copy["Content-Type"] = _ascii(part.type) or "text/plain"
    if part.type.startswith("multipart/") and part.parts and depth < 3:
        copy.set_payload([ascii_copy(child, depth + 1) for child in part.parts[:MAX_PARTS]])
    else:
        # An attached message is the returned letter: no detector may find addresses in it.
        copy.replace_header(
            "Content-Type",
            "text/plain" if part.type.startswith(("text/", "multipart/")) else "application/octet-stream",
        )
        copy.set_payload(_body(part) if part.type.startswith("text/") else "")
    return copy


def read_old(root: Part) -> tuple[list[str], list[str]]:
    """The temporarily and the permanently failed addresses that flufl.bounce sees in this mail; empty lists for none."""
    try:
        temporary, permanent = all_failures(ascii_copy(root))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, AssertionError, RecursionError):
        # LIBRARIES.md 9: it raises on headers and bodies it does not expect; then it has seen nothing.
        return [], []
    return _texts(temporary), _texts(permanent)


def _texts(addresses: object) -> list[str]:
    found = []
    for address in addresses if isinstance(addresses, set | frozenset) else ():
        text = address.decode("ascii", "replace") if isinstance(address, bytes) else str(address)
        if clean_address(text):
            found.append(clean_address(text))
    return sorted(found)
