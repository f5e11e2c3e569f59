"""A letter, ready to be sent, from what a decision wants said: headers, threading, lasting Message-ID, both faces (SPEC 5)."""

from __future__ import annotations

from datetime import datetime

from maildesk.model import AUTHOR_KINDS, PERSONAL_KINDS, Kind, Letter, Outgoing, Policy, Thread
from maildesk.outbox import headers, mime
from maildesk.outbox.buttons import DrawnButton, draw
from maildesk.outbox.cut import without_proofs
from maildesk.outbox.render import Renderer
from maildesk.outbox.subjects import subject_of
from maildesk.outbox.view import OWN_WORDS, TELLING_NOTHING, Viewer

#: Kinds whose inline pictures are charts within the HTML (cid).
REPORT_KINDS = frozenset({Kind.DAILY_REPORT, Kind.WEEKLY_REPORT, Kind.WEEKLY_ANALYSIS})

#: Kinds that name files and do not hold them: what would go out is shown, and nobody's file is sent about unproven (SPEC 6).
NAMING_KINDS = frozenset({Kind.CONFIRM_COMMAND})

#: SPEC 5. Never `All` or `NDR`: those silence bounces.
SUPPRESS_AUTOMATIC = "DR, RN, NRN, OOF, AutoReply"
SUPPRESS_RECEIPTS = "DR, RN, NRN"

#: kind → (Auto-Submitted, X-Auto-Response-Suppress); '' means that the header is absent. RFC 3834, 5.
AUTOMATIC: dict[Kind, tuple[str, str]] = {
    kind: ("", "") if kind in PERSONAL_KINDS else ("auto-generated", SUPPRESS_AUTOMATIC) for kind in Kind
} | {
    Kind.RECEIPT: ("auto-replied", SUPPRESS_AUTOMATIC),
    Kind.ASSIGNMENT: ("", SUPPRESS_RECEIPTS),
    Kind.DISPATCH_REQUEST: ("", SUPPRESS_RECEIPTS),
}


def compose(
    outgoing: Outgoing, *, thread: Thread, policy: Policy, uid: str, token: str, now: datetime, renderer: Renderer
) -> Letter:
    """The letter with all its bytes. `thread` is what the reader's client has of this ticket, `uid` the letter's own name,
    `token` its proof (`md.42.<uid>.<code>`), `now` an aware moment. Raises `TemplateFault`."""
    local = now.astimezone(policy.zone)
    viewer = Viewer(outgoing, policy, local, renderer)
    subject = subject_of(outgoing, thread, policy, renderer)
    silent = (outgoing.masked and outgoing.kind not in OWN_WORDS) or outgoing.kind in TELLING_NOTHING
    files = mime.choose(
        () if silent else outgoing.attachments, policy.attachments_out, report=outgoing.kind in REPORT_KINDS
    )
    names = tuple(headers.file_name(file.name) for file in files.attached)
    rendered = renderer.render(
        outgoing.kind,
        viewer.variables(
            subject=subject,
            buttons=_buttons(outgoing, viewer, token),
            token=token,
            files=names,
            left_out=files.left_out,
        ),
    )
    message_id = headers.message_id(token, policy.address)
    head = _head(outgoing, thread, policy, viewer, subject, message_id, local)
    held = mime.Files() if outgoing.kind in NAMING_KINDS else files
    data = (head + mime.body(rendered.text, rendered.html, held, uid)).encode("utf-8", "replace")
    return Letter(
        uid=uid,
        kind=outgoing.kind,
        to=outgoing.to,
        capacity=outgoing.capacity,
        ticket=outgoing.ticket.number if outgoing.ticket else None,
        message_id=message_id,
        subject=subject,
        data=data,
        text=_words(outgoing, rendered.text, token, silent=silent),
        created_at=now,
        attachments=names if held.attached else (),
    )


def _buttons(outgoing: Outgoing, viewer: Viewer, token: str) -> tuple[DrawnButton, ...]:
    # An author writes no tags: a letter to one has no buttons, and so shows no code.
    if outgoing.kind in AUTHOR_KINDS:
        return ()
    renderer, policy = viewer.renderer, viewer.policy
    category = policy.category(outgoing.ticket.category) if outgoing.ticket else None
    return draw(
        outgoing.buttons,
        kind=outgoing.kind,
        address=policy.address,
        ref=viewer.ref(outgoing.ticket.number if outgoing.ticket else None),
        token=token,
        language=renderer.language,
        categories=policy.categories,
        say=renderer.say,
        blank=renderer.say("blank_form"),
        secret=category is not None and category.confidential,
    )


def _words(outgoing: Outgoing, text: str, token: str, *, silent: bool) -> str:
    """What `show` keeps of the letter: a person's words, else its own without the marker above and the code below."""
    said = "" if silent else without_proofs(outgoing.text).strip()
    if said:
        return said
    lines = text.split("\n")
    end = next((index for index, line in enumerate(lines) if token in line), len(lines))
    return "\n".join(lines[1:end]).strip()


def _head(
    outgoing: Outgoing, thread: Thread, policy: Policy, viewer: Viewer, subject: str, message_id: str, now: datetime
) -> str:
    """All header lines but Content-Type."""
    kind, reference = outgoing.kind, viewer.ref(outgoing.ticket.number if outgoing.ticket else None)
    parent, chain = headers.references(thread.message_ids, outgoing.answering)
    submitted, suppress = AUTOMATIC[kind]
    # A receipt repeats nothing of what the sender wrote, and so not the name either.
    shown = "" if kind is Kind.RECEIPT else viewer.line(outgoing.to.name)
    return "".join(
        (
            headers.date_header(now),
            headers.address_header("From", policy.service_name, policy.address),
            headers.address_header("To", shown, outgoing.to.address),
            headers.text_header("Subject", subject),
            headers.id_header("Message-ID", [message_id]),
            headers.id_header("In-Reply-To", [parent]),
            headers.id_header("References", chain),
            headers.text_header("Auto-Submitted", submitted) if submitted else "",
            headers.text_header("X-Auto-Response-Suppress", suppress) if suppress else "",
            f"X-Maildesk-Kind: {kind.value}\r\n",
            headers.text_header("X-Maildesk-Ticket", reference) if reference else "",
            "MIME-Version: 1.0\r\n",
        )
    )
