"""What a person wrote this time is cut out of a whole text or HTML, and nothing he wrote is lost."""

from __future__ import annotations

import pytest

from maildesk.parse.message import Part
from maildesk.parse.reply import Cut, cut

NONE = Part(type="text/plain")


def of_text(text: str, subject: str = "Re: Журнал") -> Cut:
    return cut(text=text, html="", subject=subject, headers=NONE)


def of_html(html: str) -> str:
    return cut(text="", html=html, subject="Re: Журнал", headers=NONE).reply


def test_a_text_without_quotation_stays_whole() -> None:
    """Blank lines, lists and a courtesy at the end are a person's own words."""
    text = "Здравствуйте!\n\n\n1. Логин\n2. Пароль\n\nС уважением,\nАнна"
    assert of_text(text).reply == text


def test_quoted_lines_below_are_cut_without_attribution() -> None:
    """A tail of quoted lines goes even where no line announces it."""
    assert of_text("Да.\n\n> Готово?\n> Школа").reply == "Да."


def test_answers_between_quoted_lines_stay() -> None:
    """Of an answer point by point only the person's own lines are kept, apart where they stood apart."""
    text = "Ниже.\n\nИван пишет:\n> Какой срок?\nДве недели.\n> Цена?\n\nУточню.\n"
    assert of_text(text).reply == "Ниже.\n\nДве недели.\n\nУточню."


def test_an_answer_below_the_quotation_stays() -> None:
    """A bottom-posted answer is found below the quoted lines."""
    assert of_text("23.11.2026 14:05, Школа пишет:\n> Какой класс?\n\n7 «Б».").reply == "7 «Б»."


def test_a_weak_attribution_without_quotation_is_text() -> None:
    """ "Учитель написал:" above unquoted lines is part of the story."""
    text = "Вчера учитель написал:\nвсем сдать тетради."
    assert of_text(text).reply == text


def test_the_broken_off_end_of_a_quoted_line_goes_with_it() -> None:
    """A lower-case line between two quoted ones, the first of them long, is a wrapped quotation."""
    long = "> Просим проверить, открывается ли журнал в другом браузере, и сообщить нам, если там"
    assert of_text(f"Нет.\n\n{long}\nта же ошибка.\n> Ждём.").reply == "Нет."


def test_a_short_answer_between_quoted_lines_is_not_taken_for_a_wrapped_one() -> None:
    """An answer with a capital letter stays, however long the question above it is."""
    long = "> Просим проверить, открывается ли журнал в другом браузере, и сообщить нам об этом"
    assert of_text(f"{long}\nНет.\n> Ждём.").reply == "Нет."


def test_a_forward_keeps_the_comment_above() -> None:
    """Of a letter sent on, the reply is the comment; the mail is known as a forward by its separator."""
    text = "Это нам?\n\n---------- Forwarded message ---------\nОт: УК <a@b.example>\nТема: Свет\n\nСвета не будет."
    assert of_text(text, subject="Свет") == Cut("Это нам?", True)


@pytest.mark.parametrize(
    "subject, forward",
    [
        ("Fwd: Счёт", True),
        ("FW: Счёт", True),
        ("Пересл: Счёт", True),
        ("Пересл.: Счёт", True),
        ("Пересылка: Счёт", True),
        ("[school] Fwd: Счёт", True),
        ("Fwd: Re: Счёт", True),
        ("WG: Rechnung", True),
        ("TR: facture", True),
        ("RV: factura", True),
        ("Re: Fwd: Счёт", False),
        ("Ответ: Счёт", False),
        ("НА: Счёт", False),
        ("VS: lasku", False),
        ("Перенос урока: когда?", False),
        ("", False),
    ],
)
def test_a_forward_is_known_by_the_first_prefix(subject: str, forward: bool) -> None:
    """The first prefix decides; an answer within a forwarded thread is an answer."""
    assert of_text("Смотрите.", subject).is_forward is forward


def test_a_forward_is_known_by_its_header() -> None:
    """Thunderbird names the forwarded letter in a header."""
    headers = Part(type="text/plain", headers=(("x-forwarded-message-id", "<1@b.example>"),))
    assert cut(text="Смотрите.", html="", subject="Журнал", headers=headers).is_forward


