"""A new appeal: from a mail, a form, a call (§3.1.1, §3.1.2, Annexes 1 and 2), and where it goes first (§3.1.3)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from maildesk.desk import routing, terms
from maildesk.desk.assign import give, to_dispatcher
from maildesk.desk.job import Job, message
from maildesk.desk.letters import to_operator, to_staff
from maildesk.desk.routing import confidential
from maildesk.desk.situation import Situation
from maildesk.model import (
    Author,
    Button,
    Channel,
    Decision,
    Event,
    Facts,
    FormFields,
    Kind,
    Line,
    Mail,
    MailKind,
    Name,
    Outcome,
    Policy,
    Step,
    Term,
    Ticket,
    Trouble,
)
from maildesk.model.tags import skeleton

#: The same appeal sent twice, or by form and mail, comes within this time; later it is a new one.
DUPLICATE_WITHIN = timedelta(minutes=60)
#: Two texts are the same appeal when so large a share of their words is common to both.
ALIKE = 0.8

#: What can stand on an SMTP command line: a local part and a domain, no spaces, no brackets (RFC 5321, 4.1.2).
_ADDRESS = re.compile(r"[^\s<>()\[\],;:@\"\\\x00-\x1f]{1,64}@[^\s<>()\[\],;:@\"\\\x00-\x1f]{1,255}")


def usable(address: str) -> str:
    """The address if a letter can be sent to it, else ''."""
    return address if _ADDRESS.fullmatch(address) and "." in address.rpartition("@")[2] else ""


def author_of(policy: Policy, mail: Mail, situation: Situation) -> Author:
    """Whom the answer goes to: From, or the single Reply-To of the mail that opens the ticket; a believed form's own fields."""
    form = situation.form
    fields = form.fields if form else FormFields()
    if form and form.believed:
        email = usable(fields.email.strip())
        return Author(fields.name, email, fields.phone, fields.role, fields.class_, (email.lower(),) if email else ())
    written = usable(mail.sender.address)
    desk = policy.address.lower()
    reply_to = [usable(one.address) for one in mail.reply_to if usable(one.address) and one.address.lower() != desk]
    email = reply_to[0] if len(mail.reply_to) == 1 and reply_to else written
    if email.lower() == desk:
        email = ""
    known = tuple(dict.fromkeys(address.lower() for address in (written, email) if address))
    name = fields.name or mail.sender.name
    return Author(name, email, fields.phone or situation.phone, fields.role, fields.class_, known)


def first_category(policy: Policy, situation: Situation, channel: Channel) -> tuple[str | None, Line]:
    """The category that is known from the start, and by which rule (R3, R4): first row that applies. Of a call whoever took it
    named the category; lines of a form in a plain mail are the author's own words."""
    form = situation.form
    named = "by-phone" if channel is Channel.PHONE else "by-tag"
    table = (
        (_confidential_tag(policy, situation), "by-tag"),
        (situation.category_hint or None, "by-mailbox"),
        (form.category if form else None, "by-form" if form and form.believed else named),
        (situation.subject_category, named),
        (_noted_category(situation), named),
    )
    for key, rule in table:
        if key is not None and policy.category(key) is not None:
            return key, Line(rule)
    return None, Line("unknown")


def _confidential_tag(policy: Policy, situation: Situation) -> str | None:
    """The confidential category that anything in this mail asks for: a tag anywhere in the subject or at the top of the text, a
    mistyped one, its bare name as the whole subject. What was meant for one reader goes to no other (SPEC 6), so every doubt counts."""
    wanted = {skeleton(situation.mail.subject)}
    for tag in situation.commands.tags:
        if tag.name is Name.CATEGORY:
            wanted.add(tag.argument)
        elif tag.name is Name.NEAR:
            wanted.add(skeleton(tag.argument.rpartition("|")[2]))
    for category in policy.categories:
        if category.confidential and wanted & {category.key, *map(skeleton, category.tags)}:
            return category.key
    return None


def _noted_category(situation: Situation) -> str | None:
    """The category's tag that the hotline wrote beside `[HOTLINE]`, above the form."""
    tags = situation.commands.tags if situation.sender is not None else ()
    hotline = any(tag.name is Name.HOTLINE for tag in tags)
    return next((tag.argument for tag in tags if hotline and tag.name is Name.CATEGORY), None)


def open_appeal(
    policy: Policy,
    situation: Situation,
    *,
    channel: Channel,
    rule: str,
    actor: str = "author",
    linked: Ticket | None = None,
) -> Job:
    """A ticket for this mail: recorded, dispatched where its type is known, its author told. The job is not yet a decision."""
    author = author_of(policy, situation.mail, situation) if channel is not Channel.PHONE else _caller(situation)
    ticket = Ticket(
        subject=_subject(policy, situation, called=channel is Channel.PHONE),
        channel=channel,
        author=author if linked is None else _again(linked.author, situation),
        received_at=situation.at,
        linked_to=linked.number if linked else None,
    )
    role = routing.DISPATCHERS[channel]
    ticket = terms.start(policy, ticket, Term.DISPATCH, situation.at, role)
    ticket = terms.start(policy, ticket, Term.CLOSE, situation.at, role)
    job = Job(policy, situation, ticket, actor, rule)
    words = appeal_text(situation, called=channel is Channel.PHONE)
    job.messages.append(message(situation, "phone" if channel is Channel.PHONE else "appeal", words))
    job.event(Step.OPENED, channel, rule=rule)
    if linked is not None:
        job.event(Step.LINKED, f"{policy.prefix}-{linked.number}", rule="after the window")
    category, how = first_category(policy, situation, channel)
    if linked is not None and category is None and linked.category is not None:
        category, how = linked.category, Line("follow-up", (f"{policy.prefix}-{linked.number}",))
    keys = routing.holders_of(policy, category, situation.now)
    job.actor = "daemon"
    if keys:
        give(job, keys, category, text=words, attachments=situation.mail.attachments, how=how)
    else:
        to_dispatcher(job, text=words, attachments=situation.mail.attachments, why=how)
    _receipt(job)
    _likeness(job, words)
    return job


