"""Phone numbers that a person wrote in a text: found so that an author without a working address can be called (§3.2.3)."""

from __future__ import annotations

import re

import phonenumbers

#: A number without a country code is a Russian one.
REGION = "RU"
#: People give their number at the top or in the signature of a letter, not in its hundredth line.
TEXT_SEARCHED = 8_000
#: Fewer digits are no phone number; most letters have none, and need no look.
_DIGITS = re.compile(r"(?:\d[\s().\-–]{0,3}){10,}")


def find(text: str) -> tuple[str, ...]:
    """The valid numbers in this text, each once, in order, written internationally (+7 916 123-45-67)."""
    head = text[:TEXT_SEARCHED]
    if not _DIGITS.search(head):
        return ()
    matches = phonenumbers.PhoneNumberMatcher(head, REGION)
    numbers = (
        phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.INTERNATIONAL) for match in matches
    )
    return tuple(dict.fromkeys(numbers))
