"""The day that the demo plays: what the people of the school write, and which letters must come of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time

from maildesk.demo.cast import FATHER, JOKER, PARENT, PUPIL, TEACHER
from maildesk.demo.checklist import Missed
from maildesk.demo.habits import ZONE
from maildesk.demo.site import visit
from maildesk.demo.stage import Stage

#: The end of the day, when the head reads the reports (SPEC 3, [reports]).
EVENING = time(18, 0)
#: Words that nobody but the psychologist and the pupil may read.
SECRET = "боюсь отвечать у доски"


def lesson_does_not_open(stage: Stage) -> None:
    """Не открывается урок: от письма мамы до решения"""
    tech = stage.cast.roles["tech"]
    mail = stage.writes(
        PARENT,
        "[ТЕХ] Не открывается урок",
        "Здравствуйте!\n\nНе открывается урок математики в 5 «А»: белый экран,\nхотя пароль верный. Браузер Яндекс, ноутбук.",
    )
    receipt = stage.gets(PARENT, "receipt", "Мама получила уведомление с номером")
    ref = receipt.ticket
    order = stage.gets(tech, "assignment", "Техник получил поручение с её словами", ticket=ref, says="белый экран")
    stage.checklist.to_letters = stage.seconds(str(mail["Message-ID"]), receipt, order)
    stage.answers(tech, order, "[ВЗЯТО]")
    stage.gets(tech, "command-done", "Техник взял обращение в работу", ticket=ref)
    _joke(stage, ref)
    stage.answers(
        tech,
        order,
        "[ЗАКРЫТО]\nОчистите кеш браузера: Ctrl+Shift+Delete, затем войдите снова.\nЯ проверил: урок открывается.",
    )
    answer = stage.gets(PARENT, "answer", "Мама получила решение", ticket=ref, says="Очистите кеш браузера")
    stage.answers(PARENT, answer, "Спасибо!")
    stage.writes(tech, f"[СОСТОЯНИЕ {ref}]", "")
    status = stage.gets(tech, "status", "Техник спросил, что с обращением", ticket=ref, count=2)
    stage.holds("«Спасибо!» не открыло его снова", f"{ref}: закрыто" in status.text, "обращение не закрыто")
    stage.has_none((tech,), "«Спасибо!» никого не побеспокоило", kind="author-reply", ticket=ref)


def _joke(stage: Stage, ref: str) -> None:
    """Somebody writes a command in the technician's name, from his own account: he has no proof."""
    tech = stage.cast.roles["tech"]
    stage.pretends(JOKER, tech, f"Re: [{ref}] [TECH] Не открывается урок", "[ЗАКРЫТО] Урока не будет, гуляйте!")
    doubt = stage.gets(
        tech, "confirm-command", "Поддельное [ЗАКРЫТО]: техника спросили, он ли это", says="Урока не будет"
    )
    stage.answers(tech, doubt, "Нет, это не я.")
    stage.writes(tech, f"[СОСТОЯНИЕ {ref}]", "")
    status = stage.gets(tech, "status", "Техник спросил, что с обращением", ticket=ref)
    stage.holds("Оно по-прежнему в работе", f"{ref}: в работе" in status.text, "обращение не в работе")
    stage.has_none((PARENT,), "Мама подделки не получила", says="Урока не будет")


def marks_are_missing(stage: Stage) -> None:
    """Письмо без метки: его направляет администратор сайта"""
    admin, journal = stage.cast.roles["site_admin"], stage.cast.roles["journal_admin"]
    stage.writes(
        TEACHER,
        "Пропали оценки",
        "Добрый день! Вчера выставила оценки 4 «Б», сегодня страница пустая.\nПомогите, пожалуйста, до конца дня.",
    )
    ref = stage.gets(TEACHER, "receipt", "Учитель получила уведомление").ticket
    request = stage.gets(admin, "dispatch-request", "Администратора сайта просят направить", ticket=ref)
    stage.answers(admin, request, "[ЭЖД]")
    order = stage.gets(journal, "assignment", "Поручение у администратора журнала", ticket=ref, says="страница пустая")
    stage.presses(journal, order, "[ВЗЯТО]")
    stage.gets(journal, "command-done", "Обращение взято кнопкой из письма", ticket=ref)
    stage.answers(journal, order, "[ВОПРОС]\nТамара Ильинична, по какому предмету и за какое число?")
    question = stage.gets(TEACHER, "question", "Учитель получила вопрос", ticket=ref, says="за какое число")
    stage.answers(TEACHER, question, "Русский язык, за понедельник.")
    more = stage.gets(journal, "author-reply", "Ответ учителя пришёл исполнителю", ticket=ref, says="за понедельник")
    stage.answers(journal, more, "[ЗАКРЫТО]\nОценки восстановлены из резервной копии, проверьте страницу.")
    stage.gets(TEACHER, "answer", "Учитель получила решение", ticket=ref, says="из резервной копии")


