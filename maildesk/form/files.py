"""Which attachments the form takes, by what they hold and not by what they are called, and the names they get."""

from __future__ import annotations

import re
from dataclasses import dataclass

from maildesk.form import clean

LONGEST_NAME = 80
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.IGNORECASE)
_UNSAFE = re.compile(r'[<>:"|?*\\/%;=\x00-\x1f]+')
# What a reader's computer would run or show as a page is no text, whatever its letters.
_ACTIVE = re.compile(rb"^\s*(?:#!|<\?|<!doctype|<html|<svg|<script|<xml|@echo|<%)|<script|<svg|<html", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a browser sent it: its name is the sender's word."""

    name: str
    bytes: bytes


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file that may be kept: a clean name, and the media type of its content."""

    name: str
    type: str
    bytes: bytes


@dataclass(frozen=True, slots=True)
class _Kind:
    """Content that begins so (`magic` at `offset`) and is called so: the first ending is given where the name has none of them."""

    type: str
    endings: tuple[str, ...]
    magic: tuple[bytes, ...]
    offset: int = 0
    # The content says only the family (a zip, an OLE file), so the ending must be one of these.
    strict: bool = False


_ZIP = (b"PK\x03\x04",)
_OLE = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
_KINDS = (
    _Kind("image/jpeg", (".jpg", ".jpeg"), (b"\xff\xd8\xff",)),
    _Kind("image/png", (".png",), (b"\x89PNG\r\n\x1a\n",)),
    _Kind("image/gif", (".gif",), (b"GIF87a", b"GIF89a")),
    _Kind("image/webp", (".webp",), (b"WEBP",), offset=8),
    _Kind("image/bmp", (".bmp",), (b"BM",), strict=True),
    _Kind(
        "image/heic", (".heic", ".heif"), (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftyphevc"), offset=4
    ),
    _Kind("video/quicktime", (".mov",), (b"ftypqt",), offset=4),
    _Kind("video/3gpp", (".3gp",), (b"ftyp3gp",), offset=4),
    _Kind("video/mp4", (".mp4", ".m4v"), (b"ftyp",), offset=4),
    _Kind("video/webm", (".webm",), (b"\x1aE\xdf\xa3",)),
    _Kind("application/pdf", (".pdf",), (b"%PDF-",)),
    _Kind("application/rtf", (".rtf",), (b"{\\rtf",)),
    _Kind(f"{_OFFICE}.wordprocessingml.document", (".docx",), _ZIP, strict=True),
    _Kind(f"{_OFFICE}.spreadsheetml.sheet", (".xlsx",), _ZIP, strict=True),
    _Kind(f"{_OFFICE}.presentationml.presentation", (".pptx",), _ZIP, strict=True),
    _Kind(f"{_OPEN}.text", (".odt",), _ZIP, strict=True),
    _Kind(f"{_OPEN}.spreadsheet", (".ods",), _ZIP, strict=True),
    _Kind(f"{_OPEN}.presentation", (".odp",), _ZIP, strict=True),
    _Kind("application/msword", (".doc",), _OLE, strict=True),
    _Kind("application/vnd.ms-excel", (".xls",), _OLE, strict=True),
    _Kind("application/vnd.ms-powerpoint", (".ppt",), _OLE, strict=True),
)
_TEXT = _Kind("text/plain", (".txt", ".log"), ())

#: What the file chooser offers; the content decides.
ACCEPTED = "image/*,video/*,application/pdf,.docx,.xlsx,.pptx,.odt,.ods,.odp,.doc,.xls,.ppt,.rtf,.txt"


def accepted(upload: Upload) -> FormFile | None:
    """The file as it may be kept, or None where its content is none of the kinds that the form takes."""
    kind = _kind(upload.bytes, _ending(upload.name))
    return FormFile(_named(upload.name, kind), kind.type, upload.bytes) if kind else None


def shown(name: str) -> str:
    """A sender's file name as it may stand in a sentence."""
    return _bare(name)[:LONGEST_NAME] or "?"


def _kind(data: bytes, ending: str) -> _Kind | None:
    for kind in _KINDS:
        begins = data[kind.offset : kind.offset + 24].startswith(kind.magic)
        if begins and (not kind.strict or ending in kind.endings):
            return kind
    return _TEXT if _plain(data) else None


def _plain(data: bytes) -> bool:
    """Text that a person wrote: letters and line ends, no bytes that only programs hold, no page and no script."""
    head = data[:100_000]
    if not head.strip() or head.startswith((b"MZ", b"PK", b"Rar!", b"7z")) or _ACTIVE.search(head):
        return False
    return not any(byte < 9 or 13 < byte < 27 or 27 < byte < 32 or byte == 127 for byte in set(head))


def _ending(name: str) -> str:
    found = re.search(r"\.[A-Za-z0-9]{1,8}\Z", _bare(name))
    return found.group().lower() if found else ""


def _bare(name: str) -> str:
    """The last part of a path of any system, without what a file system, a header or a shell would take amiss."""
    last = re.split(r"[\\/]", clean.line(name))[-1]
    return _UNSAFE.sub("_", last).strip(" .")


def _named(name: str, kind: _Kind) -> str:
    bare, ending = _bare(name), _ending(name)
    stem = bare[: len(bare) - len(ending)].strip(" .").lstrip("-+@~$'` ")
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return (stem[:LONGEST_NAME].rstrip(" .") or "file") + (ending if ending in kind.endings else kind.endings[0])
