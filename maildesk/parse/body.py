"""The tree's leaves sorted: which of them are the letter's text, and which are files that came with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from maildesk.model.mail import Attachment
from maildesk.parse import charset, charset_names, clean, enriched, flowed, html, limits, names, tnef, uuencode
from maildesk.parse.message import Part

_TEXTS = ("text/plain", "text/html")
# Reports that machines read; `bounce` and `automatic` take them from the tree, nobody opens them as files.
_REPORTS = frozenset(
    (
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/feedback-report",
        "text/rfc822-headers",
        "message/global-headers",
    )
)
# Other ways to say the same text, shown by no one beside it.
_RENDITIONS = frozenset(("text/enriched", "text/richtext", "text/x-amp-html", "text/watch-html", "text/x-watch-html"))
_ENRICHED = frozenset(("text/enriched", "text/richtext"))
# Text that is no letter, even where it stands alone.
_DATA = frozenset(("text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/csv", "text/rtf", "text/xml"))
_WORD = re.compile(r"[^\W_]")
_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{2,40})", re.IGNORECASE)
_CID = re.compile(r"cid:([^\"'>\s)]{1,250})", re.IGNORECASE)
# What clients put into the plain part where they wrote only HTML.
_STUB = re.compile(
    r"(?:html[- ]?(?:compatible|capable|enabled)|does not support html|doesn't support html|not support html|in html format"
    r"|html (?:mail|e-?mail|message|version)|view (?:this|the) (?:e-?mail|message) (?:in|online)"
    r"|включите (?:html|отображение)|(?:enable|turn on) html|не поддерживает (?:html|отображение)|формате? html|html[- ]?(?:формат"
    r"|верси|письм)|multi-?part message in mime)",
    re.IGNORECASE,
)
_STUB_LENGTH = 400


@dataclass(slots=True)
class Body:
    """What a person reads: `text` for all, `plain` and `html` as they came, and the files."""

    plain: str = ""
    html: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    """Text pieces in order, each as (plain, html): one of the two may be ''; and files in order."""

    pieces: list[tuple[str, str]] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    cids: set[str] = field(default_factory=set)
    html: int = 0  # characters of HTML taken so far, in all parts together
    faults: dict[str, None] = field(default_factory=dict)


def read(root: Part) -> Body:
    """The text and the files of a mail. Text is plain where it has words in it, else HTML read as text."""
    found = _Found()
    _sort(root, found, is_root=True)
    _unpack_tnef(found)
    if not any(_WORD.search(plain) or source.strip() for plain, source in found.pieces):
        _read_named_texts(root, found)
    plain = "\n".join(_ended(piece) for piece, _ in found.pieces if piece.strip())
    source = "\n".join(piece for _, piece in found.pieces if piece.strip())
    # Each of many parts may be within the bound of one tree, and all of them together far beyond it.
    shown = html.html_to_text if source.count("<") <= 2 * limits.HTML_TAGS else html.without_tags
    # Entities of HTML may spell control characters that its source did not hold.
    text = _trimmed(clean.lines("\n".join(_ended(_readable(*piece, shown)) for piece in found.pieces)))
    if len(text) > limits.TEXT:
        found.faults["text-too-long"] = None
        text = text[: limits.TEXT]
    return Body(
        plain=_trimmed(plain[: limits.TEXT]) if _says_something(plain, source) else "",
        html=source[: limits.HTML],
        text=text,
        attachments=_named(found),
        faults=tuple(found.faults),
    )


def _sort(part: Part, found: _Found, *, is_root: bool = False, in_alternative: bool = False) -> None:
    if part.type.startswith("multipart/"):
        if part.type == "multipart/alternative":
            _alternative(part, found)
        else:
            for child in part.parts:
                _sort(child, found, in_alternative=in_alternative)
        return
    if _is_text_of_letter(part, found, is_root=is_root, in_alternative=in_alternative):
        _take_text(part, found)
    elif not _is_unseen(part, in_alternative=in_alternative):
        _take_file(part, found)


def _is_unseen(part: Part, *, in_alternative: bool) -> bool:
    """True for what is neither text nor file to a person: machines' reports, and further renditions of the text."""
    if part.type in _REPORTS:
        return part.disposition != "attachment"
    return part.type in _RENDITIONS and in_alternative and not part.name


def _is_text_of_letter(part: Part, found: _Found, *, is_root: bool, in_alternative: bool) -> bool:
    """Text without a name is the letter's; with a name it is a file, unless it stands where only the letter can stand."""
    if part.type in _RENDITIONS and not in_alternative and part.disposition != "attachment" and not part.name:
        return True
    if is_root and part.type.startswith("text/") and part.type not in _DATA and not part.name:
        # RFC 2046, 4.1.4: an unknown kind of text (text/markdown) is read as plain.
        return part.disposition != "attachment"
    if part.type not in _TEXTS or part.disposition == "attachment":
        return False
    if not part.name or in_alternative:
        return True
    return is_root and not part.header("content-disposition")


