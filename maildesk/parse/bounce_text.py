"""Reads delivery reports that are only words: what mail servers write to people, in English, Russian and some other languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from maildesk.model import FailedRecipient
from maildesk.parse.bounce_dsn import ADDRESS, MAX_RECIPIENTS, Outcome, Report, clean_address
from maildesk.parse.bounce_status import is_permanent, status_of, tidy

#: A report's own words are short; what follows them is the returned letter.
MAX_REPORT = 64 * 1024
MAX_LINE = 1000  # RFC 5322, 2.1.1: no server writes longer ones

#: Where the returned letter begins: a ruled line that says so, a sentence, or the first of its headers.
_RETURNED = re.compile(
    r"^(?:[ \t]*(?:[-=*_>]{2,}|- )[^\n]{0,40}?(?:copy of (?:the|your)|original (?:message|mail)|returned (?:mail|message)|message (?:header|text|body|cop)"
    r"|unsent message|below this line|below the next line|undelivered message|start of returned|the header|end of message"
    r"|исходн|копия|текст (?:вашего )?письма|заголовки|originalnachricht|message d'origine|mensaje original)"
    r"|[ \t]*(?:the )?(?:original|returned|unsent) (?:message|mail|letter)(?: is)? ?(?:follows|headers?|attached|below|:|$)"
    r"|[ \t]*message (?:headers?|text|body|contents?) (?:follows?|below)|[ \t]*included (?:below )?is (?:a copy|the)"
    r"|[ \t]*(?:below|here) is (?:a copy|your|the)|[ \t]*here is your returned"
    r"|[ \t]*a copy of (?:the|your) (?:original )?(?:message|mail)|[ \t]*(?:исходное сообщение|копия (?:вашего )?(?:письма|сообщения)|заголовки (?:исходного )?(?:письма|сообщения))"
    r"|(?:return-path|received|dkim-signature|x-mailer|mime-version|message-id|x-originating-ip|delivered-to):[ \t])",
    re.IGNORECASE | re.MULTILINE,
)

#: Words by which a server says that it gave up. A report without a machine-readable part is believed only with one of them.
_FAILED = re.compile(
    r"could ?n[o']t be delivered|(?:can|could)(?:no|')t (?:be )?deliver|can ?not (?:be )?deliver|not be delivered|undeliver(?:able|ed)|delivery .{0,60}fail"
    r"|failed to deliver|unable to (?:\w+ )?deliver|not able to deliver|wasn't able to deliver|were ?n[o']t able to deliver|un(?:able|successful) .{0,30}deliver|did not reach"
    r"|didn't reach|delivery (?:problem|error|failure|aborted)|message (?:was |has been )?(?:rejected|returned|bounced|blocked|refused)|returned to sender|permanent(?: fatal)? error"
    r"|user unknown|unknown user|unknown (?:recipient|mailbox|address)|no such (?:user|recipient|mailbox|address|account|person)|user not found|mailbox (?:not found|unavailable|does not exist|is full|full)"
    r"|recipient (?:not found|unknown|rejected|address rejected)|invalid (?:final delivery|recipient|mailbox|address|user)|(?:address|account|mailbox|user) .{0,40}(?:does not exist|doesn't exist|not exist|disabled|discontinued|inactive|closed)"
    r"|not a (?:valid|known) (?:user|address|mailbox|recipient)|(?:no longer|not) (?:valid|in use|active|accept\w+)|fatal errors?|gave up|given up|giving up|returning message|failed (?:recipients?|addresses)|following address(?:es)?(?:\(es\))? (?:had|failed)"
    r"|over (?:its |their |his )?quota|exceeded (?:\w+ ){0,3}(?:quota|storage)|automatically rejected|did not receive|non[- ]?deliver|have been rejected|has been rejected|was not delivered|not deliverable|host unknown|unrouteable|relay(?:ing)? (?:denied|not)"
    r"|не (?:было |был |была |может быть |могло быть |удалось )?(?:доставлен|отправлен|доставить|отправить)|недоставлен|невозможно доставить|доставка .{0,60}(?:не удалась|невозможна|не выполнена)|не достав|отклонено|ошибка (?:при )?доставк|не удалось выполнить доставку|не существует|не найден|переполнен"
    r"|unzustellbar|nicht zugestellt|konnte nicht|n'a pas (?:pu|été)|non remis|no se (?:pudo|ha podido)|no (?:ha sido )?entregad|non (?:è stato|recapit)|niedostarcz|не вдалося|недоставлено",
    re.IGNORECASE,
)

#: Words by which a server says that it has not given up yet.
_DELAYED = re.compile(
    r"warning message only|no action is required|do(?:es)? not (?:need|have) to resend|not (?:yet )?been (?:able to )?deliver\w* (?:yet|so far)|has not (?:yet )?been delivered"
    r"|still (?:being retried|trying|awaiting|in (?:the )?queue)|will (?:be retried|continue (?:to|for)|keep trying|try again|be tried)|delivery attempts will continue|delayed|temporary (?:non-fatal|delay)"
    r"|delivery (?:is )?(?:temporarily )?(?:suspended|deferred)|отложен|задержан|задержка|попытки .{0,60}(?:продолж|будут)|пока не доставлен|ещё не доставлен|еще не доставлен|повторн\w+ попытк"
    r"|verzögert|retard|retrasad",
    re.IGNORECASE,
)
_FINAL = re.compile(
    r"giv(?:e|en|ing) up|gave up|permanent|returned|not be delivered|could not be|failed|fatal|bounced|undeliver|окончательн|прекращ|не удалось|не может быть|недоставлен",
    re.IGNORECASE,
)

_LEAD = r"[ \t>*•\-]{0,12}(?:[0-9]{1,3}[.)][ \t])?\(?(?:expanded from: )?"
_A = r"[<'\"«\[]{0,2}(?P<a>" + ADDRESS.pattern + r")[>'\"»\]]{0,2}"

#: The places where a line of a report names a recipient, surest first; the first place that names any is believed.
#: Each pattern is tried once on each line that holds an @.
_PLACES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Postfix, qmail, Yahoo: <user@example.org>: reason
        _LEAD + r"<(?P<a>" + ADDRESS.pattern + r")>[ \t]{0,4}(?::|\.\.\.|$|\(|[-–—][ \t])",
        # LSMTP, MDaemon, MailEnable, IMail and many others: a label before the address
        _LEAD
        + r"(?:error[- ]for|failed[- ]recipients?|recipients?(?: address)?|intended recipient|undeliverable(?: address| to)?|undelivered to|unknown user|"
        r"delivery failed|failed address|final-recipient|original-recipient|bad address|user's mailbox is full|user mailbox exceeds allowed size|"
        r"invalid final delivery userid|получател[ьи]|адресат|адрес получателя|для)[ \t]{0,4}[:=][ \t]{0,8}(?:rfc822;|\[?smtp:)?[ \t]{0,8}"
        + _A,
        # Exim, sendmail, Gmail, Exchange: the address on a line of its own
        _LEAD + _A + r"\)?[ \t]{0,4}(?:\(mailto:[^)]{1,300}\)|<mailto:[^>]{1,300}>)?[ \t]{0,4}[:;,.]?[ \t]*$",
        # sendmail's transcript and everyone who copied it
        r".{0,200}?(?:rcpt to|mail to|получатель)[ \t]{0,3}:[ \t]{0,3}" + _A,
        # the address first, then why: Exim's continued lines, IIS, Lotus
        _LEAD + _A + r"[ \t]{0,4}(?::|;|,|\.\.\.|\(|[-–—=]|on (?:mon|tue|wed|thu|fri|sat|sun)|\d{3})",
        # a server's answer that names the address
        r".{0,100}?(?<!\S)[45]\d\d[ \-].{0,200}?" + _A,
        r".{0,100}?\b(?:to|for|user|recipient|address|account|mailbox|получател[юя]|адрес|адресу|адресату|пользовател[ья]|ящик)[ \t]{1,3}\(?"
        + _A,
        r".{0,200}?smtp=" + _A,
        r".{0,800}?" + _A,
    )
)

#: Whom a report names besides the recipients: whoever is to be asked for help.
_HELPERS = re.compile(
    r"(?:postmaster|mailer-daemon|abuse|support|helpdesk|help|noreply|no-reply|webmaster|hostmaster)@", re.IGNORECASE
)


def split_report(text: str) -> tuple[str, str]:
    """A report's own words, and the returned letter behind them (or '')."""
    text = text[:MAX_REPORT]
    found = _RETURNED.search(text)
    if found is None:
        return text, ""
    return text[: found.start()], text[found.start() :]


