"""Knows the labels of forms: those of Annexes 1 and 2, and what site builders write for the same fields, in Russian and English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

#: The seven fields of a form (SPEC 7), and the parts that some forms ask a name in.
FIELDS = ("name", "role", "class", "category", "text", "phone", "email")

#: Labels as people write them; numbers, hints in brackets, asterisks and «Укажите» before them are forgiven by `normal`.
LABELS: Mapping[str, Sequence[str]] = {
    "name": (
        "ФИО",
        "Ф.И.О.",
        "Ф. И. О.",
        "Имя",
        "Имя и фамилия",
        "Фамилия и имя",
        "Фамилия, имя",
        "Фамилия Имя Отчество",
        "Фамилия, имя, отчество",
        "Имя Фамилия",
        "Имя отправителя",
        "Имя, отчество",
        "Имя и отчество",
        "Как Вас зовут",
        "Как к Вам обращаться",
        "Контактное лицо",
        "Заявитель",
        "Отправитель",
        "Обратившийся",
        "Кто обратился",
        "Автор обращения",
        "ПІБ",
        "Name",
        "Full name",
        "First and last name",
        "Contact name",
        "Sender name",
        "Name of the caller",
        "Caller",
        "Caller's name",
        "Who is calling",
        "What is your name",
    ),
    "surname": ("Фамилия", "Last name", "Surname", "Family name"),
    "given": ("First name", "Given name"),
    "patronymic": ("Отчество", "Middle name", "Patronymic"),
    "role": (
        "Вы являетесь",
        "Кем Вы являетесь",
        "Вы",
        "Кто Вы",
        "Роль",
        "Роль в школе",
        "Статус",
        "Категория заявителя",
        "Кто обращается",
        "You are",
        "I am",
        "I am a",
        "Are you",
        "Role",
        "Who are you",
        "Caller's role",
        "Role of the caller",
    ),
    "class": (
        "Класс",
        "Класс ребёнка",
        "Класс обучения",
        "Класс учащегося",
        "Класс ученика",
        "Класс, в котором Вы обучаетесь",
        "Класс, в котором обучается Ваш ребёнок",
        "Класс, в котором учится ребёнок",
        "Класс, в котором учится Ваш ребёнок",
        "В каком классе учится ребёнок",
        "В каком классе учится Ваш ребёнок",
        "В каком классе Вы учитесь",
        "Класс и литера",
        "Class",
        "Grade",
        "Child's class",
        "Child's grade",
        "Class of the child",
        "Class in which you study",
        "Class in which your child studies",
        "The class you study in",
        "The class you are in",
        "The class your child is in",
        "The class your child studies in",
        "The class the child is in",
        "The class the child studies in",
    ),
    "category": (
        "Тип обращения",
        "Вид обращения",
        "Категория",
        "Категория обращения",
        "Тема обращения",
        "Тематика",
        "Тематика обращения",
        "Тип вопроса",
        "Тема вопроса",
        "Категория вопроса",
        "Тип проблемы",
        "Вид проблемы",
        "Тип заявки",
        "По какому вопросу Вы обращаетесь",
        "Вопрос касается",
        "Причина обращения",
        "Category",
        "Type",
        "Type of request",
        "Request type",
        "Type of appeal",
        "Appeal type",
        "Type of the appeal",
        "Type of your request",
        "Type of problem",
        "Problem type",
        "Type of question",
        "Type of enquiry",
        "Type of inquiry",
        "Kind of request",
        "Kind of appeal",
        "What is it about",
        "What is your request about",
        "Select",
        "Selectbox",
    ),
    "text": (
        "Опишите Вашу проблему",
        "Опишите проблему",
        "Опишите Ваш вопрос",
        "Опишите вопрос",
        "Опишите ситуацию",
        "Опишите суть проблемы",
        "Описание проблемы",
        "Описание вопроса",
        "Описание ситуации",
        "Описание обращения",
        "Описание",
        "Проблема",
        "Суть проблемы",
        "Суть обращения",
        "Суть вопроса",
        "Сообщение",
        "Текст сообщения",
        "Текст обращения",
        "Текст вопроса",
        "Текст",
        "Тело сообщения",
        "Содержание",
        "Содержание обращения",
        "Обращение",
        "Вопрос",
        "Комментарий",
        "Комментарии",
        "Что случилось",
        "Что произошло",
        "Message",
        "Message body",
        "Message text",
        "Text",
        "Description",
        "Description of the problem",
        "Problem description",
        "Problem",
        "Describe your problem",
        "Describe the problem",
        "Describe your question",
        "What happened",
        "Question",
        "Request",
        "Appeal",
        "Comment",
        "Comments",
        "Comment or message",
        "Textarea",
        "Enquiry",
        "Inquiry",
        "Body",
    ),
    "phone": (
        "Телефон",
        "Телефон для обратной связи",
        "Телефон для связи",
        "Номер телефона",
        "Номер телефона для обратной связи",
        "Номер телефона для связи",
        "Контактный телефон",
        "Контактный номер телефона",
        "Контактный номер",
        "Мобильный телефон",
        "Мобильный",
        "Моб. телефон",
        "Моб. тел.",
        "Тел.",
        "Тел",
        "Сотовый телефон",
        "Телефон (моб.)",
        "Phone",
        "Phone number",
        "Phone number for feedback",
        "Phone number for a call back",
        "Phone number to call back",
        "Phone for feedback",
        "Phone for callback",
        "Phone for a callback",
        "Callback phone",
        "Callback number",
        "Call-back number",
        "Call back phone",
        "Contact phone",
        "Contact phone number",
        "Telephone",
        "Telephone number",
        "Tel",
        "Mobile",
        "Mobile phone",
        "Cell phone",
    ),
    "email": (
        "Адрес электронной почты",
        "Электронная почта",
        "Электронной почты",
        "Электронный адрес",
        "Эл. почта",
        "Эл.почта",
        "Эл. адрес",
        "Почта",
        "Адрес почты",
        "Адрес эл. почты",
        "Электронная почта для ответа",
        "E-mail",
        "Email",
        "E mail",
        "Имейл",
        "Мейл",
        "Адрес e-mail",
        "Адрес email",
        "E-mail для ответа",
        "E-mail для связи",
        "Почта для связи",
        "E-mail address",
        "Email address",
        "Contact e-mail",
        "Contact email",
        "E-mail address for the answer",
        "Address for the answer",
        "Mail",
    ),
    # «От: Имя <адрес>» and "Тема: …" of WordPress; a forwarded mail has them too, so neither makes a form.
    "from": ("От", "От кого", "From"),
    "subject": ("Тема", "Тема письма", "Тема сообщения", "Subject", "Topic"),
    # What ends a value and is no field: what builders add of themselves.
    "other": (
        "Request details",
        "Детали заявки",
        "Данные заявки",
        "Additional information",
        "Дополнительная информация",
        "Transaction ID",
        "Block ID",
        "Form Name",
        "Form ID",
        "Название формы",
        "Имя формы",
        "Номер заявки",
        "ID заявки",
        "Request ID",
        "Номер ответа",
        "ID ответа",
        "Page URL",
        "Page",
        "Страница",
        "Адрес страницы",
        "URL",
        "Referer",
        "Referrer",
        "Remote IP",
        "IP",
        "IP-адрес",
        "IP address",
        "User agent",
        "Браузер",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "Согласие на обработку персональных данных",
        "Согласие",
        "Я согласен на обработку персональных данных",
        "Consent",
        "I agree to the processing of personal data",
        "Файлы",
        "Прикреплённые файлы",
        "Attachments",
        "Отправлено с сайта",
        "Отправлено со страницы",
        "Время отправки",
        "Дата отправки",
        "Время создания",
        "Дата создания",
        "Submitted at",
        "Date sent",
        "Sent at",
        "ФИО ребёнка",
        "ФИО ученика",
        "ФИО учащегося",
        "Имя ребёнка",
        "Фамилия и имя ребёнка",
        "Child's name",
        "Student's name",
        "Name of the child",
    ),
}

#: The header lines of a forwarded mail: where they stand near a «От:», it is no form.
FORWARD_LABELS = ("Кому", "To", "Отправлено", "Sent", "Копия", "Cc", "Дата", "Date")

_NUMBER = re.compile(r"\A(?:(?:№ ?)?\d{1,2} ?[.)\]:-] ?(?!\d)|[-*•·–—▪●○☐] ?)")
_HINT = re.compile(r"\([^()]{0,100}\)|\[[^\[\]]{0,100}\]")
_BEFORE = re.compile(
    r"(?:пожалуйста|укажите|введите|напишите|впишите|выберите|отметьте|ваш[аеиу]?|вашего|вашу|мой|моя|мо[её]"
    r"|контактный адрес|please|enter|specify|choose|select|state|give|indicate|your|the|my)\b,? "
)
_AFTER = re.compile(
    r" (?:обратившегося|заявителя|отправителя|родителя|автора|обязательно|обязательное поле|required|optional)$"
)
_EDGE = " \t\u00a0*_#:：?!.,;–—-«»\"'`|=✓"


def normal(label: str) -> str:
    """A label as it is compared: small letters, ё as е, no number, hint, asterisk, «укажите» or «ваш».

    >>> normal("1. Укажите ФИО *"), normal("4. Класс (для родителя):")
    ('фио', 'класс')
    """
    text = " ".join(_HINT.sub(" ", label.replace("\u00a0", " ")).split()).casefold().replace("ё", "е")
    text = _NUMBER.sub("", text.lstrip("*_#> "), count=1).strip(_EDGE)
    return _unprefixed(text)


def _unprefixed(text: str) -> str:
    for _ in range(5):
        if text in _EXACT:
            return text
        shorter = (_BEFORE.sub("", text, count=1) if _BEFORE.match(text) else _AFTER.sub("", text)).strip(_EDGE)
        if shorter == text or not shorter:
            return text
        text = shorter
    return text


def _plain(label: str) -> str:
    return " ".join(_HINT.sub(" ", label).split()).casefold().replace("ё", "е").strip(_EDGE)


#: Labels whose own words would be taken for a prefix, such as «Ваше имя» → «имя», stay as they are here.
_EXACT: frozenset[str] = frozenset(_plain(label) for labels in LABELS.values() for label in labels)


def table(extra: Mapping[str, Sequence[str]] | None = None) -> dict[str, str]:
    """Normal label → field; `extra` are the labels of the configuration (SPEC 3, `[form_mail] labels`), which win."""
    known = {normal(label): field for field, labels in LABELS.items() for label in labels}
    for field, labels in (extra or {}).items():
        for label in labels:
            known[normal(label)] = field.rstrip("_")
    return known
