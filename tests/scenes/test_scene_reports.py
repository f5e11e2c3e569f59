"""Scenes of reports: what the head opens at the end of a day and of a week, and what goes on to the director."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from office import Letter, Make, Office, kinds, one

PARENT = "Мама Пети <mama@mail.example>"
#: A Monday morning in Moscow; the weekly report is due on Friday at 16:00.
MONDAY = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
EVENING = timedelta(hours=2)


def reports(letters: list[Letter]) -> list[Letter]:
    return [letter for letter in letters if letter.kind.endswith("-report")]


@pytest.fixture
def week(office: Office) -> Office:
    """A desk with a week's appeals, on Friday at 16:00 of its zone."""
    office.now = MONDAY
    office.work()
    office.write(PARENT, "=СУММА(A1) [ТЕХ]", "Не открывается урок.")
    office.write("Папа Оли <papa@mail.example>", "[PSYCH] Тайна семьи", "Прошу о встрече.")
    assignment = one(office.work(), "assignment", "smirnov@school.example")
    office.step(minutes=5)
    office.reply(assignment, "[ЗАКРЫТО]\nОбновите страницу.")
    office.work()
    office.now = FRIDAY
    return office


@pytest.fixture
def weekly(week: Office) -> Letter:
    """Its weekly report."""
    return one(week.work(), "weekly-report")


def names(letter: Letter) -> list[tuple[str, str]]:
    return [
        (part.get_content_type(), str(part.get_content_disposition()))
        for part in letter.message.walk()
        if not part.is_multipart()
    ]


def test_the_weekly_report_has_pictures_tables_and_files(week: Office, weekly: Letter) -> None:
    """The head gets charts beside the HTML, the same numbers as tables, and the tickets as two files; the report says how to send it on."""
    assert weekly.to == "sidorov@school.example"
    assert names(weekly).count(("image/png", "inline")) == 3
    attached = {part.get_filename(): part for part in weekly.message.iter_attachments()}
    assert sorted(attached) == ["обращения-2026-11-20.csv", "обращения-2026-11-20.xlsx"]
    for part in weekly.message.walk():
        if part.get_content_type() == "image/png":
            assert f'src="cid:{str(part["Content-ID"])[1:-1]}"' in weekly.html
    assert weekly.html.count('alt="График') == 3
    assert "2 новых обращения" in weekly.text and "[ОТПРАВИТЬ]" in weekly.text
    assert "Учёт писем: всего" in weekly.text


def test_a_confidential_appeal_is_a_number_in_the_files(week: Office, weekly: Letter) -> None:
    """Of a confidential ticket the files hold number, state and times; a formula in a subject is text; moments are real dates."""
    attached = {
        str(part.get_filename()).rpartition(".")[2]: part.get_content() for part in weekly.message.iter_attachments()
    }
    sheet = openpyxl.load_workbook(io.BytesIO(attached["xlsx"])).active
    head, *rows = sheet.iter_rows(values_only=True)
    found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert isinstance(found["MD-1"]["received_at"], datetime)
    assert found["MD-1"]["subject"] == "'=СУММА(A1) [ТЕХ]"
    secret = {name: value for name, value in found["MD-2"].items() if value is not None}
    assert (
        secret.keys() & {"subject", "author", "email", "phone", "role", "class", "category", "channel", "assignee"}
        == set()
    )
    assert secret["state"] == "assigned" and "received_at" in secret
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref
    assert "Тайна" not in weekly.raw.decode() + str(attached["csv"]) + weekly.text + weekly.html
    assert "меньше 5" in weekly.text


def test_send_with_proposals_reaches_the_director(week: Office, weekly: Letter) -> None:
    """[SEND] with text: the analysis goes to the director under the head's name with the proposals as a list, a copy to the head."""
    week.step(hours=1)
    week.reply(weekly, "[ОТПРАВИТЬ]\n1. Купить ноутбуки в 7 Б.\n2. Провести занятие для учителей.")
    letters = week.work()
    assert kinds(letters) == [
        ("command-done", "sidorov"),
        ("weekly-analysis", "kuznetsova"),
        ("weekly-analysis", "sidorov"),
    ]
    analysis = one(letters, "weekly-analysis", "kuznetsova@school.example")
    assert analysis.message["Auto-Submitted"] is None and "Сидоров Пётр Ильич" in analysis.text
    lines = analysis.text.splitlines()
    first = lines.index("1. Купить ноутбуки в 7 Б.")
    assert lines[first + 1] == "2. Провести занятие для учителей."
    assert names(analysis).count(("image/png", "inline")) == 3 and list(analysis.message.iter_attachments()) == []
    assert analysis.buttons() == []
    week.step(days=4)
    assert [letter.kind for letter in week.work() if letter.kind in ("weekly-analysis", "reminder")] == []
    week.reply(weekly, "[ОТПРАВИТЬ]\nИ ещё один проектор.")
    again = one(week.work(), "weekly-analysis", "kuznetsova@school.example")
    assert again.subject == analysis.subject and "1. И ещё один проектор." in again.text


