"""The application that commands join, and what they share: the configuration, the store, and how a failure is said."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from maildesk import __version__
from maildesk.config import Config, ConfigError, load
from maildesk.store import Store, StoreError

app = typer.Typer(
    name="maildesk",
    help="A support desk that lives entirely in e-mail.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

#: People read this; with `--json` nothing but the document is printed here.
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)

FAILED = 1
UNUSABLE = 2


class Failed(Exception):
    """The thing asked for could not be done; the message is the reason, one line."""


class Unusable(Failed):
    """What was typed cannot be understood; the message says what to write."""


def fail(message: str, status: int = FAILED) -> typer.Exit:
    """Say why on stderr and leave with this status: `raise fail(…)`."""
    print(message, file=sys.stderr)
    return typer.Exit(status)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"maildesk {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", help="The configuration; else $MAILDESK_CONFIG, else ./config.toml.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log tracebacks too.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A support desk that lives entirely in e-mail."""
    context.obj = config or Path(os.environ.get("MAILDESK_CONFIG") or "config.toml")
    log(verbose)


def log(verbose: bool) -> None:
    """The journal goes to stderr; what cannot be written is dropped, it must not stop the desk."""
    logging.raiseExceptions = False
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        force=True,
    )
    for chatty in ("imapclient", "httpx", "httpcore", "asyncio", "schedule", "peewee", "multipart", "python_multipart"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def configuration(context: typer.Context) -> Config:
    """The configuration that this call names; leaves with status 2 and every fault on a line where it cannot be used."""
    try:
        return load(context.obj)
    except ConfigError as error:
        raise fail(str(error), UNUSABLE) from None


@contextmanager
def opened(config: Config) -> Iterator[Store]:
    """The desk's database, open for this call; leaves with status 1 where it cannot be used."""
    store = Store(config.database.url, config.directory)
    try:
        store.open()
        with store.session():
            yield store
    except StoreError as error:
        raise fail(str(error)) from None
    finally:
        store.close()


def print_json(document: Any) -> None:
    """One JSON document on stdout and nothing else there."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def stamp(moment: datetime | None, config: Config) -> str | None:
    """ISO 8601 with offset, in the desk's zone; None stays None."""
    return None if moment is None else moment.astimezone(config.service.zone).isoformat(timespec="seconds")


def when(moment: datetime | None, config: Config) -> str:
    """A moment for a table."""
    return "" if moment is None else f"{moment.astimezone(config.service.zone):%d.%m.%Y %H:%M}"


def reference(config: Config, number: int | None) -> str:
    """MD-42, or ''."""
    return "" if number is None else f"{config.service.ticket_prefix}-{number}"


def number_of(config: Config, written: str) -> int:
    """The number in a reference as people write it (MD-42, md42, 42); raises `Unusable`."""
    match = re.fullmatch(
        rf"(?:{re.escape(config.service.ticket_prefix)}[-\s]?)?(\d{{1,9}})", written.strip(), re.IGNORECASE
    )
    if match is None:
        raise Unusable(f"{written!r} is no reference: write {config.service.ticket_prefix}-42")
    return int(match[1])


@contextmanager
def said() -> Iterator[None]:
    """What a command raises as `Failed` is said in one line, with status 1; as `Unusable`, with status 2."""
    try:
        yield
    except Unusable as unusable:
        raise fail(str(unusable), UNUSABLE) from None
    except Failed as failure:
        raise fail(str(failure)) from None


def moment_at(config: Config, written: str | None) -> datetime | None:
    """A date or a date and time as typed, in the desk's zone; raises `Unusable`."""
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise Unusable(f"{written!r} is no date: write 2026-11-25 or 2026-11-25T12:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=config.service.zone)
