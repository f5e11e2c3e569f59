"""Knows how mail clients name a vacation answer in the Subject, in Russian, English and the languages around us."""

from __future__ import annotations

import re

#: A label that only a program writes, at the very start; a colon, a dash, a quotation or the end has to follow, so that
#: «Автоматический ответ не приходит» stays a person's complaint.
_LABELS = (
    r"авто[- ]?ответ(?:чик)?",
    r"автоматическ(?:ий|ое|и) (?:ответ|сообщение|уведомление об отсутствии)",
    r"ответ автоответчика",
    r"сообщение автоответчика",
    r"(?:меня )?(?:нет|не) в офисе|(?:я )?отсутству(?:ет|ю)|вне офиса|нет на (?:месте|работе|рабочем месте)|в отпуске"
    r"|отсутствие на (?:работе|рабочем месте)",
    r"автовідповідь",
    r"автоматична відповідь|відсутність на робочому місці|немає на робочому місці",
    r"аўтаматычны адказ",
    r"auto(?:matic|mated)?[- ]?(?:reply|response|answer|repsonse)(?: message)?",
    r"autoreply|autoresponse|auto ?responder|autosvar|autoreply message",
    # Lotus Notes: "AUTO: Ivan Petrov is out of the office (returning 05.01.2026)"
    r"auto: .{2,100}?(?:out of (?:the )?office|away|on (?:leave|vacation)|вне офиса|отсутству\w+|в отпуске|abwesend|absent)\b.{0,80}",
    r"[\w .,'\"-]{2,60} (?:is|will be|am) (?:currently )?(?:out of (?:the )?office|on (?:annual leave|vacation|maternity leave)).{0,60}",
    r"out of (?:the )?office(?: auto[- ]?reply| automatic reply| reply| response| message| notification| notice| assistant)?",
    r"ooo|o\.o\.o\.?",
    r"(?:i am |i'm )?out of (?:the )?office",
    r"vacation (?:reply|response|message|notice|auto[- ]?reply)",
    r"away from (?:my )?(?:mail|office|desk)",
    r"automatische antwort|abwesenheits(?:notiz|nachricht|meldung|assistent)?|abwesend|abwesenheit|automatisch antwoord"
    r"|afwezig(?:heids(?:assistent|bericht))?",
    r"réponse automatique|absence du bureau|absent du bureau|message d'absence|notification d'absence|auto ?réponse",
    r"respuesta autom[aá]tica|fuera de (?:la )?oficina|ausente de la oficina|resposta autom[aá]tica"
    r"|fora do escrit[oó]rio|ausência tempor[aá]ria",
    r"risposta automatica|fuori (?:sede|ufficio)|assente",
    r"odpowiedź automatyczna|automatyczna odpowiedź|autoodpowiedź|poza biurem|automatická odpov[eě]ď|automaattinen vastaus|poissa",
    r"automatisk svar|automatiskt svar|frånvaro|otomatik yan[ıi]t|自動応答|自動返信|自动回复|自動回覆|자동 ?(?:회신|응답)",
)
_LABEL = re.compile(
    rf"(?:{'|'.join(_LABELS)})\s*(?:$|[:：!\"«»“”()\[\]]|[-–—]\s|[.,]\s*$|re:|(?:на|к) ваше |for |from |to )",
    re.IGNORECASE,
)

#: Another desk's own number in front of its label: "school #10442] AutoReply: …" (the first bracket is stripped already).
_DESKS_TAG = re.compile(r"^[^\[\]]{1,40}\]\s*")
#: GroupWise and MDaemon set the label behind the letter's own Subject: "Re: books (Out of office)".
_LABEL_AT_END = re.compile(rf"\((?:{'|'.join(_LABELS)}|automaattivastaus)\)?$", re.IGNORECASE)

_MONTHS = (
    r"янв\w*|фев\w*|мар\w*|апр\w*|мая|май|июн\w*|июл\w*|авг\w*|сен\w*|окт\w*|ноя\w*|дек\w*"
    r"|jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*"
)
_WHEN = (
    r"(?:[\s,(]*(?:с|по|до|до конца|включительно|на|от|from|until|till|to|through|г|года|\d{1,4}|[./–—-]"
    rf"|{_MONTHS}|недел[еию]|день|дня))*[\s.!)…]*"
)

#: What people call their own absence: the whole Subject, with dates at most, so that «Я в отпуске и не могу войти в журнал»
#: stays an appeal.
_ABSENCES = (
    r"(?:я )?(?:нахожусь )?в (?:ежегодном |очередном |учебном |декретном )?отпуске",
    r"(?:я )?(?:ушла?|уехала?) в (?:отпуск|командировку)",
    r"(?:я )?(?:нахожусь )?в командировке",
    r"(?:я )?на больничном",
    r"нет на (?:месте|работе|рабочем месте)",
    r"меня нет (?:на месте|на работе|на рабочем месте|в офисе|в школе)",
    r"(?:я )?отсутству(?:ю|ет)(?: на (?:рабочем )?месте| на работе| в офисе)?",
    r"(?:временно )?отсутствую",
    r"отсутствие на (?:рабочем месте|работе)",
    r"(?:я )?(?:нахожусь )?вне офиса",
    r"я у відпустці|у відпустці|немає на місці|відсутн(?:ій|я) на (?:робочому )?місці",
    r"(?:i am |i'm )?(?:currently )?(?:on (?:vacation|annual leave|leave|holiday|maternity leave)|away(?: from (?:the"
    r"|my) (?:office|desk))?)",
    r"im urlaub|nicht im büro|en vacances|en congés?|de vacaciones",
)
_ABSENCE = re.compile(rf"(?:{'|'.join(_ABSENCES)}){_WHEN}$", re.IGNORECASE)

_RECEIPTS = (
    r"прочитано|прочтено|не прочитано|удалено без прочтения|уведомление о (?:прочтении|прочитанном)"
    r"|отч[её]т о (?:прочтении|прочитанном)|подтверждение (?:о )?(?:прочтении|прочтения)",
    r"read(?:[- ]receipt)?|not read|message read|return receipt(?: \(displayed\))?|disposition notification"
    r"|deleted without being read|read receipt",
    r"gelesen|ungelesen|lu|non lu|leído|letto|lida|przeczytano|lesebestätigung",
)
_RECEIPT = re.compile(rf"(?:{'|'.join(_RECEIPTS)})(?:\s*[:：]|\s*\(displayed\))", re.IGNORECASE)

_LONGEST = 200  # characters of a Subject in which a label may stand


def is_vacation_subject(subject: str) -> bool:
    """Whether a Subject is one that only a vacation answer bears.

    >>> is_vacation_subject("Автоответ: Не открывается журнал"), is_vacation_subject("Я в отпуске и не могу войти в журнал")
    (True, False)
    """
    start = subject.strip(" [](){}*«\"'【】")[:_LONGEST].replace("】", ": ")
    if _LABEL_AT_END.search(start):
        return True
    return any(_LABEL.match(one) for one in (start, _DESKS_TAG.sub("", start))) or (
        len(start) < 80 and _ABSENCE.match(start) is not None
    )


def is_absence(text: str) -> bool:
    """Whether these few words are all that an absent person left: «В отпуске до 15.08»."""
    return len(text) < 80 and _ABSENCE.match(text.strip()) is not None


def is_receipt_subject(subject: str) -> bool:
    """Whether a Subject begins as read receipts do: «Прочитано: …», "Read: …". A person may write so too: ask for more."""
    return _RECEIPT.match(subject.strip()[:_LONGEST]) is not None
