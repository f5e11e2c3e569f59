"""Every row of the tables of attributions, separators, header blocks and marker lines has a line that shows it."""

from __future__ import annotations

import re

import pytest

from maildesk.parse import quotes_phrases, quotes_words
from maildesk.parse.quotes_attribution import Strength, attribution, attribution_at
from maildesk.parse.quotes_heads import header_block_at, is_marker, label_of, separator

STRONG = (
    "пн, 23 нояб. 2026 г. в 14:05, Имя <a@b.example>:",
    "23 ноября 2026 г., 14:05 пользователь Имя <a@b.example> написал:",
    "2026-11-23 14:05 GMT+03:00 Имя <a@b.example>:",
    "2026/11/23 Имя <a@b.example>",
    '23.11.2026, 14:05, "Имя" <a@b.example>:',
    '14:05, 23 ноября 2026 г., "Имя" <a@b.example>:',
    "Понедельник, 23 ноября 2026, 14:05 +03:00 от Имя <a@b.example>:",
    "Понедельник, 23 ноября 2026, 14:05 +03:00 от a@b.example:",
    "23 нояб. 2026 г., в 14:05, Имя <a@b.example> написал(а):",
    "23.11.2026 14:05, Имя пишет:",
    "23 ноября 2026 г. 14:05:33 GMT+03:00, Имя <a@b.example> пишет:",
    "Имя писал 2026-11-23 14:05:",
    "Имя Фамилия писал(а) 23.11.2026 14:05:",
    "Здравствуйте, Имя. Вы писали 23 ноября 2026 г., 14:05:33:",
    "В Пн, 23/11/2026 в 14:05 +0300, Имя пишет:",
    "Имя <a@b.example> писал(а):",
    "On Mon, Nov 23, 2026 at 2:05 PM Bob <a@b.example> wrote:",
    "On Monday, November 23rd, 2026 at 2:05 PM, Bob <a@b.example> wrote:",
    "On 11/23/26 2:05 PM, Bob wrote:",
    "At 11/23/2026 02:05 PM, you wrote:",
    "---- On Mon, 23 Nov 2026 14:05:33 +0300 Bob <a@b.example> wrote ----",
    "Bob <a@b.example> wrote on 23.11.2026 14:05:33:",
    "In message <x@y.example> on Mon, 23 Nov 2026, Bob writes:",
    "Bob via Help Desk wrote:",
    "Posted by bob on 11/23/2026",
    "Quoting Bob <a@b.example>:",
    "Am Mo., 23. Nov. 2026 um 14:05 Uhr schrieb Bob <a@b.example>:",
    "Bob <a@b.example> schrieb am Mo., 23. Nov. 2026, 14:05:",
    "Le lun. 23 nov. 2026 à 14:05, Bob <a@b.example> a écrit :",
    "El lun, 23 nov 2026 a las 14:05, Bob (<a@b.example>) escribió:",
    "Em seg., 23 de nov. de 2026 às 14:05, Bob <a@b.example> escreveu:",
    "Il giorno lun 23 nov 2026 alle ore 14:05 Bob <a@b.example> ha scritto:",
    "Op ma 23 nov 2026 om 14:05 schreef Bob <a@b.example>:",
    "Op 23 nov. 2026 om 14:05 heeft Bob <a@b.example> het volgende geschreven:",
    "W dniu 23.11.2026 o 14:05, Bob pisze:",
    "pon., 23 lis 2026 o 14:05 Bob <a@b.example> napisał(a):",
    "Dne po 23. 11. 2026 14:05 Bob <a@b.example> napsal(a):",
    "po 23. 11. 2026 o 14:05 Bob <a@b.example> napísal(a):",
    "Den mån 23 nov. 2026 kl 14:05 skrev Bob <a@b.example>:",
    "man. 23. nov. 2026 kl. 14.05 skrev Bob <a@b.example>:",
    "ma 23. marrask. 2026 klo 14.05 Bob (a@b.example) kirjoitti:",
    "Bob <a@b.example> ezt írta (időpont: 2026. nov. 23., H, 14:05):",
    "În lun., 23 nov. 2026 la 14:05, Bob <a@b.example> a scris:",
    "Bob <a@b.example>, 23 Kas 2026 Pzt, 14:05 tarihinde şunu yazdı:",
    "пн, 23 лист. 2026 р. о 14:05 Bob <a@b.example> пише:",
    "Στις Δευ 23 Νοε 2026 στις 2:05 μ.μ., ο χρήστης Bob <a@b.example> έγραψε:",
    "Vào Th 2, 23 thg 11, 2026 vào lúc 14:05 Bob <a@b.example> đã viết:",
    "在 2026年11月23日，14:05，Bob <a@b.example> 写道：",
    "Bob <a@b.example> 于2026年11月23日周一 14:05写道：",
    "2026年11月23日(月) 14:05 Bob <a@b.example>:",
    "2026년 11월 23일 (월) 오후 2:05, Bob <a@b.example>님이 작성:",
    "ב-23 בנוב׳ 2026 בשעה 14:05, דוד <a@b.example> כתב/ה:",
)

