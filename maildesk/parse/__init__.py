"""Bytes become a Mail: the one door of this room. Pure, bounded, and it never raises, whatever strangers send."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from maildesk.model.mail import Address, Attachment, Bounce, FormFields, Mail, MailKind, TraceHeader
from maildesk.parse import (
    address,
    automatic,
    body,
    bounce,
    clean,
    dates,
    form,
    headers,
    ids,
    limits,
    message,
    reply,
    words,
)

__all__ = ["parse"]

T = TypeVar("T")

_TRACED = ("received", "authentication-results")


def parse(raw: bytes) -> Mail:
    """The mail that `raw` is, as far as it can be understood; what was odd is named in `faults`.

    Never raises. A mail over `limits.MESSAGE` is read up to its headers and first 64 KB (`oversized`).
    """
    faults: dict[str, None] = {}
    oversized = len(raw) > limits.MESSAGE
    if oversized:
        faults["oversized"] = None
        raw = _head(raw)
    tree = _step("structure", lambda: message.tree(raw), lambda: message.tree(b""), faults)
    faults.update(dict.fromkeys(tree.faults))
    return _understood(tree, oversized, faults)


def _understood(tree: message.Tree, oversized: bool, faults: dict[str, None]) -> Mail:
    """Each question asked of its own reader; one that fails costs only its own answer."""
    root = tree.root
    read = _step("body", lambda: body.read(root), lambda: body.Body(text=root.text), faults)
    faults.update(dict.fromkeys(read.faults))
    subject = _subject(tree)
    people = _step("people", lambda: _people(tree, faults), _People, faults)
    cut = _step(
        "reply",
        lambda: _cut(read, subject, root),
        lambda: reply.Cut(read.text, False),
        faults,
    )
    kind = _step(
        "kind",
        lambda: automatic.classify(root, read.text[: limits.WORDS]),
        lambda: automatic.Kind(MailKind.PERSON, "", may_autorespond=False),
        faults,
    )
    returned: Bounce | None = _step(
        "bounce", lambda: bounce.read(root, read.text[: limits.WORDS]), lambda: None, faults
    )
    fields: FormFields | None = _step(
        "form", lambda: form.read(read.text[: limits.WORDS], read.html), lambda: None, faults
    )
    answered = ids.found_in(root.header("in-reply-to"))
    return Mail(
        subject=subject,
        sender=people.sender,
        strict_from=people.strict,
        reply_to=people.reply_to,
        to=people.to,
        cc=people.cc,
        date=dates.parse(root.header("date")),
        message_id=next(iter(ids.found_in(root.header("message-id"))), ""),
        in_reply_to=answered[0] if answered else "",
        references=_references(root, answered),
        text=read.text,
        reply=clean.lines(cut.reply),
        is_forward=cut.is_forward,
        attachments=_kept(read.attachments),
        kind=kind.kind,
        kind_reason=kind.reason,
        bounce=_cleaned_bounce(returned),
        may_autorespond=kind.may_autorespond,
        form=_cleaned_form(fields),
        trace=_trace(root),
        oversized=oversized,
        faults=tuple(faults),
        fingerprint=_fingerprint(tree),
    )


def _step(name: str, work: Callable[[], T], instead: Callable[[], T], faults: dict[str, None]) -> T:
    """What `work` gives, or `instead` where it fails: the door's promise is to cost nobody his mail."""
    try:
        return work()
    except Exception as error:
        faults[f"{name}-failed: {type(error).__name__}"] = None
        return instead()


def _cut(read: body.Body, subject: str, root: message.Part) -> reply.Cut:
    """The new words. Of an over-long text the head is searched; where it holds no quotation, the rest was written too."""
    head = read.plain[: limits.WORDS]
    cut = reply.cut(text=head, html=read.html, subject=subject, headers=root)
    if len(read.plain) > limits.WORDS and cut.reply.strip() == head.strip():
        return reply.Cut(read.plain, cut.is_forward)
    return cut


def _head(raw: bytes) -> bytes:
    """The headers of an oversized mail and the first 64 KB of its body."""
    block = headers.block(raw[: 2 * limits.HEADER_BLOCK], 0, min(len(raw), 2 * limits.HEADER_BLOCK))
    return raw[: block.body + limits.OVERSIZED_HEAD]


def _subject(tree: message.Tree) -> str:
    raw = headers.first(tree.fields, "subject")[: limits.SUBJECT]
    return words.decode(raw, tree.hint)


class _People:
    """The address fields of one mail."""

    sender = Address()
    strict: str | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()


def _people(tree: message.Tree, faults: dict[str, None]) -> _People:
    people = _People()
    authors = tuple(value for name, value in tree.fields if name == "from")
    if len(authors) != 1:
        faults["several-from" if authors else "no-from"] = None
    written = address.mailboxes(authors[0], tree.hint) if authors else ()
    if len(written) > 1:
        faults["several-authors"] = None
    people.sender = next((one for one in written if one.address), written[0] if written else Address())
    people.strict = address.strict(authors)
    people.reply_to, people.to, people.cc = (_all(tree, name) for name in ("reply-to", "to", "cc"))
    return people


def _all(tree: message.Tree, name: str) -> tuple[Address, ...]:
    found: list[Address] = []
    for field_name, value in tree.fields:
        if field_name == name and len(found) < limits.ADDRESSES:
            found.extend(address.mailboxes(value, tree.hint))
    return tuple(found[: limits.ADDRESSES])


def _references(root: message.Part, answered: tuple[str, ...]) -> tuple[str, ...]:
    """References in order, and what In-Reply-To names beyond its first id."""
    return tuple(dict.fromkeys((*ids.found_in(root.header("references")), *answered[1:])))


def _kept(attachments: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    return attachments[: limits.ATTACHMENTS]


def _cleaned_bounce(returned: Bounce | None) -> Bounce | None:
    """Servers' words and the addresses in them are strangers' bytes as well."""
    if returned is None:
        return None
    recipients = tuple(
        replace(
            one,
            address=clean.value(one.address),
            status=clean.value(one.status),
            diagnostic=clean.value(one.diagnostic),
        )
        for one in returned.recipients
    )
    return Bounce(recipients, clean.value(returned.original_message_id))


def _cleaned_form(fields: FormFields | None) -> FormFields | None:
    if fields is None:
        return None
    values = {name: getattr(fields, name) for name in ("name", "role", "class_", "category", "phone", "email")}
    return FormFields(text=clean.lines(fields.text), **{name: clean.value(value) for name, value in values.items()})


def _trace(root: message.Part) -> tuple[TraceHeader, ...]:
    traces = (TraceHeader(name, value) for name, value in root.headers if name in _TRACED)
    return tuple(one for one, _ in zip(traces, range(limits.TRACES), strict=False))


def _fingerprint(tree: message.Tree) -> str:
    """One value for one mail, whichever road it came: the trace fields and the kind of line end do not count."""
    root = tree.root
    digest = hashlib.sha256()
    for name in ("message-id", "from", "date", "subject"):
        digest.update(" ".join(root.header(name).split()).encode("utf-8", "replace") + b"\0")
    digest.update(bytes(tree.body).replace(b"\r\n", b"\n").strip())
    return digest.hexdigest()
