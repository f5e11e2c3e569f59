"""Commands that read: tickets, show, status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.panel import Panel
from rich.table import Table

from maildesk.cli.app import (
    FAILED,
    Failed,
    Unusable,
    app,
    configuration,
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
from maildesk.config import Config
from maildesk.health import Health, examine
from maildesk.model import Event, Message, State, Term, Ticket, TicketPage
from maildesk.moment import now_utc

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def confidential(config: Config, ticket: Ticket) -> bool:
    """Whether this ticket's category is marked confidential."""
    category = next((row for key, row in config.categories.items() if key == ticket.category), None)
    return bool(category and category.confidential)


def hidden(config: Config, ticket: Ticket, reveal: bool) -> bool:
    """Whether the words and the author of this ticket are masked on the screen."""
    return confidential(config, ticket) and not reveal


MASK = "***"


def summary(config: Config, ticket: Ticket, now: datetime, *, reveal: bool = False) -> dict[str, Any]:
    """The fields of a ticket that listings and `show` have in common (SPEC 2)."""
    masked = hidden(config, ticket, reveal)

    def shown(text: str) -> str:
        return MASK if masked and text else text

    return {
        "ref": reference(config, ticket.number),
        "subject": shown(ticket.subject),
        "state": ticket.state.value,
        "channel": ticket.channel.value,
        "category": ticket.category,
        "assignee": ticket.assignee,
        "assignees": list(ticket.assignees),
        "author": {
            "name": shown(ticket.author.name),
            "email": shown(ticket.author.email),
            "phone": shown(ticket.author.phone),
            "role": (None if masked else ticket.author.role or None),
            "class": shown(ticket.author.class_),
        },
        "received_at": stamp(ticket.received_at, config),
        "dispatched_at": stamp(ticket.dispatched_at, config),
        "taken_at": stamp(ticket.taken_at, config),
        "closed_at": stamp(ticket.closed_at, config),
        "terms": {term.value: _term(config, ticket, term, now) for term in Term},
        "extension": None
        if ticket.extension is None
        else {
            "hours": ticket.extension.hours,
            "reason": shown(ticket.extension.reason),
            "state": ticket.extension.state.value,
        },
        "merged_into": reference(config, ticket.merged_into) or None,
        "linked_to": reference(config, ticket.linked_to) or None,
    }


def _term(config: Config, ticket: Ticket, term: Term, now: datetime) -> dict[str, Any]:
    clock = ticket.clock(term)
    if clock is None:
        return {"due_at": None, "met": None}
    return {"due_at": stamp(clock.due_at, config), "met": clock.met(now)}


def whole(config: Config, page: TicketPage, now: datetime, *, reveal: bool) -> dict[str, Any]:
    """Everything of one ticket as `show --json` gives it."""
    masked = hidden(config, page.ticket, reveal)
    return {
        **summary(config, page.ticket, now, reveal=reveal),
        "messages": [_message(config, message, masked) for message in page.messages],
        "history": [_event(config, event) for event in page.history],
    }


def _message(config: Config, message: Message, masked: bool) -> dict[str, Any]:
    return {
        "direction": message.direction.value,
        "kind": message.kind,
        "from": MASK if masked else message.sender,
        "to": MASK if masked else message.to,
        "at": stamp(message.at, config),
        "text": MASK if masked else message.text,
        "attachments": [MASK if masked else file.name for file in message.attachments],
    }


def _event(config: Config, event: Event) -> dict[str, Any]:
    return {
        "at": stamp(event.at, config),
        "actor": event.actor,
        "event": event.event,
        "args": list(event.args),
        "rule": event.rule,
    }


