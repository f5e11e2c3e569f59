"""A header block becomes its fields, and a field its parameters: RFC 5322 and RFC 2231 as senders really write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from maildesk.parse import charset, clean, limits, words

RawHeaders = tuple[tuple[str, bytes], ...]

_LINE = re.compile(rb"\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,76})[ \t]*:")
# A line without a name goes on with the field above where one of these still follows: a sender forgot to indent.
_KNOWN = re.compile(
    rb"(?:from|to|cc|bcc|date|subject|sender|reply-to|message-id|in-reply-to|references|mime-version|received|return-path"
    rb"|delivered-to|content-[a-z-]+|dkim-signature|user-agent|x-[a-z0-9-]+)[ \t]*:",
    re.IGNORECASE,
)
_UNIX_FROM = re.compile(rb">?From (?! {0,9}:)[^\r\n]*\r?\n")


@dataclass(frozen=True, slots=True)
class Block:
    """The fields of one entity, where its body begins in the bytes, and what was odd."""

    fields: RawHeaders
    body: int
    faults: tuple[str, ...] = ()


def block(data: bytes, start: int, end: int) -> Block:
    """Read the fields between `start` and `end` of `data`. Never raises.

    The block ends at the first empty line, or at a line that can be no field: that one belongs to the body then.
    """
    fields: list[tuple[str, list[bytes]]] = []
    faults: list[str] = []
    unix = _UNIX_FROM.match(data, start, end)
    position = unix.end() if unix else start
    last = min(end, position + limits.HEADER_BLOCK)
    while position < end:
        if position >= last or len(fields) >= limits.HEADERS:
            faults.append("header-block-too-long")
            position = _after_blank(data, max(start, position - 1), end)
            break
        found = _LINE.search(data, position, end)
        stop, following = (found.start(), found.end()) if found else (end, end)
        line = data[position:stop]
        if not line.strip():
            # A line of blanks ends the block as well, unless more fields follow it.
            if line and fields and (_KNOWN.match(data, following, end) or _goes_on(data, following, end)):
                position = following
                continue
            position = following
            break
        if line[0] in b" \t" and fields:
            fields[-1][1].append(line)
        elif name := _FIELD.match(line):
            fields.append((name[1].decode("ascii").lower(), [line[name.end() :]]))
        elif fields and _fields_follow(data, following, end):
            faults.append("unindented-header")
            fields[-1][1].append(b" " + line)
        else:
            if fields or line[0] not in b" \t":
                faults.append("no-blank-line")
            break
        position = following
    return Block(tuple((name, _unfolded(parts)) for name, parts in fields), position, tuple(dict.fromkeys(faults)))


def _unfolded(parts: list[bytes]) -> bytes:
    text = parts[0].strip() if len(parts) == 1 else b" ".join(part.strip() for part in parts).strip()
    return text[: limits.HEADER]


def _after_blank(data: bytes, position: int, end: int) -> int:
    found = re.compile(rb"\n\r?\n").search(data, position, end)
    return found.end() if found else end


def _fields_follow(data: bytes, position: int, end: int) -> bool:
    """True where a well-known field stands within the next three lines, before an empty one."""
    for _ in range(3):
        if _KNOWN.match(data, position, end):
            return True
        found = _LINE.search(data, position, end)
        if not found or not data[position : found.start()].strip():
            return False
        position = found.end()
    return False


def _goes_on(data: bytes, position: int, end: int) -> bool:
    """Whether a folded line stands here, and fields below it: a line of blanks above it was a part of the folding."""
    return data[position : position + 1] in (b" ", b"\t") and _fields_follow(data, position, end)


def first(fields: RawHeaders, name: str) -> bytes:
    """The first field of that lower-case name, or b''."""
    return next((value for field, value in fields if field == name), b"")


_PARAMETER = re.compile(
    r"""(?:^|(?<=[;\s,]))([A-Za-z][\w.-]*(?:\*\d{1,3})?\*?)\s*=\s*("(?:[^"\\]|\\["\\])*"(?=\s*(?:;|$))|"(?:.*?)"(?=\s*(?:;|,\s*[\w*-]+=|$))|"[^"]*"|[^;]*)""",
    re.DOTALL,
)
_ESCAPED = re.compile(r'\\(["\\])')
_SECTION = re.compile(r"([^*]+)\*(\d{1,3})(\*?)")
_TOKEN = re.compile(r"[A-Za-z0-9!#$&^_.+-]+(?:/[A-Za-z0-9!#$&^_.+*-]+)?")
_PERCENT_HIGH = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f]){2}")


def parameters(raw: bytes, hint: str = "") -> tuple[str, dict[str, str]]:
    """The main value of a structured field (lower-case) and its parameters by lower-case name, decoded and cleaned."""
    text = raw.decode("utf-8", "surrogateescape")
    token = _TOKEN.match(text)
    main = token[0].lower() if token else ""
    rest = text[token.end() if token else 0 :]
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for number, found in enumerate(_PARAMETER.finditer(rest)):
        if number >= limits.PARAMETERS:
            break
        name, value = found[1].lower(), _unquoted(found[2])
        if section := _SECTION.fullmatch(name):
            sections.setdefault(section[1], {}).setdefault(int(section[2]), (value, bool(section[3])))
        elif name.endswith("*"):
            sections.setdefault(name[:-1], {}).setdefault(0, (value, True))
        else:
            plain.setdefault(name, value)
    result = {name: _simple(value, hint) for name, value in plain.items()}
    for name, parts in sections.items():
        result[name] = _continued(parts, hint) or result.get(name, "")
    return main, result


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return _ESCAPED.sub(r"\1", value[1:-1])
    return value.strip('"') if value.startswith('"') else value


def _simple(value: str, hint: str) -> str:
    """A parameter that is not RFC 2231: encoded words all the same, raw 8-bit, or percent signs of a web mailer."""
    text = words.decode_text(value, hint)
    if _PERCENT_HIGH.search(text) and text.isascii():
        try:
            return clean.value(unquote_to_bytes(text).decode("utf-8"))
        except UnicodeDecodeError:
            return text
    return text


def _continued(parts: dict[int, tuple[str, bool]], hint: str) -> str:
    """RFC 2231, 3 and 4: sections in order, the charset before the first one, bytes joined before they are decoded."""
    data = b""
    name = ""
    escaped = ""  # of the sections so far: some senders cut even a %XX in two
    for number in sorted(parts):
        value, extended = parts[number]
        if not extended:
            data += unquote_to_bytes(escaped.encode("utf-8", "surrogateescape")) + value.encode(
                "utf-8", "surrogateescape"
            )
            escaped = ""
            continue
        if value.count("'") >= 2 and (number == 0 or value.lower().startswith(f"{name.lower()}'")):
            name, _, value = value.split("'", 2)
        escaped += value
    data += unquote_to_bytes(escaped.encode("utf-8", "surrogateescape"))
    if b"=?" in data:
        return words.decode(data, hint)
    return clean.value(charset.decode(data, name, hint))
