"""Message identifiers (RFC 5322, 3.6.4) out of Message-ID, In-Reply-To and References, with their angle brackets."""

from __future__ import annotations

import re

from maildesk.parse import limits

_ID = re.compile(r"<([^<>]{1,600})>")


def found_in(value: str) -> tuple[str, ...]:
    """The identifiers in a field's value, in order, once each. Blanks that folding left within one are dropped."""
    seen: dict[str, None] = {}
    for inside in _ID.findall(value):
        identifier = "".join(inside.split())
        if 0 < len(identifier) <= limits.MESSAGE_ID:
            seen[f"<{identifier}>"] = None
    if not seen and "<" not in value:
        # Some senders forget the brackets.
        bare = (word for word in value.replace(">", " ").split() if "@" in word[1:-1])
        seen = {f"<{word}>": None for word in bare if len(word) <= limits.MESSAGE_ID}
    return _bounded(tuple(seen))


def _bounded(ids: tuple[str, ...]) -> tuple[str, ...]:
    """The thread's first identifier and its last ones: the first names the thread, the last the letter answered."""
    if len(ids) <= limits.REFERENCES:
        return ids
    return (ids[0], *ids[1 - limits.REFERENCES :])
