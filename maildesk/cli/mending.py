"""Commands that mend: outbox, quarantine, erase, backup."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from maildesk.cli.app import (
    Failed,
    app,
    configuration,
    fail,
    moment_at,
    number_of,
    opened,
    out,
    print_json,
    reference,
    said,
    stamp,
    when,
)
from maildesk.moment import now_utc
from maildesk.store import StoreError

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]

outbox_app = typer.Typer(help="Letters that wait, and why.", invoke_without_command=True, no_args_is_help=False)
quarantine_app = typer.Typer(
    help="Mails that could not be understood.", invoke_without_command=True, no_args_is_help=False
)
app.add_typer(outbox_app, name="outbox")
app.add_typer(quarantine_app, name="quarantine")


@outbox_app.callback()
def outbox(context: typer.Context, as_json: AsJson = False) -> None:
    """Letters that wait or failed; `retry ID`, `drop ID`."""
    if context.invoked_subcommand is not None:
        return
    config = configuration(context)
    with opened(config) as store:
        rows = store.outbox()
        resting = store.resting(now_utc())
    if as_json:
        letters = [
            {
                "id": row.id,
                "uid": row.uid,
                "kind": row.kind.value,
                "to": row.to,
                "ticket": reference(config, row.ticket) or None,
                "subject": row.subject,
                "state": row.state.value,
                "attempts": row.attempts,
                "next_at": stamp(row.next_at, config),
                "reason": row.line or None,
                "message_id": row.message_id,
            }
            for row in rows
        ]
        print_json({"letters": letters})
        return
    table = Table("id", "kind", "to", "ticket", "state", "attempts", "next", "why", box=None, header_style="bold")
    for row in rows:
        cells = (str(row.id), row.kind, row.to, reference(config, row.ticket), row.state, str(row.attempts))
        table.add_row(*cells, when(row.next_at, config), row.line[:80].replace("[", "\\["))
    out.print(table)
    if resting is not None:
        out.print(f"The outbox rests until {when(resting[0], config)}: {resting[1]}", markup=False)


@outbox_app.command("retry")
def outbox_retry(context: typer.Context, letter: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Send this letter at once; the outbox rests no longer."""
    config = configuration(context)
    with opened(config) as store:
        if not store.retry(letter):
            raise fail(f"no letter {letter} waits or failed")
        store.rest(None)


@outbox_app.command("drop")
def outbox_drop(context: typer.Context, letter: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Give this letter up."""
    config = configuration(context)
    with opened(config) as store:
        if not store.drop(letter, now_utc()):
            raise fail(f"no letter {letter} waits or failed")


@quarantine_app.callback()
def quarantine(context: typer.Context, as_json: AsJson = False) -> None:
    """Mails that could not be understood; `show ID`, `retry ID`, `drop ID`."""
    if context.invoked_subcommand is not None:
        return
    config = configuration(context)
    with opened(config) as store:
        rows = store.quarantined()
    if as_json:
        mails = [
            {
                "id": row.id,
                "at": stamp(row.at, config),
                "from": row.sender,
                "subject": row.subject,
                "message_id": row.message_id,
                "size": row.size,
                "reason": row.reason,
                "state": row.state.value,
            }
            for row in rows
        ]
        print_json({"mails": mails})
        return
    table = Table("id", "at", "from", "subject", "size", "reason", box=None, header_style="bold")
    for row in rows:
        cells = (row.sender[:40], row.subject[:40], str(row.size), row.reason[:80])
        table.add_row(str(row.id), when(row.at, config), *(cell.replace("[", "\\[") for cell in cells))
    out.print(table)


@quarantine_app.command("show")
def quarantine_show(context: typer.Context, mail: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """The mail as it came, byte for byte, on stdout."""
    config = configuration(context)
    with opened(config) as store:
        row = store.quarantine_item(mail)
    if row is None:
        raise fail(f"there is no mail {mail} in quarantine")
    print(f"{when(row.at, config)} {row.reason}", file=sys.stderr)
    sys.stdout.buffer.write(row.data)
    sys.stdout.flush()


@quarantine_app.command("retry")
def quarantine_retry(context: typer.Context, mail: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Let the daemon take this mail again."""
    config = configuration(context)
    with opened(config) as store:
        if not store.quarantine_retry(mail):
            raise fail(f"there is no mail {mail} in quarantine")


@quarantine_app.command("drop")
def quarantine_drop(context: typer.Context, mail: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """This mail needs nothing more; its copy in the mailbox stays."""
    config = configuration(context)
    with opened(config) as store:
        if not store.quarantine_drop(mail):
            raise fail(f"there is no mail {mail} in quarantine")


@app.command()
def erase(
    context: typer.Context,
    email: Annotated[str | None, typer.Option(help="All that came from this address.")] = None,
    ticket: Annotated[str | None, typer.Option(help="One ticket.")] = None,
    closed_before: Annotated[str | None, typer.Option(help="Tickets closed before this date.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Personal data out of the desk and out of its mailbox folders; statistics stay."""
    from maildesk.erasing import only_flag, remove_mails  # they know IMAP: the other commands here do not wait for that

    config = configuration(context)
    if sum(one is not None for one in (email, ticket, closed_before)) != 1:
        raise fail("name one of --email, --ticket, --closed-before", 2)
    with said(), opened(config) as store:
        number = number_of(config, ticket) if ticket else None
        before = moment_at(config, closed_before)
        if number is not None and store.ticket(number) is None:
            raise Failed(f"there is no ticket {ticket}")
        planned = store.erase(email=email, ticket=number, closed_before=before, dry=True)
        if not yes and sys.stdin.isatty():
            typer.confirm(
                f"Erase the personal data of {planned.tickets} tickets and {planned.letters} letters?", abort=True
            )
        # The mails first: once the tickets are empty nobody knows any more which mails were theirs.
        problems, removed = remove_mails(config, planned.message_ids, now_utc)
        if problems:
            raise Failed(f"nothing was erased from the desk yet, call again: {'; '.join(problems)}")
        erased = store.erase(email=email, ticket=number, closed_before=before, dry=False, at=now_utc())
        print(f"erased: {erased.tickets} tickets, {erased.letters} letters, {erased.quarantined} mails in quarantine")
        print(f"removed from the mailbox folders: {removed} mails")
        store.scrub()
    flagged = only_flag(config, now_utc) if planned.message_ids else []
    if flagged:
        raise fail(
            f"only flagged as deleted in {', '.join(flagged)} (no UIDPLUS there): expunge them with a mail client"
        )


@app.command()
def backup(context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """A consistent copy of the database while the desk runs."""
    config = configuration(context)
    with opened(config) as store:
        try:
            store.backup(file)
        except StoreError as error:
            raise fail(str(error)) from None
        except OSError as error:
            raise fail(f"{file}: {error.strerror or error}") from None
    print(f"{file}: {file.stat().st_size} bytes")
