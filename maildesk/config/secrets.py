"""`env:NAME` and `file:PATH` in the place of a value: looked up here, and never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from maildesk.config.faults import HIDDEN, Fault, dotted, nearest, shown

SECRET_KEYS = ("secret", "password", "token", "client_secret")
# A secret is a line or a few keys; a bigger file is the wrong file.
_LARGEST = 65_536
_REFERENCE = re.compile(r"(env|file):(.*)\Z", re.DOTALL)
# Readable or writable by anyone but its owner.
_FOREIGN_BITS = 0o077

Key = tuple[str | int, ...]


@dataclass(slots=True)
class Lookup:
    """Replaces the references in a tree read from `file`; collects what went wrong and what a person should know."""

    file: Path
    environ: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def resolve(self, value: Any, key: Key = ()) -> Any:
        """The same tree with every reference replaced by what it names."""
        if isinstance(value, dict):
            return {name: self.resolve(item, (*key, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item, (*key, index)) for index, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        found = _REFERENCE.match(value)
        if not found:
            self._warn_of_clear_text(key, value)
            return value
        try:
            return self._variable(found[2]) if found[1] == "env" else self._file(found[2], key)
        except LookupError as error:
            self.faults.append(Fault(self.file, dotted(key), shown(value), str(error.args[0])))
            return value

    def _variable(self, name: str) -> str:
        if name not in self.environ:
            raise LookupError(f"the environment variable {name or '(no name)'} is not set; set it, or write file:PATH")
        return self.environ[name]

    def _file(self, name: str, key: Key) -> str:
        path = self.file.parent / name
        try:
            with path.open("rb") as stream:
                data = stream.read(_LARGEST + 1)
                mode = os.fstat(stream.fileno()).st_mode
            text = data.decode("utf-8-sig")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
            raise LookupError(f"the file {path} cannot be read ({reason}); make it, or mend the path") from None
        if len(data) > _LARGEST:
            raise LookupError(f"the file {path} is larger than a secret ever is; name the right file")
        if is_secret(key) and mode & _FOREIGN_BITS:
            self.warnings.append(
                f"{dotted(key)}: others on this machine may read {path} (mode {mode & 0o777:04o}); chmod 600 it"
            )
        return text.rstrip("\r\n")

    def _warn_of_clear_text(self, key: Key, value: str) -> None:
        if value and (is_secret(key) or (key == ("database", "url") and _password(value))):
            self.warnings.append(
                f"{dotted(key)}: the secret stands in {self.file} itself; move it to env:NAME or file:PATH"
            )


def is_secret(key: Key) -> bool:
    """Is the value at this key a secret?"""
    return bool(key) and key[-1] in SECRET_KEYS and key[0] in ("service", "mailbox", "smtp", "relay", "form")


def safe(key: Key, value: object, *, unknown: bool = False) -> str:
    """The value as written, fit to be shown: a reference is shown, a secret is not, nor what stands under an `unknown`
    key that looks like a slip for a secret's."""
    if isinstance(value, str) and _REFERENCE.match(value):
        return shown(value)
    name = str(key[-1]) if key else ""
    if is_secret(key) or name == "oauth2" or (unknown and nearest(name, SECRET_KEYS)):
        return "" if value is None or isinstance(value, dict) else HIDDEN
    if isinstance(value, str):
        return shown(re.sub(r"(://[^/@:]*:).*@", rf"\1{HIDDEN}@", value))
    return shown(value)


def _password(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:
        return None
