"""How people write tags (SPEC 4): what is forgiven, what is carried over, what is no command; over parser, decisions and store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk.quick import Quick
from office import Letter, kinds, one

PARENT = "Мама Пети <mama@mail.example>"
SMIRNOV = "smirnov@school.example"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Quick]:
    quick = Quick(tmp_path)
    yield quick
    quick.close()


@pytest.fixture
def assignment(desk: Quick) -> Letter:
    desk.write(PARENT, "[TECH] Звук", "Нет звука на уроке")
    return one(desk.work(), "assignment")


def state(desk: Quick, ref: str = "MD-1") -> str:
    return str(desk.show(ref)["state"])


@pytest.mark.parametrize(
    "written",
    ["[TAKEN]", "[taken]", "[ВЗЯТО]", "[взято]", "［ＴＡＫＥＮ］", "【ВЗЯТО】", "[ ВЗЯТО ]", "*[ВЗЯТО]*", "**Взято**",
     "Взято", "взято!", "Взято.", "[ВЗЯТО", "ВЗЯТО]", "«Взято»", "[BЗЯTO]", "[В РАБОТЕ]", "[в  работе]", "[БЕРУ]", "[ПРИНЯТО]",
     "Принято", "\n\n[ВЗЯТО]", "[ВЗЯТО]:", "[TAKEN] [ВЗЯТО]"],
)  # fmt: skip
def test_a_tag_is_understood_however_it_is_typed(desk: Quick, assignment: Letter, written: str) -> None:
    """Case, ё, look-alikes, width, emphasis, and the brackets of a whole first line are forgiven."""
    desk.reply(assignment, written)
    assert kinds(desk.work()) == [("command-done", "smirnov")]
    assert state(desk) == "taken"


@pytest.mark.parametrize(
    "greeting", ["Добрый день!", "Здравствуйте, Ольга Ивановна.", "Коллеги, добрый вечер!", "Hello,"]
)
def test_a_greeting_may_stand_above_a_tag(desk: Quick, assignment: Letter, greeting: str) -> None:
    """Polite people greet before they command: the tag counts, and the author reads the greeting with the answer."""
    desk.reply(assignment, f"{greeting}\n\n[ЗАКРЫТО]\nЗвук включён.")
    answer = one(desk.work(), "answer")
    assert "[ЗАКРЫТО]" not in answer.text
    assert greeting in answer.text
    assert "Звук включён." in answer.text


SIGNATURES = (
    "С уважением,\nСмирнов О.И.",
    "С уважением, Олег Смирнов\nтехнический специалист\n+7 916 000-00-00",
    "Best regards,\nOleg Smirnov",
    "Добрый день!\n\nС уважением,\nСмирнов Олег",
    "Смирнов Олег",
)


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("tag", ["[ЗАКРЫТО]", "[ВОПРОС]", "[ПРОДЛИТЬ 24ч]"])
def test_a_signature_that_a_client_adds_is_no_text(desk: Quick, assignment: Letter, tag: str, signature: str) -> None:
    """A command that needs words is refused where there is only a signature: nothing goes to the author, or to the head."""
    desk.reply(assignment, f"{tag}\n\n{signature}")
    assert kinds(desk.work()) == [("command-error", "smirnov")]
    assert state(desk) == "assigned"


@pytest.mark.parametrize(
    "text",
    [
        "[ВОПРОС]\nКакой телефон?\n\n[ЗАМЕТКА] родители скандальные",
        "Какой телефон?\n[NOTE] родители скандальные",
        "[ЗАКРЫТО] Готово.\n[ПОЗВОНИЛИ] маме",
        "Готово. [ЗАКРЫТО]",
        "Готово.\n\n[ЗАКРЫТО].",
    ],
)
def test_a_command_below_the_text_is_asked_about(desk: Quick, assignment: Letter, text: str) -> None:
    """What stands behind a command that came too late was not meant for the author: nothing is carried out."""
    desk.reply(assignment, text)
    assert kinds(desk.work()) == [("command-error", "smirnov")]
    assert state(desk) == "assigned"


def test_a_greeting_alone_is_no_answer(desk: Quick, assignment: Letter) -> None:
    """Nothing goes to the author but words."""
    desk.reply(assignment, "Добрый день!\n[ЗАКРЫТО]")
    assert kinds(desk.work()) == [("command-error", "smirnov")]
    assert state(desk) == "assigned"


@pytest.mark.parametrize(
    "written", ["[ЗАКРЫТО Всё починили", "[ЗАКРЫТ] Готово", "[ГОТОВО] Всё", "[CLOSD] done", "[В РАБОТУ]"]
)
def test_a_mistyped_tag_is_answered_and_changes_nothing(desk: Quick, assignment: Letter, written: str) -> None:
    desk.reply(assignment, written)
    assert kinds(desk.work()) == [("command-error", "smirnov")]
    assert state(desk) == "assigned"


@pytest.mark.parametrize(
    "written",
    ["История болезни тут ни при чём", "Нажмите [Войти] и введите пароль", "Направить письмо родителям нужно так:",
     "Список\nпервое\nвторое", "Проверьте: [x] отмечено", "Вопросов нет, всё работает"],
)  # fmt: skip
def test_prose_is_no_command(desk: Quick, assignment: Letter, written: str) -> None:
    """Words that only look like a tag go to the author as they are."""
    desk.reply(assignment, written)
    letters = desk.work()
    assert kinds(letters) == [("command-done", "smirnov"), ("question", "mama")]
    assert written.split("\n")[0] in one(letters, "question").text


def test_the_marks_of_the_text_itself_are_kept(desk: Quick, assignment: Letter) -> None:
    """What belongs to the answer is not taken for the tag's emphasis or brackets."""
    desk.reply(assignment, "[ЗАКРЫТО] *Важно* нажмите ［Ввод］ *дважды*")
    assert "*Важно* нажмите ［Ввод］ *дважды*" in one(desk.work(), "answer").text