WEAK = (
    "Иван Петров пишет:",
    "Мария писала:",
    "Вы писали в понедельник:",
    "On Monday we wrote:",
    "Цитирую Ивана Петрова:",
    "unbekannt 23.11.2026 14:05 help:",
)

NONE = (
    "Вчера в 14:05 Иван писал: не работает",
    "Добрый день, Иван!",
    "Отчёт за 23.11.2026:",
    "Совещание завтра в 10:00, повестка:",
    "Документы присылайте на docs@school.example:",
    "Прошу рассчитать до 12.09.2026:",
    "He wrote: a book",
    "On blah-blah-blah",
    "15.01.2026 14:30",
    "слово " * 100 + "пишет:",
)


@pytest.mark.parametrize("line", STRONG)
def test_a_clients_line_is_known_for_sure(line: str) -> None:
    """A line as that client writes it is an attribution even where no quotation marks follow."""
    assert attribution(line) is Strength.STRONG


@pytest.mark.parametrize("line", WEAK)
def test_a_likely_line_needs_a_quotation_below(line: str) -> None:
    """A line that a person may have typed counts only above quoted lines."""
    assert attribution(line) is Strength.WEAK


@pytest.mark.parametrize("line", NONE)
def test_a_persons_sentence_is_no_attribution(line: str) -> None:
    """A sentence with a date, an address or the word "wrote" is left alone."""
    assert attribution(line) is Strength.NONE


@pytest.mark.parametrize(
    "lines",
    [
        ["On Nov 23, 2026, at 2:05 PM, Somebody <", "0123456789abcdef@somebody.example>", "wrote:"],
        ["On Mon, Nov 23, 2026 at 2:05 PM Bob <a@b.example>", "wrote:"],
        ["On Tue, 12 Mar 2026 at 10:02,", "Vlad <vlad@ours.example>", "wrote:"],
        ["пн, 23 нояб. 2026 г. в 14:05, Служба поддержки <", "help+142@school.example>:"],
        ["23 ноября 2026 г., 14:05 пользователь Имя <a@b.example>", "написал:"],
        ["> Понедельник, 23 ноября 2026, 14:05 +03:00 от Имя <a@b.example", "> >:"],
        ["2026년 9월 24일 (목) 오후 10:39, 홍길동 <hong@b.example>님이", "작성:"],
        ["*On 23 Nov 2026, at 14:05,*", "*Bob <a@b.example> wrote:*"],
    ],
)
def test_a_wrapped_line_is_joined(lines: list[str]) -> None:
    """An attribution that the client broke over two or three lines is found whole."""
    assert attribution_at([*lines, "", "> text"], 0) == (Strength.STRONG, len(lines))


def test_a_wrapped_line_does_not_swallow_the_quotation() -> None:
    """Quoted lines are never joined to an attribution that is not quoted."""
    assert attribution_at(["On Monday he said", "> wrote:"], 0)[1] == 1


