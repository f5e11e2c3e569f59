"""Reads delivery reports that are only words: what mail servers write to people, in English, Russian and some other languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from maildesk.model import FailedRecipient
from maildesk.parse.bounce_dsn import ADDRESS, MAX_RECIPIENTS, Outcome, Report, clean_address
from maildesk.parse.bounce_phrases import DELAYED, FAILED, FINAL, RETURNED, TRYING, UNDELIVERED
from maildesk.parse.bounce_status import is_permanent, status_of, tidy

#: A report's own words are short; what follows them is the returned letter, of which only the headers are wanted.
MAX_REPORT = 32 * 1024
MAX_LINE = 1000  # RFC 5322, 2.1.1: no server writes longer ones

_LEAD = r"[ \t>*•\-]{0,12}(?:[0-9]{1,3}[.)][ \t])?\(?(?:expanded from: )?"
_A = r"[<'\"«\[]{0,2}(?P<a>" + ADDRESS.pattern + r")(?![\w-])[>'\"»\]]{0,2}"

#: The places where a line of a report names a recipient, surest first; the first place that names any is believed.
#: Each pattern is tried once on each line that holds an @.
_PLACES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Postfix, qmail, Yahoo: <user@example.org>: reason
        _LEAD + r"<(?P<a>" + ADDRESS.pattern + r")>[ \t]{0,4}(?::|\.\.\.|$|\(|[-–—][ \t])",
        # LSMTP, MDaemon, MailEnable, IMail and many others: a label before the address
        _LEAD
        + r"(?:error[- ]for|failed[- ]recipients?|recipients?(?: address)?|intended recipients?|undeliverable(?: address| to)?"
        r"|undelivered to|unknown user|"
        r"delivery failed|failed address|final-recipient|original-recipient|bad address|user's mailbox is full"
        r"|user mailbox exceeds allowed size|"
        r"invalid final delivery userid|получател[ьи]|адресат|адрес получателя|для|empfänger|destinataires?|destinatari[oi]"
        r"|destinatários?"
        r"|adresat|odbiorca|příjemce|alıcı|ontvanger|mottagare|modtager|vastaanottaja|címzett|παραλήπτης|받는 ?사람|수신자|收件人|宛先"
        r"|お宛先)[ \t]{0,4}[:=][ \t]{0,8}(?:rfc822;"
        r"|\[?smtp:)?[ \t]{0,8}" + _A,
        # Exim, sendmail, Gmail, Exchange: the address on a line of its own
        _LEAD + _A + r"\)?[ \t]{0,4}(?:\(mailto:[^)]{1,300}\)|<mailto:[^>]{1,300}>)?[ \t]{0,4}[:;,.]?[ \t]*$",
        # sendmail's transcript and everyone who copied it
        r".{0,200}?(?:rcpt to|mail to|получатель)[ \t]{0,3}:[ \t]{0,3}" + _A,
        # the address first, then why: Exim's continued lines, IIS, Lotus
        _LEAD + _A + r"[ \t]{0,4}(?::|;|,|\.\.\.|[(\[]|[-–—=]|on (?:\d|mon|tue|wed|thu|fri|sat|sun)|\d{3})",
        # a server's answer that names the address
        r".{0,100}?(?<!\S)[45]\d\d[ \-].{0,200}?" + _A,
        # an old gateway's own wording, one line for each recipient
        r".{0,60}?(?:could ?n[o']t|can ?not|can't|not|failed to) (?:be )?deliver(?:ed)? (?:\w+ ){0,3}to:?[ \t]{1,4}"
        + _A,
        # from here on: sentences
        _LEAD + _A + r"[ \t]+\S",
        r".{0,100}?\b(?:to|for|user|recipient|address|account|mailbox|получател[юя]|адрес|адресу|адресату"
        r"|пользовател[ья]|ящик)[ \t]{1,3}\(?" + _A,
        r".{0,200}?smtp=" + _A,
        r".{0,800}?" + _A,
    )
)

#: The first so many of them are where servers put a recipient; the rest are sentences.
_SURE_PLACES = 7

#: Lines whose @ is no recipient's.
_OTHERS = re.compile(r"\s{0,12}(?:message-id|from|reply-to|sender|от|absender|expéditeur)\s{0,4}:", re.IGNORECASE)

#: Behind a label several recipients may stand on one line.
_LABELLED = 1

#: Whom a report names besides the recipients: whoever is to be asked for help.
_HELPERS = re.compile(
    r"(?:postmaster|mailer-daemon|abuse|support|helpdesk|help|noreply|no-reply|webmaster|hostmaster)@", re.IGNORECASE
)


def split_report(text: str) -> tuple[str, str]:
    """A report's own words, and the returned letter behind them (or '')."""
    text = text[:MAX_REPORT]
    found = RETURNED.search(text)
    if found is None:
        return text, ""
    return text[: found.start()], text[found.start() :]


