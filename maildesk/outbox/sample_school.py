"""A made-up school for samples: its people, an appeal, a list, a report, in the language of the letters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from maildesk.model import (
    Account,
    Attachment,
    Author,
    Category,
    Change,
    Channel,
    Count,
    Person,
    PersonFigures,
    Policy,
    ReportView,
    State,
    Term,
    TermClock,
    TermFigures,
    Ticket,
    TicketRow,
    Week,
)

NOW = datetime(2026, 11, 23, 11, 5, tzinfo=UTC)


def policy(language: str) -> Policy:
    """A small school, with names in the language of the letters."""
    russian = language == "ru"
    names = (
        ("Иванова Анна Петровна", "Сидоров Павел Андреевич", "Смирнов Олег Игоревич", "Орлова Наталья Юрьевна")
        if russian
        else ("Anna Ivanova", "Pavel Sidorov", "Oleg Smirnov", "Natalia Orlova")
    )
    keys = ("ivanova", "sidorov", "smirnov", "orlova")
    staff = {key: Person(key, name, (f"{key}@school.example",)) for key, name in zip(keys, names, strict=True)}
    titles = (
        (
            "Вопросы работы электронного журнала и дневника",
            "Проблемы технического характера",
            "Необходима консультация психолога",
        )
        if russian
        else ("Electronic journal and diary", "Technical problems", "Advice of the psychologist")
    )
    tags = (("JOURNAL", "ЭЖД"), ("TECH", "ТЕХ"), ("PSYCH", "ПСИХОЛОГ"))
    roles = ("site_admin", "tech", "psychologist")
    categories = tuple(
        Category(key, title, tag, role, key == "psych")
        for key, title, tag, role in zip(("journal", "tech", "psych"), titles, tags, roles, strict=True)
    )
    return Policy(
        service_name="Служба сопровождения дистанционного обучения" if russian else "Distance Learning Service",
        organisation="Школа № 167" if russian else "School No. 167",
        address="support@school.example",
        staff=staff,
        roles={"head": ("sidorov",), "site_admin": ("ivanova",), "tech": ("smirnov",), "psychologist": ("orlova",)},
        categories=categories,
        secrets=(b"sample",),
        language=language,
        phone="+7 495 000-00-00",
    )


def ticket(language: str, **changes: Any) -> Ticket:
    """An appeal on its way."""
    russian = language == "ru"
    received = NOW - timedelta(minutes=7)
    made = Ticket(
        subject="Не открывается электронный дневник" if russian else "The electronic diary does not open",
        channel=Channel.WEB,
        author=Author(
            "Петрова Мария Сергеевна" if russian else "Maria Petrova",
            "petrova.maria@mail.example",
            "+7 900 000-00-00",
            "parent",
            "7 Б" if russian else "7 B",
        ),
        received_at=received,
        state=State.ASSIGNED,
        number=42,
        category="tech",
        assignees=("smirnov",),
        dispatched_at=NOW,
        terms=(
            TermClock(Term.DISPATCH, received, received + timedelta(minutes=30), "site_admin", NOW, NOW),
            TermClock(Term.TAKE, NOW, NOW + timedelta(minutes=30), "smirnov"),
            TermClock(Term.CLOSE, received, received + timedelta(hours=24), "smirnov"),
        ),
    )
    return replace(made, **changes)


def rows(language: str) -> tuple[TicketRow, ...]:
    """Three open appeals: a late one, one in time, a confidential one."""
    school = policy(language)
    title = [category.title for category in school.categories]
    late, soon = NOW - timedelta(minutes=41), NOW + timedelta(hours=20)
    subject = ticket(language).subject
    smirnov, orlova = school.staff["smirnov"].name, school.staff["orlova"].name
    return (
        TicketRow("MD-40", State.ASSIGNED, subject, title[1], smirnov, NOW - timedelta(hours=3), Term.TAKE, late, True),
        TicketRow("MD-41", State.TAKEN, subject, title[0], smirnov, NOW - timedelta(hours=4), Term.CLOSE, soon, False),
        TicketRow("MD-42", State.ASSIGNED, "", title[2], orlova, NOW - timedelta(hours=1), Term.CLOSE, soon, False),
    )


def report(language: str, *, name: str = "daily", channels: tuple[str, ...] = ("web", "email")) -> ReportView:
    """A day with a bit of everything."""
    listed = rows(language)
    days = 1 if name == "daily" else 7
    closed = replace(listed[1], ref="MD-39", state=State.CLOSED, next_term=None, due_at=None)
    made = ReportView(
        name=name,
        since=NOW - timedelta(days=days),
        until=NOW,
        channels=channels,
        arrived=Count("arrived", 21, 18, 16.5),
        closed=Count("closed", 19, 20, 17.0),
        open_now=3,
        terms=(
            TermFigures(Term.DISPATCH, 21, 0, 240.0, 1500.0),
            TermFigures(Term.TAKE, 18, 2, 840.0, 4260.0),
            TermFigures(Term.CLOSE, 19, 0, 18000.0, 79200.0),
        ),
        by_category=(Count("tech", 12, 9, 10.0), Count("journal", 7, 9, 8.0), Count("psych", 0, small=True)),
        open_rows=listed,
        closed_rows=(closed,),
        decisions=(replace(listed[1], ref="MD-38"),),
        missed_rows=listed[:1],
        account=Account(58, 21, 24, 9, 2, 1, 1),
        earlier=(Count("22.11", 4, None),),
        spam=("shop@mail.example: 50 %",),
        missed=Count("missed", 2, 1, 1.0),
    )
    return made if name == "daily" else _weekly(made, ("7 Б", "9 А") if language == "ru" else ("7 B", "9 A"))


def _weekly(daily: ReportView, classes: tuple[str, str]) -> ReportView:
    """The same figures with what a week's report adds, a made-up picture among it."""
    return replace(
        daily,
        reopened=Count("reopened", 1, 0, 0.0),
        trend=tuple(Week(NOW - timedelta(days=7 * back), 21 - back, 19 - back, back % 3) for back in range(7, -1, -1)),
        by_class=(Count(classes[0], 5, 2, 1.0), Count(classes[1], 3, 4, 3.5)),
        by_role=(Count("parent", 12, 9, 8.0), Count("", 7, 9, 8.0)),
        by_channel=(Count("email", 14, 9, 9.0), Count("phone", 7, 9, 8.0)),
        by_person=(PersonFigures("smirnov", daily.terms[1]), PersonFigures("site_admin", daily.terms[0])),
        hours=(0,) * 8 + (2, 4, 5, 3, 2, 1, 2, 1, 1) + (0,) * 7,
        changes=(
            Change("arrived", "", 21, 8, None),
            Change("missed", "take", 2, 12, 9.5),
            Change("category", "tech", 12, None, 3.0),
        ),
        charts=tuple(
            Attachment(f"{name}.png", "image/png", b"\x89PNG" * 40, inline=True, content_id=f"{name}@maildesk")
            for name in ("trend", "category", "hours")
        ),
    )
