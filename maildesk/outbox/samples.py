"""One letter of each kind in each of its variants, with made-up people: what `maildesk check` renders and the tests look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from maildesk.model import (
    AUTHOR_KINDS,
    Attachment,
    Button,
    Capacity,
    Count,
    Direction,
    Event,
    Extension,
    ExtensionState,
    Facts,
    FileName,
    Kind,
    Letter,
    Line,
    Message,
    Name,
    Outgoing,
    PlainReply,
    Recipient,
    ReportView,
    State,
    Step,
    Term,
    TermClock,
    Thread,
    Ticket,
    Trouble,
    Why,
)
from maildesk.outbox.compose import compose
from maildesk.outbox.render import Renderer, TemplateFault
from maildesk.outbox.sample_school import NOW, policy, report, rows, ticket

UID = "k7f3q2m7x4"
CODE = "c2dec2dec2dec2de"

_TEXT = {
    "ru": "Здравствуйте!\n\nСо вчерашнего дня не открывается электронный дневник: пишет «Ошибка 500».\nПомогите, пожалуйста.",
    "en": "Hello,\n\nThe electronic diary has not opened since yesterday: it says “Error 500”.\nPlease help.",
}
_ANSWER = {
    "ru": "Здравствуйте! Пароль изменён, новый отправлен на ваш телефон. Войти можно уже сейчас.",
    "en": "Hello, your password is changed, and the new one was sent to your phone. You can log in now.",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A variant of a kind: its name, such as 'reopened', and the letter wanted."""

    name: str
    outgoing: Outgoing


def _plain(kind: Kind) -> PlainReply:
    return {
        Kind.DISPATCH_REQUEST: PlainReply.ERROR,
        Kind.EXTENSION_REQUEST: PlainReply.ERROR,
        Kind.CONFIRM_COMMAND: PlainReply.YES,
        Kind.HOTLINE_FORM: PlainReply.FORM,
        Kind.WEEKLY_REPORT: PlainReply.PROPOSALS,
        Kind.ASSIGNMENT: PlainReply.TO_AUTHOR,
        Kind.AUTHOR_REPLY: PlainReply.TO_AUTHOR,
        Kind.LIST: PlainReply.NOTHING,
        Kind.HELP: PlainReply.NOTHING,
        Kind.DAILY_REPORT: PlainReply.NOTHING,
        Kind.QUARANTINED: PlainReply.NOTHING,
    }.get(kind, PlainReply.NOTE)


_BUTTONS: dict[Kind, tuple[Button, ...]] = {
    Kind.DISPATCH_REQUEST: (
        *(Button(Name.CATEGORY, key) for key in ("journal", "tech", "psych")),
        Button(Name.TAKEN),
        Button(Name.ASK, wants_text=True),
        Button(Name.CLOSED, wants_text=True),
    ),
    Kind.ASSIGNMENT: (
        Button(Name.TAKEN),
        Button(Name.CLOSED, wants_text=True),
        Button(Name.ASK, wants_text=True),
        Button(Name.EXTEND, "24h", wants_text=True),
        Button(Name.RETURN, wants_text=True),
    ),
    Kind.AUTHOR_REPLY: (Button(Name.CLOSED, wants_text=True), Button(Name.ASK, wants_text=True)),
    Kind.CALLBACK_REQUEST: (Button(Name.PHONED),),
    Kind.REMINDER: (Button(Name.TAKEN), Button(Name.CLOSED, wants_text=True)),
    Kind.EXTENSION_REQUEST: (Button(Name.APPROVE), Button(Name.DENY, wants_text=True)),
    Kind.ESCALATION: (Button(Name.HISTORY),),
    Kind.CONFIRM_COMMAND: (Button("YES"),),
    Kind.HOTLINE_FORM: (Button(Name.HOTLINE),),
    Kind.WEEKLY_REPORT: (Button(Name.SEND, wants_text=True),),
}

