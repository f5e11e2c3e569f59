"""How one line of a mail looks: quoted or not, a drawn rule, and what a reader sees of it."""

from __future__ import annotations

import re
from functools import lru_cache

# A client's own line is short; what is longer was typed by a person, and no expression shall run along a megabyte.
MAX_LINE = 400

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_QUOTED = re.compile(r"\s{0,8}>")
# GroupWise: `>>> "Name" <address> 20.11.2007 11:15 >>>`, and the letter below it unmarked.
_GROUPWISE = re.compile(r"\s{0,4}>{3}\s?[^>\s].{2,200}\d{1,2}[:.]\d\d.{0,12}>{3}\s*$")
# An advertisement's arrows; and a sentence that begins with "From", escaped as mbox files need it.
_NOT_QUOTED = re.compile(r">{2,} .{0,200}<{2,}\s*$|>{3} >{3}|>From [^:]{0,200}$")
_INITIALS = re.compile(r"\s{0,4}([A-Za-zА-Яа-яЁё][\w. ]{0,29}?)>{1,9}(?:\s|$)")
_PIPED = re.compile(r"\s{0,4}\|(?:\s|$)")
_RULE = re.compile(r"[-_=—–*~⎯─• ]{3,}$")


def readable(line: str) -> str:
    """A line as a reader sees it: at most MAX_LINE characters, odd spaces made plain, invisible characters gone."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", line[: MAX_LINE + 1])).strip()


def is_quoted(line: str) -> bool:
    """A line that begins with the quotation mark `>` (and is not an advertisement's `>>> link <<<`)."""
    head = line[: MAX_LINE + 1]
    return _QUOTED.match(head) is not None and _NOT_QUOTED.match(head.strip()) is None and not is_groupwise(head)


def is_groupwise(line: str) -> bool:
    """The head that GroupWise sets above a quotation, which looks like a quoted line."""
    return ">>>" in line and len(line) <= MAX_LINE and _GROUPWISE.match(line) is not None


def initials_of(line: str) -> str:
    """The initials or the name of a The Bat! quotation, `СП> text`; '' if it is none."""
    found = _INITIALS.match(line[:48])
    return found[1] if found else ""


def is_piped(line: str) -> bool:
    """A line quoted by a vertical bar: only meant where an attribution stands right above."""
    return _PIPED.match(line[:40]) is not None


def is_rule(line: str) -> bool:
    """A line drawn of dashes, underscores or the like."""
    return len(line) <= MAX_LINE and _RULE.match(line.strip().lstrip(">*")) is not None


def unquoted(line: str) -> str:
    """The line without its quotation marks, readable."""
    return _unquoted(line[: MAX_LINE + 1])


def bare(line: str) -> str:
    """The line without quotation marks and without the dashes and stars that clients set around their own lines."""
    return _bare(line[: MAX_LINE + 1])


# Several rules look at the same line in turn, and at the few lines below it.
@lru_cache(maxsize=256)
def _unquoted(line: str) -> str:
    return readable(line).lstrip("> |").strip()


@lru_cache(maxsize=256)
def _bare(line: str) -> str:
    return _unquoted(line).strip("*_ ").lstrip("-—–<│ ").strip("* ")
