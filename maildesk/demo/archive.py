"""Keeps each mail of the demo as a file: NNN-kind-to.eml, in the order in which they were delivered."""

from __future__ import annotations

import re
from pathlib import Path

from maildesk.demo.post_office import Delivered
from maildesk.demo.reading import Letter

#: What a mail of a person's is called in a file's name, where the desk's letters have their kind.
_PERSONAL = "mail"


def keep(directory: Path, delivered: Delivered) -> Path:
    """Write the very bytes; returns the file. Raises OSError."""
    kind = re.sub(r"[^a-z-]", "", Letter(delivered.mail).kind) or _PERSONAL
    to = re.sub(r"[^a-z0-9.-]", "", delivered.to.partition("@")[0])
    path = directory / f"{delivered.number:03}-{kind}-{to}.eml"
    path.write_bytes(delivered.mail)
    return path
