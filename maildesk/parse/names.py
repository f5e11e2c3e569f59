"""File names of attachments made safe to show and to store: no path, no control or bidi signs, no device, not too long."""

from __future__ import annotations

import mimetypes
import re

from maildesk.parse import clean, limits

# The path separators. What else a file system may refuse (a question mark, a quote) the reader's client replaces as it saves.
_FORBIDDEN = re.compile(r"[/\\\x00-\x1f]")
_ZERO_WIDTH = re.compile("[\u200b\u200c\u2060\u00ad\u034f\U000e0000-\U000e007f]")
# Device names of Windows, with any extension.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)", re.IGNORECASE)
# Types for which mimetypes gives nothing or something odd.
_EXTENSIONS = {
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "text/calendar": ".ics",
    "text/plain": ".txt",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/tiff": ".tif",
    "audio/mpeg": ".mp3",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/pgp-signature": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/ms-tnef": ".dat",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/rtf": ".rtf",
    "application/rtf": ".rtf",
    "application/octet-stream": ".bin",
}


def safe(name: str) -> str:
    """`name` without path parts, forbidden and unseen signs, at most `limits.FILE_NAME` characters; '' if nothing is left."""
    name = _ZERO_WIDTH.sub("", clean.value(name))
    name = re.split(r"[/\\]", name.rstrip("/\\ "))[-1]
    name = _FORBIDDEN.sub("_", name).strip(" ")
    name = name.rstrip(". ") if name.strip(". ") else ""
    if _RESERVED.match(name):
        name = "_" + name
    if len(name) > limits.FILE_NAME:
        stem, dot, extension = name.rpartition(".")
        if dot and len(extension) <= 10:
            return stem[: limits.FILE_NAME - len(extension) - 1] + "." + extension
        return name[: limits.FILE_NAME]
    return name


def extension(media_type: str) -> str:
    """The usual extension of a media type, with its dot; '.bin' where none is known."""
    return _EXTENSIONS.get(media_type) or mimetypes.guess_extension(media_type, strict=False) or ".bin"


def unnamed(media_type: str, number: int) -> str:
    """A name for the n-th attachment that came without one."""
    stem = "image" if media_type.startswith("image/") else "attachment"
    return f"{stem}-{number}{extension(media_type)}"


def media_type(name: str) -> str:
    """The media type that a file's name suggests."""
    return mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"
