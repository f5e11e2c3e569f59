"""The words by which mail clients of many languages write "on that day that person wrote"."""

from __future__ import annotations

import re

# Beginnings of month names, lower case: a word that starts so, next to a day's number, is a date.
MONTHS = (
    "jan", "feb", "mar", "mär", "apr", "avr", "abr", "may", "mai", "maj", "mei", "jun", "jul", "aug", "ago", "aoû",
    "sep", "set", "oct", "okt", "out", "ott", "nov", "dec", "dez", "dic", "déc", "gen", "mag", "giu", "lug", "ene",
    "fév", "fev", "janv", "sept", "lis", "led", "úno", "bře", "dub", "kvě", "čer", "srp", "zář", "říj", "pro",
    "sty", "lut", "kwi", "cze", "lip", "sie", "wrz", "paź", "gru", "ian", "iun", "iul", "noi", "tam", "hel", "maa",
    "huh", "tou", "kes", "hei", "elo", "syy", "lok", "jou", "oca", "şub", "nis", "haz", "tem", "ağu", "eyl", "eki",
    "kas", "ara", "янв", "фев", "мар", "апр", "ма[йя]", "июн", "июл", "авг", "сен", "окт", "ноя", "дек", "січ",
    "лют", "бер", "кві", "тра", "чер", "лип", "сер", "вер", "жов", "лис", "гру", "студз", "сак", "крас", "май",
    "чэрв", "жні", "каст", "снеж", "ιαν", "φεβ", "μαρ", "απρ", "μαΐ", "μαϊ", "ιουν", "ιουλ", "αυγ", "σεπ", "οκτ",
    "νοε", "δεκ", "tháng", "thg", "ינו", "פבר", "מרץ", "אפר", "מאי", "יונ", "יול", "אוג", "ספט", "אוק", "נוב",
    "דצמ",
)  # fmt: skip

# Names of week days as clients print them at the head of a line: whole or cut short, lower case.
WEEKDAYS = (
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "so", "lun", "mar", "mer",
    "jeu", "ven", "sam", "dim", "dom", "mié", "jue", "vie", "sáb", "sab", "seg", "ter", "qua", "qui", "sex", "pon",
    "wt", "śr", "czw", "pt", "sob", "niedz", "nie", "po", "út", "st", "čt", "pá", "ne", "ma", "ti", "ke", "to",
    "pe", "la", "su", "mån", "tis", "ons", "tor", "tors", "fre", "lör", "sön", "man", "tir", "lør", "søn", "hét",
    "kedd", "sze", "csüt", "pén", "szo", "vas", "pzt", "sal", "çar", "per", "cum", "cmt", "paz", "пн", "вт", "ср",
    "чт", "пт", "сб", "вс", "нд", "понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье",
    "понеділок", "вівторок", "середа", "четвер", "п'ятниця", "субота", "неділя",
)  # fmt: skip

# "wrote" of each language, as it stands before the final colon or before the writer's name.
WROTE = (
    r"wrote",
    r"writes",
    r"said",
    r"says",
    r"sent",
    r"(?:на)?писал(?:а|и|\s?\([аи]\)|/а)?",
    r"пишет",
    r"пишут",
    r"сообщил(?:а|\(а\))?",
    r"написа(?:в|ла)(?:\(ла\))?",
    r"писа(?:в|ла)(?:\(ла\))?",
    r"пише",
    r"написа",
    r"напіса(?:ў|ла)",
    r"піша",
    r"schrieb(?:en\ssie)?",
    r"geschrieben",
    r"schreibt",
    r"a\s+[ée]crit",
    r"[ée]crit",
    r"nous\s+a\s+dit",
    r"escribi[óo]",
    r"va\s+escriure",
    r"escreveu",
    r"ha\s+scritto",
    r"scrive",
    r"schreef",
    r"geschreven",
    r"(?:napisał|pisał|nadesłał)(?:a|\s?\(a\))?",
    r"pisze",
    r"nap[ií]?sal(?:a|\s?\(a\))?",
    r"napisao(?:/la)?",
    r"je\s+napisal(?:a)?",
    r"skrev",
    r"skriver",
    r"kirjoitti",
    r"írta",
    r"a\s+scris",
    r"yazdı",
    r"έγραψε",
    r"kirjutas",
    r"rakstīja",
    r"rašė",
    r"menulis",
    r"đã\s+viết",
    r"写道",
    r"寫道",
    r"写到",
    r"书写",
    r"のメール",
    r"書きました",
    r"작성",
    r"작성하였습니다",
    r"님이\s+작성",
    r"썼습니다",
    r"님이\s+쓴\s+글",
    r"כתב(?:ה|/ה)?",
    r"كتب",
)

# First words of a line that announces a quotation: "On … wrote:". Matched without regard to case, a space must follow.
OPENINGS = (
    "On", "At", "In message", "In a message dated", "In article", "Am", "Den", "D.", "På", "Le", "El", "Em", "No dia", "A", "Il",
    "Il giorno", "In data", "Op", "Dnia", "W dniu", "Dne", "Dňa", "Dana", "Pe", "În data de", "La", "Vào",
    "Vào lúc", "Pada", "Στις", "Την", "Ng", "В", "Во", "У", "На", "בתאריך", "ב-", "在", "于", "於", "Quoting",
    "Zitat von", "Zitiere", "Citando", "Citando a", "Quoted by", "Цитирую", "Вы писали", "Ты писал", "You wrote",
    "Posted by",
)  # fmt: skip


def words(table: tuple[str, ...] | list[str]) -> str:
    """One alternation of a table's rows, longest first, for a regular expression."""
    return "(?:" + "|".join(sorted(table, key=len, reverse=True)) + ")"


def literal_words(table: tuple[str, ...] | list[str]) -> str:
    """The same for rows that are plain text."""
    return words([re.escape(row) for row in table])
