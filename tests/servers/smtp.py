"""An SMTP server inside the test's process: keeps what it is sent, and misbehaves where the test says so."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

WAIT_SECONDS = 20.0


class Stage(StrEnum):
    """The moment at which a rule strikes."""

    CONNECT = "connect"  # instead of the greeting
    EHLO = "ehlo"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DOT = "dot"  # after the final dot, before the answer


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as it came: the envelope, the bytes, and how it was sent."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    tls: bool
    user: str | None
    connection: int


@dataclass(slots=True)
class Rule:
    """`reply` is answered; '' hangs for ever, None drops the connection. `recipient` '' is anybody. `kept`: after the
    dot the mail is kept all the same. `times` None is always."""

    stage: Stage
    reply: str | None
    recipient: str = ""
    times: int | None = None
    kept: bool = False

    def strikes(self, stage: Stage, recipients: tuple[str, ...]) -> bool:
        if stage is not self.stage or self.times == 0:
            return False
        return not self.recipient or self.recipient in recipients


@dataclass(slots=True)
class _Connection:
    number: int
    user: str | None = None
    mails: int = 0


class SmtpSink:
    """`with SmtpSink() as sink`: listens on 127.0.0.1 at `sink.port`.

    `tls` is none, starttls or implicit (then `context` is the server's). `users` maps log-ins to passwords; with users
    nothing is taken without a log-in. `onward` (a Dovecot) delivers each mail to its recipients' mailboxes by LMTP and
    refuses unknown ones with 550. `extensions` are further EHLO lines. `per_connection`: after so many mails 421. `utf8`: offers SMTPUTF8.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        *,
        tls: str = "none",
        context: ssl.SSLContext | None = None,
        users: Mapping[str, str] | None = None,
        onward: Any = None,
        extensions: tuple[str, ...] = (),
        per_connection: int | None = None,
        port: int = 0,
        utf8: bool = True,
    ) -> None:
        self.tls = tls
        self.context = context
        self.users = dict(users or {})
        self.onward = onward
        self.extensions = extensions
        self.per_connection = per_connection
        self.port = port
        self.utf8 = utf8
        self.rules: list[Rule] = []
        self.connections = 0
        self.logins_refused = 0
        self._received: list[Received] = []
        self._news = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._server: asyncio.Server | None = None

    # What the test says

    def refuse(self, stage: Stage, reply: str, *, recipient: str = "", times: int | None = None) -> Rule:
        """Answer so at that stage, e.g. `refuse(Stage.RCPT, "450 4.2.0 later", recipient="a@b.example", times=1)`."""
        return self._add(Rule(stage, reply, recipient, times))

    def hang(self, stage: Stage, *, recipient: str = "", times: int | None = None, kept: bool = False) -> Rule:
        """Say nothing more at that stage."""
        return self._add(Rule(stage, "", recipient, times, kept))

    def drop(self, stage: Stage, *, recipient: str = "", times: int | None = 1, kept: bool = False) -> Rule:
        """Close the connection at that stage without an answer."""
        return self._add(Rule(stage, None, recipient, times, kept))

    def behave(self) -> None:
        """Forget all rules."""
        with self._news:
            self.rules.clear()

    # What the test sees

    @property
    def mails(self) -> list[Received]:
        """All that was taken so far, in order."""
        with self._news:
            return list(self._received)

    def to(self, recipient: str) -> list[Received]:
        return [mail for mail in self.mails if recipient in mail.recipients]

    def clear(self) -> None:
        with self._news:
            self._received.clear()

    def wait_for(self, predicate: Callable[[list[Received]], bool], timeout: float = WAIT_SECONDS) -> list[Received]:
        """Returns all mails as soon as they satisfy the predicate; raises AssertionError naming what there was instead."""
        with self._news:
            if self._news.wait_for(lambda: predicate(list(self._received)), timeout):
                return list(self._received)
            there = [(mail.sender, mail.recipients) for mail in self._received]
        raise AssertionError(f"not seen within {timeout} s; there are {len(there)} mails: {there[:20]}")

    # The server

    def start(self) -> SmtpSink:
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), name="smtp-sink", daemon=True)
        self._thread.start()
        if not started.wait(WAIT_SECONDS) or self._server is None:
            raise RuntimeError("the SMTP sink did not start")
        return self

    def stop(self) -> None:
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(WAIT_SECONDS)
            self._thread = None

    def __enter__(self) -> SmtpSink:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        context = self.context if self.tls == "implicit" else None
        listening = self._loop.create_server(lambda: _Server(self), self.host, self.port, ssl=context)
        try:
            self._server = self._loop.run_until_complete(listening)
            self.port = self._server.sockets[0].getsockname()[1]
        finally:
            started.set()
        self._loop.run_forever()
        self._server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _add(self, rule: Rule) -> Rule:
        with self._news:
            self.rules.append(rule)
        return rule

    def _rule(self, stage: Stage, recipients: tuple[str, ...] = ()) -> Rule | None:
        with self._news:
            rule = next((rule for rule in self.rules if rule.strikes(stage, recipients)), None)
            if rule is not None and rule.times is not None:
                rule.times -= 1
        return rule

    def _keep(self, mail: Received) -> None:
        with self._news:
            self._received.append(mail)
            self._news.notify_all()

    def _log_in(self, user: str, password: str) -> bool:
        accepted = self.users.get(user) == password
        with self._news:
            self.logins_refused += not accepted
        return accepted