def says_failed(words: str) -> bool:
    """Whether these are the words of a server that could not deliver."""
    return _FAILED.search(words) is not None


def says_delayed(words: str) -> bool:
    """Whether these are the words of a server that is still trying."""
    return _DELAYED.search(words) is not None and _FINAL.search(_DELAYED.sub(" ", words)) is None


def named_recipients(words: str, strangers: frozenset[str]) -> list[tuple[str, str]]:
    """The recipients that a report's words name, each with the paragraph that names it.

    `strangers` are lower-cased addresses that are not meant: the reporter's own, and whoever the report was sent to.
    """
    lines = [(at, line[:MAX_LINE]) for at, line in _lines(words) if "@" in line]
    for place in _PLACES:
        named: dict[str, tuple[str, str]] = {}
        for at, line in lines[:MAX_RECIPIENTS]:
            found = place.match(line)
            address = clean_address(found.group("a")) if found else ""
            if address and address.lower() not in strangers and not _HELPERS.match(address):
                named.setdefault(address.lower(), (address, _around(words, at)))
        if named:
            return list(named.values())
    return []


def _lines(words: str) -> Iterator[tuple[int, str]]:
    """Every line of a text and where it begins."""
    at = 0
    for line in words.split("\n"):
        yield at, line
        at += len(line) + 1


def _around(words: str, at: int) -> str:
    """From an address to the end of its paragraph: where servers put the reason."""
    end = words.find("\n\n", at)
    return words[at : end if end >= 0 else len(words)][:2000]


def read_text(words: str, strangers: frozenset[str], subject: str = "") -> Report:
    """The report that these words are, already known to be one: its outcome and recipients with what could be told of each."""
    delayed = says_delayed(f"{subject}\n{words}")
    recipients = []
    for address, reason in named_recipients(words, strangers):
        status = status_of(reason) or status_of(words)
        permanent = not delayed and is_permanent(status, reason)
        recipients.append(FailedRecipient(address, status, permanent, tidy(reason)))
    return Report(Outcome.DELAYED if delayed else Outcome.FAILED, tuple(recipients))
