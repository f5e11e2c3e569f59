"""One mail on an open SMTP connection (RFC 5321, 3.3), the quick way where the bytes are as they go: aiosmtplib's `sendmail` reads every
address four times and rewrites every line end twice, which took longer than the sending."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache

import aiosmtplib
from aiosmtplib.email import quote_address

#: RFC 5321, 4.2.3: what a server says that takes a recipient.
_TAKEN = (250, 251)


async def hand_over(smtp: aiosmtplib.SMTP, sender: str, recipient: str, data: bytes) -> str:
    """The server's last line. Raises what `sendmail` raises, of which the envelope is reset; ValueError for an unusable address."""
    sender, recipient = on_the_wire(sender), on_the_wire(recipient)
    if not (sender + recipient).isascii():
        return await _international(smtp, sender, recipient, data)
    # The first mail of a connection says EHLO (or HELO, where a server is that old) on its way.
    if smtp.is_ehlo_or_helo_needed or not _as_it_goes(data):
        _, line = await smtp.sendmail(sender, [recipient], data)
        return line
    envelope = _path(sender), _path(recipient)
    try:
        return await _transaction(smtp, sender, recipient, envelope, data)
    except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused):
        # A connection that is gone needs no reset, and the refusal says more than a reset that failed.
        with suppress(ConnectionError, aiosmtplib.SMTPException):
            await smtp.rset()
        raise


def on_the_wire(address: str) -> str:
    """An address with its domain as DNS has it (`ivan@почта.рф` → `ivan@xn--…`), which every server can read. The local part stays.
    Raises ValueError for a domain that has no such form."""
    local, at, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}" if at and not domain.isascii() else address


async def _international(smtp: aiosmtplib.SMTP, sender: str, recipient: str, data: bytes) -> str:
    """A local part that is not ASCII has no other form: it goes as it is to a server that offers SMTPUTF8 (RFC 6531), and to no
    other."""
    try:
        _, line = await smtp.sendmail(sender, [recipient], data, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    except aiosmtplib.SMTPNotSupported as error:
        raise aiosmtplib.SMTPNotSupported(
            "the part before the @ is not ASCII, and the mail server offers no SMTPUTF8: such an address cannot be written to"
        ) from error
    return line


async def _transaction(
    smtp: aiosmtplib.SMTP, sender: str, recipient: str, envelope: tuple[bytes, bytes], data: bytes
) -> str:
    # RFC 1870: the size without the dots that are doubled on the way.
    size = (f"size={len(data)}".encode(),) if smtp.supports_extension("size") else ()
    answer = await smtp.execute_command(b"MAIL", b"FROM:" + envelope[0], *size)
    if answer.code != 250:
        raise aiosmtplib.SMTPSenderRefused(answer.code, answer.message, sender)
    answer = await smtp.execute_command(b"RCPT", b"TO:" + envelope[1])
    if answer.code not in _TAKEN:
        refusal = aiosmtplib.SMTPRecipientRefused(answer.code, answer.message, recipient)
        raise aiosmtplib.SMTPRecipientsRefused([refusal])
    answer = await smtp.execute_command(b"DATA")
    if answer.code != 354:
        raise aiosmtplib.SMTPDataError(answer.code, answer.message)
    answer = await _text(smtp, data)
    if answer.code != 250:
        raise aiosmtplib.SMTPDataError(answer.code, answer.message)
    return answer.message


async def _text(smtp: aiosmtplib.SMTP, data: bytes) -> aiosmtplib.SMTPResponse:
    """The mail itself, each leading dot doubled (RFC 5321, 4.5.2), then the final dot, and what the server says to it."""
    protocol = smtp.protocol
    if protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    try:
        # Nothing is awaited between the two: no answer can come before it is waited for.
        protocol.write(data.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        return await protocol.read_response(timeout=smtp.timeout)
    except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError):
        smtp.close()
        raise


def _as_it_goes(data: bytes) -> bool:
    """All line ends are CRLF, the last line has one, and the first has no dot to be doubled."""
    ends = data.count(b"\r\n")
    return ends == data.count(b"\n") == data.count(b"\r") and data[-2:] == b"\r\n" and data[:1] != b"."


@lru_cache(maxsize=1024)
def _path(address: str) -> bytes:
    """`<address>` as MAIL and RCPT have it. Raises ValueError for one that is unusable."""
    return quote_address(address).encode("ascii")
