"""Understands the labels of a form that no table lists, by their words, and the lines that a site's robot adds of itself.

Asked only once a mail has shown by known labels that it is a form: in a letter the same words are a sentence.
"""

from __future__ import annotations

import re

#: A label is a few words; longer ones are sentences.
LONGEST = 80
MOST_WORDS = 10

_CHILD = r"(?:ребен\w+|учени\w+|учащ\w+|дет\w+|child|student|pupil)"
_OF_SCHOOL = r"(?:учител\w+|педагог\w*|руководител\w+|директор\w*|teacher)"
_OF_APPEAL = r"(?:обращени\w+|вопрос\w*|проблем\w+|заявк\w+|запрос\w*|сообщени\w+|жалоб\w+|письм\w+)"

#: (field, what a label of it looks like after `form_labels.normal`), in the order they are asked. 'other' is what ends a value and
#: is no field.
_GUESSES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (field, re.compile(pattern))
    for field, pattern in (
        ("child", rf"(?:фио|ф\.? ?и\.? ?о\.?|имя|фамилия|name)\b.*\b{_CHILD}"),
        ("other", rf"(?:фио|ф\.? ?и\.? ?о\.?|имя|фамилия|name)\b.*\b{_OF_SCHOOL}"),
        # What no one fills in, or nobody asks for: dates, numbers, machines, consents.
        (
            "other",
            r"(?:дата|время|отметка времени|срок|длительность|удобн\w+|предпочтительн\w+|способ (?:связи|ответа)|date|time|timestamp"
            r"|submitted|submission|entry|номер (?:заявк|обращени|ответ|анкет|сообщени|записи|звонившего)|№|id\b|ip\b|страница|url"
            r"|источник|откуда|referr?er|браузер|browser|агент|user[- ]agent|устройство|device|операционная|utm|город|регион|язык"
            r"|сайт|форма\b|название формы|form\b|page\b|remote|powered|часовой пояс|согласи|я соглас|я даю|даю согласие|consent"
            r"|файл|прикреп|вложени|скриншот|attachment|оператор|ответственн|исполнитель|звонок принял|кто принял|принял|передано"
            r"|просмотр|провер|посмотреть|открыть|перейти|результат|скидка|баллы|пользователь|посетитель|сессия|капча|captcha"
            r"|регистрационный|контроль|дедлайн|приоритет|состояние|школа\b|образовательн|учреждение|корпус|адрес (?:проживания"
            r"|регистрации|школы|сайта)|возраст|дата рождения|подписка|рассылка|отправлен|получен|источник|канал)(?:\b|\w).*",
        ),
        (
            "email",
            r"(?:[\w-]+ ){0,3}(?:e ?-?mail\w*|(?:эл(?:ектронн\w+)?\.? ?)?почт[аыу]\w{0,2}|эл(?:ектронн\w+)?\.? ?адрес\w*|[иеэ]ме?йл|мыло)"
            r"(?:[ ,/-]+[\w-]+){0,6}",
        ),
        (
            "phone",
            r"(?:[\w-]+ ){0,3}(?:телефон\w*|тел\.?|моб\.?|мобильн\w+|сотовый|phone\w*|tel|whatsapp|ватсап|номер для (?:связи|звонка))"
            r"(?:[ ,/-]+[\w.()-]+){0,6}",
        ),
        (
            "name",
            r"(?:фио|ф\.? ?и\.? ?о\.?|имя|фамилия,? (?:и )?имя|автор|представьтесь|заявитель|от кого|name|fio|imya"
            r"|what's (?:your )?(?:full )?name)"
            r"(?:[ ,/]+[\w.-]+){0,5}",
        ),
        ("name", r"как (?:к |же )?(?:вас|вам|тебя|тебе|мы можем|можно|обращаться).*|what should we call you.*"),
        (
            "role",
            r"(?:кто|кем) (?:же )?(?:вы|ты|являетесь|приходитесь)\b.*|вы (?:ученик|ученица|учащийся|учитель|педагог|родитель)\b.*"
            r"|are you (?:an? )?(?:student|pupil|parent|teacher)\b.*|which are you.*|(?:вы|ты) (?:являетесь|кто|кем|обращаетесь как"
            r"|пишете как)\b.*|кто"
            r"|(?:должность[ /]+)?(?:статус|роль)(?: (?:обратив|заяв|отправ|автор|посет|пользов|в школ)\w*){0,2}"
            r"|кто (?:обращается|оставляет|заполняет|пишет|отправляет|звонит|звонил)\b.*|status|role|i am\b.*|я|вы",
        ),
        (
            "class",
            r"(?:номер |номер и буква |параллель и )?класс(?!н)\w{0,2}(?:[ ,/()-]+[\w«»]+){0,7}|(?:в каком|из какого"
            r"|какой) (?:вы )?класс\w*\b.*",
        ),
        ("class", r"(?:class|grade|klass)(?: [\w]+){0,6}|параллель|группа ?/ ?класс|литера класса"),
        (
            "category",
            rf"(?:к )?(?:как\w+ )?(?:категори\w+|тем[ауые]|тематик\w+|рубрик\w+|category|topic|theme|kategoriya"
            rf"|tema)(?:[ /]+[\w-]+){{0,5}}"
            rf"|(?:как\w+ )?(?:вид|тип|характер|причина|направление|раздел|предмет|сфера|область) {_OF_APPEAL}.*"
            rf"|раздел|направление|отдел|рубрика|по какому (?:вопросу|поводу)\b.*|what (?:is|was) (?:it|this|your .{{1,20}}) about.*"
            rf"|(?:с чем связан\w*|что касается|чего касается|о ч[её]м|к чему относится|к какой теме).*",
        ),
        (
            "text",
            r"(?:(?:подробно|кратко|коротко|подробнее|максимально|развернуто) )?(?:опишите|изложите|расскажите|сформулируйте|задайте"
            r"|напишите|введите|укажите|оставьте),?(?: [\w,-]+){1,9}|(?:describe|explain|tell us)\b.*",
        ),
        (
            "text",
            r"(?:[\w-]+ ){0,2}(?:сообщени[ея]|вопрос\w{0,2}|проблем[аыу]|суть|текст|описани[ея]|обращени[ея]|комментари[йи]|содержание"
            r"|содержимое|ситуаци[яюи]|подробности|детали|пожелани[ея]|жалоб[ау]|просьб[ау]|предложени[ея]|примечани[ея]|заявка"
            r"|запрос|message"
            r"|comment\w*"
            r"|question|details|soob\w+|vopros|tekst|text)(?:[ ,/]+[\w-]+){0,5}",
        ),
        (
            "text",
            r"(?:что|чем) (?:случилось|произошло|именно|не работает|у вас|вас|мы можем|можем|нужно)\b.*|в ч[её]м .*",
        ),
    )
)


