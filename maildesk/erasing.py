"""Erased mails leave the mailbox folders too (SPEC 2 `erase`, 8.1): Processed and Quarantine, by Message-ID."""

from __future__ import annotations

from collections.abc import Sequence

from maildesk.config import Config
from maildesk.model import SourceUnavailable
from maildesk.sources.imap import ImapSource
from maildesk.wiring import Clock, imap_settings


def remove_mails(config: Config, message_ids: Sequence[str], clock: Clock) -> tuple[list[str], int]:
    """Remove these mails from every mailbox's folders; what could not be reached, and how many went."""
    problems: list[str] = []
    removed = 0
    if not message_ids:
        return problems, removed
    for mailbox in config.mailboxes:
        source = ImapSource(imap_settings(config, mailbox), clock)
        try:
            removed += source.remove(message_ids)
        except SourceUnavailable as unavailable:
            problems.append(f"{source.name}: {unavailable.reason}")
        finally:
            source.close()
    return problems, removed


def only_flag(config: Config, clock: Clock) -> list[str]:
    """The mailboxes whose server has no UIDPLUS: their mails are only flagged as deleted, a person's client has to expunge them."""
    found = []
    for mailbox in config.mailboxes:
        source = ImapSource(imap_settings(config, mailbox), clock)
        try:
            if not source.can_expunge():
                found.append(source.name)
        except SourceUnavailable:
            found.append(source.name)
        finally:
            source.close()
    return found
