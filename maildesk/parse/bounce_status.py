"""Reads status codes and says whether a failure is for good: RFC 3463, and the words of servers that send no code."""

from __future__ import annotations

import re

#: An enhanced status code (RFC 3463, 2), not a piece of an IP address or of a version number.
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
# In a transcript the good answers stand above the bad one.
_REFUSED = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)")

#: An SMTP reply code (RFC 5321, 4.2) that opens a reply or a line of a transcript; the blocks that are in use, so that
#: the telephone number of a help line is none.
_REPLY = re.compile(r"(?<![\d.\-:/\[(])((?:4[2-57]|5[0-57])\d)(?=[\s\-#:;.,\]]|$)(?!\.\d)(?![\- ]\d{3}-\d)")

#: Reply codes that mean one thing everywhere: RFC 5321, 4.2.2; a full mailbox is 552 and 452.
_OF_REPLY = {
    "421": "4.4.2",
    "422": "4.2.2",
    "450": "4.2.0",
    "451": "4.3.0",
    "452": "4.2.2",
    "454": "4.7.0",
    "550": "5.1.1",
    "551": "5.1.6",
    "552": "5.2.2",
    "553": "5.1.3",
    "554": "5.0.0",
    "555": "5.5.4",
}

_SHOWN = 500  # characters of a diagnostic that are kept: enough for a person, too little to flood a page


def enhanced_code(text: str) -> str:
    """The first enhanced code in a text, or ''."""
    found = _ENHANCED.search(text)
    return found.group(1) if found else ""


def status_of(text: str) -> str:
    """The enhanced code a server's words hold, else the one its reply code stands for, else ''.

    >>> status_of("552 mailbox full"), status_of("host said: 550 5.1.1 no such user"), status_of("sorry")
    ('5.2.2', '5.1.1', '')
    """
    found = _REFUSED.search(text)
    if found:
        return found.group(1)
    reply = _REPLY.search(text)
    if reply is None:
        return ""
    return _OF_REPLY.get(reply.group(1), f"{reply.group(1)[0]}.0.0")


def is_permanent(status: str) -> bool:
    """Whether the status of a failed recipient is one that stays: 4.x.x may come right in time, all else does not (RFC 3463, 2).

    A full mailbox (5.2.2) has refused the letter as well as an unknown one (SPEC 8.3)."""
    return not status.startswith("4.")


def tidy(words: str) -> str:
    """A diagnostic on one line, white space run together, cut at a length that a page can bear."""
    return " ".join(words.split())[:_SHOWN]
