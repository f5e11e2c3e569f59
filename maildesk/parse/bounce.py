"""Reads what mail servers say of letters that did not arrive: is it a bounce, whom it concerns, and which letter came back."""

from __future__ import annotations

from dataclasses import replace

from maildesk.model import Bounce, FailedRecipient
from maildesk.parse.bounce_dsn import (
    RETURNED_TYPES,
    Outcome,
    Report,
    first_address,
    own_parts,
    read_dsn,
    status_blocks,
    typed_address,
)
from maildesk.parse.bounce_old import read_old
from maildesk.parse.bounce_phrases import REFUSING
from maildesk.parse.bounce_returned import in_reverse_path, names_an_id, original_id, original_to
from maildesk.parse.bounce_signs import Signs, is_built, signs_of
from maildesk.parse.bounce_status import is_permanent, status_of
from maildesk.parse.bounce_text import (
    MAX_REPORT,
    Named,
    read_text,
    says_delayed,
    says_failed,
    says_undelivered,
    split_report,
)
from maildesk.parse.html import html_to_text
from maildesk.parse.message import Part


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
    signs = signs_of(root)
    if not signs.any or (not (signs.built or signs.daemon or signs.nobody) and (_is_lists(root) or signs.personal)):
        return None
    root, signs = _unwrapped(root, signs)
    words, returned = split_report(_words(root, text))
    report = (
        _from_status(root, words)
        or _from_refusal(root, words)
        or _from_header(root, words)
        or _from_words(root, words, signs, quotes=bool(returned))
    )
    if report is None:
        return None
    if not report.recipients and report.outcome is not Outcome.DELIVERED:
        report = _to_whom_it_went(root, words, returned, report)
    return replace(report, original_message_id=original_id(root, returned or words, report.original_message_id))


def _is_lists(root: Part) -> bool:
    """A letter to a mailing list, whose readers may well speak of bounces."""
    return any(root.header(name) for name in ("list-id", "list-post", "list-unsubscribe", "list-help"))


def _unwrapped(root: Part, signs: Signs) -> tuple[Part, Signs]:
    """The report itself, where a virus scanner or a gateway has sent it on inside another mail of its own."""
    enclosed = [part.parts[0] for part in root.parts if part.type in RETURNED_TYPES and part.parts]
    if signs.sure and len(enclosed) == 1 and is_built(enclosed[0]) and read_dsn(root) is None:
        return enclosed[0], signs_of(enclosed[0])
    return root, signs


def _words(root: Part, text: str) -> str:
    """The report for people: every plain text of the mail's own, since old servers wrote several; else its HTML as text."""
    own = list(own_parts(root))
    texts = [part.text for part in own if part.type == "text/plain" and part.text.strip()]
    if not texts:
        texts = [html_to_text(part.text[:MAX_REPORT]) for part in own if part.type == "text/html"][:2]
    words = "\n\n".join(texts) or text
    return words[:MAX_REPORT].replace("\r\n", "\n").replace("\r", "\n").replace("’", "'")


def _from_status(root: Part, words: str) -> Report | None:
    """The report of the machine-readable part, with what it left out added from the words."""
    report = read_dsn(root)
    if report is None or report.recipients or report.outcome is Outcome.DELIVERED:
        return report
    named = read_text(words, _strangers(root)).report
    delayed = report.outcome is Outcome.DELAYED
    recipients = tuple(replace(found, permanent=found.permanent and not delayed) for found in named.recipients)
    return replace(report, recipients=recipients)


def _from_refusal(root: Part, words: str) -> Report | None:
    """A refusal that a mail filter sends as a receipt (RFC 5429, 2.1.2): the receipt's fields name the recipient."""
    if not REFUSING.search(words):
        return None
    for part in own_parts(root):
        if part.type in {"message/disposition-notification", "message/global-disposition-notification"}:
            fields = next((found for found in status_blocks(part) if "final-recipient" in found), {})
            address = typed_address(fields.get("original-recipient", "")) or typed_address(
                fields.get("final-recipient", "")
            )
            if address:
                status = status_of(words)
                failed = FailedRecipient(address, status, is_permanent(status))
                return Report(Outcome.FAILED, (failed,), fields.get("original-message-id", ""))
    return None


def _from_header(root: Part, words: str) -> Report | None:
    """Exim's own header, which Mail.ru and Gmail write too: the addresses, whatever the words' language."""
    value = ",".join(root.all("x-failed-recipients"))
    addresses = [address for piece in value.split(",") if (address := first_address(piece))]
    if not addresses:
        return None
    delayed = says_delayed(words)
    named = {found.address.lower(): found for found in read_text(words, _strangers(root)).report.recipients}
    recipients = []
    for address in dict.fromkeys(addresses):
        status = status_of(words)
        known = named.get(address.lower()) or FailedRecipient(address, status, is_permanent(status))
        recipients.append(replace(known, address=address, permanent=known.permanent and not delayed))
    return Report(Outcome.DELAYED if delayed else Outcome.FAILED, tuple(recipients))


def _from_words(root: Part, words: str, signs: Signs, *, quotes: bool) -> Report | None:
    """The report that is only words; `quotes`: the letter that came back stands below them. The weaker the signs outside, the plainer
    the words have to be."""
    named = read_text(words, _strangers(root), root.header("subject"))
    coded = bool(status_of(words))
    if not named.surely or not (signs.sure or coded):
        named = _from_old(root, words, named)
        coded = coded or named.old
    told = says_failed(words) or says_delayed(words)
    if signs.sure or (signs.daemon and (told or named.surely)) or (signs.faceless and told and named.report.recipients):
        return named.report
    # In a language that no table knows: nobody's mail by a postmaster, with a code, a letter sent back, or its id.
    returns = coded or quotes or names_an_id(words) or any(part.type in RETURNED_TYPES for part in own_parts(root))
    if signs.nobody and (signs.postmaster or signs.spoken) and named.report.recipients and returns:
        return named.report
    if not (told and named.surely):
        return None
    # An absent person's «this address is no longer in use, write to …» comes from nobody too, but speaks of no delivery;
    # a person who complains «не удалось доставить» cites no code.
    if signs.nobody and says_undelivered(words):
        return named.report
    return named.report if coded and (signs.spoken or signs.postmaster) else None


def _from_old(root: Part, words: str, named: Named) -> Named:
    """What flufl.bounce knows of this format, where our own reading is a guess."""
    temporary, permanent = read_old(root)
    if not temporary and not permanent:
        return named
    status = status_of(words)
    lost = is_permanent(status)
    recipients = [FailedRecipient(address, status, lost) for address in permanent]
    recipients += [
        FailedRecipient(address, status, permanent=False) for address in temporary if address not in permanent
    ]
    outcome = Outcome.FAILED if permanent else named.report.outcome
    return Named(Report(outcome, tuple(recipients)), surely=True, old=True)


def _to_whom_it_went(root: Part, words: str, returned: str, report: Report) -> Report:
    """A report that names nobody is about the one address that the letter went to."""
    address = original_to(root, returned) or in_reverse_path(root)
    if not address or address.lower() in _strangers(root):
        return report
    status = status_of(words)
    permanent = report.outcome is Outcome.FAILED and is_permanent(status)
    return replace(report, recipients=(FailedRecipient(address, status, permanent),))


def _strangers(root: Part) -> frozenset[str]:
    """Addresses that a report names without meaning them: its own sender and ours, to whom it came."""
    named = [root.header(name) for name in ("from", "to", "delivered-to", "x-original-to", "envelope-to")]
    return frozenset(first_address(value).lower() for value in named if value) - {""}
