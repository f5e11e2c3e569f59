"""Filled-in forms: label and value lines, labels above their values, tables, options."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.model import FormFields
from maildesk.parse import form, form_values
from maildesk.parse.form_label_table import LABELS
from maildesk.parse.form_labels import normal, table


def only(text: str) -> FormFields:
    found = form.read(text, "")
    assert found is not None
    return found


LABEL_ROWS = tuple(
    (label, field)
    for field, labels in LABELS.items()
    for label in labels
    if field in {"name", "role", "class", "category", "text", "phone", "email"}
)
VALUES = {
    "name": ("Петрова Мария", "Петрова Мария"),
    "role": ("родитель", "parent"),
    "class": ("7 «Б»", "7Б"),
    "category": ("Иные вопросы", "Иные вопросы"),
    "text": ("Не открывается: ошибка", "Не открывается: ошибка"),
    "phone": ("+7 916 123-45-67", "+7 916 123-45-67"),
    "email": ("maria@mail.example", "maria@mail.example"),
}
#: Two fields that are never the one under test.
OTHERS = {"name": "Класс: 5\nСообщение: Нет", "class": "ФИО: Иванов\nСообщение: Нет", "text": "ФИО: Иванов\nКласс: 5"}


@pytest.mark.parametrize(("label", "field"), LABEL_ROWS)
def test_every_label_names_its_field(label: str, field: str) -> None:
    """Each label of the table is read with a number, an «укажите» and an asterisk about it."""
    written, expected = VALUES[field]
    others = OTHERS.get(field, "ФИО: Иванов\nСообщение: Нет")
    for line in (
        f"{label}: {written}",
        f"3. Укажите {label} *: {written}",
        f"{label.upper()} (обязательно): {written}",
    ):
        assert only(f"{line}\n{others}")[field] == expected, line


PREFIXES = (
    ("1. Укажите ФИО", "фио"),
    ("1) ФИО обратившегося", "фио"),
    ("Ваше имя:", "имя"),
    ("*Ваш телефон*", "телефон"),
    ("4. Укажите класс, в котором обучается Ваш ребёнок (для родителя)", "класс, в котором обучается ваш ребенок"),
    ("8. Укажите адрес электронной почты", "адрес электронной почты"),
    ("Please enter your e-mail address", "e-mail address"),
    ("E-mail", "e-mail"),
    ("№ 5. Описание проблемы?", "описание проблемы"),
)


@pytest.mark.parametrize(("label", "expected"), PREFIXES)
def test_a_label_is_compared_without_its_trimmings(label: str, expected: str) -> None:
    """Numbers, hints, asterisks, «укажите» and «ваш» do not count."""
    assert normal(label) == expected


def test_no_label_names_two_fields() -> None:
    """The table has one field for every label."""
    seen: dict[str, str] = {}
    for field, labels in LABELS.items():
        for label in labels:
            assert seen.setdefault(normal(label), field) == field, label


NO_FORMS = (
    "Проблема: не открывается журнал",
    "Вопрос: когда собрание?\nСпасибо!",
    "Телефон: 89161234567\nE-mail: a@b.example",
    "Проблема: не открывается\nСообщение: совсем",
    "ФИО:\nКласс:\nСообщение:\nТелефон:",
    "Тема: Журнал\nСообщение: не открывается",
    "От: Мама <a@b.example>\nКому: школа\nТема: x\nСообщение: y",
    "Телефон не включается: что делать?\nКласс закрыт: ждём.\nПочта не работает: увы",
    "Здравствуйте",
    "",
)


@pytest.mark.parametrize("text", NO_FORMS)
def test_a_letter_is_no_form(text: str) -> None:
    """A label or two in a letter, a header of a forward, a blank form: none of them is a filled form."""
    assert form.read(text, "") is None


def test_a_value_runs_to_the_next_label() -> None:
    """The description keeps its lines, its blank lines and its colons."""
    found = only("Имя: Анна\nСообщение: Первая строка\n\nВторая: с двоеточием\nТелефон: 8 916 000-00-00\n")
    assert (found.text, found.phone) == ("Первая строка\n\nВторая: с двоеточием", "8 916 000-00-00")


def test_a_short_value_ends_with_its_line() -> None:
    """What follows a name or a phone number is not part of it."""
    found = only("Имя: Анна\nпросто строка\nКласс: 5А\nещё строка\nСообщение: Нет\n")
    assert (found.name, found.class_) == ("Анна", "5А")


def test_the_first_value_of_a_field_counts() -> None:
    """Annex 1 asks for the class twice: whichever line is filled is taken, the first before the second."""
    assert only("ФИО: А\nКласс (для ученика): -\nКласс (для родителя): 7Б\nВопрос: х").class_ == "7Б"
    assert only("ФИО: А\nКласс (для ученика): 9А\nКласс (для родителя): 7Б\nВопрос: х").class_ == "9А"


def test_a_label_above_its_value_is_read() -> None:
    """Yandex Forms writes the answer on the line after the question."""
    found = only("ФИО\nИванов Иван\n\nОпишите Вашу проблему\nНе слышно.\nСовсем.\n\nТелефон\n89160001122\n")
    assert (found.name, found.text, found.phone) == ("Иванов Иван", "Не слышно.\nСовсем.", "89160001122")


def test_quoted_lines_are_read() -> None:
    """A form filled in inside the quotation is a form; what is quoted behind an answer is not part of it."""
    assert only("> ФИО: Орлов\n>> Описание проблемы: Не слышно\n").text == "Не слышно"
    found = only(
        "ФИО: Орлов\nОписание проблемы: Не слышно\nСлужба <a@b.example> пишет:\n> Здравствуйте!\n> Как дела?\n"
    )
    assert found.text == "Не слышно"


def test_a_technical_footer_ends_the_description() -> None:
    """What a site builder adds is nobody's words."""
    for footer in (
        "Transaction ID: 1:2",
        "Block ID: rec1",
        "-----",
        "-- \nс сайта",
        "Page URL: https://school.example",
        "IP: 198.51.100.1",
    ):
        assert only(f"Имя: Анна\nСообщение: Нет\nзвука\n{footer}\n").text == "Нет\nзвука", footer


