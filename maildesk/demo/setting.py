"""The demo's own config.toml: the shipped sample, with this machine's servers in the place of the school's."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from maildesk.config import sample

DESK_PASSWORD = "demo-desk"
_SECTION = re.compile(r"^\[+([^\]]+)\]+")


def write(directory: Path, imap: int, smtp: int, form_url: str) -> Path:
    """Make config.toml (and the files of its secrets, where there are none) in `directory`, for these ports and this page.

    Returns the file's path. Raises OSError where the directory cannot be written to.
    """
    kept = {
        "secret.key": secrets.token_hex(32),
        "mail.password": DESK_PASSWORD,
        "relay.token": secrets.token_urlsafe(24),
    }
    for name, secret in kept.items():
        _keep(directory / name, secret)
    server = {"host": '"127.0.0.1"', "tls": '"none"', "password": '"file:mail.password"'}
    mailbox = {**server, "port": str(imap), "poll": '"1s"', "backlog": '"take"'}
    text = _changed(sample("secret.key"), {"mailbox": mailbox, "smtp": {**server, "port": str(smtp)}})
    page = form_url.rstrip("/")
    text += f'\n[relay]\nurl = "{page}"\ntoken = "file:relay.token"\npoll = "1s"\n'
    text += f'\n[form]\nlisten = "{page.removeprefix("http://")}"\ndata = "form.db"\ntoken = "file:relay.token"\n'
    path = directory / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def _keep(path: Path, secret: str) -> None:
    """A file for its owner alone; one that is there stays as it is."""
    with suppress(FileExistsError), os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")


def _changed(text: str, changes: Mapping[str, Mapping[str, str]]) -> str:
    """The sample with these values; a key that it does not have is an error, not a silent nothing."""
    wanted = {(section, key) for section, keys in changes.items() for key in keys}
    lines, section = [], ""
    for line in text.splitlines():
        heading = _SECTION.match(line)
        section = heading[1] if heading else section
        key = line.partition(" = ")[0]
        if (section, key) in wanted:
            wanted.discard((section, key))
            lines.append(f"{key} = {changes[section][key]}")
        else:
            lines.append(line)
    if wanted:
        raise ValueError(f"the sample of config.toml has no {wanted}")
    return "\n".join(lines) + "\n"