@pytest.mark.parametrize("verb", quotes_words.WROTE)
def test_every_verb_makes_an_attribution(verb: str) -> None:
    """Each "wrote" of the table, behind a day and a name, ends an attribution."""
    plain = re.sub(r"\\s[+?]?", " ", verb)
    plain = re.sub(r"\(\?:([^|()]*)(?:\|[^()]*)?\)\??", r"\1", plain)
    plain = re.sub(r"\[(.).*?\]", r"\1", plain).replace("\\", "").split("(?:")[0].replace("?", "").strip()
    assert attribution(f"2026-11-23 14:05, Name <a@b.example> {plain}:") is Strength.STRONG


@pytest.mark.parametrize("opening", quotes_words.OPENINGS)
def test_every_opening_may_begin_an_attribution(opening: str) -> None:
    """Each opening of the table, before a day and a time, begins an attribution without an address."""
    assert attribution(f"{opening} 23 Nov 2026 14:05, Name wrote:") is Strength.STRONG


@pytest.mark.parametrize("month", quotes_words.MONTHS)
def test_every_month_makes_a_date(month: str) -> None:
    """Each beginning of a month's name beside a day's number is a date."""
    assert attribution(f"23 {month} 2026 14:05, Name <a@b.example> wrote:") is Strength.STRONG


@pytest.mark.parametrize(
    "kind, phrases", [("original", quotes_phrases.ORIGINAL), ("forward", quotes_phrases.FORWARDED)]
)
def test_every_phrase_between_dashes_is_a_separator(kind: str, phrases: tuple[str, ...]) -> None:
    """Each phrase of the tables is known between dashes, with and without blanks."""
    for phrase in phrases:
        plain = re.sub(r"\(\?:([^|()]*)(?:\|[^()]*)*\)\??", r"\1", phrase)
        plain = re.sub(r"\[(.).*?\]", r"\1", plain).replace(" ?", " ").replace("?", "").replace(".{1,80}", "Bob")
        plain = plain.replace(".{0,60}", "Bob")
        assert separator(f"-----{plain}-----") == kind, phrase
        assert separator(f"-------- {plain} ---------") == kind, phrase


@pytest.mark.parametrize(
    "line, kind",
    [
        ("Begin forwarded message:", "forward"),
        ("Начало переадресованного сообщения:", "forward"),
        ("> Начало переадресованного сообщения:", "forward"),
        ("*----- Original Message -----*", "original"),
        ("----- Original Message ----- From: Bob", "original"),
        ("Original Message processed by david®", "original"),
        ("-----", ""),
        ("----- мой список -----", ""),
        ("Это исходное сообщение, о котором я писала", ""),
    ],
)
def test_separators_of_other_shapes(line: str, kind: str) -> None:
    """Lines without dashes, in stars or with a header behind are known; drawn rules and sentences are not."""
    assert separator(line) == kind