def test_the_marker_line_ends_the_reply_and_takes_an_unknown_attribution_with_it() -> None:
    """Whatever client quoted our letter, nothing below our line is new, nor the line with address and date above it."""
    text = "[ВЗЯТО]\n\nhelp@school.example @ 24.11.2026 09:00:\n— Пишите выше этой строки —\nОбращение № 142"
    assert of_text(text).reply == "[ВЗЯТО]"


def test_an_empty_answer_above_headers_is_empty() -> None:
    """A mail that says everything in its subject has no reply text."""
    text = "\n\nОт: Школа <a@b.example>\nОтправлено: 23 ноября 2026 г.\nКому: Титов\nТема: Журнал\n\nТекст"
    assert of_text(text).reply == ""


def test_the_html_structure_tells_where_the_plain_text_lost_its_marks() -> None:
    """The plain part's own lines are kept up to where the HTML's own part ends."""
    plain = "Вход есть.\n  Спасибо!\n\nШкола 23.11\nСтарый текст"
    html = '<div>Вход есть.</div><div>Спасибо!</div><div name="quote">Школа 23.11<br>Старый текст</div>'
    assert cut(text=plain, html=html, subject="Re: x", headers=NONE).reply == "Вход есть.\n  Спасибо!"


def test_a_plain_part_with_its_own_marks_is_preferred() -> None:
    """Where the plain part shows its quotation, the HTML is not asked."""
    html = "<div>Совсем другое</div><blockquote type=cite>x</blockquote>"
    assert cut(text="Да.\n> Готово?", html=html, subject="Re: x", headers=NONE).reply == "Да."


QUOTE = "<div>Старое письмо</div>"
HTML = {
    "gmail": f'Да<div class="gmail_quote"><div class="gmail_attr">пн, Школа:</div><blockquote>{QUOTE}</blockquote></div>',
    "gmail without blockquote": f'Да<div class="gmail_quote">On some day somebody wrote<br>{QUOTE}</div>',
    "old gmail": f'Да<div class="gmail_extra"><div class="gmail_quote">2026-11-23 14:05 GMT+03:00 Bob '
    f'<span>&lt;a@b.example&gt;</span>:<br><blockquote class="gmail_quote">{QUOTE}</blockquote></div></div>',
    "cite": f"Да<blockquote type=cite>{QUOTE}</blockquote>",
    "thunderbird": f"Да<div class=moz-cite-prefix>Неизвестно кто:</div><blockquote type=cite>{QUOTE}</blockquote>",
    "outlook web": f'Да<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">От: Школа</div>{QUOTE}',
    "outlook 2003": f'Да<div class="OutlookMessageHeader">От: Школа</div>{QUOTE}',
    "outlook 2010": f'Да<div style="border:none;border-top:solid #B5C4DF 1.0pt">От: Школа</div>{QUOTE}',
    "outlook 2016": f'Да<div style="border:none;border-top:solid #E1E1E1 1.0pt">От: Школа</div>{QUOTE}',
    "outlook mobile": f'Да<div id="mail-editor-reference-message-container">{QUOTE}</div>',
    "outlook mobile class": f'Да<div class="ms-outlook-mobile-reference-message skipProofing">{QUOTE}</div>',
    "yahoo": f'Да<div id="yahoo_quoted_77" class="yahoo_quoted">{QUOTE}</div>',
    "gmx": f'Да<div name="quote">{QUOTE}</div>',
    "spark": f'Да<div name="messageReplySection">{QUOTE}</div>',
    "zoho": f'Да<div class="zmail_extra">{QUOTE}</div>',
    "proton": f'Да<div class="protonmail_quote">{QUOTE}</div>',
    "tutanota": f'Да<blockquote class="tutanota_quote">{QUOTE}</blockquote>',
    "apple on windows": f'Да<span id="OLK_SRC_BODY_SECTION">{QUOTE}</span>',
    "mail.ru": f'Да<blockquote style="border-left:1px solid #0857A6; margin:10px">{QUOTE}</blockquote>',
    "yandex": f'Да<div>23.11.2026, 14:05, "Школа" &lt;a@b.example&gt;:</div><blockquote>{QUOTE}</blockquote>',
    "yandex new": "Да<div>----------------</div><div>Кому: Анна (a@b.example);</div><div>Тема: Журнал;</div>"
    f'<div>23.11.2026, 14:05, "Школа" &lt;a@b.example&gt;:</div><blockquote>{QUOTE}</blockquote>',
    "zimbra": f'Да<hr id="zwchr"><div data-marker="__HEADERS__"><b>От: </b>Школа</div>{QUOTE}',
    "roundcube": f'Да<p id="reply-intro">Somebody some day</p><blockquote type="cite">{QUOTE}</blockquote>',
}


