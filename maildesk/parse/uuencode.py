"""Finds uuencoded files in a text (the way files were mailed before MIME, and some scanners still do)."""

from __future__ import annotations

import binascii
import re

from maildesk.parse import limits

_BEGIN = re.compile(r"^begin(-base64)? ([0-7]{3,4}) +(\S[^\n]{0,255})\n", re.MULTILINE)
_END = ("end", "====")


def extract(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """`text` without its uuencoded blocks, and the (name, bytes) of each. A block that is not sound stays text."""
    if "begin" not in text:
        return text, []
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    position = done = 0
    while (begin := _BEGIN.search(text, position)) and len(files) < limits.ATTACHMENTS:
        data, position = _block(text, begin.end(), base64=bool(begin[1]))
        if data is None:
            continue
        kept.append(text[done : begin.start()])
        files.append((begin[3].strip(), data))
        done = position
    return "".join(kept) + text[done:], files


def _block(text: str, position: int, *, base64: bool) -> tuple[bytes | None, int]:
    """The bytes of the lines from `position` on, and where the block ends; None where one of them is no such line."""
    out: list[bytes] = []
    while position < len(text):
        stop = text.find("\n", position)
        line = text[position : stop if stop >= 0 else len(text)].rstrip("\r")
        following = stop + 1 if stop >= 0 else len(text)
        if line.strip() in _END:
            return b"".join(out), following
        if line.strip(" `"):
            try:
                encoded = line.encode("ascii")
                out.append(binascii.a2b_base64(encoded) if base64 else _line(encoded))
            except (binascii.Error, UnicodeEncodeError):
                return None, position
        position = following
    # The mail was cut before its end: what is there is still a file.
    return (b"".join(out), position) if len(out) > 1 else (None, position)


def decode(data: bytes) -> bytes:
    """The payload of a part whose Content-Transfer-Encoding is x-uuencode; as it is where it holds no block."""
    _, files = extract(data.decode("latin-1").replace("\r\n", "\n"))
    return files[0][1] if files else data


def _line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Encoders that count the last group wrongly: its length says how many bytes are meant.
        wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
        if not 0 < wanted <= len(line):
            raise
        return binascii.a2b_uu(line[:wanted])
