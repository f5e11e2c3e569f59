"""Keeps proofs at home: what of a text or a file may go out to another person (SPEC 6)."""

from __future__ import annotations

import re

from maildesk.model import Attachment

#: The line above which replies are written; it stands at the top of every letter, in the desk's language.
MARKERS = {"ru": "— Пишите выше этой строки —", "en": "— Please write above this line —"}

#: Clients wrap long lines: a code may be broken anywhere, with a quotation's signs before its second half.
_BREAK = r"(?:=?\r?\n[>\t ]*)?"


def _broken(sign: str, count: str) -> str:
    return rf"(?:{sign}{_BREAK}){count}"


#: A proof as it stands in a foot line, a button's subject or a Message-ID.
TOKEN = re.compile(
    _broken("m", "")
    + _broken("d", "")
    + _broken(r"\.", "")
    + _broken(r"\d", "{1,9}")
    + _broken(r"\.", "")
    + _broken("[a-z2-7]", "{10}")
    + _broken(r"\.", "")
    + r"(?:[a-z2-7]"
    + _BREAK
    + r"){15}[a-z2-7]",
    re.IGNORECASE,
)
_MARKER = re.compile(r"[-—–]\s*(?:Пишите выше этой строки|Please write above this line)\s*[-—–]", re.IGNORECASE)
_TOKEN_BYTES = re.compile(rb"md\.\d{1,9}\.[a-z2-7]{10}\.[a-z2-7]{16}", re.IGNORECASE)
_OWN_HEADER = re.compile(rb"^x-maildesk-kind:", re.IGNORECASE | re.MULTILINE)
#: Files that hold mails or their text; a photograph is not searched for codes.
_TEXTUAL = (".eml", ".msg", ".mht", ".mhtml", ".htm", ".html", ".txt", ".mbox")


def without_proofs(text: str) -> str:
    """The text up to the first line that holds a proof or the desk's marker line; the rest is the desk's own letter."""
    ends = [match.start() for match in (TOKEN.search(text), _MARKER.search(text)) if match]
    if not ends:
        return text
    return text[: text.rfind("\n", 0, min(ends)) + 1].rstrip("\n\r \t>")


def without_marker(text: str) -> str:
    """A letter's plain text as something to read and not to answer: without the marker line at its top."""
    first, _, rest = text.partition("\n")
    return rest.lstrip("\r\n") if first.strip() in MARKERS.values() else text


def line_without_proofs(value: str) -> str:
    """A one-line value (a subject, a name) with every proof taken out."""
    return TOKEN.sub("", value) if "md." in value.lower() else value


def holds_proof(attachment: Attachment) -> bool:
    """Whether this file is (or holds in clear) one of the desk's letters."""
    name, kind = attachment.name.lower(), attachment.type.lower()
    if not (kind.startswith(("text/", "message/")) or name.endswith(_TEXTUAL)):
        return False
    # Outlook's .msg keeps its text as UTF-16.
    data = attachment.bytes.replace(b"\0", b"") if name.endswith(".msg") else attachment.bytes
    return bool(_OWN_HEADER.search(data) or _TOKEN_BYTES.search(data))