BLOCKS = (
    ["От: Имя <a@b.example>", "Отправлено: 23 ноября 2026 г. 14:05", "Кому: Школа", "Тема: Журнал"],
    ["*От:* Имя", "*Отправлено:* 23 ноября 2026 г.", "*Кому:* Школа", "*Тема:* Журнал"],
    ["**From:** Bob", "**Sent:** Monday", "**To:** Alice", "**Subject:** Hi"],
    ["От кого: Имя <a@b.example>", "Кому: Школа", "Дата: 23 ноября 2026", "Тема: Журнал"],
    ["Тема: Журнал", "От: Имя <a@b.example>", "Кому: Школа"],
    ["Кому: Имя (a@b.example);", "Тема: Журнал;", '23.11.2026, 14:05, "Имя" <a@b.example>:'],
    ["Date: Mon, 23 Nov 2026 14:05:02 -0600", "To: a@b.example"],
    ["From: Human Resources", "<long-address@b.example>", "Sent: Monday, 23 Nov 2026", "To: Bob", "Subject: x"],
    ["Von: A", "Gesendet: Montag", "An: B", "Betreff: Hallo"],
    ["De : A", "Envoyé : lundi", "À : B", "Objet : Salut"],
    ["De: A", "Enviado el: lunes", "Para: B", "Asunto: Hola"],
    ["Da: A", "Inviato: lunedì", "A: B", "Oggetto: Ciao"],
    ["Van: A", "Verzonden: maandag", "Aan: B", "Onderwerp: Hoi"],
    ["Från: A", "Skickat: måndag", "Till: B", "Ämne: Hej"],
    ["Fra: A", "Sendt: mandag", "Til: B", "Emne: Hej"],
    ["Lähettäjä: A", "Lähetetty: ma", "Vastaanottaja: B", "Aihe: x"],
    ["Od: A", "Wysłano: poniedziałek", "Do: B", "Temat: Cześć"],
    ["Od: A", "Odesláno: pondělí", "Komu: B", "Předmět: x"],
    ["Feladó: A", "Elküldve: hétfő", "Címzett: B", "Tárgy: x"],
    ["Kimden: A", "Gönderildi: x", "Kime: B", "Konu: x"],
    ["Від: A", "Надіслано: понеділок", "Кому: B", "Тема: x"],
    ["发件人: A", "发送时间: 周一", "收件人: B", "主题: 你好"],
    ["差出人: A", "送信日時: 月曜日", "宛先: B", "件名: こんにちは"],
    ["보낸 사람: A", "보낸 날짜: 월", "받는 사람: B", "제목: x"],
)

NO_BLOCKS = (
    ["От: Школа", "До: метро Сокол", "Время: 15:30"],
    ["Кому: отделу", "Тема: пропуск", "Срок: пятница"],
    ["ФИО: Иванов", "Класс: 7Б", "Тема: Пропуск", "Email: a@b.example"],
    ["From: here we go", "and on"],
    ["Тема: Наводнение", "Дата: 28.09.2026", "Описание: карта"],
)


@pytest.mark.parametrize("lines", BLOCKS, ids=lambda lines: lines[0])
def test_a_header_block_is_known(lines: list[str]) -> None:
    """The headers of a quoted letter, standing together, begin a quotation."""
    assert header_block_at([*lines, "", "text"], 0)


@pytest.mark.parametrize("lines", NO_BLOCKS, ids=lambda lines: lines[0])
def test_a_persons_labels_are_no_header_block(lines: list[str]) -> None:
    """Labels that people write themselves are not taken for a quoted letter's headers."""
    assert header_block_at(lines, 0) is None


@pytest.mark.parametrize("kind, labels", quotes_phrases.LABELS.items())
def test_every_label_names_its_header(kind: str, labels: tuple[str, ...]) -> None:
    """Each label of the table is read, plain and in stars; one that two languages share keeps its later meaning."""
    for label in labels:
        named = label_of(f"{label.capitalize()}: x")
        assert named == label_of(f"> *{label}:* x")
        assert named == kind or any(label in others for other, others in quotes_phrases.LABELS.items() if other != kind)


@pytest.mark.parametrize(
    "line",
    [
        "— Пишите выше этой строки —",
        "> — Пишите выше этой строки —",
        "* — ПИШИТЕ ВЫШЕ ЭТОЙ СТРОКИ — *",
        "— Please write above this line —",
        "Please type your reply above this line",
        "-- REPLY ABOVE THIS LINE --",
        "##- Please type your reply above this line -##",
        "##- Пожалуйста, введите ответ над этой строкой -##",
        "Bitte antworten Sie oberhalb dieser Linie",
    ],
)
def test_a_marker_line_is_known(line: str) -> None:
    """Our own line and its kin at other desks are known, also quoted and decorated."""
    assert is_marker(line)


def test_a_sentence_about_the_line_is_no_marker() -> None:
    """A long sentence that speaks of the line is not the line."""
    assert not is_marker("Вы просите: «пишите выше этой строки», но где эта строка, я так и не нашла. " * 3)
