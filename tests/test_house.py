"""The house (DESIGN): which room may import which, and which library stands at which border."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "maildesk"

#: Rooms, and the rooms of ours besides `model` and themselves that each may import.
ROOMS: dict[str, frozenset[str]] = {
    "model": frozenset(),
    "config": frozenset(),
    "parse": frozenset(),
    "desk": frozenset(),
    "store": frozenset(),
    "outbox": frozenset(),
    "sources": frozenset(),
    "reports": frozenset(),
    # The form is a program of its own: it posts what parse.form reads, and reads its own section of the configuration.
    "form": frozenset({"parse", "config"}),
}

#: library → the places (path prefixes below maildesk/) that may import it.
BORDERS: dict[str, tuple[str, ...]] = {
    "imapclient": ("sources/imap", "demo/"),
    "peewee": ("store/",),
    "playhouse": ("store/",),
    "psycopg": ("store/",),
    "aiosmtplib": ("outbox/courier",),
    # wording: the filters of dates and plurals, which render gives to its templates.
    "jinja2": ("outbox/render", "outbox/wording", "form/"),
    "schedule": ("daemon",),
    "selectolax": ("parse/",),
    "flufl": ("parse/",),
    "tnefparse": ("parse/",),
    "pydantic": ("config/",),
    "holidays": ("config/",),
    "typer": ("cli/",),
    "rich": ("cli/", "demo/"),
    "httpx": ("sources/", "demo/"),
    "starlette": ("form/",),
    "uvicorn": ("form/", "demo/"),
    "pymap": ("demo/",),
    "aiosmtpd": ("demo/",),
    "vl_convert": ("reports/",),
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module that this file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def test_the_package_is_found() -> None:
    """The tests below look at real files."""
    assert len(modules()) > 60


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_knows_model_and_itself(room: str) -> None:
    """A room imports `model`, itself, and what the table allows; only the verbs know several rooms."""
    allowed = {"model", room, *ROOMS[room]}
    strangers = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in modules()
        if path.relative_to(PACKAGE).parts[0] == room
        for name in imported(path)
        if name.startswith("maildesk.") and name.split(".")[1] not in allowed
    ]
    assert strangers == []


@pytest.mark.parametrize("library", sorted(BORDERS))
def test_a_library_stands_at_one_border(library: str) -> None:
    """One library per border: nobody else imports it."""
    strangers = [
        str(path.relative_to(PACKAGE))
        for path in modules()
        if any(name.split(".")[0] == library for name in imported(path))
        and not str(path.relative_to(PACKAGE)).startswith(BORDERS[library])
    ]
    assert strangers == []


def test_the_desk_reads_no_clock_and_writes_no_log() -> None:
    """Decisions are pure: no clock, no log, no files, no network in `desk`."""
    impure = {"logging", "os", "socket", "time", "random", "pathlib", "subprocess", "asyncio", "threading"}
    for path in modules():
        if path.relative_to(PACKAGE).parts[0] != "desk":
            continue
        assert not impure & {name.split(".")[0] for name in imported(path)}, path
        assert ".now(" not in path.read_text(encoding="utf-8"), path


def test_every_module_opens_with_a_sentence() -> None:
    """A module says in its first line what it is for."""
    silent = [str(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


def test_no_module_is_a_drawer() -> None:
    """No utils, helpers, common, core, base."""
    assert [path for path in modules() if path.stem in {"utils", "helpers", "common", "core", "base", "misc"}] == []
