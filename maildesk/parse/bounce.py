"""Reads what mail servers say of letters that did not arrive: is it a bounce, whom it concerns, and which letter came back."""

from __future__ import annotations

import re
from dataclasses import replace

from maildesk.parse.message import Part

from maildesk.model import Bounce, FailedRecipient
from maildesk.parse.bounce_dsn import (
    RETURNED_TYPES,
    STATUS_TYPES,
    Outcome,
    Report,
    fields_of,
    first_address,
    own_parts,
    plain,
    read_dsn,
)
from maildesk.parse.bounce_old import read_old
from maildesk.parse.bounce_status import is_permanent, status_of
from maildesk.parse.bounce_text import MAX_REPORT, read_text, says_delayed, says_failed, split_report

#: Who sends reports: RFC 3464 leaves it open, RFC 5321 and custom do not.
_DAEMON = re.compile(
    r"mailer[-_. ]?daemon|mail delivery (?:sub)?system|mail delivery service|delivery subsystem|mail administrator|internet mail delivery"
    r"|(?:^|<)(?:bounces?|mdaemon|mailerdaemon|postoffice|smtp-daemon)@",
    re.IGNORECASE,
)
_POSTMASTER = re.compile(
    r"postmaster|post master|system administrator|системный администратор|mail system|microsoft outlook|microsoftexchange",
    re.IGNORECASE,
)

#: How a report's Subject begins. A forward or a reply begins with something else, so it is none.
_SUBJECT = re.compile(
    r"(?:\*+|\[[^\]]{0,30}\])?\s*(?:undeliver|delivery (?:status notification|status report|failure|problem|error|has failed|to .{1,80} failed|notification|report|of mail failed|unsuccessful)|delivery[- ]failed|delivery failure|mail delivery (?:failed|failure|problem|error|status|system)"
    r"|returned (?:mail|e-?mail|to sender)|failure notice|failed (?:mail|delivery|message)|mail (?:failure|system error|could not be delivered|not delivered|error)|message (?:could not be|not|was not|undeliver|delivery|status|delayed|bounced)|non[- ]?deliver|notification d['e ]+|nondeliver|undelivered|bounced? (?:mail|message)|returning message|returned due"
    r"|permanent delivery failure|user unknown|unknown user|error (?:sending|delivering)|warning: (?:could not send|message)|rejected mail|could not deliver|unable to deliver|status of (?:your )?message|(?:automatically )?rejected|delayed mail|delayed:|delivery delayed|deferred mail|unzustellbar|zustellung|mail-?zustellung|nicht zustellbar|échec|non remis|no se puede entregar|no entregado|mancata consegna|recapito"
    r"|недоставлен|не доставлен|ваше (?:сообщение|письмо) не (?:было )?доставлен|письмо не (?:было )?доставлен|сообщение не (?:было )?доставлен|не удалось доставить|не удалось выполнить доставку|не удаётся доставить|не удается доставить|ошибка доставки|отчёт о недоставке|отчет о недоставке|уведомление о (?:недоставке|состоянии доставки|доставке)|возврат (?:письма|почты)|возвращ[её]нн|невозможно доставить|доставка (?:письма |сообщения )?(?:отложена|задерж|не удалась|невозможна)|задержка доставки|сообщение задерж|письмо задерж|статус доставки|недоставлено|не вдалося)",
    re.IGNORECASE,
)

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_ID_LINE = re.compile(
    r"^[ \t>]{0,8}(?:original[- ])?message[- ]id[ \t]{0,4}:[ \t\n>]{0,8}(<[^<>\s]{1,250}>)",
    re.IGNORECASE | re.MULTILINE,
)


def read(root: Part, text: str) -> Bounce | None:
    """The failed or delayed recipients of one of our letters; None where this mail is no delivery report, or a good one.

    `root` is the mail, `text` its readable text. A delay notice has recipients that are all temporary.
    """
    report = inspect(root, text)
    if report is None or report.outcome is Outcome.DELIVERED:
        return None
    return Bounce(report.recipients, report.original_message_id)


def inspect(root: Part, text: str) -> Report | None:
    """The delivery report that this mail is, with its outcome, or None (RFC 3464, RFC 6533, and the formats before them)."""
    if not _may_report(root):
        return None
    words, returned = split_report(_words(root, text))
    report = _from_status(root, words) or _from_words(root, words)
    if report is None:
        return None
    return replace(report, original_message_id=_original_id(root, returned, report.original_message_id))


def _may_report(root: Part) -> bool:
    """The cheap question that ordinary mail fails: does anything about the outside of this mail speak of a server's report?"""
    if root.header("x-failed-recipients") or _is_report(root):
        return True
    return _by_daemon(root) or _by_postmaster(root) or _SUBJECT.match(root.header("subject").strip()) is not None


def _is_report(root: Part) -> bool:
    """Whether the mail is built as a delivery report. A person who forwards one sends multipart/mixed under his own name."""
    if root.type in STATUS_TYPES:
        return True
    return root.type == "multipart/report" and any(part.type in STATUS_TYPES for part in own_parts(root))


