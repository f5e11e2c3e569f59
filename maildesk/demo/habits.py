"""How people write mail: a new one, and answers as Gmail, Yandex, an iPhone and Outlook make them, quoting in Russian."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Callable
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from maildesk.demo.cast import Person, Program
from maildesk.demo.reading import Letter

ZONE = ZoneInfo("Europe/Moscow")
_MONTHS = "янв. февр. мар. апр. мая июн. июл. авг. сент. окт. нояб. дек.".split()
_WHOLE_MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
_DAYS = "пн вт ср чт пт сб вс".split()
_WHOLE_DAYS = "понедельник вторник среда четверг пятница суббота воскресенье".split()
_numbers = itertools.count(1)
#: A page's content, without its head and frame.
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)


def new_mail(writer: Person, to: str, subject: str, text: str, now: datetime) -> EmailMessage:
    """A mail that answers nothing, as plain text."""
    mail = _headed(writer, to, subject, now)
    mail.set_content(_signed(writer, text))
    return mail


def reply(writer: Person, letter: Letter, text: str, now: datetime) -> EmailMessage:
    """An answer: to the letter's From, under its subject with «Re:», naming it in the threading headers, quoting it below."""
    prefix = "RE: " if writer.program is Program.OUTLOOK else "Re: "
    subject = letter.subject if letter.subject.lower().startswith("re:") else prefix + letter.subject
    mail = _headed(writer, letter.from_address, subject, now)
    mail["In-Reply-To"] = letter.message_id
    mail["References"] = " ".join((*letter.references, letter.message_id))
    _PROGRAMS[writer.program](mail, writer, letter, text)
    return mail


def _headed(writer: Person, to: str, subject: str, now: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = Address(writer.name, addr_spec=writer.email)
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now.astimezone(ZONE))
    mail["Message-ID"] = f"<{now:%Y%m%d%H%M%S}.{next(_numbers)}.{writer.key}@{writer.email.partition('@')[2]}>"
    return mail


def _gmail(mail: EmailMessage, writer: Person, letter: Letter, text: str) -> None:
    """The web page of Gmail: attribution on its own line, the quote marked in both parts."""
    at = letter.date.astimezone(ZONE)
    said = (
        f"{_DAYS[at.weekday()]}, {at.day} {_MONTHS[at.month - 1]} {at.year} г. в {at:%H:%M}, "
        f"{letter.from_name} <{letter.from_address}>:"
    )
    mail.set_content(f"{text}\n\n{said}\n\n{_marked(letter.text)}\n", cte="base64")
    mail.add_alternative(
        f'<div dir="ltr">{_lines(text)}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" '
        f'class="gmail_attr">{html.escape(said)}<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px '
        f'0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{_content(letter)}</blockquote></div>\n',
        subtype="html",
        cte="base64",
    )


def _yandex(mail: EmailMessage, writer: Person, letter: Letter, text: str) -> None:
    """Yandex's web page: HTML alone, an attribution with the date in figures, a bare blockquote."""
    at = letter.date.astimezone(ZONE)
    said = f'{at:%d.%m.%Y, %H:%M}, "{letter.from_name}" &lt;{letter.from_address}&gt;:'
    mail["X-Mailer"] = "Yamail [ http://yandex.ru ] 5.0"
    mail.set_content(
        f"<div>{_lines(text)}</div><div> </div><div>{said}</div><blockquote>{_content(letter)}</blockquote>"
        f"<div> </div><div> </div><div>-- <br>{html.escape(writer.name)}</div>\n",
        subtype="html",
        cte="base64",
    )


def _iphone(mail: EmailMessage, writer: Person, letter: Letter, text: str) -> None:
    """Apple's Mail on a phone: plain text, its signature above the quote."""
    at = letter.date.astimezone(ZONE)
    said = (
        f"> {at.day} {_MONTHS[at.month - 1]} {at.year} г., в {at:%H:%M}, {letter.from_name} "
        f"<{letter.from_address}> написал(а):"
    )
    mail["X-Mailer"] = "iPhone Mail (21F90)"
    mail.set_content(f"{text}\n\nОтправлено с iPhone\n\n{said}\n> \n> {_marked(letter.text)}\n", cte="quoted-printable")


def _outlook(mail: EmailMessage, writer: Person, letter: Letter, text: str) -> None:
    """Outlook: a signature, a block of header lines, and the letter below it without any marks."""
    at = letter.date.astimezone(ZONE)
    rows = {
        "От": f"{letter.from_name} <{letter.from_address}>",
        "Отправлено": f"{_WHOLE_DAYS[at.weekday()]}, {at.day} {_WHOLE_MONTHS[at.month - 1]} {at.year} г. {at:%H:%M}",
        "Кому": writer.email,
        "Тема": letter.subject,
    }
    plain = "\n".join(f"{name}: {value}" for name, value in rows.items())
    marked = "<br>\n".join(f"<b>{name}:</b> {html.escape(value)}" for name, value in rows.items())
    mail["X-Mailer"] = "Microsoft Outlook 16.0"
    mail["Thread-Topic"] = letter.subject
    mail.set_content(f"{text}\n\n{writer.name}\n\n{plain}\n\n{letter.text}\n", cte="base64")
    mail.add_alternative(
        f'<html><body lang="RU"><div class="WordSection1"><p class="MsoNormal">{_lines(text)}</p><p class="MsoNormal">'
        f'{html.escape(writer.name)}</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm '
        f'0cm 0cm"><p class="MsoNormal">{marked}</p></div></div>{_content(letter)}</div></body></html>\n',
        subtype="html",
        cte="base64",
    )


_PROGRAMS: dict[Program, Callable[[EmailMessage, Person, Letter, str], None]] = {
    Program.GMAIL: _gmail,
    Program.YANDEX: _yandex,
    Program.IPHONE: _iphone,
    Program.OUTLOOK: _outlook,
}


def _signed(writer: Person, text: str) -> str:
    return f"{text}\n\nОтправлено с iPhone\n" if writer.program is Program.IPHONE else f"{text}\n\n-- \n{writer.name}\n"


def _marked(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.rstrip().splitlines())


def _lines(text: str) -> str:
    return "<br>\n".join(html.escape(line) for line in text.splitlines())


def _content(letter: Letter) -> str:
    found = _BODY.search(letter.html)
    return found[1] if found else _lines(letter.text)