@pytest.mark.parametrize("html", HTML.values(), ids=HTML)
def test_each_clients_structure_hides_its_quotation(html: str) -> None:
    """Every structure of the tables is cut, whatever language its attribution speaks."""
    assert of_html(f"<html><body>{html}</body></html>") == "Да"


def test_answers_between_blockquotes_stay() -> None:
    """Within Gmail's wrapper the lines between the quoted parts are the person's."""
    html = (
        '<div class="gmail_quote"><div class="gmail_attr">x:</div><blockquote>Срок?</blockquote><div>Пятница.</div>'
        "<blockquote>Цена?</blockquote><div>100.</div></div>"
    )
    assert of_html(html) == "Пятница.\n\n100."


def test_an_indented_list_is_no_quotation() -> None:
    """A blockquote without border, attribution or kind is a person's indent."""
    html = "<div>Прошу выдать пропуска до 01.12.2026:</div><blockquote>Белова<br>Петров</blockquote><div>Спасибо</div>"
    assert of_html(html) == "Прошу выдать пропуска до 01.12.2026:\nБелова\nПетров\nСпасибо"


def test_a_forward_in_html_is_a_forward() -> None:
    """Gmail's wrapper around a forwarded letter keeps its separator's meaning."""
    html = 'FYI<div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>От: УК</div>x</div>'
    assert cut(text="", html=html, subject="Свет", headers=NONE) == Cut("FYI", True)


@pytest.mark.parametrize(
    "line",
    [
        "* Имя <a@b.example> [091123 14:05]:",
        "Имя -> Список @ Mon, 23 Nov 2026 14:05:33:",
        "Исходное сообщение от Имени:",
        "Unbekannt 23.11.2026:",
    ],
)
def test_an_unknown_line_right_above_quoted_ones_is_an_attribution(line: str) -> None:
    """A line in a shape no table knows, with a day, an address or a writer and a final colon, goes with the quotation."""
    assert of_text(f"Привет.\n\n{line}\n> Вопрос?\nОтвет.").reply == "Привет.\n\nОтвет."


def test_words_below_the_end_of_a_forwarded_letter_stay() -> None:
    """Yandex closes a letter sent on with a line of its own; what stands below is the sender's again."""
    text = (
        "Посмотрите.\n\n-------- Пересылаемое сообщение--------\n24.05.2026, 17:05, Имя <a@b.example>:\n\nСтарое\n\n"
        "-------- Конец пересылаемого сообщения --------\n\nЭто срочно."
    )
    assert of_text(text).reply == "Посмотрите.\n\nЭто срочно."


def test_a_whole_name_marks_quoted_lines_too() -> None:
    """The Bat! may set the writer's whole name before each quoted line."""
    text = "Да.\n\nВы писали 10 ноября 2026 г., 16:22:13:\nИмя О. Ф.> Готово?\nИмя О. Ф.> Ждём.\nИмя О. Ф.> Школа\nУже."
    assert of_text(text).reply == "Да.\n\nУже."


def test_the_html_is_asked_where_the_plain_part_leaves_nothing() -> None:
    """An answer that the plain part shows as quoted is taken from the HTML, whose structure tells it apart."""
    html = "<blockquote type=cite>Готово?</blockquote><div>Да, готово.</div>"
    assert cut(text="> Готово?\n> Да, готово.", html=html, subject="Re: x", headers=NONE).reply == "Да, готово."
