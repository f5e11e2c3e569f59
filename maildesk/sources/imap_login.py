"""Logging in to an IMAP server: LOGIN, SASL PLAIN for what LOGIN cannot carry, XOAUTH2."""

from __future__ import annotations

from imapclient.exceptions import IMAPClientAbortError, LoginError

from maildesk.model.mail import SourceUnavailable
from maildesk.sources.imap_link import Client, told
from maildesk.sources.imap_settings import ImapSettings
from maildesk.sources.oauth import AccessTokens


def log_in(client: Client, settings: ImapSettings, tokens: AccessTokens | None) -> None:
    """Raises SourceUnavailable, `refused` where the server said no."""
    with told(settings):
        if client._imap.state != "NONAUTH":
            return  # PREAUTH: the server knows us already (RFC 3501, 7.1.4)
        if tokens is not None:
            _by_token(client, settings, tokens)
        else:
            _by_password(client, settings)
        client.capabilities()  # asked now, while the answer to the log-in may still carry them


def _by_password(client: Client, settings: ImapSettings) -> None:
    password = settings.password or ""
    if client.has_capability("LOGINDISABLED"):
        raise SourceUnavailable(f"{settings.host} allows no log-in without TLS", refused=True)
    if settings.user.isascii() and password.isascii():
        client.login(settings.user, password)
    else:
        client.plain_login(settings.user, password)  # LOGIN is ASCII only; SASL PLAIN is UTF-8 (RFC 4616)


def _by_token(client: Client, settings: ImapSettings, tokens: AccessTokens) -> None:
    """A token may have been withdrawn before its time: after a NO one fresh token is tried."""
    try:
        _xoauth2(client, settings.user, tokens.current())
    except LoginError as error:
        if isinstance(error.__context__, IMAPClientAbortError):
            raise
        _xoauth2(client, settings.user, tokens.current(renew=True))


def _xoauth2(client: Client, user: str, token: str) -> None:
    """The first challenge gets the token; the second is the server's error text and wants an empty answer, then says NO."""
    answers = iter((f"user={user}\1auth=Bearer {token}\1\1",))
    client.sasl_login("XOAUTH2", lambda challenge: next(answers, ""))