def _by_daemon(root: Part) -> bool:
    return _DAEMON.search(root.header("from")) is not None


def _by_postmaster(root: Part) -> bool:
    """Whether a postmaster wrote, or nobody (RFC 5321, 4.5.5: the null reverse-path)."""
    return _POSTMASTER.search(root.header("from")) is not None or root.header("return-path").replace(" ", "") == "<>"


def _words(root: Part, text: str) -> str:
    """The report for people: every plain text of the mail's own, since old servers wrote several; else the readable text."""
    texts = [part.text for part in own_parts(root) if part.type == "text/plain" and part.text.strip()]
    words = "\n\n".join(texts) or text
    return words[:MAX_REPORT].replace("\r\n", "\n").replace("\r", "\n")


def _from_status(root: Part, words: str) -> Report | None:
    """The report of the machine-readable part, with what it left out added from the words."""
    report = read_dsn(root)
    if report is None:
        return None
    machine = (
        _is_report(root) or _by_daemon(root) or _by_postmaster(root) or _SUBJECT.match(root.header("subject").strip())
    )
    if not machine:
        return None
    if report.recipients or report.outcome is Outcome.DELIVERED:
        return report
    named = read_text(words, _strangers(root))
    delayed = report.outcome is Outcome.DELAYED
    recipients = tuple(replace(found, permanent=found.permanent and not delayed) for found in named.recipients)
    return replace(report, recipients=recipients)


def _from_words(root: Part, words: str) -> Report | None:
    """The report that is only words: believed from a daemon, from whom else only with the words of a failure."""
    failed_header = _failed_header(root, words)
    if failed_header is not None:
        return failed_header
    subject = root.header("subject").strip()
    spoken = _SUBJECT.match(subject) is not None
    told = says_failed(words) or says_delayed(words)
    if not (told or (spoken and _by_daemon(root))) or not (spoken or _by_daemon(root) or _by_postmaster(root)):
        return None
    report = read_text(words, _strangers(root), subject)
    if report.recipients and (spoken or _by_daemon(root)):
        return report
    return _from_old(root, words, report) or (report if spoken or _by_daemon(root) else None)


def _failed_header(root: Part, words: str) -> Report | None:
    """Exim's own header, which Mail.ru and Gmail write too: the addresses, whatever the words' language."""
    value = ",".join(root.all("x-failed-recipients"))
    addresses = [address for piece in value.split(",") if (address := first_address(piece))]
    if not addresses:
        return None
    delayed = says_delayed(words)
    named = {found.address.lower(): found for found in read_text(words, _strangers(root)).recipients}
    recipients = []
    for address in dict.fromkeys(addresses):
        known = named.get(address.lower()) or FailedRecipient(
            address, status_of(words), is_permanent(status_of(words), words)
        )
        recipients.append(replace(known, address=address, permanent=known.permanent and not delayed))
    return Report(Outcome.DELAYED if delayed else Outcome.FAILED, tuple(recipients))


def _from_old(root: Part, words: str, report: Report) -> Report | None:
    temporary, permanent = read_old(root)
    if not temporary and not permanent:
        return None
    status = status_of(words)
    lost = is_permanent(status, words)
    recipients = [FailedRecipient(address, status, lost) for address in permanent]
    recipients += [
        FailedRecipient(address, status, permanent=False) for address in temporary if address not in permanent
    ]
    return replace(report, outcome=Outcome.FAILED if permanent else report.outcome, recipients=tuple(recipients))


def _strangers(root: Part) -> frozenset[str]:
    """Addresses that a report names without meaning them: its own sender and ours, to whom it came."""
    named = [root.header(name) for name in ("from", "to", "delivered-to", "x-original-to", "envelope-to")]
    return frozenset(first_address(value).lower() for value in named if value) - {""}


def _original_id(root: Part, returned: str, known: str) -> str:
    """The Message-ID of the letter that came back: from the letter, from its copy in the text, from the report's fields."""
    for part in own_parts(root):
        if part.type in RETURNED_TYPES and part is not root:
            found = _MESSAGE_ID.search(_header_of(part, "message-id"))
            if found:
                return found.group()
    named = _ID_LINE.search(returned)
    if named:
        return named.group(1)
    for value in (known, root.header("x-original-message-id"), root.header("in-reply-to"), root.header("references")):
        ids = _MESSAGE_ID.findall(value)
        if ids:
            return str(ids[-1])
    return ""


def _header_of(part: Part, name: str) -> str:
    """A header of a returned letter, whether it was kept as a tree or as bytes."""
    for child in part.parts:
        if child.header(name):
            return child.header(name)
    text = plain(part.data[:MAX_REPORT]).replace("\r\n", "\n").replace("\r", "\n")
    return fields_of(text.lstrip("\n").partition("\n\n")[0]).get(name, "")
