"""Tells people from machines: what wrote this mail, and may it be answered automatically (RFC 3834)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from maildesk.model import MailKind
from maildesk.parse.automatic_subjects import is_absence, is_receipt_subject, is_vacation_subject
from maildesk.parse.bounce import inspect
from maildesk.parse.bounce_dsn import Outcome, first_address, own_parts
from maildesk.parse.bounce_phrases import REFUSING
from maildesk.parse.message import Part


@dataclass(frozen=True, slots=True)
class Kind:
    """What wrote a mail, the rule that says so (a short machine word, '' for a person), and whether a machine may answer."""

    kind: MailKind
    reason: str = ""
    may_autorespond: bool = True


#: The desk's own ids (outbox/compose): md, a number, two proofs in base 32.
_OWN_ID = re.compile(r"<md\.\d{1,19}\.[a-z2-7]{4,40}\.[a-z2-7]{4,40}@[^<>@\s]{1,250}>", re.IGNORECASE)

_BULK = frozenset({"bulk", "junk", "list"})

#: Headers that only a program's answer bears, whatever their value (but "no").
_REPLY_HEADERS = re.compile(
    r"x-(?:[a-z0-9\-]{0,30})?auto(?:-?re(?:ply|spond|sponder|sponse|plied)|answer)(?:-[a-z]{1,20})?"
    r"|x-(?:vacation|away|ms-exchange-generated-message-source|automatic-reply|mail-autoreply|vacation-message)"
    r"|auto-?reply|vacation|x-amazon-auto-reply"
)
_NOT_REPLY_HEADERS = frozenset({"x-auto-response-suppress", "x-no-auto-reply", "x-autoreply-domain"})
_NO = frozenset({"", "no", "false", "0", "none", "off"})

_NO_REPLY = r"(?:no|not?|do[-_.]?not|dont?|ne)[-_.]?(?:reply|replay|answer|response|otvechat\w*)|noreply|donotreply"
_MACHINE_SENDER = re.compile(
    rf"(?:mailer[-_.]?daemon|postmaster|majordomo|listserv|{_NO_REPLY}|bounces?|auto(?:-?reply|responder))"
    r"(?:[-_.+0-9][^@]{0,100})?@|[^@\s]{1,64}[-_.](?:no-?reply|donotreply|bounces?)@",
    re.IGNORECASE,
)
_NO_REPLY_SENDER = re.compile(
    rf"(?:{_NO_REPLY}|majordomo|listserv|auto(?:-?reply|responder))(?:[-_.+0-9][^@]{{0,100}})?@|[^@\s]{{1,64}}[-_.](?:no-?reply|donotreply)@",
    re.IGNORECASE,
)
#: Where anybody may call himself noreply.kid@, and many do.
_FREE_MAIL = re.compile(
    r"(?:gmail|googlemail|yandex|ya|mail|bk|list|inbox|internet|rambler|lenta|autorambler|ro|myrambler|outlook|hotmail|live|msn|icloud|me"
    r"|yahoo|aol|gmx|proton|protonmail|tutanota|ukr|i)\.(?:com|ru|net|ua|me|de|by|kz|org)",
    re.IGNORECASE,
)
#: LISTSERV, before there were headers for it.
_MULTIPLE = re.compile(r"multiple recipients of (?:the )?list\b", re.IGNORECASE)
_DAEMON = re.compile(r"mailer[-_. ]?daemon|mail delivery (?:sub)?system", re.IGNORECASE)

#: The same for what a program announces.
_GENERATED = re.compile(
    r"[\s*=\-«\"(\[]{0,20}(?:это |данное |настоящее )?(?:автоматическ(?:ое|и (?:сгенерированное|созданное|сформированное)) (?:письмо"
    r"|сообщение"
    r"|уведомление)|(?:письмо|сообщение|уведомление) (?:было )?(?:сгенерировано|создано|сформировано|отправлено) (?:автоматически"
    r"|роботом))"
    r"|[\s*=\-«\"(\[]{0,20}(?:this|the following) (?:e-?mail |message |notification )?(?:is|was|has been) (?:an? )?(?:automat(?:ed|ic"
    r"|ically)[ -]?)"
    r"(?:generated )?(?:e-?mail|message|notification|generated|sent)"
    r"|[\s*=\-«\"(\[]{0,20}die(?:s|se) (?:ist eine|nachricht wurde|e-?mail wurde) automatisch",
    re.IGNORECASE,
)
#: How the answer of a program opens when neither header nor Subject says so.
_OPENING = re.compile(
    r"(?:(?:здравствуйте|добрый день|доброе утро|добрый вечер|уважаем|hello|hi|dear)[^\n]{0,60}\n\s{0,10})?"
    r"[\s*=\-«\"(\[]{0,20}(?:это |данное |this is an? )?(?:письмо[ -]+)?(?:автоматический ответ(?:\s*[.!:]| на )"
    r"|автоответ(?:чик)?\s*[.!:]|auto(?:matic|mated|-)[ -]?(?:reply|response)\b(?! (?:is|does|did|was|to my)))",
    re.IGNORECASE,
)


def classify(root: Part, text: str) -> Kind:
    """What wrote this mail and why we think so; `text` is its readable text. Never raises.

    The first rule that applies is the reason. `may_autorespond` is RFC 3834, 2: never for a machine, a list, bulk mail, the
    null reverse-path, a mail without an author, or a sender that nobody reads.
    """
    for rule in _RULES:
        found = rule(root, text)
        if found is not None:
            return Kind(*found, may_autorespond=False)
    return Kind(MailKind.PERSON, may_autorespond=may_answer(root))


def may_answer(root: Part) -> bool:
    """Whether a person's mail may be answered by a machine (RFC 3834, 2)."""
    sender = first_address(root.header("from"))
    returns = [value.replace(" ", "") for value in root.all("return-path")]
    replies = first_address(root.header("reply-to")) or sender
    if not sender or "<>" in returns or any(_is_machines(address) for address in (sender, replies)):
        return False
    return not any(_is_machines(first_address(value)) for value in returns)