def _alternative(part: Part, found: _Found) -> None:
    """Of the alternatives (RFC 2046, 5.1.4) the plain and the HTML one become one piece; files among them are kept."""
    inner = _Found(html=found.html)
    for child in part.parts:
        _sort(child, inner, in_alternative=True)
    plain = "\n".join(_ended(piece) for piece, _ in inner.pieces if piece)
    source = "\n".join(piece for _, piece in inner.pieces if piece)
    if plain or source:
        found.pieces.append((plain, source))
    found.files.extend(inner.files)
    found.cids.update(inner.cids)
    found.html = inner.html
    found.faults.update(inner.faults)


def _take_text(part: Part, found: _Found) -> None:
    if part.type in _ENRICHED:
        found.pieces.append(("", "") if not part.text.strip() else (enriched.to_text(part.text), ""))
        return
    if part.type == "text/html" or part.type in _RENDITIONS:
        if len(part.data) + found.html > limits.HTML:
            found.faults["html-too-long"] = None
        if found.html >= limits.HTML:
            return
        source = _html_source(part)[: max(0, limits.HTML - found.html)]
        found.html += len(source)
        found.cids.update(cid.lower() for cid in _CID.findall(source))
        found.pieces.append(("", source))
        return
    if len(part.data) > limits.TEXT:
        found.faults["text-too-long"] = None
    text = part.text
    if part.parameter("format").lower() == "flowed":
        text = flowed.unflow(text, delsp=part.parameter("delsp").lower() == "yes")
    text, files = uuencode.extract(text)
    for name, data in files:
        safe_name = names.safe(name)
        found.files.append(Attachment(safe_name, names.media_type(safe_name), data))
    found.pieces.append((text, ""))


def _html_source(part: Part) -> str:
    data = part.data[: limits.HTML]
    if charset_names.codec(part.charset):
        return part.text
    said = _META.search(data[:4096])
    return clean.lines(charset.decode(data, said[1].decode("ascii") if said else ""))


def _take_file(part: Part, found: _Found) -> None:
    if len(found.files) >= limits.ATTACHMENTS:
        found.faults["too-many-attachments"] = None
        return
    name = names.safe(part.name)
    if part.type.startswith("message/") and part.parts and not name:
        name = names.safe(part.parts[0].header("subject")[: limits.FILE_NAME - 4].rstrip(". ") or "")
        name = f"{name}.eml" if name else ""
    inline = part.disposition == "inline"
    media_type = part.type if "/" in part.type else "application/octet-stream"
    found.files.append(Attachment(name, media_type, part.data, inline, part.content_id))


def _read_named_texts(root: Part, found: _Found) -> None:
    """A letter whose only text has a file name (some clients name each text they show) is read from there as well."""
    for part in root.parts:
        # A telephone's MMS names its text as well, and says nothing of its disposition.
        shown = part.disposition == "inline" or (not part.disposition and part.name.lower().endswith(".txt"))
        if part.type == "text/plain" and shown and len(part.data) <= limits.TEXT:
            found.pieces.append((part.text, ""))


def _unpack_tnef(found: _Found) -> None:
    """winmail.dat gives way to what is in it; its text counts only where the letter has none."""
    files: list[Attachment] = []
    for one in found.files:
        is_tnef = one.type in tnef.TYPES or one.name.lower() in ("winmail.dat", "win.dat")
        opened = tnef.unpack(one.bytes) if is_tnef else None
        if opened is None:
            files.append(one)
            continue
        for name, data in opened.files:
            safe_name = names.safe(name)
            files.append(Attachment(safe_name, names.media_type(safe_name), data))
        if not any(_WORD.search(plain) or source for plain, source in found.pieces):
            found.pieces = [(opened.text, opened.html)]
        elif not opened.files and not opened.text and not opened.html:
            found.faults["winmail-empty"] = None
    found.files = files


def _named(found: _Found) -> tuple[Attachment, ...]:
    """The files with a name each, and with `inline` where the letter shows them in its text."""
    result = []
    for number, one in enumerate(found.files[: limits.ATTACHMENTS], start=1):
        shown = one.inline or bool(one.content_id and one.content_id.lower() in found.cids)
        name = one.name or names.unnamed(one.type, number)
        result.append(Attachment(name, one.type, one.bytes, shown, one.content_id))
    return tuple(result)


def _readable(plain: str, source: str, shown: Callable[[str], str]) -> str:
    if _says_something(plain, source) or not source:
        return plain
    return shown(source)


def _says_something(plain: str, source: str) -> bool:
    """True where the plain text is the letter: it has words, and is no note that the letter is in HTML."""
    if not _WORD.search(plain):
        return False
    if source and len(plain) < _STUB_LENGTH and _STUB.search(plain):
        return len(html.html_to_text(source)) < 2 * len(plain.strip())
    return True


def _ended(text: str) -> str:
    return text.rstrip("\n")


def _trimmed(text: str) -> str:
    """Without empty lines before and after, and without blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
