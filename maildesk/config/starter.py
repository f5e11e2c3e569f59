"""The commented sample of config.toml: one source, at the top of a clone or inside the wheel."""

from __future__ import annotations

import re
from pathlib import Path

_PACKAGED = Path(__file__).with_name("sample.toml")
_IN_A_CLONE = Path(__file__).parents[2] / "config.toml"
_SECRET_LINE = re.compile(r'^secret = "file:[^"]*"', re.MULTILINE)


def sample(secret_file: str) -> str:
    """What `maildesk init` writes: the sample, its proofs signed with the key in `secret_file` (a path as TOML shall
    hold it, relative to the configuration's folder)."""
    source = _PACKAGED if _PACKAGED.exists() else _IN_A_CLONE
    quoted = secret_file.replace("\\", "\\\\").replace('"', '\\"')
    text, found = _SECRET_LINE.subn(lambda _: f'secret = "file:{quoted}"', source.read_text("utf-8"))
    if found != 1:
        raise ValueError(f"{source} has {found} lines that name a secret file, not one")
    return text