#: Kinds that may be about no ticket.
_TICKETLESS = frozenset(
    {
        Kind.DAILY_REPORT,
        Kind.WEEKLY_REPORT,
        Kind.WEEKLY_ANALYSIS,
        Kind.LIST,
        Kind.HELP,
        Kind.HOTLINE_FORM,
        Kind.NOTICE,
        Kind.QUARANTINED,
        Kind.DELIVERY_FAILED,
        Kind.FLOOD,
        Kind.COMMAND_DONE,
        Kind.COMMAND_ERROR,
        Kind.CONFIRM_COMMAND,
        Kind.REMINDER,
    }
)


def _arguments(code: str) -> tuple[str, ...]:
    """Arguments such as that code has, for the sentences that need them."""
    known: dict[str, tuple[str, ...]] = {
        Why.NEAR_MISS: ("[ВЗЯТЬ]", "TAKEN"),
        Why.NOT_NOW: ("TAKEN", "closed"),
        Why.CONTRADICTION: ("CLOSED", "EXTEND"),
        Why.NO_SUCH_TICKET: ("MD-77",),
        Why.SAME_TICKET: ("MD-42",),
        Why.NOT_YOURS: ("CLOSED", "smirnov"),
        Why.BAD_DURATION: ("завтра",),
        Why.UNKNOWN_ROUTE: ("завхоз",),
        Trouble.ABSENCE: ("smirnov", "В отпуске до 1 декабря", "dispatch"),
        Trouble.SOURCE_UNREAD: ("imap.school.example", "2026-11-23T10:40:00+00:00", "timed out"),
        Trouble.FORM_UNREAD: (
            "form.school.example",
            "2026-11-23T10:40:00+00:00",
            "the relay answered with HTTP 502",
        ),
        Trouble.FORM_REFUSED: ("form.school.example", "the relay refused the token (HTTP 401)"),
        Trouble.OUTBOX_RESTS: ("535 5.7.8", "2026-11-24T11:05:00+00:00", "answer", "MD-42"),
        Trouble.UNDELIVERABLE: ("petrova.maria@mail.example", "answer", "550 5.1.1 No such user"),
        Trouble.TOO_MANY_LETTERS: ("sidorov@school.example", "30", "3600.0"),
        Trouble.POISON: ("q17", "timeout"),
        Step.DISPATCHED: ("TECH", "smirnov"),
        Step.OPENED: ("web",),
        Step.EXTENSION_REQUESTED: ("24",),
        Step.EXTENSION_APPROVED: ("24",),
        Step.REMINDED: ("take",),
        Step.ESCALATED: ("close",),
        Step.BOUNCED: ("answer",),
        Step.TEXT_ALONG: ("smirnov", "TECH"),
        Step.WAITS: ("escalation", "2026-11-23T12:05:00+00:00"),
        Step.NOT_SENT: ("receipt",),
    }
    return known.get(code, ("TAKEN", "smirnov", "…"))


