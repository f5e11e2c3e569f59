"""All tickets as a table: CSV, XLSX, JSON lines. Formulas are defused; of a confidential ticket number, times and state alone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import xlsxwriter

from maildesk.model import Attachment, Policy, Term, Ticket

COLUMNS = (
    "ref",
    "state",
    "channel",
    "category",
    "assignee",
    "subject",
    "author",
    "email",
    "phone",
    "role",
    "class",
    "received_at",
    "dispatched_at",
    "taken_at",
    "closed_at",
    "dispatch_due",
    "dispatch_met",
    "take_due",
    "take_met",
    "close_due",
    "close_met",
)
#: A cell that begins with one of these is run as a formula by spreadsheets (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
Cell = str | bool | datetime | None
Writer = Callable[[Sequence[Sequence[Cell]]], bytes]


def defused(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would run."""
    return "'" + text if text.lstrip(" \u00a0").startswith(_FORMULA) else text


def cells(policy: Policy, ticket: Ticket, now: datetime | None = None) -> list[Cell]:
    """One ticket as a row, values as they are; moments in the desk's zone. Of a confidential one number, state and times alone
    (SPEC 6)."""
    category = policy.category(ticket.category)
    masked = category is not None and category.confidential
    zone, author = policy.zone, ticket.author
    told = (
        ticket.channel.value,
        ticket.category or "",
        ", ".join(ticket.assignees),
        *(ticket.subject, author.name, author.email, author.phone, author.role, author.class_),
    )
    row: list[Cell] = [f"{policy.prefix}-{ticket.number}", ticket.state.value, *("" if masked else one for one in told)]
    row += [moment.astimezone(zone) if moment else None for moment in _moments(ticket)]
    for term in Term:
        clock = ticket.clock(term)
        row.append(clock.due_at.astimezone(zone) if clock else None)
        row.append(clock.met(now or clock.due_at) if clock else None)
    return row


def _moments(ticket: Ticket) -> tuple[datetime | None, ...]:
    return ticket.received_at, ticket.dispatched_at, ticket.taken_at, ticket.closed_at


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else cell


def to_csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Comma-separated, every cell quoted, with a byte-order mark: Excel reads Russian right only so."""
    page = io.StringIO()
    writer = csv.writer(page, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([[defused(_plain(cell)) for cell in row] for row in rows])
    return page.getvalue().encode("utf-8-sig")


def to_jsonl(rows: Sequence[Sequence[Cell]]) -> bytes:
    """A JSON object a line; nothing runs what stands in it, so nothing is defused."""
    lines = []
    for row in rows:
        values = [_plain(cell) if isinstance(cell, datetime) else cell for cell in row]
        lines.append(json.dumps(dict(zip(COLUMNS, values, strict=True)), ensure_ascii=False))
    return ("\n".join(lines) + ("\n" if lines else "")).encode()


def to_xlsx(rows: Sequence[Sequence[Cell]]) -> bytes:
    """A workbook: frozen header, filters, real dates; text is written as text, never as a formula or a link."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("tickets")
        head, date = book.add_format({"bold": True}), book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        sheet.write_row(0, 0, COLUMNS, head)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(rows), 1), len(COLUMNS) - 1)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                _write(sheet, number, column, cell, date)
        sheet.set_column(0, len(COLUMNS) - 1, 18)
    return file.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: Cell, date: object) -> None:
    if isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell.replace(tzinfo=None), date)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif cell:
        sheet.write_string(row, column, defused(cell))


FORMATS: dict[str, Writer] = {"csv": to_csv, "xlsx": to_xlsx, "jsonl": to_jsonl}


def write_tickets(policy: Policy, tickets: Iterable[Ticket], writer: Writer, now: datetime | None = None) -> bytes:
    """The whole file. `now`: a term past due then is missed; without it only what is settled is told."""
    return writer([cells(policy, ticket, now) for ticket in tickets])


#: What a report brings along: a workbook for people, a plain table for programs.
_ATTACHED = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


def attached(policy: Policy, tickets: Sequence[Ticket], until: datetime) -> tuple[Attachment, ...]:
    """These tickets as a report's attachments, as they stand at the report's end."""
    day = until.astimezone(policy.zone).date().isoformat()
    stem = "обращения" if policy.language == "ru" else "appeals"
    rows = [cells(policy, ticket, until) for ticket in tickets]
    return tuple(Attachment(f"{stem}-{day}.{name}", kind, FORMATS[name](rows)) for name, kind in _ATTACHED.items())