def _again(author: Author, situation: Situation) -> Author:
    """The author of an earlier ticket, who has just written: an address that writes is not dead."""
    wrote = situation.mail.sender.address.lower() == author.email.lower()
    return replace(author, dead=author.dead and not wrote)


def channel_of(situation: Situation) -> Channel:
    """How this mail came: a believed form by the web, anything else by e-mail."""
    return Channel.WEB if situation.form is not None and situation.form.believed else Channel.EMAIL


def appeal_text(situation: Situation, *, called: bool = False) -> str:
    """What was asked: the description in a believed form or in the form of a call (`called`), else the whole mail (nothing is cut
    from the mail that opens a ticket)."""
    form = situation.form
    if form and (form.believed or called) and form.fields.text.strip():
        return form.fields.text
    return situation.mail.text


def _subject(policy: Policy, situation: Situation, *, called: bool) -> str:
    form = situation.form
    if form and (form.believed or called):
        category = policy.category(form.category)
        first = " ".join(form.fields.text.split())[:60]
        return first or (category.title if category else situation.mail.subject)
    return situation.mail.subject


def _caller(situation: Situation) -> Author:
    """Who rang the hotline: the seven fields of Annex 2."""
    fields = situation.form.fields if situation.form else FormFields()
    email = usable(fields.email.strip())
    return Author(fields.name, email, fields.phone, fields.role, fields.class_, (email.lower(),) if email else ())


def _receipt(job: Job) -> None:
    """The author learns the number and the promised time: never a machine, a list, or a stranger's victim twice an hour (SPEC 5)."""
    situation, mail = job.situation, job.situation.mail
    believed = situation.form is not None and situation.form.believed
    answerable = (
        believed or job.ticket.channel is Channel.PHONE or (mail.may_autorespond and mail.kind is MailKind.PERSON)
    )
    if not answerable or not job.ticket.author.mailable or (situation.receipt_lately and not situation.proven):
        return
    clock = job.ticket.clock(Term.CLOSE)
    written_to = job.ticket.author.email.lower() == mail.sender.address.lower()
    reason = Line(Trouble.TOO_LARGE) if mail.oversized else None
    job.author(
        Kind.RECEIPT,
        facts=Facts(due=clock.due_at if clock else None, reason=reason),
        answering=mail.message_id if written_to else "",
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text.casefold()[:20_000]))


def alike(left: str, right: str) -> bool:
    """Whether two texts are likely the same appeal: the share of common words (Jaccard)."""
    mine, theirs = _words(left), _words(right)
    return bool(mine and theirs) and len(mine & theirs) / len(mine | theirs) >= ALIKE


def _likeness(job: Job, words: str) -> None:
    """A likely duplicate is shown to the dispatcher with a merge button; so is a stranger's mail that names a ticket, with a link."""
    policy, situation = job.policy, job.situation
    keys = routing.dispatchers(policy, job.ticket.channel, job.now)
    if confidential(policy, job.ticket):
        return
    for other, text in situation.recent:
        if alike(words, text) and not confidential(policy, other) and other.open:
            reference = f"{policy.prefix}-{other.number}"
            _notice(job, keys, Line(Trouble.DUPLICATE, (reference,)), Button(Name.MERGE, reference))
            return
    if situation.by_subject and situation.ticket is not None:
        reference = f"{policy.prefix}-{situation.ticket.number}"
        _notice(job, keys, Line(Trouble.FOLLOW_UP, (reference,)), Button(Name.LINK, reference))


def _notice(job: Job, keys: tuple[str, ...], reason: Line, button: Button) -> None:
    job.letters += to_staff(job.policy, Kind.NOTICE, keys, job.ticket, facts=Facts(reason=reason), buttons=(button,))


def too_many(policy: Policy, situation: Situation) -> Decision | None:
    """Beyond [limits] new_tickets_per_sender a mail joins the sender's last ticket, without letters; the operator hears of it."""
    if situation.new_lately < policy.new_tickets_per_sender.count or not situation.recent:
        return None
    last = situation.recent[0][0]
    reference = f"{policy.prefix}-{last.number}"
    limit = str(policy.new_tickets_per_sender.count)
    facts = Facts(reason=Line(Trouble.TOO_MANY_TICKETS, (limit, reference)))
    return Decision(
        Outcome.REPLY,
        ticket=last,
        messages=(message(situation, "reply", appeal_text(situation)),),
        events=(Event(situation.now, "author", Step.AUTHOR_WROTE, (), "too many new tickets"),),
        letters=tuple(to_operator(policy, Kind.FLOOD, situation.now, last, facts)),
        rule="too many new tickets",
    )
