"""Finds uuencoded files in a text (the way files were mailed before MIME, and some scanners still do)."""

from __future__ import annotations

import binascii
import re

_BEGIN = re.compile(r"^begin(?:-base64)? ([0-7]{3,4}) +(\S[^\n]{0,255})\n", re.MULTILINE)
_END = re.compile(r"^(?:end|====)[ \t]*$", re.MULTILINE)


def extract(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """`text` without its uuencoded blocks, and the (name, bytes) of each. A block that is not sound stays text."""
    if "begin" not in text:
        return text, []
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    position = 0
    while begin := _BEGIN.search(text, position):
        end = _END.search(text, begin.end())
        stop = end.start() if end else len(text)
        data = _decoded(text[begin.end() : stop], base64="base64" in text[begin.start() : begin.start() + 12])
        if data is None or (end is None and not data):
            kept.append(text[position : begin.end()])
            position = begin.end()
            continue
        kept.append(text[position : begin.start()])
        files.append((begin[2].strip(), data))
        position = end.end() if end else len(text)
    return "".join(kept) + text[position:], files


def decode(data: bytes) -> bytes:
    """The payload of a part whose Content-Transfer-Encoding is x-uuencode; as it is where it holds no block."""
    _, files = extract(data.decode("latin-1").replace("\r\n", "\n"))
    return files[0][1] if files else data


def _decoded(body: str, *, base64: bool) -> bytes | None:
    """The bytes of a block's lines, or None where a line is no such line."""
    out = []
    try:
        if base64:
            return binascii.a2b_base64(body.encode("ascii"), strict_mode=False)
        for line in body.split("\n"):
            if line.strip(" `"):
                out.append(_line(line.rstrip("\r").encode("ascii")))
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return None
    return b"".join(out)


def _line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Encoders that count the last group wrongly: its length says how many bytes are meant.
        wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
        if not 0 < wanted <= len(line):
            raise
        return binascii.a2b_uu(line[:wanted])
