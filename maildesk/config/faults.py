"""What is wrong with a configuration: every fault with its file, key and value, and how to mend it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

# A value longer than this would push the sentence that helps off the line.
_SHOWN_VALUE = 60
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")
HIDDEN = "(hidden)"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend. `key` is dotted (`mailbox[0].port`), '' where the whole file is at fault; `value` is as
    written, already safe to show; `nearest` is the known key that an unknown one resembles."""

    file: Path
    key: str
    value: str
    message: str
    nearest: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else str(self.file)
        return _printable(f"{place} = {self.value}: {self.message}" if self.value else f"{place}: {self.message}")


class ConfigError(Exception):
    """A configuration that cannot be used. `faults` holds all that is wrong with it; `str()` is a line for each."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def dotted(parts: Sequence[str | int]) -> str:
    """A path into the file as an operator writes it: ('mailbox', 0, 'port') → mailbox[0].port."""
    key = ""
    for part in parts:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            name = part if _BARE_KEY.match(part) else '"' + _printable(part) + '"'
            key += f".{name}" if key else name
    return key


def shown(value: object) -> str:
    """A TOML value on one line, cut where it is long; a table or a list of tables is named, not written out."""
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = f'"{_printable(value)}"'
    elif isinstance(value, list):
        if any(isinstance(item, dict) for item in value):
            return ""
        text = "[" + ", ".join(shown(item) for item in value) + "]"
    else:
        text = _printable(str(value))
    return text if len(text) <= _SHOWN_VALUE else text[: _SHOWN_VALUE - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one resembles most, or None where none is near."""
    found = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