def says_failed(words: str) -> bool:
    """Whether these are the words of a server that could not deliver."""
    return FAILED.search(words) is not None


def says_undelivered(words: str) -> bool:
    """Whether these words speak of delivery in a way that no absent person does."""
    return UNDELIVERED.search(words) is not None


def says_delayed(words: str) -> bool:
    """Whether these are the words of a server that is still trying."""
    return TRYING.search(words) is not None or (DELAYED.search(words) is not None and FINAL.search(words) is None)


def named_recipients(words: str, strangers: frozenset[str]) -> tuple[list[tuple[str, str]], bool]:
    """The recipients that a report's words name, each with the paragraph that names it; and whether that place is a sure one.

    `strangers` are lower-cased addresses that are not meant: the reporter's own, and whoever the report was sent to.
    """
    lines = [(at, line[:MAX_LINE]) for at, line in _lines(words) if "@" in line and not _OTHERS.match(line)][
        :MAX_RECIPIENTS
    ]
    for rank, place in enumerate(_PLACES):
        named: dict[str, tuple[str, int]] = {}
        for at, line in lines:
            found = place.match(line)
            address = clean_address(found.group("a")) if found else ""
            if address and address.lower() not in strangers and not _HELPERS.match(address):
                named.setdefault(address.lower(), (address, at))
                if rank == _LABELLED:
                    more = map(clean_address, ADDRESS.findall(line[found.end("a") :])) if found else ()
                    named.update({one.lower(): (one, at) for one in more if one and one.lower() not in strangers})
        if named:
            reasons = _reasons(words, [at for _, at in named.values()])
            return [
                (address, reason) for (address, _), reason in zip(named.values(), reasons, strict=True)
            ], rank < _SURE_PLACES
    return [], False


def _lines(words: str) -> Iterator[tuple[int, str]]:
    """Every line of a text and where it begins."""
    at = 0
    for line in words.split("\n"):
        yield at, line
        at += len(line) + 1


def _reasons(words: str, starts: list[int]) -> list[str]:
    """What stands from each start to the next one, or to the end of its paragraph: where servers put the reason."""
    reasons = []
    for at, following in zip(starts, [*starts[1:], len(words)], strict=True):
        stop = following if following > at else len(words)
        paragraph = words[at:stop].partition("\n\n")[0]
        # An address that is a paragraph of its own has its reason in the next one (Exchange).
        alone = "\n" not in paragraph.strip() and len(paragraph.split()) <= 2
        reasons.append((words[at:stop] if alone else paragraph)[:2000])
    return reasons


@dataclass(frozen=True, slots=True)
class Named:
    """A report made of words; `surely`: its recipients stand where servers put them, not just somewhere in a sentence;
    `old`: flufl.bounce knows the format."""

    report: Report
    surely: bool
    old: bool = False


def read_text(words: str, strangers: frozenset[str], subject: str = "") -> Named:
    """What these words say, were they a report: its outcome and recipients with what could be told of each."""
    delayed = says_delayed(f"{subject}\n{words}")
    recipients = []
    named, surely = named_recipients(words, strangers)
    for address, reason in named:
        # Of several recipients one's code says nothing of the others.
        status = status_of(reason) or (status_of(words) if len(named) == 1 else "")
        permanent = not delayed and is_permanent(status)
        recipients.append(FailedRecipient(address, status, permanent, tidy(reason)))
    return Named(Report(Outcome.DELAYED if delayed else Outcome.FAILED, tuple(recipients)), surely)
