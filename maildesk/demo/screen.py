"""Shows the day on a terminal, a mail in two lines; plain lines where nobody looks (a pipe, a file)."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from maildesk.demo.cast import GUEST, Cast, Person
from maildesk.demo.checklist import Checklist
from maildesk.demo.habits import ZONE
from maildesk.demo.post_office import Delivered
from maildesk.demo.reading import Letter

#: What the kinds of the desk's letters are called on the screen (SPEC 5).
KINDS: Mapping[str, str] = {
    "receipt": "уведомление",
    "dispatch-request": "куда направить?",
    "assignment": "поручение",
    "author-reply": "ответ автора",
    "question": "вопрос",
    "answer": "ответ",
    "callback-request": "позвоните автору",
    "note": "заметка",
    "command-done": "сделано",
    "command-error": "не сделано",
    "confirm-command": "это писали вы?",
    "reassigned": "передано другому",
    "reminder": "напоминание",
    "escalation": "срок пропущен",
    "extension-request": "просьба о времени",
    "extension-decision": "решение о времени",
    "term-changed": "новый срок",
    "daily-report": "отчёт за день",
    "weekly-report": "отчёт за неделю",
    "weekly-analysis": "анализ",
    "status": "состояние",
    "list": "список",
    "help": "справка",
    "hotline-form": "бланк",
    "notice": "сообщение",
    "quarantined": "карантин",
    "delivery-failed": "не доставлено",
    "flood": "много писем",
}
#: Letters that tell of a missed term or of something unproved stand out.
_ALARMING = frozenset({"escalation", "confirm-command", "command-error", "delivery-failed", "quarantined", "flood"})
_DESK = "Служба"
#: The desk's line above which a reply is to be written.
_MARKER = re.compile(r"[—–-]+ Пишите выше")
#: Where a person's own words end: signature, quote, attribution.
_END = re.compile(r"\s*(>|-- |Отправлено с |От: |\S+, \d+ \S+ \d{4} г\. в |\d\d\.\d\d\.\d{4}, \d\d:\d\d, )")
#: A button writes its code into the subject; nobody needs to read it.
_CODE = re.compile(r"\s*\bmd\.[a-z0-9.]{20,}")
_INDENT = " " * 7


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the demo can be entered: passwords by address, ports, the form's page, the folder."""

    passwords: Mapping[str, str]
    imap: int
    smtp: int
    form: str
    directory: Path