@dataclass(slots=True)
class _Handler:
    """aiosmtpd's hooks: asks the sink's rules first, then does what a good server does."""

    sink: SmtpSink
    connection: _Connection
    strike: Callable[[Stage, tuple[str, ...]], Any] = field(repr=False)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        reply = await self.strike(Stage.EHLO, ())
        if reply is not None:
            return [reply]
        session.host_name = hostname
        extra = [f"250-{line}" for line in self.sink.extensions]
        return [*responses[:-1], *extra, responses[-1]]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self.strike(Stage.MAIL, ())
        if reply is not None:
            return str(reply)
        if self.sink.per_connection is not None and self.connection.mails >= self.sink.per_connection:
            return "421 4.7.0 too many mails on one connection"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self.strike(Stage.RCPT, (address,))
        if reply is not None:
            return str(reply)
        if self.sink.onward is not None and not self.sink.onward.has_user(address):
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipients = tuple(envelope.rcpt_tos)
        mail = Received(
            envelope.mail_from or "",
            recipients,
            envelope.original_content or b"",
            session.ssl is not None or self.sink.tls == "implicit",
            self.connection.user,
            self.connection.number,
        )
        reply = await self.strike(Stage.DOT, (recipients, mail))
        if reply is not None:
            return str(reply)
        if self.sink.onward is not None:
            try:
                await asyncio.get_running_loop().run_in_executor(
                    None, self.sink.onward.lmtp, mail.sender, recipients, mail.data
                )
            except smtplib.SMTPException as error:
                return f"451 4.3.0 {error}"
        self.connection.mails += 1
        self.sink._keep(mail)
        return "250 2.0.0 taken"


class _Server(SMTP):
    """One connection."""

    def __init__(self, sink: SmtpSink) -> None:
        sink.connections += 1
        self._sink = sink
        self._own = _Connection(sink.connections)
        super().__init__(
            _Handler(sink, self._own, self._strike),
            hostname="sink.school.example",
            ident="test sink",
            tls_context=sink.context if sink.tls == "starttls" else None,
            require_starttls=sink.tls == "starttls",
            enable_SMTPUTF8=sink.utf8,
            data_size_limit=50_000_000,
            auth_required=bool(sink.users),
            auth_require_tls=sink.tls == "starttls",
            authenticator=self._check_login,
            loop=sink._loop,
        )

    def _check_login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        user, password = data.login.decode(), data.password.decode()
        rule = self._sink._rule(Stage.AUTH)
        if rule is not None and rule.reply:
            return AuthResult(success=False, handled=False, message=rule.reply)
        if not self._sink._log_in(user, password):
            return AuthResult(success=False, handled=False, message="535 5.7.8 wrong user or password")
        self._own.user = user
        return AuthResult(success=True)

    async def _strike(self, stage: Stage, about: Any) -> str | None:
        """The reply that a rule demands, or None; hangs or drops where it demands that."""
        recipients, mail = about if stage is Stage.DOT else (about, None)
        rule = self._sink._rule(stage, recipients)
        if rule is None:
            return None
        if mail is not None and rule.kept:
            self._sink._keep(mail)
        if rule.reply == "":
            await asyncio.Event().wait()
        if rule.reply is None and self.transport is not None:
            self.transport.abort()
        return rule.reply or "451 4.3.0 the connection is gone"

    async def _handle_client(self) -> None:
        reply = await self._strike(Stage.CONNECT, ())
        if reply is not None:
            await self.push(reply)
            if self.transport is not None:
                self.transport.close()
            return
        await super()._handle_client()

    async def push(self, status: Any) -> None:
        """RFC 5321, 3.8: who says 421 closes the connection."""
        if self.transport is None or self.transport.is_closing():
            return
        await super().push(status)
        if str(status if isinstance(status, str) else status.decode()).startswith("421") and self.transport is not None:
            self.transport.close()
