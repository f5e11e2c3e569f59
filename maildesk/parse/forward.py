"""Is this mail somebody else's letter sent on: told by its subject and by what the client wrote above the letter."""

from __future__ import annotations

import re

# A subject of a megabyte is still a subject.
MAX_SUBJECT = 400

# The prefixes by which clients mark a letter that is sent on, lower case.
PREFIXES = (
    "fw", "fwd", "пересл", "пересылка", "переслано", "пересланное", "перенаправлено", "fwd re", "п", "фв", "фвд",
    "wg", "weitergeleitet", "tr", "rv", "reenv", "reenviado", "enc", "encaminhado", "i", "inoltro", "inoltra",
    "doorst", "dw", "vs", "vl", "vb", "vidarebefordrat", "videresendt", "pd", "přep", "továbbítás", "továbbítva",
    "ilt", "ynt ilt", "redirecționat", "转发", "轉寄", "転送", "전달", "πρθ", "προωθ", "הועבר", "إعادة توجيه", "пер",
)  # fmt: skip
# In Finnish "VS" answers and "VL" sends on; Danish and Norwegian "VS" sends on. Being wrong here costs an answer, so it is left out.
_ANSWERS_TOO = {"vs", "dw", "п", "i"}

_PREFIX = re.compile(r"\s*\[?([^\W\d_][^\W\d_ ]{0,20}(?: [^\W\d_]{2,10})?)\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]")
_TAG = re.compile(r"\s*[\[(][^\])]{0,60}[\])]\s*")


def subject_says_forward(subject: str) -> bool:
    """Whether the subject's first prefix is one of a letter sent on ("Fwd: Re: …" is, "Re: Fwd: …" is not)."""
    text = subject[:MAX_SUBJECT]
    found = _PREFIX.match(text)
    if found is None and (tag := _TAG.match(text)):
        found = _PREFIX.match(text, tag.end())
    return found is not None and found[1].casefold() in PREFIXES and found[1].casefold() not in _ANSWERS_TOO