def test_a_name_of_three_fields_is_put_together() -> None:
    """Surname, first name and patronymic come out in the order of Russian papers."""
    assert only("Имя: Нина\nФамилия: Орлова\nОтчество: Сергеевна\nСообщение: x").name == "Орлова Нина Сергеевна"
    assert only("First name: Nina\nLast name: Orlova\nMessage: x").name == "Orlova Nina"


def test_more_labels_come_from_the_configuration() -> None:
    """`labels` of [form_mail] add to the two Annexes' (SPEC 3)."""
    text = "Ребёнок учится в: 5А\nКто пишет: Анна\nЖалоба: Не слышно\n"
    assert form.read(text, "") is None
    found = form.read_with(text, "", {"class": ["Ребёнок учится в"], "name": ["Кто пишет"], "text": ["Жалоба"]})
    assert found == FormFields(name="Анна", class_="5А", text="Не слышно")
    assert table({"class_": ["Литера"]})["литера"] == "class"


TABLES = (
    "<table><tr><td>Имя</td><td>Анна</td></tr><tr><td>Сообщение:</td><td>Нет<br>звука</td></tr></table>",
    "<TABLE><TR><TH>Имя *</TH><TD><b>Ан</b>на</TD></TR><TR><TH>Сообщение</TH><TD><p>Нет</p><p>звука</p></TD></TR></TABLE>",
    "<table><tr><td><table><tr><td>Имя</td><td>Анна</td></tr><tr><td>Сообщение</td><td>Нет<br>звука</td></tr></table></td></tr></table>",
    "<dl><dt>Имя</dt><dd>Анна</dd><dt>Сообщение</dt><dd>Нет<br/>звука</dd></dl>",
)


@pytest.mark.parametrize("html", TABLES)
def test_a_table_of_two_columns_is_a_form(html: str) -> None:
    """Label cell, value cell: also in a layout table, with header cells, as a definition list."""
    found = form.read("", html)
    assert found is not None
    assert (found.name, [line for line in found.text.split("\n") if line]) == ("Анна", ["Нет", "звука"])


