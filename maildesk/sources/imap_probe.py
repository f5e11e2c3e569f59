"""Trying a mailbox step by step for `maildesk check`, without changing anything in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from maildesk.model.mail import SourceUnavailable
from maildesk.sources.imap_link import connect, told
from maildesk.sources.imap_login import log_in
from maildesk.sources.imap_session import Session
from maildesk.sources.imap_settings import ImapSettings
from maildesk.sources.oauth import AccessTokens

# A token that is asked for once and used at once needs no clock.
_ONCE = datetime(2000, 1, 1, tzinfo=UTC)

_HOW = {"implicit": "TLS", "starttls": "STARTTLS", "none": "clear text"}


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing tried: what, whether it is well, and what there is to say (the remedy, where it is not)."""

    name: str
    ok: bool
    detail: str = ""


def probe(settings: ImapSettings) -> list[Probe]:
    """Connection, log-in and folders, in this order; after the first step that fails the others cannot be tried."""
    return list(_steps(settings))


def _steps(settings: ImapSettings) -> Iterator[Probe]:
    where = f"IMAP {settings.host}:{settings.port}"
    try:
        client = connect(settings)
    except SourceUnavailable as fault:
        yield Probe(where, False, fault.reason)
        return
    session = Session(client, settings)
    try:
        yield Probe(where, True, _HOW[settings.tls])
        tokens = AccessTokens(settings.oauth2, lambda: _ONCE) if settings.oauth2 is not None else None
        yield _tried(f"log-in {settings.user}", settings, lambda: _log_in(session, settings, tokens))
        if client._imap.state == "NONAUTH":
            return
        yield _tried(f"folder {settings.folder}", settings, lambda: _look_into(session, settings.folder))
        for folder in dict.fromkeys((settings.processed, settings.quarantine)):
            yield _tried(f"folder {folder}", settings, lambda name=folder: _look_for(session, name))  # type: ignore[misc]
        if settings.spam:
            yield _tried(f"folder {settings.spam}", settings, lambda: _look_into(session, settings.spam))
    finally:
        session.close()


def _tried(name: str, settings: ImapSettings, step: Callable[[], str]) -> Probe:
    try:
        with told(settings):
            return Probe(name, True, step())
    except SourceUnavailable as fault:
        return Probe(name, False, fault.reason)


def _log_in(session: Session, settings: ImapSettings, tokens: AccessTokens | None) -> str:
    log_in(session.client, settings, tokens)
    words = [word for word in ("IDLE", "MOVE", "UIDPLUS") if session.client.has_capability(word)]
    return f"the server offers {', '.join(words)}" if words else "the server offers neither IDLE nor MOVE nor UIDPLUS"


def _look_into(session: Session, folder: str) -> str:
    """EXAMINE would do for the looking, but not show that mails may be moved out of it."""
    if not session.exists(folder):
        raise SourceUnavailable(f"there is no folder {folder} in this mailbox")
    session.enter(folder)
    return ""


def _look_for(session: Session, folder: str) -> str:
    return "" if session.exists(folder) else "will be made"