def _is_machines(address: str) -> bool:
    local, _, domain = address.partition("@")
    return _MACHINE_SENDER.match(address) is not None and not _is_a_joke(local, domain)


def _is_a_joke(local: str, domain: str) -> bool:
    """A person's address at a free mail service that only begins like a robot's: noreply.kid@gmail.com."""
    return (
        _FREE_MAIL.fullmatch(domain) is not None
        and re.search(r"[._-]?[a-z]{2,}\d*$", re.sub(_NO_REPLY, "", local.lower())) is not None
    )


def _own(root: Part, text: str) -> tuple[MailKind, str] | None:
    if root.header("x-maildesk-kind") and _OWN_ID.fullmatch(root.header("message-id").strip()):
        return MailKind.OWN, "own"
    return None


def _complaint(root: Part, text: str) -> tuple[MailKind, str] | None:
    """RFC 5965: an abuse report of a mailbox provider."""
    if root.type == "message/feedback-report":
        return MailKind.COMPLAINT, "feedback-report"
    if root.type == "multipart/report" and any(part.type == "message/feedback-report" for part in own_parts(root)):
        return MailKind.COMPLAINT, "feedback-report"
    return None


_METHOD = re.compile(r"^METHOD:\s*REPLY\s*$", re.IGNORECASE | re.MULTILINE)
_BRACKETED = re.compile(
    r"^[\s*=\-]{0,10}\[(?:автоответ(?:чик)?|auto-?reply|automatic reply)\]", re.IGNORECASE | re.MULTILINE
)
_REPLY_PREFIX = re.compile(r"\s*(?:re|aw|отв|ответ|sv|antw|rép)(?:\[\d{1,3}\])?\s?:", re.IGNORECASE)
#: RFC 7489, 7.2.1.1: an aggregate report.
_DMARC = re.compile(r"(?:\[[^\]]{1,60}\]\s*)?report domain: \S{1,250} submitter:", re.IGNORECASE)


def _receipt(root: Part, text: str) -> tuple[MailKind, str] | None:
    """RFC 8098, and Exchange's own form, which only the Subject and a header tell."""
    receipt = root.type in {"message/disposition-notification", "multipart/report"} and any(
        part.type in {"message/disposition-notification", "message/global-disposition-notification"}
        for part in own_parts(root)
    )
    exchange = (
        root.header("content-class").lower().startswith("urn:content-classes:mdn")
        or root.header("x-ms-exchange-message-is-ndr") == "rn"
    )
    if receipt and REFUSING.search(text[:4000]):
        return None
    if receipt or exchange:
        return MailKind.AUTOMATIC, "read-receipt"
    return None


def _delivery(root: Part, text: str) -> tuple[MailKind, str] | None:
    report = inspect(root, text)
    if report is None:
        return None
    if report.outcome is Outcome.FAILED:
        return MailKind.BOUNCE, "dsn"
    return MailKind.AUTOMATIC, "delay" if report.outcome is Outcome.DELAYED else "delivered"


def _auto_submitted(root: Part, text: str) -> tuple[MailKind, str] | None:
    """RFC 3834, 5: the keyword before any parameter or comment. What a client calls a vacation by its Subject is one."""
    word = re.split(r"[\s;(]", root.header("auto-submitted").strip().lower(), maxsplit=1)[0]
    if word in _NO:
        return None
    if word == "auto-replied" or is_vacation_subject(root.header("subject")):
        return MailKind.AUTOMATIC, "vacation" if is_vacation_subject(root.header("subject")) else "auto-replied"
    return MailKind.AUTOMATIC, "auto-generated"


def _auto_headers(root: Part, text: str) -> tuple[MailKind, str] | None:
    for name, value in root.headers:
        if _REPLY_HEADERS.fullmatch(name) and name not in _NOT_REPLY_HEADERS and value.strip().lower() not in _NO:
            return MailKind.AUTOMATIC, "vacation"
    if root.header("x-boxtrapper") or "autorespond" in root.header("x-mailer").lower():
        return MailKind.AUTOMATIC, "auto-replied"
    if _precedence(root).replace("-", "_") in {"auto_reply", "auto_replied", "autoreply"}:
        return MailKind.AUTOMATIC, "vacation"
    return None


