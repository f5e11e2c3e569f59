"""Commands that bring data in and out: import, export, report."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from email import message_from_bytes, policy
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from maildesk.cli.app import UNUSABLE, Failed, app, configuration, err, fail, moment_at, opened, said
from maildesk.config import Config
from maildesk.desk import routing
from maildesk.desk.letters import report_letters
from maildesk.model import Kind, ReportView, SourceUnavailable, Thread
from maildesk.moment import now_utc
from maildesk.reports import slots

if TYPE_CHECKING:  # these know every room: only the command that works with them waits for that
    from maildesk.importing import Importer
    from maildesk.wiring import Desk


@app.command("import")
def import_(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="mbox, .eml, a Maildir, or a folder of .eml.")],
    letters: Annotated[bool, typer.Option("--letters", help="As if they arrived now: with letters and terms.")] = False,
    since: Annotated[str | None, typer.Option(help="Only mails of this date or later.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what each mail would become and why; change nothing.")
    ] = False,
) -> None:
    """Tickets of the past, received at their Date, without letters or escalations."""
    from maildesk.importing import Importer
    from maildesk.parse.worker import Worker
    from maildesk.wiring import Desk

    config = configuration(context)
    for file in files:
        if not file.exists():
            raise fail(f"{file}: no such file or folder")
    worker = Worker()
    try:
        with said():
            first = moment_at(config, since)
            desk = Desk.of(config, now_utc)
            with opened(config):
                desk.store.open()
                importer = Importer(desk, worker, letters=letters, since=first, dry_run=dry_run)
                try:
                    _import_all(importer, files)
                finally:
                    desk.store.close()
    except SourceUnavailable as unavailable:
        raise fail(unavailable.reason) from None
    finally:
        worker.close()


def _import_all(importer: Importer, files: list[Path]) -> None:
    from maildesk.sources.folder import FolderSource, holds_mail

    total = 0
    sources = [FolderSource(file, now_utc, importer.desk.config.limits.message_size) for file in files]
    # All are looked at before the first is read: a file that holds no mail imports nothing of the others.
    waiting = [source.waiting() for source in sources]
    for file in files:
        if not holds_mail(file):
            raise Failed(f"{file}: holds no mail: it is no mbox, and no header of a mail was found in it")
    with Progress(console=err, transient=True, disable=not sys.stderr.isatty()) as progress, importer.trial():
        for file, source, keys in zip(files, sources, waiting, strict=True):
            task = progress.add_task(str(file), total=len(keys))
            for batch in source.fetch(keys):
                for line in importer.take(source.name, batch):
                    print(line)
                    total += 1
                progress.advance(task, len(batch))
    print(f"{total} mails {'would be ' if importer.dry_run else ''}imported: {importer.summary()}")


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


@app.command()
def export(
    context: typer.Context,
    format: Annotated[Format, typer.Option("--format", help="csv, xlsx or jsonl.")] = Format.CSV,
    file: Annotated[Path | None, typer.Option("--out", help="A file; else CSV and JSON lines go to stdout.")] = None,
) -> None:
    """All tickets; what is confidential as number, times and state alone."""
    from maildesk.export import FORMATS, write_tickets  # the spreadsheet's library takes a while

    config = configuration(context)
    if format is Format.XLSX and file is None:
        raise fail("a spreadsheet needs a file: --out tickets.xlsx", UNUSABLE)
    with opened(config) as store:
        tickets = store.tickets()
    try:
        now = now_utc()
        rules = config.policy(now.astimezone(config.service.zone).date())
        data = write_tickets(rules, tickets, FORMATS[format.value], now)
        if file is None:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
        else:
            file.write_bytes(data)
    except OSError as error:
        raise fail(f"{file}: {error.strerror or error}") from None


class Period(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"


@app.command()
def report(
    context: typer.Context,
    period: Annotated[Period, typer.Argument(help="daily or weekly")],
    date: Annotated[
        str | None, typer.Option("--date", help="The report of this day (or of the week that ends with it).")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the HTML there.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it to those who get it.")] = False,
) -> None:
    """The report on stdout."""
    from maildesk.wiring import Desk

    config = configuration(context)
    with said():
        moment = _until(config, period, date)
        desk = Desk.of(config, now_utc)
        with opened(config):
            desk.store.open()
            try:
                with desk.store.session():
                    _report(desk, period, moment, html, send)
            finally:
                desk.store.close()


def _until(config: Config, period: Period, date: str | None) -> datetime:
    """Up to when: now, or the report's moment on that day."""
    day = moment_at(config, date)
    if day is None:
        return now_utc()
    zone = config.service.zone
    at = config.reports.daily if period is Period.DAILY else config.reports.weekly[1]
    return slots.last_daily(day.replace(hour=23, minute=59, second=59), at, zone)


def _report(desk: Desk, period: Period, until: datetime, html: Path | None, send: bool) -> None:
    from maildesk.outbox.compose import compose
    from maildesk.outbox.cut import without_marker

    now = now_utc()
    pages: list[str] = []
    for view, kind, readers in _views(desk, period, until, now):
        letters = report_letters(desk.policy, kind, readers, view)
        if not letters:
            raise Failed("nobody holds the role head: the report has no reader")
        letter = compose(
            letters[0],
            thread=Thread(),
            policy=desk.policy,
            uid="aaaaaaaaaa",
            token="",
            now=now,
            renderer=desk.post.renderer,
        )
        text, page = _faces(letter.data)
        print(without_marker(text))
        pages.append(page)
        if send:
            with desk.store.transaction():
                desk.post.put(letters, now)
    if html is not None:
        try:
            html.write_text("\n".join(pages), encoding="utf-8")
        except OSError as error:
            raise Failed(f"{html}: {error.strerror or error}") from None
    if send:
        asyncio.run(_drain(desk))


async def _drain(desk: Desk) -> None:
    departures = desk.departures()
    try:
        await departures.drain()
    finally:
        await departures.close()


def _views(
    desk: Desk, period: Period, until: datetime, now: datetime
) -> list[tuple[ReportView, Kind, tuple[str, ...]]]:
    from maildesk.ticks import DAILY

    heads = routing.heads(desk.policy, now)
    if period is Period.WEEKLY:
        return [(desk.ticks.weekly_view(until), Kind.WEEKLY_REPORT, heads)]
    views = []
    for name, (channels, role) in DAILY.items():
        readers = tuple(dict.fromkeys((*heads, *routing.holders(desk.policy, role, now))))
        views.append((desk.ticks.daily_view(name, until, channels, None), Kind.DAILY_REPORT, readers))
    return views


def _faces(data: bytes) -> tuple[str, str]:
    """The plain text and the HTML of a composed letter."""
    message = message_from_bytes(data, policy=policy.default)
    text = message.get_body(("plain",))
    page = message.get_body(("html",))
    return (text.get_content() if text else ""), (page.get_content() if page else "")
