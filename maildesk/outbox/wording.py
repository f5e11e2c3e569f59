"""Moments, durations, plurals and sizes in the reader's language, by Babel; the templates use them as filters."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date
from jinja2 import pass_context
from jinja2.runtime import Context

from maildesk.outbox.buttons import written

#: English as the rest of the world writes dates: 24 November, 14:30.
LOCALES = {"ru": "ru", "en": "en_GB"}

_DURATION: dict[str, dict[str, tuple[str, ...]]] = {
    "ru": {
        "day": ("день", "дня", "дней"),
        "hour": ("час", "часа", "часов"),
        "minute": ("минута", "минуты", "минут"),
    },
    "en": {"day": ("day", "days"), "hour": ("hour", "hours"), "minute": ("minute", "minutes")},
}
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


@lru_cache(maxsize=512)
def _date(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, LOCALES[language])


class Wording:
    """The filters of one language ('ru' or 'en'). Moments are aware; `now` gives the zone they are told in."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LOCALES else "en"
        self.locale = Locale.parse(LOCALES[self.language])

    def plural(self, count: float, *forms: str) -> str:
        """`5|plural('обращение', 'обращения', 'обращений')` → '5 обращений'; English has two forms."""
        return f"{self._number(count)} {self.form(count, *forms)}"

    def form(self, count: float, *forms: str) -> str:
        """The form of a word that goes with this number, without the number."""
        rule = self.locale.plural_form(count)
        index = {"one": 0, "few": 1, "many": 2}.get(rule, 1 if count % 1 else len(forms) - 1)
        return forms[min(index, len(forms) - 1)]

    def duration(self, seconds: float | None) -> str:
        """Seconds as people say them: '2 часа 15 минут', '3 дня'; '' for None."""
        if seconds is None:
            return ""
        minutes = max(0, round(seconds / 60))
        days, rest = divmod(minutes, 1440)
        hours, left = divmod(rest, 60)
        # '24 часа' is the regulation's own word for a term; a day is said from two on.
        if days == 1:
            days, hours = 0, hours + 24
        parts = [(days, "day"), (hours, "hour"), (left if not days else 0, "minute")]
        told = [self.plural(count, *_DURATION[self.language][unit]) for count, unit in parts if count]
        return " ".join(told) or self.plural(0, *_DURATION[self.language]["minute"])

    def hours(self, count: float | str | None) -> str:
        """Hours as people say them: 36 → '36 часов', 48 → '48 часов', 1.5 → '1 час 30 минут'."""
        try:
            value = float(count or 0)
        except ValueError:
            return str(count)
        if value != int(value):
            return self.duration(value * 3600)
        return self.plural(int(value), *_DURATION[self.language]["hour"])

    def _number(self, count: float) -> str:
        return (
            str(int(count)) if count == int(count) else f"{count:g}".replace(".", "," if self.language == "ru" else ".")
        )

    def size(self, count: int) -> str:
        """Bytes: '12 КБ', '3,4 МБ'."""
        kilo, mega = ("КБ", "МБ") if self.language == "ru" else ("KB", "MB")
        if count < 1_000_000:
            return f"{max(1, round(count / 1000))} {kilo}"
        return f"{self._number(round(count / 1_000_000, 1))} {mega}"

    def clock(self, moment: datetime, now: datetime) -> str:
        """'14:30'."""
        return moment.astimezone(now.tzinfo).strftime("%H:%M")

    def day(self, moment: datetime | date, now: datetime, *, weekday: bool = False) -> str:
        """'24 ноября', with the year where it is another."""
        local = moment.astimezone(now.tzinfo).date() if isinstance(moment, datetime) else moment
        pattern = ("EEEE, " if weekday else "") + ("d MMMM" if local.year == now.year else "d MMMM y")
        return _date(local, pattern, self.language)

    def _near(self, local: datetime, now: datetime) -> int:
        return (local.date() - now.date()).days

    def moment(self, moment: datetime | None, now: datetime) -> str:
        """'сегодня в 14:30', 'вчера, 22 ноября, в 14:30', '20 ноября в 14:30'; '' for None."""
        if moment is None:
            return ""
        local = moment.astimezone(now.tzinfo)
        time, near, day = local.strftime("%H:%M"), self._near(local, now), self.day(local, now)
        if self.language == "ru":
            named = {0: "сегодня", 1: f"завтра, {day},", -1: f"вчера, {day},"}.get(near, day)
            return f"{named} в {time}"
        named = {0: "today", 1: f"tomorrow, {day},", -1: f"yesterday, {day},"}.get(near, f"on {day}")
        return f"{named} at {time}"

    def until(self, moment: datetime | None, now: datetime) -> str:
        """A term as a time of day: 'до 14:30 сегодня', 'до 09:00 завтра, 24 ноября', 'до 09:00 в среду, 25 ноября'."""
        if moment is None:
            return ""
        local = moment.astimezone(now.tzinfo)
        time, near, day = local.strftime("%H:%M"), self._near(local, now), self.day(local, now)
        if self.language == "ru":
            words = {0: "сегодня", 1: f"завтра, {day}", -1: f"вчера, {day}"}
            return f"до {time} {words.get(near) or self._on(local, near, day)}"
        words = {0: "today", 1: f"tomorrow, {day}", -1: f"yesterday, {day}"}
        return f"by {time} {words.get(near) or self._on(local, near, day)}"

    def _on(self, local: datetime, near: int, day: str) -> str:
        """A day further off: its weekday within a week, else the date alone."""
        if not 0 < near < 7:
            return day if self.language == "ru" else f"on {day}"
        name = _date(local.date(), "EEEE", self.language)
        if self.language == "en":
            return f"on {name}, {day}"
        # The accusative: в среду, во вторник, в воскресенье.
        accusative = name[:-1] + "у" if name.endswith("а") else name
        return f"{'во' if name.startswith('вт') else 'в'} {accusative}, {day}"

    def told(self, argument: str, now: datetime) -> str:
        """An argument of a `Line` that is an ISO moment, told as people do; anything else as it is."""
        if not _ISO.fullmatch(argument):
            return argument
        try:
            moment = datetime.fromisoformat(argument)
        except ValueError:
            return argument
        return self.moment(moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo), now)

    def tag(self, name: str, argument: str = "") -> str:
        """A tag as it is written in this language, with its brackets."""
        return written(name, argument, self.language) if name else ""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """All of them by the names that templates use; those of moments find `now` among the letter's variables."""

        def at_now(method: Callable[..., str]) -> Callable[..., str]:
            @lru_cache(maxsize=512)
            def told(value: Any, now: datetime, zone: Any, **options: Any) -> str:
                return method(value, now, **options)

            @pass_context
            def with_now(context: Context, value: Any, **options: Any) -> str:
                now = context["now"]
                # The same moment in another zone is equal, but told otherwise.
                return told(value, now, now.tzinfo, **options)

            return with_now

        return {
            "plural": self.plural,
            "form": self.form,
            "duration": self.duration,
            "hours": self.hours,
            "size": self.size,
            "tag": self.tag,
            "clock": at_now(self.clock),
            "day": at_now(self.day),
            "moment": at_now(self.moment),
            "until": at_now(self.until),
        }