def _facts(language: str) -> Iterator[tuple[Kind, str, Facts]]:
    """Every kind with each of its variants: (kind, variant, facts)."""
    due = NOW + timedelta(hours=23, minutes=53)
    late = NOW - timedelta(minutes=41)
    reasons: dict[Kind, tuple[str, ...]] = {
        Kind.DISPATCH_REQUEST: ("unknown", "returned", "absent", "staff-gone", "by-hand", "deputy"),
        Kind.ASSIGNMENT: (
            "by-tag", "by-form", "by-phone", "by-mailbox", "by-dispatcher", "deputy", "reopened", "rerouted", "staff-gone",
        ),
        Kind.AUTHOR_REPLY: ("wrote", "reopened", "content", "phone"),
        Kind.CALLBACK_REQUEST: ("question", "answer", "bounced", "bounced-question"),
        Kind.NOTE: ("note", "other-address", "forward", "merged", "reopened"),
        Kind.REASSIGNED: ("taken", "deputy"),
        Kind.EXTENSION_REQUEST: ("deputy",),
        Kind.EXTENSION_DECISION: ("approved", "denied"),
        Kind.COMMAND_ERROR: tuple(Why),
        Kind.NOTICE: tuple(Trouble),
        Kind.QUARANTINED: (Trouble.POISON, Trouble.UNREADABLE),
        Kind.DELIVERY_FAILED: (Trouble.UNDELIVERABLE, Trouble.NO_WAY_TO_AUTHOR),
        Kind.FLOOD: (Trouble.TOO_MANY_LETTERS, Trouble.TOO_MANY_TICKETS),
    }  # fmt: skip
    allowed = tuple(
        Line(name, ("JOURNAL", "TECH", "PSYCH") if name is Name.CATEGORY else ())
        for name in Name
        if name not in (Name.UNKNOWN, Name.NEAR)
    )
    said = Message(
        Direction.IN, "appeal", "petrova.maria@mail.example", "", NOW - timedelta(minutes=7), _TEXT[language],
        (FileName("screen.png", "image/png", 120_000),),
    )  # fmt: skip
    answered = Message(Direction.OUT, "answer", "", "petrova.maria@mail.example", NOW, _ANSWER[language])
    sent = Message(Direction.OUT, "assignment", "", "smirnov@school.example", NOW, _TEXT[language])
    common = Facts(
        by="sidorov", to="ivanova", due=due, phone="+7 900 000-00-00", quoted=_TEXT[language], allowed=allowed[:6],
        messages=(said,),
    )  # fmt: skip
    for kind, codes in reasons.items():
        for code in codes:
            yield kind, code, replace(common, reason=Line(code, _arguments(code)))
    yield Kind.CALLBACK_REQUEST, "no number", replace(common, reason=Line("bounced"), phone="")
    for kind in (Kind.DISPATCH_REQUEST, Kind.ASSIGNMENT, Kind.AUTHOR_REPLY):
        yield kind, "cut", replace(common, cut=("screen.png",))
    steps = tuple(Line(step, _arguments(step)) for step in Step)
    for step in steps:
        yield Kind.COMMAND_DONE, step.code, Facts(done=(step,))
    yield Kind.COMMAND_DONE, "several", Facts(done=steps[:3])
    yield Kind.COMMAND_DONE, "nothing", Facts()
    for term in Term:
        yield Kind.REMINDER, term, Facts(term=term, due=late if term is Term.TAKE else due)
        yield Kind.ESCALATION, term, Facts(term=term, by="smirnov", since=late, due=late)
    yield Kind.REMINDER, "weekly-not-sent", Facts(reason=Line("weekly-not-sent"))
    yield Kind.RECEIPT, "", Facts(due=due)
    yield Kind.RECEIPT, "too-large", Facts(due=due, reason=Line(Trouble.TOO_LARGE, ("31",)))
    yield Kind.QUESTION, "", Facts()
    yield Kind.ANSWER, "", Facts()
    yield Kind.TERM_CHANGED, "", Facts(due=NOW + timedelta(days=2))
    yield Kind.CONFIRM_COMMAND, "command", Facts(commands=("[CLOSED]",), since=NOW + timedelta(days=1))
    yield Kind.CONFIRM_COMMAND, "reply", Facts(since=NOW + timedelta(days=1))
    yield Kind.CONFIRM_COMMAND, "without-proposals", Facts(commands=("[SEND]",), reason=Line("without-proposals"))
    yield Kind.EXTENSION_REQUEST, "", Facts(hours=24, by="smirnov", due=due, since=due + timedelta(hours=24))
    yield Kind.DAILY_REPORT, "mail", Facts(report=report(language))
    yield Kind.DAILY_REPORT, "phone", Facts(report=report(language, channels=("phone",)))
    empty = ReportView("daily", NOW - timedelta(days=1), NOW, ("phone",), Count("", 0), Count("", 0), 0, ())
    yield Kind.DAILY_REPORT, "empty", Facts(report=empty)
    week = report(language, name="weekly", channels=("web", "email", "phone"))
    yield Kind.WEEKLY_REPORT, "", Facts(report=week)
    yield Kind.WEEKLY_ANALYSIS, "", Facts(report=week, by="sidorov")
    for code in ("my", "list"):
        yield Kind.LIST, code, Facts(rows=rows(language), reason=Line(code))
        yield Kind.LIST, f"{code}, empty", Facts(reason=Line(code))
    history = tuple(
        Event(NOW + timedelta(minutes=index), "daemon", step.code, step.args, "by-tag")
        for index, step in enumerate(steps)
    )
    for code in ("status", "history"):
        yield Kind.STATUS, code, Facts(history=history, messages=(said, sent, answered), reason=Line(code))
    yield Kind.HELP, "", Facts(allowed=allowed, reason=Line("help", ("head", "tech")))
    yield Kind.HOTLINE_FORM, "", Facts()