@app.command()
def tickets(
    context: typer.Context,
    state: Annotated[
        str | None, typer.Option(help="new, assigned, taken, callback, closed, merged, rejected, or open.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="A category's key.")] = None,
    assignee: Annotated[str | None, typer.Option(help="A staff key.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those with a term that has passed.")] = False,
    since: Annotated[str | None, typer.Option(help="Received on this date or later.")] = None,
    as_json: AsJson = False,
) -> None:
    """List tickets."""
    config = configuration(context)
    now = now_utc()
    with said(), opened(config) as store:
        _known("category", category, config.categories, lambda: store.tickets(category=category))
        _known("assignee", assignee, config.staff, lambda: store.tickets(assignee=assignee))
        listed = store.tickets(
            states=_states(state) or (),
            category=category,
            assignee=assignee,
            since=moment_at(config, since),
            overdue_at=now if overdue else None,
        )
        if as_json:
            print_json({"tickets": [summary(config, ticket, now) for ticket in listed]})
            return
        _print_tickets(config, listed, now)


def _known(what: str, written: str | None, known: Iterable[str], others: Callable[[], Sequence[Ticket]]) -> None:
    """Raises `Unusable` for a filter's value that neither the configuration knows nor a ticket of former times (`others`)."""
    if written is not None and written not in known and not others():
        raise Unusable(f"{written!r} is no {what} known here: use {', '.join(sorted(known))}")


def _states(written: str | None) -> tuple[State, ...] | None:
    if written is None:
        return None
    if written == "open":
        return (State.NEW, State.ASSIGNED, State.TAKEN, State.CALLBACK)
    try:
        return tuple(State(one.strip()) for one in written.split(","))
    except ValueError:
        raise Unusable(f"{written!r} is no state: use open or {', '.join(State)}") from None


def _print_tickets(config: Config, listed: tuple[Ticket, ...], now: datetime) -> None:
    table = Table(
        "ref", "state", "category", "assignee", "received", "next term", "subject", box=None, header_style="bold"
    )
    for ticket in listed:
        running = min((clock for clock in ticket.terms if clock.running), key=lambda clock: clock.due_at, default=None)
        late = running is not None and now > running.due_at
        due = f"{running.term} {when(running.due_at, config)}" if running else ""
        table.add_row(
            reference(config, ticket.number),
            ticket.state,
            ticket.category or "",
            ", ".join(ticket.assignees),
            when(ticket.received_at, config),
            f"[red]{due}[/red]" if late else due,
            MASK if hidden(config, ticket, False) else ticket.subject[:60].replace("[", "\\["),
        )
    out.print(table)
    out.print(f"{len(listed)} ticket{'' if len(listed) == 1 else 's'}")


@app.command()
def show(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(help="MD-42")],
    reveal: Annotated[bool, typer.Option("--reveal", help="Show what is confidential too.")] = False,
    as_json: AsJson = False,
) -> None:
    """One ticket with its messages, terms and history."""
    config = configuration(context)
    now = now_utc()
    with said(), opened(config) as store:
        page = store.page(number_of(config, ref))
        if page is None:
            raise Failed(f"there is no ticket {ref}")
        if as_json:
            print_json(whole(config, page, now, reveal=reveal))
            return
        _print_page(config, page, now, reveal)


def _print_page(config: Config, page: TicketPage, now: datetime, reveal: bool) -> None:
    ticket = page.ticket
    fields = summary(config, ticket, now, reveal=reveal)
    author = fields["author"]
    grid = Table.grid(padding=(0, 2))
    for name in ("state", "channel", "category", "assignee", "received_at", "dispatched_at", "taken_at", "closed_at"):
        grid.add_row(name, str(fields[name] or "-"))
    grid.add_row(
        "author", " ".join(str(author[name]) for name in ("name", "email", "phone", "role", "class") if author[name])
    )
    for name, term in fields["terms"].items():
        met = {True: "[green]met[/green]", False: "[red]missed[/red]", None: "running"}[term["met"]]
        grid.add_row(name, f"{term['due_at'] or '-'} {met if term['due_at'] else ''}")
    out.print(Panel(grid, title=f"{fields['ref']} {fields['subject']}".replace("[", "\\["), title_align="left"))
    masked = hidden(config, ticket, reveal)
    for message in page.messages:
        arrow = "→" if message.direction == "out" else "←"
        text = MASK if masked else message.text.strip()
        head = f"{when(message.at, config)} {arrow} {message.kind} {'' if masked else message.to or message.sender}"
        out.print(Panel(text.replace("[", "\\[") or "-", title=head, title_align="left", border_style="dim"))
    for event in page.history:
        out.print(
            f"{when(event.at, config)}  {event.actor:<12} {event.event} {' '.join(event.args)}  ({event.rule})",
            markup=False,
        )


@app.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Is the desk well? For a person or a monitor; exit status 1 where it is not."""
    config = configuration(context)
    with opened(config) as store:
        now = now_utc()
        health = examine(store, config, now)
    if as_json:
        print_json(_health(config, health, now))
    else:
        _print_health(config, health)
    if not health.well:
        raise typer.Exit(FAILED)


def _health(config: Config, health: Health, now: datetime) -> dict[str, Any]:
    return {
        "well": health.well,
        "problems": list(health.problems),
        "sources": [
            {
                "name": source.name,
                "last_poll": stamp(source.last_ok, config),
                "failures": source.failures,
                "error": source.error or None,
            }
            for source in health.sources
        ],
        "oldest_unprocessed": stamp(health.oldest_unprocessed, config),
        "oldest_unprocessed_seconds": None
        if health.oldest_unprocessed is None
        else max(0, round((now - health.oldest_unprocessed).total_seconds())),
        "outbox": health.outbox,
        "outbox_failed": health.failed,
        "quarantine": health.quarantine,
        "overdue": health.overdue,
        "account": {name: getattr(health.account, name) for name in health.account.__slots__},
    }


def _print_health(config: Config, health: Health) -> None:
    out.print("[green]well[/green]" if health.well else "[red]not well[/red]")
    for problem in health.problems:
        out.print(f"  {problem}", markup=False)
    for source in health.sources:
        out.print(f"{source.name}: last read {when(source.last_ok, config) or 'never'}", markup=False)
    out.print(
        f"outbox {health.outbox}, failed {health.failed}, quarantine {health.quarantine}, overdue {health.overdue}"
    )
    if health.oldest_unprocessed is not None:
        out.print(f"mail may lie unread since {when(health.oldest_unprocessed, config)}")
    account = health.account
    out.print(
        f"today: {account.seen} seen = {account.new} new + {account.replies} replies + {account.commands} commands "
        f"+ {account.automatic} automatic + {account.duplicates} duplicates + {account.quarantined} quarantined"
    )