def _vacation_subject(root: Part, text: str) -> tuple[MailKind, str] | None:
    if is_vacation_subject(root.header("subject")):
        return MailKind.AUTOMATIC, "vacation"
    if is_receipt_subject(root.header("subject")) and _says_read(text):
        return MailKind.AUTOMATIC, "read-receipt"
    return None


_READ = re.compile(
    r"(?:было|был) прочитан|прочитано|прочтен|was read on|has been (?:read|displayed)|was displayed|return receipt"
    r"|удалено без прочтения|was deleted without being read|wurde .{0,60}gelesen",
    re.IGNORECASE,
)


def _says_read(text: str) -> bool:
    """Whether a text is Outlook's own about a read letter: short, and it says so."""
    return len(text) < 2000 and _READ.search(text) is not None


def _opening(root: Part, text: str) -> tuple[MailKind, str] | None:
    head = text[:300].lstrip("\ufeff")
    if root.header("in-reply-to") and is_absence(text):
        return MailKind.AUTOMATIC, "vacation"
    if _OPENING.match(head) or _BRACKETED.search(head):
        return MailKind.AUTOMATIC, "vacation"
    if _GENERATED.match(head):
        # Beside "Re:" it answers somebody, whatever it calls itself.
        answers = root.header("in-reply-to") or _REPLY_PREFIX.match(root.header("subject"))
        return MailKind.AUTOMATIC, "auto-replied" if answers else "says-generated"
    return None


def _no_reply(root: Part, text: str) -> tuple[MailKind, str] | None:
    """A sender that nobody reads is no person, though no header says so."""
    address = first_address(root.header("from"))
    local, _, domain = address.partition("@")
    if address and _NO_REPLY_SENDER.match(address) and not _is_a_joke(local, domain):
        return MailKind.AUTOMATIC, "no-reply"
    return None


def _calendar_answer(root: Part, text: str) -> tuple[MailKind, str] | None:
    """RFC 5546, 3.2.3: somebody's calendar accepts or declines an invitation. The invitation itself is a person's."""
    for part in own_parts(root):
        if part.type == "text/calendar":
            method = part.parameter("method") or (_METHOD.search(part.text[:4000]) and "reply") or ""
            if method.lower() == "reply":
                return MailKind.AUTOMATIC, "calendar-reply"
    return None


def _list(root: Part, text: str) -> tuple[MailKind, str] | None:
    for name in ("list-id", "list-post", "x-mailman-version", "x-listname", "mailing-list"):
        if root.header(name):
            return MailKind.LIST, "list-id"
    if _MULTIPLE.match(root.header("to")):
        return MailKind.LIST, "list-id"
    if _precedence(root) in _BULK and root.header("return-path").replace(" ", "") == "<>":
        # A list has an envelope sender who hears of failures; an answering machine has none (RFC 3834, 3.3).
        return MailKind.AUTOMATIC, "auto-replied"
    if _precedence(root) in _BULK:
        return MailKind.LIST, f"precedence-{_precedence(root)}"
    # Not Feedback-ID: Proton and Fastmail write it into every person's mail.
    for name in ("list-unsubscribe", "list-help", "x-campaign-id", "x-mailer-campaign"):
        # Some relays write List-Unsubscribe into a person's answer too; no newsletter answers anybody.
        if root.header(name) and not (root.header("in-reply-to") and _person_wrote(root)):
            return MailKind.LIST, name
    return None


def _daemon(root: Part, text: str) -> tuple[MailKind, str] | None:
    """A mailer-daemon never is a person, even where we could not read what it says."""
    author = root.header("from")
    address = first_address(author)
    # A pupil may call himself so, in the name that his client shows.
    if _DAEMON.search(address or author) or (_DAEMON.search(author) and not _person_wrote(root)):
        return MailKind.AUTOMATIC, "mailer-daemon"
    return None


def _auto_generated(root: Part, text: str) -> tuple[MailKind, str] | None:
    value = root.header("x-autogenerated") or root.header("x-auto-generated")
    if value.strip().lower() not in _NO or root.header("x-cron-env") or _DMARC.match(root.header("subject")):
        return MailKind.AUTOMATIC, "auto-generated"
    return None


def _person_wrote(root: Part) -> bool:
    """Whether a client for people's hands wrote this mail."""
    return bool(root.header("user-agent") or root.header("x-mailer"))


def _precedence(root: Part) -> str:
    return root.header("precedence").strip().lower()


#: The rules in the order of their authority; the first that applies is the reason.
_RULES: tuple[Callable[[Part, str], tuple[MailKind, str] | None], ...] = (
    _own,
    _complaint,
    _receipt,
    _delivery,
    _auto_submitted,
    _auto_headers,
    _calendar_answer,
    _vacation_subject,
    _list,
    _daemon,
    _auto_generated,
    _opening,
    _no_reply,
)
