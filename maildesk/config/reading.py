"""config.toml from the disk to one frozen Config, or every fault in it at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from maildesk.config import rules
from maildesk.config.desk import Config, FormConfig
from maildesk.config.faults import ConfigError, Fault, dotted
from maildesk.config.schema import FormSections, Sections, Table
from maildesk.config.secrets import Lookup, safe
from maildesk.config.shape import known_keys, shape_faults, value_at

# A configuration is a few hundred lines; a bigger file is the wrong file.
LARGEST_FILE = 1_000_000
Part = TypeVar("Part", bound=Table)


def load(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration in this file, with `env:` looked up in `environ` (the process's own by default).

    Raises ConfigError with every fault of the file.
    """
    tree = _defaults(_tree(path))
    sections, warnings = _checked(path, tree, Sections, rules.findings, environ)
    return Config.model_construct(path=path.absolute(), warnings=(*warnings, *_oddities(sections)), **dict(sections))


def load_form(path: Path, environ: Mapping[str, str] | None = None) -> FormConfig:
    """The part of the file that `maildesk form` needs; sections of the desk may be absent and are not looked at.

    Raises ConfigError with every fault of that part.
    """
    whole = _defaults(_tree(path))
    form = whole.get("form")
    known = known_keys(Sections, ("",))
    posts = isinstance(form, dict) and bool(form.get("mail_to"))
    needed = {"service", "category", "form"} | ({"smtp"} if posts else set())
    tree = {name: part for name, part in whole.items() if name in needed or name not in known}
    if posts:
        tree.setdefault("smtp", {})
    sections, warnings = _checked(path, tree, FormSections, rules.form_findings, environ)
    return FormConfig.model_construct(path=path.absolute(), warnings=tuple(warnings), **dict(sections))


def _tree(path: Path) -> dict[str, Any]:
    """The file as TOML. Raises ConfigError where it cannot be read as that."""
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else "its name holds a NUL"
        raise _unreadable(
            path, f"cannot be read ({reason}); name the file with --config, or make one: maildesk init DIR"
        ) from None
    if len(data) > LARGEST_FILE:
        raise _unreadable(path, "is larger than 1 MB, so it is no configuration; name the right file")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _unreadable(path, f"is not text in UTF-8 (line {line}); save it as UTF-8") from None
    except RecursionError:
        raise _unreadable(path, "is nested too deeply to be a configuration") from None
    except ValueError as error:
        raise _unreadable(path, f"is not TOML: {_one_line(error)}; mend that line") from None


def _one_line(error: ValueError) -> str:
    return " ".join(str(error).split())


def _unreadable(path: Path, message: str) -> ConfigError:
    return ConfigError([Fault(path, "", "", message)])


# Keys whose value, left out, is looked up or depends on where the file lies: section, key, value.
_LEFT_OUT = (
    ("database", "url", "sqlite:///maildesk.db"),
    ("relay", "token", "env:MAILDESK_RELAY_TOKEN"),
    ("form", "token", "env:MAILDESK_RELAY_TOKEN"),
    ("form", "data", "form.db"),
)


def _defaults(tree: dict[str, Any]) -> dict[str, Any]:
    filled = {**tree, "database": tree.get("database", {})}
    for section, key, value in _LEFT_OUT:
        if isinstance(filled.get(section), dict):
            filled[section] = {key: value, **filled[section]}
    smtp = filled.get("smtp")
    if isinstance(smtp, dict) and smtp.get("user") and not {"password", "oauth2"} & smtp.keys():
        filled["smtp"] = {**smtp, "password": "env:MAILDESK_SMTP_PASSWORD"}
    return filled


def _checked(
    path: Path,
    raw: dict[str, Any],
    model: type[Part],
    find: Callable[[rules.Tree], Iterator[rules.Finding]],
    environ: Mapping[str, str] | None,
) -> tuple[Part, list[str]]:
    """The tree as sections, with the warnings on the way. Raises ConfigError with the first fault of each key."""
    lookup = Lookup(path, os.environ if environ is None else environ)
    tree = lookup.resolve(raw)
    faults = lookup.faults
    sections: Part | None = None
    try:
        sections = model.model_validate(tree, context={"directory": path.parent.absolute()})
    except ValidationError as error:
        faults = faults + list(shape_faults(path, raw, model, error))
    faults += [Fault(path, dotted(key), safe(key, value_at(raw, key)), message) for key, message in find(tree)]
    if sections is None or faults:
        raise ConfigError(_in_file_order(raw, {fault.key: fault for fault in reversed(faults)}.values()))
    return sections, lookup.warnings


def _in_file_order(raw: Mapping[str, Any], faults: Iterable[Fault]) -> list[Fault]:
    """As a person meets them going down the file; missing sections come last, in the sample's order."""
    sections = [*raw, *known_keys(Sections, ("",))]

    def place(fault: Fault) -> tuple[int, str]:
        section = re.split(r"[.\[]", fault.key, maxsplit=1)[0]
        return (sections.index(section) if section in sections else -1, fault.key)

    return sorted(faults, key=place)


def _oddities(config: Sections) -> Iterator[str]:
    """What is allowed, and hardly meant."""
    if config.terms.remind >= config.terms.close:
        yield "terms.remind is not shorter than terms.close: the reminder goes as soon as a ticket is assigned"
    robots = set(config.form_mail.senders) if config.form_mail else set()
    for key, person in config.staff.items():
        if robots & {address.lower() for address in person.emails}:
            yield f"staff.{key}.email is also in form_mail.from: whatever they write is read as a filled-in form"