def samples(language: str) -> Iterator[Sample]:
    """Every kind × variant; each also with the ticket masked, and without one where that can be."""
    school = policy(language)
    person = school.staff["smirnov"]
    attached = (Attachment("Снимок экрана.png" if language == "ru" else "screen.png", "image/png", b"\x89PNG" * 40),)
    for kind, variant, facts in _facts(language):
        to_author = kind in AUTHOR_KINDS
        about = _ticket_for(language, kind, variant)
        mine = facts.report is None and kind not in (Kind.LIST, Kind.HOTLINE_FORM)
        made = Outgoing(
            kind=kind,
            to=Recipient(about.author.email, about.author.name, "author")
            if to_author
            else Recipient(person.address, person.name, person.key),
            capacity=Capacity.AUTHOR if to_author else Capacity.STAFF,
            ticket=about if mine and variant != "weekly-not-sent" else None,
            text=(_ANSWER if kind in (Kind.ANSWER, Kind.WEEKLY_ANALYSIS) else _TEXT)[language],
            facts=facts,
            attachments=attached
            if kind in (Kind.ASSIGNMENT, Kind.ANSWER, Kind.AUTHOR_REPLY, Kind.CONFIRM_COMMAND)
            else (),
            buttons=_BUTTONS.get(kind, ()),
            plain_reply=_plain(kind),
        )
        yield Sample(variant, made)
        if not to_author and made.ticket is not None:
            yield Sample(
                f"{variant}, masked".lstrip(", "), replace(made, masked=True, ticket=replace(about, category="psych"))
            )
        if kind in _TICKETLESS and made.ticket is not None:
            yield Sample(f"{variant}, no ticket".lstrip(", "), replace(made, ticket=None))


def _ticket_for(language: str, kind: Kind, variant: str) -> Ticket:
    if kind is Kind.DISPATCH_REQUEST:
        clock = TermClock(Term.DISPATCH, NOW, NOW + timedelta(minutes=23), "site_admin")
        return ticket(language, state=State.NEW, category=None, assignees=(), dispatched_at=None, terms=(clock,))
    if kind in (Kind.EXTENSION_REQUEST, Kind.EXTENSION_DECISION):
        until = NOW + timedelta(days=2)
        wanted = Extension(24, _TEXT[language], ExtensionState.REQUESTED, "smirnov", NOW, until)
        return ticket(language, state=State.TAKEN, extension=wanted)
    if variant in ("bounced", "no number"):
        return ticket(language, state=State.CALLBACK)
    return ticket(language)


def letter(sample: Sample, renderer: Renderer) -> Letter:
    """The sample as it would leave. Raises `TemplateFault`."""
    number = sample.outgoing.ticket.number if sample.outgoing.ticket else 0
    return compose(
        sample.outgoing,
        thread=Thread(),
        policy=policy(renderer.language),
        uid=UID,
        token=f"md.{number}.{UID}.{CODE}",
        now=NOW,
        renderer=renderer,
    )


def faults(renderer: Renderer) -> list[TemplateFault]:
    """What is wrong with the templates, each place once."""
    found: dict[tuple[str, int], TemplateFault] = {}
    for sample in samples(renderer.language):
        try:
            letter(sample, renderer)
        except TemplateFault as fault:
            found.setdefault((fault.file, fault.line), fault)
    return list(found.values())