class Screen:
    """Where the demo is watched. `console` may be no terminal: then lines are plain, and not cut."""

    def __init__(self, console: Console, cast: Cast) -> None:
        # The command line's console wraps nothing; here a line is cut at the edge instead.
        self._console = Console(file=console.file, highlight=False, soft_wrap=False)
        self._cast = cast

    def say(self, words: str = "", style: str = "") -> None:
        self._console.print(Text(words, style=style), soft_wrap=True)

    def heading(self, title: str) -> None:
        """A scene begins."""
        self._console.print()
        if self._console.is_terminal:
            self._console.print(Rule(Text(title, style="bold"), style="dim", align="left"))
        else:
            self.say(f"== {title}")

    def mail(self, delivered: Delivered) -> None:
        """A mail passes: when, from whom to whom, what kind, and its first words below."""
        letter = Letter(delivered.mail)
        line = Text(f"{delivered.at.astimezone(ZONE):%H:%M}  ", style="dim")
        line.append_text(self._who(letter.from_address))
        claimed, sender = letter.from_address, self._cast.at(delivered.sender)
        if sender is not None and sender.email != claimed:
            line.append(f" (на самом деле {sender.short})", style="red")
        line.append(" → ", style="dim").append_text(self._who(delivered.to))
        if letter.kind:
            style = "bold red" if letter.kind in _ALARMING else "bold"
            line.append(f"  {KINDS.get(letter.kind, letter.kind)}", style=style)
            line.append(f" {letter.ticket}" if letter.ticket else "", style="dim")
        self._line(line)
        if letter.kind:
            self._line(Text(_INDENT + first_words(letter), style="dim"))
        else:
            self._line(Text(f"{_INDENT}«{_CODE.sub('', letter.subject)}»  ").append(first_words(letter), style="dim"))

    def note(self, words: str) -> None:
        """Something that happens beside the mail."""
        self._line(Text(_INDENT + words, style="italic"))

    def outcome(self, checklist: Checklist) -> None:
        """The checklist, and how soon the first letters came."""
        self.heading("Что увидели в почтовых ящиках")
        for step in checklist.steps:
            line = Text("✓ ", style="green") if step.seen else Text("✗ ", style="bold red")
            line.append(step.what)
            if step.why:
                line.append(f": {step.why}", style="red")
            self._console.print(line, soft_wrap=not self._console.is_terminal)
        seen = sum(step.seen for step in checklist.steps)
        self.say()
        if checklist.to_letters is not None:
            seconds = f"{checklist.to_letters:.2f}".replace(".", ",")
            self.say(f"От письма мамы до обоих писем (уведомление и поручение): {seconds} с")
        style = "bold green" if checklist.complete else "bold red"
        self.say(f"Шагов увидели: {seen} из {len(checklist.steps)}", style)

    def places(self, doors: Doors) -> None:
        """Where to look while the day goes by."""
        self.say("Один день Службы: настоящие IMAP и SMTP на этой машине, около минуты.", "bold")
        self.say()
        self.say(f"  Письма (.eml)    {doors.directory / 'mail'}")
        self.say(f"  Журнал Службы    {doors.directory / 'daemon.log'}")
        self.say(f"  Форма на сайте   {doors.form}")
        self.say(f"  IMAP             127.0.0.1, порт {doors.imap}")
        self.say(f"  SMTP             127.0.0.1, порт {doors.smtp}")
        self.say(f"  Ваш ящик         {GUEST.email}, пароль {doors.passwords[GUEST.email]}")

    def join_in(self, doors: Doors) -> None:
        """How to take part with an ordinary mail program."""
        self.heading("Присоединяйтесь")
        self.say("Thunderbird: новая учётная запись, «Настроить вручную»:")
        self.say(f"  IMAP   127.0.0.1, порт {doors.imap}, без шифрования, обычный пароль")
        self.say(f"  SMTP   127.0.0.1, порт {doors.smtp}, без шифрования, обычный пароль")
        self.say(f"Пишите с {GUEST.email} на {self._cast.desk},")
        self.say("отвечайте из ящика любого сотрудника или заполните форму:")
        self.say(f"  {doors.form}")
        self.say()
        self._console.print(self._accounts(doors.passwords))
        self.say()
        self.say("Часы Службы теперь идут как обычные. Ctrl+C закончит.", "bold")

    def _accounts(self, passwords: Mapping[str, str]) -> Table:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for title in ("Кто", "Имя пользователя", "Пароль"):
            table.add_column(title, no_wrap=True)
        people = sorted(self._cast.people.values(), key=lambda one: one is not GUEST)
        for person in people:
            name = Text(f"{person.short}, {person.who}", style=person.colour)
            table.add_row(name, person.email, passwords[person.email])
        table.add_row(_DESK, self._cast.desk, passwords[self._cast.desk])
        return table

    def _who(self, address: str) -> Text:
        person: Person | None = self._cast.at(address)
        if person is None:
            return Text(_DESK if address == self._cast.desk else address, style="bold white")
        return Text(person.short, style=person.colour).append(f" ({person.who})", style="dim")

    def _line(self, line: Text) -> None:
        if self._console.is_terminal:
            self._console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
        else:
            self._console.print(line, soft_wrap=True)


def first_words(letter: Letter, most: int = 160) -> str:
    """How a mail begins, on one line: its own text without the reply marker, signature and quote."""
    lines = []
    for line in (letter.text or _plain(letter.html)).splitlines():
        if _END.match(line):
            break
        if not _MARKER.match(line):
            lines.append(line.strip())
    words = " ".join(" ".join(lines).split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _plain(page: str) -> str:
    ends = re.sub(r"<blockquote.*", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<br>|</div>", "\n", ends)))
