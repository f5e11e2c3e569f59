"""Makes values out of what people write into the fields of a form: roles, classes, choices, phones, addresses."""

from __future__ import annotations

import re

from maildesk.parse.bounce_dsn import ADDRESS, clean_address

#: What people call themselves; a mother of a pupil is a parent, so parents are asked for first.
_ROLES = (
    (
        "parent",
        re.compile(
            r"родител|\b(?:мам[аыуо]|мамой|пап[аыуо]|папой|мать|матерью|отец|отцом|бабушк|дедушк|опекун|попечител)"
            r"|законн\w+ представител|батьк|мати\b"
            r"|\b(?:parents?|mother|father|mum|mom|dad|guardian|grandmother|grandfather|legal representative)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "teacher",
        re.compile(
            r"учител|преподавател|педагог|классн\w+ руководител|воспитател|вчител|\b(?:teachers?|tutor|educator)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "student",
        re.compile(
            r"учени(?:к|ц)|учащ|школьни(?:к|ц)|обучающ|студент|учень\b|учнем|\b(?:students?|pupils?|learner|schoolchild)\b",
            re.IGNORECASE,
        ),
    ),
)

#: Whose parent: «мама ученика», «родитель учащегося».
_OF_WHOM = re.compile(
    r"\b(?:ученика|ученицы|учеников|учащегося|учащейся|школьника|школьницы|обучающегося)\b", re.IGNORECASE
)
_ROLE_WORD = re.compile(
    r"родител[ья]|учени(?:к|ца)|учитель(?:ница)?|педагог|учащ(?:ийся|аяся)|мама|папа|parent|teacher|student|pupil",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"аноним\w*|anonymous|guest|гость|не авторизован|не зарегистрирован", re.IGNORECASE)
_MARK = re.compile(
    r"^\s*[-•*]?\s*(?:\[\s*[xх+vv✓✔*]\s*\]|\(\s*[xх+v✓✔*•]\s*\)|[☑☒✓✔✅◉●]|[+xх]\s)\s*|\s*(?:\[[xх+v✓✔]\]|[☑✓✔✅]|\s\+|\s[xх]|<-+|←)\s*$",
    re.IGNORECASE,
)
_OPTION = re.compile(r"^\s*(?:[-–—•*·▪○☐]|\[\s*\]|\(\s*\)|[a-zа-я\d]{1,2}[.)])\s*", re.IGNORECASE)
#: Boxes side by side on one line: «[ ] ученик  [x] родитель».
_BOX = re.compile(r"\[\s*[xхv+✓✔*]?\s*\]|[☐☑☒✅]", re.IGNORECASE)
_CHOSEN = re.compile(r"(?:\[\s*[xхv+✓✔*]\s*\]|[☑☒✅])\s*([^\[\]☐☑☒✅]{1,100})", re.IGNORECASE)
_EMPTY_BOX = re.compile(r"\s*\[\s*\]\s*$")
_NOTHING = re.compile(
    r"[\s\-–—_.…/*]*(?:(?:нет|не указан[оа]?|не заполнено|отсутствует|none|n/?a|not (?:specified|given)|empty)[\s.]*)?",
    re.IGNORECASE,
)

_CLASS = re.compile(
    r"(?<!\d)(1[0-2]|[1-9])(?!\d)[\s\-–.]{0,3}(?:(?:й|ый|ого|го|м|ом|th|st|nd|rd)\b\.?)?[\s\-–]{0,3}(?:класс\w{0,3}|кл\b\.?|class|grade)?"
    r"[\s\-–«»\"'“”„‘’()/]{0,4}([а-яёa-z](?![а-яёa-z]))?",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[\s«\"'“„\-–]{0,3}([А-ЯЁA-Z]{2,3})(?![А-ЯЁа-яёA-Za-z])")
_EXAMS = frozenset({"ЕГЭ", "ОГЭ", "ВПР", "ГИА", "КЛ"})
_PHONE_WORDS = re.compile(r"^(?:tel:|тел(?:ефон)?\b\.?:?|phone:?|моб\b\.?:?)\s*|[\s.,;]+$", re.IGNORECASE)

LONGEST_NAME = 120
LONGEST_CHOICE = 200
LONGEST_PHONE = 60
FEWEST_DIGITS = 4


def is_nothing(value: str) -> bool:
    """Whether a field was left empty: nothing, a dash, «нет», underscores to write on."""
    return _NOTHING.fullmatch(value[:100]) is not None and len(value) < 100


def is_nobody(value: str) -> bool:
    """Whether a site's robot put its own word in the place of a name: «Аноним»."""
    return _NOBODY.fullmatch(value.strip()) is not None


def _lines(value: str) -> list[str]:
    return [line.strip() for line in value.split("\n") if line.strip()]


def choice(value: str) -> str:
    """What was chosen from options: the marked one of several lines, or the only one; '' where all of them stand there untouched."""
    lines = _lines(value)
    if len(lines) == 1 and len(_BOX.findall(lines[0])) > 1:
        chosen = _CHOSEN.search(lines[0])
        return chosen.group(1).strip(" \t;,")[:LONGEST_CHOICE] if chosen else ""
    marked = [_OPTION.sub("", _MARK.sub("", line)).strip() for line in lines if _MARK.search(line)]
    if marked:
        return marked[0].strip(" \t;")[:LONGEST_CHOICE]
    if not lines or (len(lines) > 1 and sum(1 for line in lines if _OPTION.match(line)) > 1):
        return ""
    return _EMPTY_BOX.sub("", _OPTION.sub("", lines[0])).strip(" \t;")[:LONGEST_CHOICE]


def role(value: str) -> str:
    """student, teacher or parent, or '' where none or a list of all of them is written.

    >>> role("Родителем"), role("мама ученика 7Б"), role("ученик / учитель / родитель")
    ('parent', 'parent', '')
    """
    chosen = _OF_WHOM.sub(" ", choice(value))
    found = [name for name, pattern in _ROLES if pattern.search(chosen)]
    if len(found) == len(_ROLES) or (len(found) > 1 and re.search(r"[/,|;]|\bили\b|\bor\b", chosen)):
        return ""
    return found[0] if found else ""


def is_role(value: str) -> bool:
    """Whether a value is nothing but what somebody is: «мама», «ученик»."""
    return (
        len(value.split()) == 1
        and (value[:1].islower() or _ROLE_WORD.fullmatch(value) is not None)
        and bool(role(value))
    )


def school_class(value: str) -> str:
    """A class as the reports count it: number and letter without a gap; several are kept in order; else what was written.

    >>> school_class("7 «Б»"), school_class("7-б класс"), school_class("11 А и 5 В"), school_class("5 класс")
    ('7Б', '7Б', '11А, 5В', '5')
    """
    line = next(iter(_lines(value)), "")[:LONGEST_CHOICE]
    if line.endswith("?"):
        return ""
    line_of_classes = _without_and(line)
    found = [
        f"{match.group(1)}{(match.group(2) or _profile(line_of_classes[match.end() :])).upper()}"
        for match in _CLASS.finditer(line_of_classes)
    ]
    if found:
        return ", ".join(dict.fromkeys(found[:5]))
    return line.strip(" .;,")[:30]


def _profile(rest: str) -> str:
    """The letters of a class that has more than one, as specialised ones do: 10 «ИТ»."""
    found = _LETTERS.match(rest)
    return found[1] if found and found[1] not in _EXAMS else ""


def _without_and(line: str) -> str:
    """«5 и 7» names two classes, not the class 5И; «5 «И»» does."""
    return re.sub(r"\s(?:и|and)\s", ", ", line)


def phone(value: str) -> str:
    """A phone number as written, without tel: and stray words; '' where there are fewer than four digits («доб. 1401» is one)."""
    line = next(iter(_lines(value)), "")
    text = _PHONE_WORDS.sub("", _PHONE_WORDS.sub("", line)).split("<tel:")[0].strip()[:LONGEST_PHONE]
    return text if sum(character.isdigit() for character in text) >= FEWEST_DIGITS else ""


def email(value: str) -> str:
    """The first address in what was written («a@b.ru <mailto:a@b.ru>»), or ''."""
    found = ADDRESS.search(value[:1000].replace("mailto:", " "))
    return clean_address(found.group()) if found else ""


def name_and_email(value: str) -> tuple[str, str]:
    """A name and the address that stands behind it: «Пётр Иванов <p@example.org>»."""
    line = next(iter(_lines(value)), "")
    address = email(line)
    if not address:
        return line.strip(' ,;"')[:LONGEST_NAME], ""
    name = re.split(r"[<(\[]|" + re.escape(address), line, maxsplit=1)[0]
    return name.strip(' ,;:"')[:LONGEST_NAME], address
