"""The head that Lotus and HCL Notes set above a quoted letter: name, moment, and labels without colons, each on a line of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from maildesk.parse.quotes_dates import TIME, starts_with_date
from maildesk.parse.quotes_line import bare

# Lines of such a head, blank ones too.
MAX_HEAD = 20
MAX_NAME = 120
MAX_MOMENT = 40

_TO = re.compile(r"(?:to|кому|an|à|para|a|aan|do|til|till)(?:\t.*)?", re.IGNORECASE)
_SUBJECT = re.compile(
    r"(?:subject|тема|betreff|objet|asunto|oggetto|onderwerp|temat|ämne|emne|assunto)(?:\t.*)?", re.IGNORECASE
)
_LETTERS = re.compile(r"[^\W\d_]{3,}")


def lotus_head_at(lines: Sequence[str], start: int) -> int:
    """The index after a Notes head that begins at `start`: a name, below it a moment alone, below that "To"; 0 where none does."""
    name = bare(lines[start])
    if not 1 < len(name) <= MAX_NAME:
        return 0
    filled = [index for index in range(start + 1, min(start + MAX_HEAD, len(lines))) if lines[index].strip()]
    if len(filled) < 3 or not _is_moment(lines[filled[0]]) or not _TO.fullmatch(lines[filled[1]].strip()):
        return 0
    for index in filled[2:]:
        if _SUBJECT.fullmatch(lines[index].strip()):
            inline = "\t" in lines[index].strip()
            return index + 1 if inline or index + 1 >= len(lines) else index + 2
    return 0


def _is_moment(line: str) -> bool:
    text = bare(line)
    return (
        len(text) <= MAX_MOMENT
        and starts_with_date(text)
        and TIME.search(text) is not None
        and len(_LETTERS.findall(text)) <= 1
    )