@pytest.mark.parametrize("subject", ["[REJECT]", "[SPAM]", "[EXTERNAL]", "[REJECTED]", "[НЕ ОБРАЩЕНИЕ]"])
def test_a_gateways_word_in_a_subject_rejects_nothing(desk: Quick, assignment: Letter, subject: str) -> None:
    desk.reply(assignment, "[TAKEN]", subject=f"{subject} Re: {assignment.subject}")
    assert kinds(desk.work()) == [("command-done", "smirnov")]
    assert state(desk) == "taken"


def test_a_tag_that_the_client_carries_over_is_not_a_new_command(desk: Quick, assignment: Letter) -> None:
    """A reply to the own button mail repeats its subject; the words go to the author, nothing is taken twice."""
    button = desk.press(assignment, "ВЗЯТО")
    desk.work()
    desk.write(
        SMIRNOV, f"Re: {button['Subject']}", "Перезагрузите компьютер.",
        In_Reply_To=button["Message-ID"], References=f"{assignment.id} {button['Message-ID']}",
    )  # fmt: skip
    letters = desk.work()
    assert kinds(letters) == [("command-done", "smirnov"), ("question", "mama")]


def test_a_category_in_the_desks_own_subject_routes_nothing(desk: Quick, assignment: Letter) -> None:
    desk.reply(assignment, "Попробуйте ещё раз.")
    assert ("question", "mama") in kinds(desk.work())
    assert desk.show("MD-1")["assignee"] == "smirnov"


def test_a_tag_in_the_subject_of_a_reply_counts(desk: Quick, assignment: Letter) -> None:
    desk.reply(assignment, "Всё починили.", subject=f"[ЗАКРЫТО] Re: {assignment.subject}")
    letters = desk.work()
    assert kinds(letters) == [("answer", "mama"), ("command-done", "smirnov")]
    assert "ЗАКРЫТО" not in one(letters, "answer").text


def test_a_reference_within_a_tag_names_no_other_ticket(desk: Quick, assignment: Letter) -> None:
    """[MERGE MD-1] written over the subject of a reply about MD-2 merges MD-2 into MD-1."""
    desk.write("Папа <papa@mail.example>", "Вопрос", "Где журнал?")
    request = one(desk.work(), "dispatch-request")
    desk.reply(request, "", subject="[MERGE MD-1]")
    assert ("command-done", "ivanova") in kinds(desk.work())
    assert state(desk, "MD-2") == "merged"


def test_a_signature_is_no_answer(desk: Quick, assignment: Letter) -> None:
    desk.reply(assignment, "[ЗАКРЫТО]\n\n-- \nСмирнов Олег\nтехник")
    assert kinds(desk.work()) == [("command-error", "smirnov")]


@pytest.mark.parametrize("tags", ["[CLOSED] [PHONED]", "[PHONED] [CLOSED]", "[ЗАКРЫТО] [ПОЗВОНИЛИ]"])
@pytest.mark.parametrize("text", ["", " Рассказали по телефону"])
def test_closed_and_phoned_in_either_order_send_no_mail(desk: Quick, assignment: Letter, tags: str, text: str) -> None:
    desk.reply(assignment, tags + text)
    assert kinds(desk.work()) == [("command-done", "smirnov")]
    assert state(desk) == "closed"


def test_a_tag_needs_no_words_after_an_earlier_answer(desk: Quick, assignment: Letter) -> None:
    desk.reply(assignment, "Обновите драйвер, и звук появится.")
    desk.work()
    desk.reply(assignment, "[ЗАКРЫТО]")
    assert kinds(desk.work()) == [("command-done", "smirnov")]
    assert state(desk) == "closed"


def test_a_staff_mail_without_a_ticket_is_an_appeal_whatever_its_brackets(desk: Quick) -> None:
    desk.write(SMIRNOV, "[Срочно] Сломался стул", "[важно] Нужен стул.")
    assert ("dispatch-request", "ivanova") in kinds(desk.work())
    desk.write(SMIRNOV, "Re: что-то", "[CLOSED] Готово")
    assert kinds(desk.work()) == [("command-error", "smirnov")]


def test_an_authors_tags_are_text(desk: Quick, assignment: Letter) -> None:
    """The author closes nothing: the assignee hears that no answer is needed any more."""
    desk.write(PARENT, "Re: [MD-1] звук", "[CLOSED] Уже работает, не нужно")
    letters = desk.work()
    assert kinds(letters) == [("author-reply", "smirnov")]
    assert state(desk) == "assigned"


def test_hotline_with_a_command_is_refused_whole(desk: Quick) -> None:
    desk.write("petrova@school.example", "[ЗВОНОК] [ЗАКРЫТО]", "ФИО: Петров\nОписание проблемы: Нет света")
    assert kinds(desk.work()) == [("command-error", "petrova")]
