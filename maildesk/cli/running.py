"""Commands that set up and run: init, check, run, demo, form."""

from __future__ import annotations

import os
import secrets as random_secrets
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from maildesk.cli.app import FAILED, UNUSABLE, app, configuration, fail, out
from maildesk.config import ConfigError, load_form, sample
from maildesk.moment import now_utc
from maildesk.store import AlreadyRunning, StoreError

#: 256 bits, as hex: what signs the proofs.
SECRET_BYTES = 32


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="The new desk's folder.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
) -> None:
    """A new desk: a commented config.toml, the templates to edit, a fresh secret."""
    config = directory / "config.toml"
    if config.exists():
        raise fail(f"{config} is there already: nothing was changed")
    if directory.exists() and any(directory.iterdir()) and not yes:
        if not sys.stdin.isatty():
            raise fail(f"{directory} is not empty: call again with --yes to add a desk to it")
        typer.confirm(f"{directory} is not empty. Make a desk in it?", abort=True)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        secret = directory / "secret.key"
        if not secret.exists():
            with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(random_secrets.token_hex(SECRET_BYTES) + "\n")
        config.write_text(sample("secret.key"), encoding="utf-8")
        _copy_templates(directory / "templates")
    except OSError as error:
        raise fail(f"{directory}: {error.strerror or error}") from None
    out.print(f"A new desk stands in {directory}:", markup=False)
    out.print("  config.toml  who serves, which mailbox, which terms: edit it first")
    out.print("  templates/   every letter, to be edited or left alone (delete a file to use the shipped one)")
    out.print("  secret.key   signs the proofs: keep it to yourself")
    out.print(f"Then: maildesk --config {config} check", markup=False)


def _copy_templates(target: Path) -> None:
    from maildesk.outbox.render import shipped_templates

    for language in ("ru", "en"):
        source = shipped_templates() / language
        if source.is_dir() and not (target / language).exists():
            shutil.copytree(source, target / language)
    readme = shipped_templates() / "README.md"
    if readme.is_file() and not (target / "README.md").exists():
        shutil.copy(readme, target / "README.md")


@app.command()
def check(context: typer.Context) -> None:
    """Try everything the configuration names: a line each, ok or what is wrong and how to mend it."""
    from maildesk.checks import look  # knows every room: no other command waits for that

    config = configuration(context)
    bad = 0
    for found in look(config, now_utc):
        print(f"{'ok  ' if found.ok else 'BAD '} {found.name}{': ' + found.detail if found.detail else ''}", flush=True)
        bad += not found.ok
    if bad:
        raise fail(f"{bad} of these {'is' if bad == 1 else 'are'} wrong")


@app.command()
def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Handle all that waits, then leave.")] = False,
) -> None:
    """The daemon. SIGTERM and SIGINT finish what is in hand and leave."""
    from maildesk.daemon import Daemon  # knows every room: no other command waits for that
    from maildesk.outbox.render import TemplateFault
    from maildesk.watching import CannotStart

    config = configuration(context)
    try:
        daemon = Daemon(config)
        if not once:
            daemon.run()
            if daemon.refusal:
                raise fail(daemon.refusal)
            return
        unread = daemon.once()
    except (CannotStart, AlreadyRunning, StoreError, TemplateFault) as error:
        raise fail(str(error)) from None
    if unread:
        raise fail("; ".join(unread))


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End by itself, with status 0 only if every step was seen.")
    ] = False,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Where mails are kept; else a temporary folder.")
    ] = None,
    speed: Annotated[float, typer.Option(help="How many seconds of the desk's day pass in one.")] = 60.0,
) -> None:
    """The whole service on this machine, with embedded mail servers and people who write real mail."""
    try:
        from maildesk.demo import run as run_demo
    except ImportError as error:
        raise fail(f"the demo needs its servers: pip install 'maildesk[demo]' ({error})") from None
    import logging

    logging.getLogger("maildesk").setLevel(logging.WARNING)
    raise typer.Exit(run_demo(directory, once=once, speed=speed, out=out))


@app.command()
def form(context: typer.Context) -> None:
    """The web form and its relay: needs only [service], [category.*] and [form]."""
    try:
        from maildesk.form.serve import run as serve
        from maildesk.form.settings import settings_from
    except ImportError as error:
        raise fail(f"the form needs more packages: pip install 'maildesk[form]' ({error})") from None
    try:
        config = load_form(context.obj)
    except ConfigError as error:
        raise fail(str(error), UNUSABLE) from None
    send = None
    if config.smtp is not None:
        from maildesk.model import Refused, Sent
        from maildesk.outbox.courier import SmtpCourier, SmtpSettings

        smtp = config.smtp
        courier = SmtpCourier(
            SmtpSettings(smtp.host, smtp.port, smtp.tls, smtp.user, str(smtp.password or ""), config.service.address)
        )

        async def send_one(sender: str, recipient: str, data: bytes) -> Sent | Refused:
            return await courier.send(recipient, data)

        send = send_one
    try:
        serve(settings_from(config, send), ready=lambda url: print(f"the form stands at {url}", file=sys.stderr))
    except (OSError, ValueError) as error:
        raise fail(f"the form cannot be served: {error}", FAILED) from None
