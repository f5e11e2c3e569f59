"""Reads the letter that came back with a report: its Message-ID, and to whom it went."""

from __future__ import annotations

import re

from maildesk.parse.bounce_dsn import ADDRESS, RETURNED_TYPES, clean_address, fields_of, own_parts, plain
from maildesk.parse.message import Part

#: The headers of a letter of ours fit many times.
MAX_HEADERS = 32 * 1024

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_ID_LINE = re.compile(
    r"^[ \t>]{0,8}(?:original[- ])?message[- ]id[ \t]{0,4}:[ \t\n>]{0,8}(<[^<>\s]{1,250}>)",
    re.IGNORECASE | re.MULTILINE,
)
_TO_LINE = re.compile(r"^[ \t>]{0,8}(?:to|кому)[ \t]{0,4}:([^\n]{1,500})", re.IGNORECASE | re.MULTILINE)


def original_id(root: Part, returned: str, known: str) -> str:
    """The Message-ID of the letter that came back: from the letter, from its copy in the text, from the report's fields.

    `returned` is the copy in the text or '', `known` what the report's own fields said. '' where nothing tells.
    """
    found = _MESSAGE_ID.search(_header(root, "message-id"))
    if found:
        return found.group()
    named = _ID_LINE.search(re.sub(r"(?m)^> ?", "", returned))
    if named:
        return named.group(1)
    for value in (known, root.header("x-original-message-id"), root.header("in-reply-to"), root.header("references")):
        ids = _MESSAGE_ID.findall(value)
        if ids:
            return str(ids[-1])
    return ""


def names_an_id(words: str) -> bool:
    """Whether a report's words cite the Message-ID of the letter that they are about."""
    return _ID_LINE.search(words) is not None


def original_to(root: Part, returned: str) -> str:
    """The one address the letter that came back was written to; '' where there were several, or none is told."""
    line = _TO_LINE.search(returned)
    value = _header(root, "to") or (line.group(1) if line else "")
    found = {
        address.lower(): address
        for match in ADDRESS.finditer(value[:1000])
        if (address := clean_address(match.group()))
    }
    return next(iter(found.values())) if len(found) == 1 else ""


_VERP = re.compile(r"[^@\s<>]{1,64}?[+=-]([\w.+-]{1,64})=([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})@", re.IGNORECASE)


def in_reverse_path(root: Part) -> str:
    """The address that a sender wrote into its own reverse-path, to which the report came: bounces+user=example.org@… (VERP)."""
    for name in ("delivered-to", "x-original-to", "envelope-to", "to"):
        found = _VERP.search(root.header(name)[:1000])
        if found:
            return f"{found[1]}@{found[2]}"
    return ""


def _header(root: Part, name: str) -> str:
    """A header of the first returned letter that has it, whether it was kept as a tree or as bytes."""
    for part in own_parts(root):
        if part.type not in RETURNED_TYPES or part is root:
            continue
        for child in part.parts:
            if child.header(name):
                return child.header(name)
        text = plain(part.data[:MAX_HEADERS]).replace("\r\n", "\n").replace("\r", "\n")
        value = fields_of(text.lstrip("\n").partition("\n\n")[0]).get(name, "")
        if value:
            return value
    return ""