def test_a_plain_reply_to_the_weekly_report_is_told_what_to_do(week: Office, weekly: Letter) -> None:
    """One command helps here, and not the list of all; the words that the head typed come back to be sent again."""
    week.reply(weekly, "Купить ноутбуки в 7 Б.")
    error = one(week.work(), "command-error")
    text = " ".join(error.text.split())
    assert "в первой строке [ОТПРАВИТЬ], под ней этот же текст" in text
    assert "Купить ноутбуки в 7 Б." in text
    assert "[ВЗЯТО]" not in text and "автору" not in text


def test_a_reply_to_the_analysis_is_told_whom_to_write_to(week: Office, weekly: Letter) -> None:
    """The director's goes to nobody, and he learns the head's address; the head learns the director's."""
    week.reply(weekly, "[ОТПРАВИТЬ]\nКупить проектор.")
    letters = week.work()
    for reader, other in (("kuznetsova", "sidorov"), ("sidorov", "kuznetsova")):
        week.reply(one(letters, "weekly-analysis", f"{reader}@school.example"), "Согласна, действуйте.")
        error = one(week.work(), "command-error", f"{reader}@school.example")
        assert f"{other}@school.example" in error.text and "[ВЗЯТО]" not in error.text


@pytest.mark.parametrize("answer", ["да", "[ОТПРАВИТЬ] без предложений", "[ОТПРАВИТЬ]\nКупить проектор."])
def test_send_without_text_asks_first(week: Office, weekly: Letter, answer: str) -> None:
    """[SEND] alone sends nothing to the director and asks; a yes, the word that there are none, or the proposals send it."""
    week.reply(weekly, "[ОТПРАВИТЬ]")
    letters = week.work()
    assert kinds(letters) == [("confirm-command", "sidorov")]
    week.step(minutes=3)
    week.reply(letters[0], answer)
    analysis = one(week.work(), "weekly-analysis", "kuznetsova@school.example")
    assert ("1. Купить проектор." in analysis.text) == ("Купить" in answer)
    assert "Предложения" in analysis.text or "Купить" not in answer


def test_the_button_of_the_weekly_report_needs_no_thread(week: Office, weekly: Letter) -> None:
    """The button opens a new mail that sends the analysis with what is typed in it."""
    week.press(weekly, "ОТПРАВИТЬ", "Купить проектор.")
    assert one(week.work(), "weekly-analysis", "kuznetsova@school.example")


def test_only_the_head_sends_it_and_only_in_reply(week: Office, weekly: Letter) -> None:
    """Another's [SEND], or one that answers no weekly report, is a command-error and reaches no director."""
    week.write("smirnov@school.example", "[ОТПРАВИТЬ]", "Моё предложение.")
    week.write("sidorov@school.example", "[ОТПРАВИТЬ]", "Моё предложение.")
    assert {letter.kind for letter in week.work()} == {"command-error"}


def test_a_weekly_report_not_sent_on_is_reminded_of_once(week: Office, weekly: Letter) -> None:
    """Three days after a weekly report that was not sent on the head gets one reminder."""
    week.step(days=3, minutes=1)
    assert [letter.to for letter in week.work() if letter.kind == "reminder" and letter.ticket is None] == [
        "sidorov@school.example"
    ]
    week.step(days=1)
    assert [letter for letter in week.work() if letter.kind == "reminder" and letter.ticket is None] == []


def test_the_week_that_was_answered_is_sent(week: Office, weekly: Letter) -> None:
    """A reply to an older weekly report sends that week's analysis, not the latest."""
    week.step(days=7)
    newer = one(week.work(), "weekly-report")
    week.reply(weekly, "[ОТПРАВИТЬ] Купить проектор.")
    analysis = one(week.work(), "weekly-analysis", "kuznetsova@school.example")
    assert "2 новых обращения" in analysis.text and "2 новых обращения" not in newer.text


