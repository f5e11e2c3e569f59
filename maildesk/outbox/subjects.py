"""Subjects: the same on all letters of a ticket to one person, telling staff what it is about and outsiders nothing (SPEC 5)."""

from __future__ import annotations

import re

from maildesk.model import AUTHOR_KINDS, Kind, Outgoing, Policy, Thread, Ticket
from maildesk.outbox.cut import line_without_proofs
from maildesk.outbox.headers import clean
from maildesk.outbox.render import Renderer

#: SPEC 5: the author's subject is cut here.
LONGEST = 100
#: The kinds that may say so in front of the subject.
_FRONTED = frozenset({Kind.ESCALATION, Kind.REMINDER})
_WIDE = str.maketrans({"［": "[", "］": "]", "【": "[", "】": "]"})


def subject_of(outgoing: Outgoing, thread: Thread, policy: Policy, renderer: Renderer) -> str:
    """The Subject of a letter, cleaned, not yet encoded."""
    ticket = outgoing.ticket
    if ticket is None or ticket.number is None:
        code = outgoing.facts.reason.code if outgoing.facts.reason else ""
        return clean(_plain(outgoing, code, policy, renderer)) or clean(policy.service_name)
    lasting = _lasting(outgoing, ticket, thread, policy, renderer)
    front = renderer.say("subject_front", outgoing.kind.value) if outgoing.kind in _FRONTED else ""
    return clean(f"{front} {lasting}")


def _plain(outgoing: Outgoing, code: str, policy: Policy, renderer: Renderer) -> str:
    report = outgoing.facts.report
    if report is not None:
        local = report.until.astimezone(policy.zone)
        day = renderer.wording.day(local, local)
        channel = "phone" if report.channels == ("phone",) else "mail"
        return renderer.say(f"subject_{outgoing.kind.value}", day, channel)
    return renderer.say(f"subject_{outgoing.kind.value}", code)


def _lasting(outgoing: Outgoing, ticket: Ticket, thread: Thread, policy: Policy, renderer: Renderer) -> str:
    """What stays the same on all letters to this person."""
    reference = f"[{policy.prefix}-{ticket.number}]"
    earlier = thread.subject[max(thread.subject.find(reference), 0) :]
    if outgoing.kind in AUTHOR_KINDS:
        return earlier or f"{reference} {renderer.say('subject_author')}"
    category = policy.category(ticket.category)
    tag = f" [{category.tags[0]}]" if category and category.tags else ""
    # An earlier subject may hold the author's own words, from before the ticket became confidential.
    if outgoing.masked:
        return f"{reference}{tag} {renderer.say('subject_masked')}"
    return earlier or f"{reference}{tag} {authors(ticket.subject, policy.prefix) or renderer.say('subject_none')}"


def authors(subject: str, prefix: str) -> str:
    """The author's subject without its square brackets, references and proofs, cut at 100 characters."""
    bare = clean(line_without_proofs(subject).translate(_WIDE))
    bare = re.sub(r"\[[^\[\]]*\]|[\[\]]", " ", bare)
    bare = re.sub(rf"#?(?<!\w){re.escape(prefix)}\s?[-–—]\s?\d{{1,9}}(?!\w)[:,]?", " ", bare, flags=re.IGNORECASE)
    bare = " ".join(bare.split())
    return bare if len(bare) <= LONGEST else bare[: LONGEST - 1].rstrip() + "…"
