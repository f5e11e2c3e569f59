"""The page as a parent without JavaScript meets it: fill in, be corrected, get a number."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from form.running import APPEAL, CATEGORIES, PNG, Form, settings_for

from maildesk.form import Bounds, create_app
from maildesk.form.tokens import issue


def test_an_appeal_gets_a_number_and_waits_for_the_desk_with_all_its_fields(form: Form) -> None:
    sent = form.parent().fill([("снимок.png", PNG)])
    assert sent.status == 200
    assert re.fullmatch(r"\d{4}-\d{5}", sent.number)
    (appeal,) = form.desk().appeals()
    assert appeal["fields"] == {name: value for name, value in APPEAL.items() if name != "consent"}
    assert appeal["id"].startswith(sent.number)
    assert [file["name"] for file in appeal["attachments"]] == ["снимок.png"]


def test_the_page_asks_the_eight_fields_of_annex_1_in_its_order(form: Form) -> None:
    text = form.parent().open().text
    asked = [
        "Укажите ФИО",
        "Вы являетесь",
        "Укажите класс, в котором вы обучаетесь",
        "Укажите класс, в котором обучается ваш ребёнок",
        "Выберите тип обращения",
        "Опишите вашу проблему",
        "Укажите телефон для обратной связи",
        "Укажите адрес электронной почты",
    ]
    places = [text.index(label) for label in asked]
    assert places == sorted(places)
    for word in ("учеником", "учителем", "родителем", *(category.title for category in CATEGORIES)):
        assert word in text


def test_an_english_form_is_english(start_form: Callable[..., Form]) -> None:
    form = start_form(language="en")
    text = form.parent().open().text
    assert '<html lang="en">' in text
    assert "Describe your problem" in text
    assert "Write your full name" in form.parent().fill(name="").text


def test_every_language_has_the_same_words(start_form: Callable[..., Form]) -> None:
    import tomllib

    from maildesk.form.settings import shipped_templates

    def keys(language: str) -> set[tuple[str, str]]:
        tree = tomllib.loads((shipped_templates() / f"{language}.toml").read_text("utf-8"))
        return {(section, key) for section, rows in tree.items() for key in rows}

    assert keys("ru") == keys("en")


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": ""}, "name", "фамилию"),
        ({"name": "  123 "}, "name", "фамилию"),
        ({"name": "А" * 121}, "name", "не больше 120"),
        ({"role": None}, "role", "кем вы являетесь"),
        ({"role": "director"}, "role", "кем вы являетесь"),
        ({"class": ""}, "class_parent", "класс"),
        ({"role": "student", "class": ["", "7Б" * 0]}, "class_student", "класс"),
        ({"class": "7" * 31}, "class_parent", "Слишком длинно"),
        ({"category": None}, "category", "тип обращения"),
        ({"category": "no-such"}, "category", "тип обращения"),
        ({"text": " \n "}, "text", "Опишите"),
        ({"text": "я" * 10_001}, "text", "не больше 10000"),
        ({"phone": "", "email": ""}, "phone", "иначе мы не сможем ответить"),
        ({"phone": "12345"}, "phone", "с кодом"),
        ({"email": "ivanova.mail.ru"}, "email", "@"),
        ({"email": "иванова@mail.ru"}, "email", "русские буквы"),
        ({"consent": None}, "consent", "согласия"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_stored(
    form: Form, changes: dict[str, object], field: str, words: str
) -> None:
    shown = form.parent().fill(**changes)
    assert shown.status == 422
    assert list(shown.errors) == [field]
    assert words in shown.errors[field].replace("\u00a0", " ")
    assert shown.text.count("autofocus") == 1
    assert f'aria-describedby="{field}-error' in shown.text
    assert f'<a href="#{field}' in shown.text
    assert form.desk().appeals() == []


def test_what_was_typed_and_chosen_survives_an_error(form: Form) -> None:
    parent = form.parent()
    shown = parent.fill([("фото.png", PNG), ("заметка.txt", "Текст".encode())], phone="12")
    values = shown.page.values
    for name in ("name", "role", "category", "email"):
        assert values[name] == APPEAL[name]
    assert values["class"] == "7Б"
    assert values["phone"] == "12"
    assert APPEAL["text"] in shown.text
    assert "фото.png" in shown.text
    sent = parent.send(shown, [("ещё.png", PNG)], phone="")
    assert sent.number
    (appeal,) = form.desk().appeals()
    assert [file["name"] for file in appeal["attachments"]] == ["фото.png", "заметка.txt", "ещё.png"]
    assert appeal["fields"]["phone"] == ""


def test_a_file_whose_mark_was_cleared_is_not_sent(form: Form) -> None:
    parent = form.parent()
    shown = parent.fill([("первый.png", PNG), ("второй.png", PNG)], phone="12")
    again = parent.send(shown, phone="12", keep=shown.page.kept[1:])
    assert "первый.png" not in again.text
    assert parent.send(again).number
    (appeal,) = form.desk().appeals()
    assert [file["name"] for file in appeal["attachments"]] == ["второй.png"]


def test_a_teacher_is_asked_for_no_class(form: Form) -> None:
    assert form.parent().fill(role="teacher", **{"class": ["", "9А"]}).number
    (appeal,) = form.desk().appeals()
    assert appeal["fields"]["class"] == ""


@pytest.mark.parametrize(("role", "expected"), [("student", "7Б"), ("parent", "5В")])
def test_of_two_class_fields_the_one_of_the_role_counts(form: Form, role: str, expected: str) -> None:
    assert form.parent().fill(role=role, **{"class": ["7Б", "5В"]}).number
    assert form.desk().appeals()[0]["fields"]["class"] == expected


def test_a_likely_slip_in_the_address_is_asked_about_once(form: Form) -> None:
    parent = form.parent()
    shown = parent.fill(email="ivanova@gmial.com")
    assert "gmail.com?" in shown.errors["email"]
    assert parent.send(shown, email="ivanova@gmial.com").number
    assert form.desk().appeals()[0]["fields"]["email"] == "ivanova@gmial.com"


def test_the_same_form_sent_twice_is_one_appeal_with_one_number(form: Form) -> None:
    parent = form.parent()
    opened = parent.open()
    first, second = parent.send(opened, [("a.png", PNG)]), parent.send(opened, [("a.png", PNG)])
    assert first.number == second.number != ""
    assert len(form.desk().appeals()) == 1


def test_a_form_that_was_changed_after_sending_is_a_new_appeal_after_a_question(form: Form) -> None:
    parent = form.parent()
    opened = parent.open()
    first = parent.send(opened)
    shown = parent.send(opened, text="И ещё: не слышно учителя.")
    assert shown.status == 422
    assert first.number in shown.summary
    assert parent.send(shown, text="И ещё: не слышно учителя.").number not in ("", first.number)
    assert len(form.desk().appeals()) == 2


def test_a_form_sent_again_after_the_desk_has_it_gives_the_same_number(form: Form) -> None:
    parent = form.parent()
    opened = parent.open()
    first = parent.send(opened)
    form.desk().ack(form.desk().appeals()[0]["id"])
    assert parent.send(opened).number == first.number
    assert form.desk().appeals() == []


@pytest.mark.parametrize("token", ["", "x", "6b04daae.d52e7acedf7d70aa6c76ea11.AAAAAAAAAAAAAAAAAAAAAA", "ы" * 50])
def test_a_form_that_was_not_opened_here_is_shown_once_more_with_all_that_was_typed(form: Form, token: str) -> None:
    parent = form.parent()
    shown = parent.fill(form=token)
    assert shown.status == 422
    assert "ещё раз" in shown.summary
    assert parent.send(shown).number


def test_a_page_that_was_open_too_long_is_shown_once_more(start_form: Callable[..., Form], tmp_path: object) -> None:
    form = start_form(longest_fill=timedelta(seconds=-1))
    shown = form.parent().fill()
    assert "открыта слишком долго" in shown.summary
    assert shown.page.values["name"] == APPEAL["name"]


def test_a_filled_trap_stops_a_robot_and_not_a_browser_that_filled_it_in(form: Form) -> None:
    parent = form.parent()
    shown = parent.fill(website="https://spam.example")
    assert shown.status == 422
    assert "website" not in shown.page.values
    assert parent.send(shown).number


def test_a_form_that_comes_back_at_once_waits_until_a_person_could_have_filled_it(
    start_form: Callable[..., Form],
) -> None:
    form = start_form(shortest_fill=timedelta(seconds=1.5))
    parent = form.parent()
    opened = parent.open()
    stamp = int(opened.page.hidden["form"].split(".")[0], 16)
    assert parent.send(opened).number
    (appeal,) = form.desk().appeals()
    assert datetime.now(UTC).timestamp() - stamp >= 1.5
    assert datetime.fromisoformat(appeal["received_at"]).timestamp() - stamp < 1.5


def test_a_full_disk_is_said_with_the_phone_and_loses_nothing_that_was_typed(start_form: Callable[..., Form]) -> None:
    form = start_form(bounds=Bounds(spool=300_000))
    parent = form.parent()
    shown = parent.fill([("big.png", PNG + b"\1" * 600_000)])
    assert shown.status == 507
    assert "+7 495 000-00-00" in shown.summary
    assert shown.page.values["name"] == APPEAL["name"]
    assert parent.send(shown).number, "an appeal that fits is still taken"


def test_too_many_and_too_large_files_are_named(form: Form) -> None:
    parent = form.parent()
    assert "не больше 5 файлов" in parent.fill([(f"{n}.png", PNG) for n in range(6)]).errors["files"]
    shown = parent.fill([("кино.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 10_000_000), ("a.png", PNG)])
    assert "«кино.mp4» больше 10 МБ" in shown.errors["files"]
    assert shown.page.kept == ["0"], "the good one is kept"
    assert "«x.exe» не подходит" in parent.fill([("x.exe", b"MZ\x90\0")]).errors["files"]
    assert "пуст" in parent.fill([("нет.png", b"")]).errors["files"]


def test_the_page_with_its_style_and_script_is_under_30_kilobytes(form: Form) -> None:
    parent = form.parent()
    page = parent.http.get("/").content
    parts = re.findall(r'(?:href|src)="(form\.(?:css|js)\?\w+)"', page.decode())
    assert len(parts) == 2
    assert len(page) + sum(len(parent.http.get(part).content) for part in parts) < 30_000


def test_no_cookie_no_inline_script_and_no_foreign_address(form: Form) -> None:
    answer = form.parent().http.get("/")
    assert "set-cookie" not in answer.headers
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in answer.headers
    assert not re.search(r"\son\w+=|<script>|style=", answer.text)
    assert re.findall(r'https?://[^"<\s]+', answer.text) == ["https://school.example/privacy"]


def test_only_the_configured_sites_may_frame_the_page(start_form: Callable[..., Form]) -> None:
    form = start_form(frame_ancestors=("https://school.example",))
    answer = form.parent().http.get("/")
    assert "frame-ancestors https://school.example" in answer.headers["content-security-policy"]
    assert "x-frame-options" not in answer.headers


def test_a_page_that_is_not_there_says_so_in_the_schools_language(form: Form) -> None:
    answer = form.parent().http.get("/nowhere")
    assert answer.status_code == 404
    assert "Такой страницы нет" in answer.text
    assert form.parent().http.put("/").status_code == 405


def test_a_school_may_change_words_and_colours_alone(start_form: Callable[..., Form], tmp_path: object) -> None:
    from pathlib import Path

    own = Path(str(tmp_path)) / "own"
    own.mkdir()
    (own / "ru.toml").write_text('[page]\ntitle = "Помощь {кому-то}"\n', "utf-8")
    (own / "colours.css").write_text(":root { --accent: green }", "utf-8")
    form = start_form(templates=own)
    assert "<h1>Помощь {кому-то}</h1>" in form.parent().open().text
    style = form.parent().http.get("/form.css").text
    assert "--accent: green" in style and ".summary" in style


def test_a_file_of_words_that_is_no_toml_is_said_at_the_start(tmp_path: object) -> None:
    from pathlib import Path

    own = Path(str(tmp_path))
    (own / "ru.toml").write_text("[page\n", "utf-8")
    with pytest.raises(ValueError, match=r"ru\.toml cannot be read"):
        create_app(settings_for(own, templates=own))


def test_an_old_browser_that_sends_windows_1251_is_understood(form: Form) -> None:
    parent = form.parent()
    token = parent.open().page.hidden["form"]
    boundary = "x1251"
    parts = {**APPEAL, "form": token}
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + value.encode("windows-1251")
        + b"\r\n"
        for name, value in parts.items()
    )
    parent.http.post(
        "/",
        content=body + f"--{boundary}--\r\n".encode(),
        headers={"content-type": f"multipart/form-data; boundary={boundary}"},
    )
    assert form.desk().appeals()[0]["fields"]["name"] == APPEAL["name"]


def test_a_token_signed_with_another_key_is_not_ours(form: Form) -> None:
    forged = issue(b"another key", datetime.now(UTC))
    assert form.parent().fill(form=forged).status == 422