def test_hidden_html_is_no_value() -> None:
    """Script and style in a cell are not shown."""
    html = "<table><tr><td>Имя</td><td>Анна<style>p{}</style></td></tr><tr><td>Сообщение</td><td><script>x</script>Нет</td></tr></table>"
    assert form.read("", html) == FormFields(name="Анна", text="Нет")


ROLES = (
    ("ученик", "student"),
    ("Учеником", "student"),
    ("ученица 7Б", "student"),
    ("учащийся", "student"),
    ("student", "student"),
    ("a pupil", "student"),
    ("Учителем", "teacher"),
    ("классный руководитель", "teacher"),
    ("педагог", "teacher"),
    ("teacher", "teacher"),
    ("родителем", "parent"),
    ("мама", "parent"),
    ("Мама ученика 7Б", "parent"),
    ("папа", "parent"),
    ("законный представитель", "parent"),
    ("бабушка", "parent"),
    ("a parent", "parent"),
    ("mother of a student", "parent"),
    ("- ученик\n- учитель\n- родитель", ""),
    ("- ученик\n- [x] учитель\n- родитель", "teacher"),
    ("☐ ученик\n☑ родитель", "parent"),
    ("ученик\nучитель +", "teacher"),
    ("ученик / учитель / родитель", ""),
    ("ученик или родитель", ""),
    ("сосед", ""),
    ("", ""),
)


@pytest.mark.parametrize(("written", "expected"), ROLES)
def test_a_role_is_one_of_three(written: str, expected: str) -> None:
    """What people call themselves becomes student, teacher or parent; an untouched list of options is none."""
    assert form_values.role(written) == expected


CLASSES = (
    ("7 «Б»", "7Б"),
    ("7-б", "7Б"),
    ("7 Б класс", "7Б"),
    ("7Б", "7Б"),
    ('7 "Б"', "7Б"),
    ("7 “б”", "7Б"),
    ("7-й Б", "7Б"),
    ("7-й класс", "7"),
    ("класс 7 Б", "7Б"),
    ("11А", "11А"),
    ("10 класс «В»", "10В"),
    ("5", "5"),
    ("7B", "7B"),
    ("3 «А» и 7 «Б»", "3А, 7Б"),
    ("5 и 7", "5, 7"),
    ("5 «И»", "5И"),
    ("1 А, 4 Г", "1А, 4Г"),
    ("подготовительный", "подготовительный"),
    ("", ""),
)


@pytest.mark.parametrize(("written", "expected"), CLASSES)
def test_a_class_has_one_spelling(written: str, expected: str) -> None:
    """However a class is written, the reports count it once."""
    assert form_values.school_class(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("+7 (916) 123-45-67", "+7 (916) 123-45-67"),
        ("тел.: 8 916 123 45 67.", "8 916 123 45 67"),
        ("tel:+79161234567", "+79161234567"),
        ("89161234567 <tel:89161234567>", "89161234567"),
        ("не звоните", ""),
        ("123", ""),
        ("", ""),
    ],
)
def test_a_phone_number_is_trimmed(written: str, expected: str) -> None:
    """The number stays as written; words without digits are none."""
    assert form_values.phone(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a@b.example", "a@b.example"),
        ("<mailto:a@b.example>", "a@b.example"),
        ("a@b.example <mailto:a@b.example>", "a@b.example"),
        ("Почта: a@b.example.", "a@b.example"),
        ("мария@почта.example", "мария@почта.example"),
        ("нет", ""),
    ],
)
def test_an_address_is_found_in_its_field(written: str, expected: str) -> None:
    """The address comes out of links and words."""
    assert form_values.email(written) == expected


@pytest.mark.parametrize("written", ["", "-", "—", "нет", "Нет.", "____", "не указано", "N/A", "none", "…"])
def test_an_empty_answer_is_empty(written: str) -> None:
    """A dash, «нет» and underscores to write on fill nothing in."""
    assert form_values.is_nothing(written)


@given(st.text(max_size=600), st.text(alphabet="<>/tdrhbl =\"'ФИО: \n", max_size=400))
def test_no_input_makes_it_raise(text: str, html: str) -> None:
    """Whatever is written, there is a form or none."""
    form.read(text, html)
    form.read(f"ФИО: {text}\nСообщение: {text}\nКласс: {text}", f"<table><tr><td>Имя<td>{html}</table>")