def field_of(label: str) -> str:
    """The field that a normal label (`form_labels.normal`) asks for, 'other' for what a robot adds, '' where nothing is known."""
    if not 0 < len(label) <= LONGEST or len(label.split()) > MOST_WORDS:
        return ""
    return next((field for field, pattern in _GUESSES if pattern.fullmatch(label)), "")


_HEADINGS = re.compile(
    r"[=*_\-–— ]*(?:контакты|контактн\w+ (?:данные|информация)|дополнительно|дополнительная информация|ответы|обращение|связь|данные"
    r"(?: \w+)?|служебная информация|техническ\w+ (?:информация|данные)|системная информация|прочее|детали(?: заявки)?|contacts?"
    r"|additional information|details|meta(?: ?data)?)[=*_\-–— :]*",
    re.IGNORECASE,
)
_DECORATED = re.compile(
    r"[ \t]*(?:={2,}|\*{2,}|-{2,}|#{1,3} )[ \t]*[^\W\d_][^=*]{0,40}?[ \t]*(?:={2,}|\*{2,}|-{2,})?[ \t]*"
)
_RULE = re.compile(r"[ \t]*[-_=*—–]{3,}[ \t]*")
_ROBOT = re.compile(
    r"(?:(?:это|данное|настоящее) )?(?:письмо|сообщение|уведомление)\b.{0,40}\b(?:сгенерировано|создано|отправлено|сформировано|получено"
    r"|пришло)\b.*|(?:вы|ты) получил[аи]?(?:те)? (?:это|данное) .*|не отвечайте на это .*|пожалуйста, не отвечайте на .*"
    r"|для (?:просмотра|ответа"
    r"|обработки|редактирования)\b.*|результат\w* этой отправки .*|отправлено (?:с|со|через|из|при помощи) .*|с уважением, ?(?:робот"
    r"|администрация"
    r" сайта|команда сайта|сайт|ваш сайт)\b.*|(?:ваш )?робот сайта.*|(?:посмотреть|открыть|перейти|зайти|просмотреть|ответить"
    r"|обработать)\b"
    r".{0,80}(?:https?://|ссылк|заявк|ответ|панел).*|(?:this|the) (?:e-?mail|message|mail|submission) (?:was|is|has been) .*"
    r"|you (?:are receiving|received) .*"
    r"|sent from .*|powered by .*|(?:you can )?view (?:this |all )?(?:your )?(?:entry|submission|response|typeform)\w*(?:'s)?\b.*"
    r"|log in to view .*|to turn off these .*|does this submission .*"
    r"|team typeform|(?:конец|начало) (?:данных|заявки|формы)|chat_id .*|служба поддержки хостинга.*|https?://\S+"
    r"|.{0,60}сгенерировано автоматически.*",
    re.IGNORECASE,
)


def is_rule(line: str) -> bool:
    """A line drawn of dashes, stars or the like."""
    return _RULE.fullmatch(line) is not None


def is_heading(line: str) -> bool:
    """A section's heading within a form: «==Контакты==», «Дополнительно»."""
    return len(line) <= LONGEST and bool(line.strip()) and bool(_HEADINGS.fullmatch(line) or _DECORATED.fullmatch(line))


def is_robots(line: str) -> bool:
    """A sentence or a link that the site's robot wrote: «Сообщение сгенерировано автоматически»."""
    return _ROBOT.fullmatch(line.strip()[:400]) is not None