def test_an_empty_day_is_one_line(office: Office) -> None:
    """A day without appeals says so in one line, with the day's account."""
    office.now = MONDAY
    office.work()
    office.step(hours=9)
    letter = next(letter for letter in reports(office.work()) if letter.to.startswith("sidorov"))
    assert "За сутки обращений не было, открытых нет." in letter.text and "Учёт писем" in letter.text
    assert "Сроки" not in letter.text and list(letter.message.iter_attachments()) == []


def test_the_daily_report_begins_with_what_waits_for_a_decision(office: Office) -> None:
    """A request for more time stands first, with a link to its history that needs no proof and changes nothing."""
    office.now = MONDAY
    office.write(PARENT, "[ТЕХ] Не открывается урок", "Не открывается.")
    assignment = one(office.work(), "assignment")
    office.reply(assignment, "[ПРОДЛИТЬ 24ч] Ждём деталь.")
    office.work()
    office.now = MONDAY + timedelta(hours=9)
    letter = next(one for one in reports(office.work()) if one.to.startswith("sidorov") and "сайта" in one.subject)
    assert letter.text.index("Ждут вашего решения") < letter.text.index("Цифры")
    office.press(letter, "ИСТОРИЯ MD-1", "")
    assert one(office.work(), "status").to == "sidorov@school.example"


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Europe/Berlin"])
def test_a_restart_at_a_second_before_the_hour_gives_one_report_each(make_office: Make, zone: str) -> None:
    """Runs at 17:59:59, 18:00:00 and after give each report once, on a day of 23 hours too."""
    office = make_office()
    path = office.directory / "config.toml"
    path.write_text(path.read_text().replace("[service]\n", f'[service]\ntimezone = "{zone}"\n', 1))
    spring = {
        "Europe/Moscow": datetime(2027, 3, 28, 15, tzinfo=UTC),
        "Europe/Berlin": datetime(2027, 3, 28, 16, tzinfo=UTC),
    }[zone]
    office.now = spring - timedelta(hours=30)
    office.work()
    office.now = spring - timedelta(seconds=1)
    yesterday = reports(office.work())
    assert len(yesterday) == 4
    office.now = spring
    today = reports(office.work())
    assert len(today) == 4
    office.step(seconds=1)
    assert reports(office.work()) == []


def test_a_change_of_zone_gives_one_report(office: Office) -> None:
    """The desk's zone is changed after the report went out: that day's report does not come again."""
    office.now = MONDAY
    office.work()
    office.step(hours=9)
    assert len(reports(office.work())) == 4
    path = office.directory / "config.toml"
    path.write_text(path.read_text().replace("[service]\n", '[service]\ntimezone = "Europe/Berlin"\n', 1))
    office.step(minutes=30)
    assert reports(office.work()) == []


def test_of_missed_reports_the_last_comes_with_the_earlier_days_as_lines(office: Office) -> None:
    """A desk that stood for three days sends one report of each sort, with the days before as lines."""
    office.now = MONDAY
    office.work()
    office.write(PARENT, "[ТЕХ] Урок", "Не открывается.")
    office.now = MONDAY + timedelta(days=2, hours=10)
    letters = [letter for letter in reports(office.work()) if letter.to.startswith("sidorov")]
    assert len(letters) == 2
    mail = next(letter for letter in letters if "сайта" in letter.subject)
    assert "16.11.2026: 1" in mail.text and "17.11.2026: 0" in mail.text


def test_report_and_export_commands_give_the_same(week: Office, weekly: Letter) -> None:
    """`maildesk report weekly --date D --html FILE` prints the letter's figures; `export` gives CSV, XLSX and JSON lines."""
    page = week.directory / "week.html"
    done = week.command("report", "weekly", "--date", "2026-11-20", "--html", str(page))
    assert done.returncode == 0, done.stderr
    assert "2 новых обращения" in done.stdout and "2 новых обращения" in page.read_text()
    out = week.directory / "all.xlsx"
    assert week.command("export", "--format", "xlsx", "--out", str(out)).returncode == 0
    assert openpyxl.load_workbook(out).active.max_row == 3
    lines = week.command("export", "--format", "jsonl").stdout.splitlines()
    assert len(lines) == 2 and "Тайна" not in lines[1]
