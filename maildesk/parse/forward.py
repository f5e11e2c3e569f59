"""Is this mail somebody else's letter sent on: told by the prefix of its subject."""

from __future__ import annotations

import re

# A subject of a megabyte is still a subject.
MAX_SUBJECT = 400

# The prefixes by which clients mark a letter that is sent on, lower case, without a final dot. Left out are those that
# elsewhere mark an answer ("VS" in Finnish, "DW" and "I" as ordinary words): taking an answer for a forward costs the answer.
PREFIXES = frozenset(
    (
        "fw", "fwd", "фв", "фвд", "пер", "пересл", "пересылка", "переслано", "пересланное", "перенаправлено",
        "wg", "weitergeleitet", "tr", "rv", "reenv", "reenviado", "enc", "encaminhado", "inoltro", "inoltra",
        "doorst", "doorgestuurd", "vl", "vb", "vidarebefordrat", "videresendt", "pd", "přep", "továbbítás",
        "továbbítva", "ilt", "ilet", "i̇lt", "i̇let", "redirecționat", "转发", "轉寄", "転送", "전달", "πρθ", "προωθ", "הועבר", "إعادة توجيه",
    )
)  # fmt: skip

_PREFIX = re.compile(r"\s*\[?([^\W\d_][^\W\d_ ]{0,20}(?: [^\W\d_]{2,10})?)\.?\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]")
_TAG = re.compile(r"\s*[\[(][^\])]{0,60}[\])]\s*")


def subject_says_forward(subject: str) -> bool:
    """Whether the subject's first prefix is one of a letter sent on ("Fwd: Re: …" is, "Re: Fwd: …" is not)."""
    text = subject[:MAX_SUBJECT]
    found = _PREFIX.match(text)
    if found is None and (tag := _TAG.match(text)):
        found = _PREFIX.match(text, tag.end())
    return found is not None and found[1].casefold() in PREFIXES


_NORSE = re.compile(r"\s*vs\s?:", re.IGNORECASE)
_NORSE_HEADERS = re.compile(r"^[*\s]{0,4}Fra\s?:.{1,400}\n[*\s]{0,4}(?:Sendt|Dato)\s?:", re.MULTILINE)


def subject_says_forward_in_norse(subject: str, text: str) -> bool:
    """ "VS:" marks an answer in Finnish and a letter sent on in Norwegian and Danish, whose quoted headers begin with "Fra:"."""
    return _NORSE.match(subject[:MAX_SUBJECT]) is not None and _NORSE_HEADERS.search(text) is not None
