"""Header lines of an outgoing letter: encoded, folded, and deaf to control characters in what strangers wrote (RFC 5322, 2047, 2231)."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

#: RFC 5322, 2.1.1: a line should stay within 78 characters; encoded words within 75 (RFC 2047, 2).
LINE = 76
#: UTF-8 bytes in one base64 encoded word: 39 bytes are 52 characters, with its frame and `Subject: ` before it 73.
WORD_BYTES = 39
#: Characters of one RFC 2231 segment, percent-encoded.
SEGMENT = 54
#: SPEC 5: ids are under 76 characters; longer than 77 Python's own policy would encode them away.
ID_LENGTH = 75
#: A thread's References: the first id and the last ten.
LAST_IDS = 10

#: What may stand in References: printable ASCII within angle brackets; ids come from strangers.
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
#: Line ends, other controls, bidi overrides, lone surrogates: none of them makes or hides a header.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff]+")
_ADDRESS_UNSAFE = re.compile(r"[\s<>\"(),;\[\]\\]")
_ATOM_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


def clean(value: str) -> str:
    """One line of text: control characters, line separators and invisible direction marks become a space."""
    # The only space that is printable is the ordinary one; most values need no more than this look.
    if value.isprintable() and "  " not in value:
        return value.strip(" ")
    return " ".join(_UNSAFE.sub(" ", value).split())


def ascii_domain(domain: str) -> str:
    """A domain as DNS has it (`школа.рф` → `xn--…`); one that no rule can encode is left without its odd letters."""
    try:
        return domain.encode("ascii").decode()
    except UnicodeEncodeError:
        pass
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return "".join(sign for sign in domain if sign.isascii()) or "invalid"


def clean_address(address: str) -> str:
    """An addr-spec fit for a header: no spaces, brackets or controls, the domain in ASCII."""
    local, at, domain = _ADDRESS_UNSAFE.sub("", clean(address)).rpartition("@")
    return f"{local}@{ascii_domain(domain)}" if at else domain


def message_id(token: str, address: str) -> str:
    """`<token@domain>`, under 76 characters: a long domain loses labels from the left (SPEC 5)."""
    domain = ascii_domain(address.rpartition("@")[2]).lower() or "invalid"
    room = ID_LENGTH - len(token) - 3
    while len(domain) > room and "." in domain:
        domain = domain.partition(".")[2]
    return f"<{token}@{domain[-room:].lstrip('-.')}>"


def _chunks(text: str) -> list[str]:
    """Pieces of at most 39 bytes, ending after a space where they can: some readers (CPython's own among them) show the
    seam between two encoded words as a space."""
    chunks = [""]
    for word in re.findall(r"[^ ]+ *| +", text):
        if len((chunks[-1] + word).encode("utf-8", "replace")) <= WORD_BYTES:
            chunks[-1] += word
            continue
        chunks.append("")
        for sign in word:
            if len((chunks[-1] + sign).encode("utf-8", "replace")) > WORD_BYTES:
                chunks.append("")
            chunks[-1] += sign
    return [chunk for chunk in chunks if chunk]


def _encoded_words(text: str) -> list[str]:
    return [f"=?utf-8?B?{base64.b64encode(chunk.encode('utf-8', 'replace')).decode()}?=" for chunk in _chunks(text)]


def _foreign(word: str) -> bool:
    return not word.isascii() or "=?" in word or len(word) > LINE - 10


def words(text: str) -> list[str]:
    """A text as the atoms of a header: plain words, and encoded words for the stretch that needs them."""
    plain = clean(text).split(" ")
    odd = [index for index, word in enumerate(plain) if _foreign(word)]
    if not odd:
        return plain
    first, last = odd[0], odd[-1] + 1
    return [*plain[:first], *_encoded_words(" ".join(plain[first:last])), *plain[last:]]


def fold(name: str, atoms: Iterable[str]) -> str:
    """`Name: atoms…` with line breaks between atoms, so that no line passes 76 characters where atoms allow."""
    lines = [f"{name}:"]
    for atom in atoms:
        if len(lines[-1]) + 1 + len(atom) > LINE and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {atom}"
    return "\r\n".join(lines) + "\r\n"


def text_header(name: str, value: str) -> str:
    """An unstructured header such as Subject."""
    return fold(name, words(value))


@lru_cache(maxsize=256)
def address_header(name: str, display: str, address: str) -> str:
    """`From` or `To` with one mailbox; a display name only where there is one."""
    spec = clean_address(address)
    shown = clean(display)
    if not shown:
        return fold(name, [spec])
    if shown.isascii() and "=?" not in shown and len(shown) < LINE - 12:
        if _ATOM_PHRASE.fullmatch(shown):
            return fold(name, [shown, f"<{spec}>"])
        escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
        return fold(name, [f'"{escaped}"', f"<{spec}>"])
    return fold(name, [*_encoded_words(shown), f"<{spec}>"])


def id_header(name: str, ids: Iterable[str]) -> str:
    """Message-ID, In-Reply-To or References: an id a line, never encoded and never broken; '' where there is none."""
    kept = [one for one in ids if MESSAGE_ID.fullmatch(one)]
    return f"{name}: " + "\r\n ".join(kept) + "\r\n" if kept else ""


def references(thread: Sequence[str], answering: str) -> tuple[str, tuple[str, ...]]:
    """In-Reply-To and References of a letter: the mail it answers, else the last of the thread; the first id of the
    thread always, then the last ten (SPEC 5)."""
    known = [one for one in dict.fromkeys(thread) if MESSAGE_ID.fullmatch(one)]
    if MESSAGE_ID.fullmatch(answering) and answering not in known:
        known.append(answering)
    parent = answering if answering in known else known[-1] if known else ""
    line = [*known[:1], *known[1:][-LAST_IDS:]]
    if parent and parent not in line:
        line.append(parent)
    return parent, tuple(line)


def date_header(now: datetime) -> str:
    """`Date` of an aware moment, in its own zone."""
    return f"Date: {format_datetime(now)}\r\n"


def file_name(name: str) -> str:
    """An attachment's name as it may leave: one line, no path, no controls."""
    shown = clean(unicodedata.normalize("NFC", name)).replace("/", "_").replace("\\", "_")
    return shown[:150] or "file"


def named(value: str, parameter: str, name: str) -> str:
    """A header value with a file name: `filename` as RFC 2231 has it (in segments), `name` as encoded words, which
    Outlook reads."""
    if name.isascii() and "=?" not in name and '"' not in name and len(name) < 60:
        return f'{value};\r\n {parameter}="{name}"'
    if parameter == "name":
        return f'{value};\r\n name="' + "\r\n ".join(_encoded_words(name)) + '"'
    return f"{value};\r\n " + ";\r\n ".join(_segments(parameter, name))


def _segments(parameter: str, name: str) -> list[str]:
    """RFC 2231, 3 and 4.1: `filename*0*=utf-8''…`; a percent triple is never broken."""
    pieces = [""]
    for sign in name:
        encoded = quote(sign, safe="")
        if len(pieces[-1]) + len(encoded) > SEGMENT:
            pieces.append("")
        pieces[-1] += encoded
    if len(pieces) == 1:
        return [f"{parameter}*=utf-8''{pieces[0]}"]
    heads = ["utf-8''"] + [""] * (len(pieces) - 1)
    return [
        f"{parameter}*{index}*={head}{piece}" for index, (head, piece) in enumerate(zip(heads, pieces, strict=True))
    ]