def pupil_asks_psychologist(stage: Stage) -> None:
    """Форма на сайте: ученик пишет психологу"""
    psychologist = stage.cast.roles["psychologist"]
    page = visit(
        stage.form_url,
        {
            "name": PUPIL.name,
            "role": "student",
            "class": "8 «Б»",
            "category": "psych",
            "text": f"Здравствуйте. Я {SECRET}. Можно с вами поговорить?",
            "email": PUPIL.email,
            "email_confirmed": PUPIL.email,
            "consent": "yes",
        },
    )
    stage.holds("Страница приняла обращение ученика", "<textarea" not in page, "форма показана снова")
    ref = stage.gets(PUPIL, "receipt", "Ученик получил уведомление по почте").ticket
    order = stage.gets(psychologist, "assignment", "Психолог получила его слова", ticket=ref, says=SECRET)
    stage.answers(psychologist, order, "Никита, конечно. Приходи завтра после третьего урока, кабинет 214.")
    stage.gets(PUPIL, "question", "Ответ без команды ушёл ученику", ticket=ref, says="кабинет 214")
    stage.answers(psychologist, order, "[ЗАКРЫТО]\nЖду тебя завтра, всё останется между нами.")
    stage.gets(PUPIL, "answer", "Ученик получил ответ", ticket=ref, says="останется между нами")


def phone_rings(stage: Stage) -> None:
    """Горячая линия: звонок записан по бланку, ответ сказан по телефону"""
    hotline, tech = stage.cast.roles["hotline"], stage.cast.roles["tech"]
    stage.writes(hotline, "[ЗВОНОК]", "")
    form = stage.gets(hotline, "hotline-form", "Горячая линия получила бланк")
    filled = (
        "ФИО обратившегося: Котова Нина Павловна\nРоль обратившегося: родитель\n"
        "Класс, в котором учится ребёнок: 3 «Г»\nТип обращения: Проблемы технического характера\n"
        "Описание проблемы: Ребёнка выбрасывает из видеоурока каждые пять минут.\n"
        "Телефон для обратной связи: +7 916 123-45-67\nАдрес электронной почты:"
    )
    stage.answers(hotline, form, filled)
    order = stage.gets(tech, "assignment", "Техник получил обращение по телефону", says="выбрасывает из видеоурока")
    stage.answers(tech, order, "[ЗАКРЫТО]\nОбновите приложение для видеоуроков, в новом обрывов нет.")
    ref = order.ticket
    call = stage.gets(
        hotline, "callback-request", "Горячую линию просят позвонить", ticket=ref, says="Обновите приложение"
    )
    stage.presses(hotline, call, "[ПОЗВОНИЛИ]")
    stage.gets(hotline, "command-done", "Звонок отмечен", ticket=ref, says="позвонили")


def nobody_takes_it(stage: Stage) -> None:
    """Никто не берёт обращение: через полчаса узнаёт руководитель"""
    head, journal = stage.cast.roles["head"], stage.cast.roles["journal_admin"]
    stage.writes(
        FATHER,
        "[ЭЖД] Нет доступа к дневнику",
        "Добрый день!\nНе могу войти в дневник дочери (2 «В»): пишет «доступ закрыт».",
    )
    ref = stage.gets(FATHER, "receipt", "Папа получил уведомление").ticket
    order = stage.gets(journal, "assignment", "Поручение у администратора журнала", ticket=ref)
    stage.passes(minutes=31)
    stage.gets(journal, "reminder", "Через полчаса ей напомнили", ticket=ref)
    stage.gets(head, "escalation", "Руководитель узнал, что обращение не взято", ticket=ref)
    stage.answers(journal, order, "[ВЗЯТО]")
    stage.gets(journal, "command-done", "Теперь оно в работе", ticket=ref)
    stage.answers(journal, order, "[ПРОДЛИТЬ 24ч]\nДоступ открывает районный оператор, он ответит завтра.")
    request = stage.gets(
        head, "extension-request", "Руководителя просят продлить срок", ticket=ref, says="районный оператор"
    )
    stage.presses(head, request, "[СОГЛАСОВАНО]")
    stage.gets(journal, "extension-decision", "Продление согласовано кнопкой", ticket=ref)
    stage.gets(FATHER, "term-changed", "Папа знает новый срок", ticket=ref)


def evening(stage: Stage) -> None:
    """Шесть часов вечера: отчёты руководителю"""
    roles = stage.cast.roles
    local = stage.clock.now().astimezone(ZONE)
    stage.until(datetime.combine(local.date(), EVENING, ZONE).astimezone(UTC))
    stage.gets(roles["head"], "daily-report", "Руководитель получил отчёт о почте и форме")
    stage.gets(roles["head"], "daily-report", "Руководитель получил отчёт о звонках", count=2)
    stage.gets(roles["site_admin"], "daily-report", "Копия у администратора сайта")
    stage.gets(roles["hotline"], "daily-report", "Копия у горячей линии")
    others = tuple(one for one in stage.cast.staff if one is not roles["psychologist"])
    stage.has_none(others, "Слов ученика не видел никто, кроме психолога", says=SECRET)
    stage.has_none(others, "И имени его тоже", says=PUPIL.name)


SCENES: tuple[Callable[[Stage], None], ...] = (
    lesson_does_not_open,
    marks_are_missing,
    pupil_asks_psychologist,
    phone_rings,
    nobody_takes_it,
    evening,
)


def play(stage: Stage) -> None:
    """The scenes one after another; one that breaks off does not stop the next."""
    for number, scene in enumerate(SCENES, start=1):
        title = (scene.__doc__ or "").strip()
        stage.heading(f"{number}. {title}")
        try:
            scene(stage)
        except Missed:
            continue
        except OSError as error:
            stage.checklist.missed(title, f"{type(error).__name__}: {error}")
