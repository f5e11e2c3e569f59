"""Lines that look quoted in a mail that answers nothing: prompts, arrows, sums; the person's own, unless the mail shows otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence

from maildesk.parse.message import Part
from maildesk.parse.quotes_attribution import Strength, attribution
from maildesk.parse.quotes_dates import ADDRESS, TIME
from maildesk.parse.quotes_heads import is_marker, separator
from maildesk.parse.quotes_line import is_quoted

# Stands before a person's own ">" while quotations are cut; of the private use area, so nobody's letter.
OWN = "\ue000"
# A longer mail that answers nothing is a log, and is kept whole anyway.
MAX_LINES = 3_000

_ANSWERS = re.compile(
    r"\s*(?:\[[^\]]{0,60}\]\s*)?(?:re|aw|sv|antw|odp|ynt|vs|rv|res|tr|fwd?|wg|fw|enc|отв|ответ|на|пер|пересл\w*|回复|答复|返信|답장|회신)"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d)?\s*[:：]",
    re.IGNORECASE,
)


def answers(headers: Part, subject: str) -> bool:
    """Whether a mail says of itself that it answers another, or sends one on (RFC 5322, 3.6.4; the prefix of its subject)."""
    known = headers.header("in-reply-to") or headers.header("references") or headers.header("x-forwarded-message-id")
    return bool(known) or _ANSWERS.match(subject[:200]) is not None


def protected(lines: list[str]) -> list[str]:
    """The lines of a mail that answers nothing, with `OWN` before each run of `>` lines that has the person's own words above and
    below it. A head of a quotation anywhere shows that something was quoted after all, and changes nothing."""
    if len(lines) > MAX_LINES or not any(map(is_quoted, lines)) or any(map(_is_head, lines)):
        return lines
    out = list(lines)
    start = 0
    while start < len(lines):
        if not is_quoted(lines[start]):
            start += 1
            continue
        end = start
        while end < len(lines) and is_quoted(lines[end]):
            end += 1
        if _says(lines[:start]) and _says(lines[end:]):
            out[start:end] = [OWN + line for line in lines[start:end]]
        start = end
    return out


def _says(lines: Sequence[str]) -> bool:
    """Whether somebody's words stand here, above a signature's delimiter."""
    for line in lines:
        if line.rstrip() in ("--", "---", "__"):
            return False
        if line.strip() and not is_quoted(line):
            return True
    return False


def _is_head(line: str) -> bool:
    if separator(line) or is_marker(line):
        return True
    sure = attribution(line) is Strength.STRONG
    return sure and (TIME.search(line) is not None or ADDRESS.search(line) is not None)
