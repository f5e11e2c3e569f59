"""Who may do what (SPEC 6): proofs in wrong hands, forwards, confirmations, keys, authentication; over parser, decisions and store."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from desk.quick import Quick
from office import Letter, kinds, one

PARENT = "Мама Пети <mama@mail.example>"
SMIRNOV, SIDOROV = "smirnov@school.example", "sidorov@school.example"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Quick]:
    quick = Quick(tmp_path)
    yield quick
    quick.close()


def assigned(desk: Quick, number: int = 1) -> Letter:
    desk.write(PARENT, "[TECH] Звук", f"Нет звука на уроке {'абвгдежзик'[number] * 9}")
    return one(desk.work(), "assignment")


def state(desk: Quick, ref: str = "MD-1") -> str:
    return str(desk.show(ref)["state"])


OUTSIDE = {"mama", "papa", "stranger"}


def outside(letters: list[Letter]) -> list[tuple[str, str]]:
    return [pair for pair in kinds(letters) if pair[1] in OUTSIDE]


TOKENS, FROMS, RESULTS = (
    ("right", "other-person", "other-ticket", "author", "none"),
    ("staff", "stranger", "two"),
    ("", "pass", "fail"),
)


@pytest.mark.parametrize("policy", ["proof", "both"])
@pytest.mark.parametrize(("token", "sender", "result"), list(itertools.product(TOKENS, FROMS, RESULTS)))
@pytest.mark.parametrize("automatic", [False, True])
def test_a_command_counts_only_with_all_that_it_needs(
    tmp_path: Path, policy: str, token: str, sender: str, result: str, automatic: bool
) -> None:
    """Token × From × authentication × automatic × policy, 180 cells: [CLOSED] reaches the author in three of them."""
    desk = Quick(tmp_path, sections={"security": f'commands = "{policy}"\nauthserv_id = "mx.school.example"'})
    mine = assigned(desk)
    letters = {"right": mine}
    if token == "other-person":
        desk.step(minutes=31)
        letters[token] = one(desk.work(), "escalation")
    elif token == "other-ticket":
        letters[token] = assigned(desk, 2)
    elif token == "author":
        desk.write("Папа <papa@mail.example>", "[TECH] Свет", "Мигает лампа")
        letters[token] = one(desk.work(), "receipt")
    before = state(desk)
    address = {"staff": SMIRNOV, "stranger": "stranger@mail.example", "two": SMIRNOV}[sender]
    headers = {"subject": "Re: [MD-1] Звук"}
    if result:
        headers["Authentication-Results"] = f"mx.school.example; dmarc={result} header.from={address.partition('@')[2]}"
    if automatic:
        headers["Auto_Submitted"] = "auto-replied"
    if token == "none":
        mail = desk.mail(address, headers.pop("subject"), "[CLOSED] Готово", **headers)
    else:
        letter = letters[token]
        headers |= {"In_Reply_To": letter.id, "References": letter.id}
        mail = desk.mail(address, headers.pop("subject"), "[CLOSED] Готово", **headers)
    data = mail.as_bytes()
    if sender == "two":
        data = data.replace(b"To: ", b"From: other@mail.example\nTo: ", 1)
    desk.deliver(data)
    out = desk.work()
    acts = (
        token == "right"
        and sender == "staff"
        and not automatic
        and (result == "pass" or (result == "" and policy == "proof"))
    )
    assert (state(desk) == "closed") is acts
    if acts:
        assert outside(out) == [("answer", "mama")]
    else:
        assert state(desk) == before
        assert not [kind for kind, _ in outside(out) if kind != "receipt"]
    if sender == "staff" and result == "fail" and not automatic:
        assert kinds(out) == [("notice", "ivanova")]
    desk.close()


def test_a_forward_that_is_confirmed_still_reaches_no_author(desk: Quick) -> None:
    """A forwarded letter of the desk's is kept as a note, with its code or without."""
    assignment = assigned(desk)
    head = (
        f"---------- Пересылаемое сообщение ----------\nОт: Служба <support@school.example>\nТема: {assignment.subject}"
    )
    body = f"Посмотри, пожалуйста.\n\n{head}\n\n{assignment.text}"
    desk.write(SMIRNOV, f"Fwd: {assignment.subject}", body)
    letters = desk.work()
    assert kinds(letters) == [("command-done", "smirnov")]
    desk.write("oleg@private.example", f"Fwd: {assignment.subject}", body)
    confirm = one(desk.work(), "confirm-command")
    desk.reply(confirm, "да")
    assert kinds(desk.work()) == [("command-done", "smirnov")]
    assert state(desk) == "assigned"


def test_a_confirmation_from_elsewhere_confirms_nothing(desk: Quick) -> None:
    """A yes from the phone's other account is a note, and is not itself asked about."""
    assigned(desk)
    desk.write(SMIRNOV, "Re: [MD-1]", "[CLOSED] Готово")
    confirm = one(desk.work(), "confirm-command")
    desk.reply(confirm, "да", sender="oleg@private.example")
    assert desk.work() == []
    assert state(desk) == "assigned"
    desk.reply(confirm, "ДА!")
    assert ("answer", "mama") in kinds(desk.work())


@pytest.mark.parametrize(
    ("said", "done"),
    [("да", True), ("Да, конечно", True), ("yes", True), ("ок", True), ("OK", True), ("[ДА]", True), ("дa", True), ("нет", False),
     ("данные не те", False), ("не надо", False), ("", False)],
)  # fmt: skip
def test_only_a_yes_confirms_and_anything_else_drops(desk: Quick, said: str, done: bool) -> None:
    assigned(desk)
    desk.write(SMIRNOV, "Re: [MD-1]", "[CLOSED] Готово")
    confirm = one(desk.work(), "confirm-command")
    desk.reply(confirm, said)
    assert (("answer", "mama") in kinds(desk.work())) is done
    desk.reply(confirm, "да")
    assert kinds(desk.work()) == [("command-error", "smirnov")]


def test_a_yes_after_a_day_is_too_late_and_an_automatic_one_is_nothing(desk: Quick) -> None:
    assigned(desk)
    desk.write(SMIRNOV, "Re: [MD-1]", "[CLOSED] Готово")
    confirm = one(desk.work(), "confirm-command")
    desk.reply(confirm, "да", Auto_Submitted="auto-replied")
    assert outside(desk.work()) == [] and state(desk) == "assigned"
    desk.step(hours=24, minutes=1)
    desk.reply(confirm, "да")
    assert ("command-error", "smirnov") in kinds(desk.work())
    assert state(desk) == "assigned"


def test_the_subject_of_another_ticket_makes_a_command_wait(desk: Quick) -> None:
    first, _second = assigned(desk), assigned(desk, 2)
    desk.reply(first, "[CLOSED] Готово", subject="Re: [MD-2] [TECH] Звук")
    assert kinds(desk.work()) == [("confirm-command", "smirnov")]
    assert (state(desk), state(desk, "MD-2")) == ("assigned", "assigned")


def test_a_specialist_with_an_authors_letter_is_no_author(desk: Quick) -> None:
    """An answer that its author passed on to a specialist gives the specialist no words of the author's."""
    desk.reply(assigned(desk), "[ЗАКРЫТО] Починили")
    answer = one(desk.work(), "answer")
    desk.reply(answer, "Это я ещё допишу", sender=SIDOROV)
    assert kinds(desk.work()) == [("confirm-command", "sidorov")]
    assert state(desk) == "closed"


def test_a_proof_outlives_a_change_of_keys(desk: Quick) -> None:
    """A second key in the secret: letters signed with the old one still prove, new ones are signed with the first."""
    from maildesk.desk import proofs
    from maildesk.model import Capacity

    policy = desk.desk.policy
    old = proofs.make(policy, Capacity.STAFF, "smirnov", 1, "abcdefghij")
    both = replace(policy, secrets=(b"new key", *policy.secrets))
    assert proofs.matches(old, both, Capacity.STAFF, "smirnov")
    assert proofs.matches(old, replace(policy, secrets=(b"new key",)), Capacity.STAFF, "smirnov") is None
    assert proofs.make(both, Capacity.STAFF, "smirnov", 1, "abcdefghij") != old


@pytest.mark.parametrize("capacity", ["author", "confirmation", "form", "report"])
def test_a_proof_of_one_capacity_is_none_of_another(desk: Quick, capacity: str) -> None:
    from maildesk.desk import proofs
    from maildesk.model import Capacity

    token = proofs.make(desk.desk.policy, Capacity.STAFF, "smirnov", 1, "abcdefghij")
    assert proofs.matches(token, desk.desk.policy, Capacity(capacity), "smirnov") is None


def test_a_form_from_another_address_waits_for_the_hotline(desk: Quick) -> None:
    """A filled form from a phone's other account opens nothing until the specialist confirms it; then it is a phone appeal."""
    desk.write("petrova@school.example", "[ЗВОНОК]", "")
    form = one(desk.work(), "hotline-form")
    text = "ФИО обратившегося: Петров Иван\nОписание проблемы: Не работает камера\nТелефон для обратной связи: +7 916 123-45-67\n"
    desk.reply(form, text, sender="olga@private.example", quote=False)
    confirm = one(desk.work(), "confirm-command")
    assert confirm.to == "petrova@school.example"
    desk.reply(confirm, "да")
    assert ("command-done", "petrova") in kinds(desk.work())
    assert desk.show("MD-1")["channel"] == "phone"


def test_a_stranger_with_his_own_letter_proves_no_other_address(desk: Quick) -> None:
    """Receipts to an address that proved nothing stay one an hour, though a proof of somebody else's came in its name."""
    desk.write("Чужой <stranger@mail.example>", "[TECH] Раз", "Первое обращение")
    receipt = one(desk.work(), "receipt")
    desk.reply(receipt, "ещё", sender=PARENT)
    desk.work()
    for text in ("совсем одно", "иное дело другое"):
        desk.write(PARENT, "[TECH] Тема", text)
        desk.work()
    sent = [mail for mail in desk.show("MD-2")["messages"] + desk.show("MD-3")["messages"] if mail["kind"] == "receipt"]
    assert len(sent) == 1


def test_a_reply_to_the_desks_own_address_falls_back_to_from(desk: Quick) -> None:
    desk.write(PARENT, "[TECH] Звук", "Нет звука", Reply_To="support@school.example")
    assert one(desk.work(), "receipt").to == "mama@mail.example"


def test_an_answer_with_the_author_in_copy_is_not_sent_again(desk: Quick) -> None:
    desk.reply(assigned(desk), "[CLOSED] Готово", Cc="mama@mail.example, stranger@mail.example")
    assert kinds(desk.work()) == [("command-done", "smirnov")]
    assert state(desk) == "closed"


def test_a_late_reply_opens_a_linked_ticket_that_came_by_mail(desk: Quick) -> None:
    desk.reply(assigned(desk), "[CLOSED] Готово")
    answer = one(desk.work(), "answer")
    desk.step(days=8)
    desk.reply(answer, "Опять нет звука")
    letters = desk.work()
    assert {"assignment", "receipt"} <= {kind for kind, _ in kinds(letters)}
    assert desk.show("MD-2")["channel"] == "email"


def test_thanks_with_a_picture_in_the_signature_are_thanks(desk: Quick) -> None:
    desk.reply(assigned(desk), "[CLOSED] Готово")
    answer = one(desk.work(), "answer")
    mail = desk.mail(PARENT, f"Re: {answer.subject}", "Спасибо большое!", In_Reply_To=answer.id)
    mail.add_alternative('<p>Спасибо большое!</p><img src="cid:logo">', subtype="html")
    mail.get_payload()[1].add_related(b"\x89PNG\r\n\x1a\n", "image", "png", cid="<logo>", disposition="inline")
    desk.deliver(mail)
    assert desk.work() == []
    assert state(desk) == "closed"


def test_the_author_of_a_merged_ticket_gets_the_answer_by_any_way_there_is(desk: Quick) -> None:
    """Another person's ticket joined: its author gets the answer under the own number, and no closing without words."""
    mine = assigned(desk)
    desk.write("Папа <papa@mail.example>", "Вопрос", "Где же звук?")
    desk.reply(one(desk.work(), "dispatch-request"), "[MERGE MD-1]")
    desk.work()
    desk.reply(mine, "Обновите драйвер.")
    desk.work()
    desk.reply(mine, "[ЗАКРЫТО]")
    assert kinds(desk.work()) == [("command-error", "smirnov")]
    desk.reply(mine, "[ЗАКРЫТО] Обновите драйвер.")
    letters = desk.work()
    assert outside(letters) == [("answer", "mama"), ("answer", "papa")]
    assert one(letters, "answer", "papa@mail.example").ticket == "MD-2"
    desk.reply(one(letters, "answer", "papa@mail.example"), "Не помогло")
    assert ("author-reply", "smirnov") in kinds(desk.work())
    desk.write("papa@mail.example", "Re: [MD-1]", "и ещё")
    assert state(desk) == "assigned"


def joined(desk: Quick) -> tuple[Letter, Letter]:
    """MD-2 of another author has joined MD-1: the assignment of MD-1, and the receipt of MD-2."""
    mine = assigned(desk)
    desk.write("Папа <papa@mail.example>", "Вопрос", "Где же звук?")
    letters = desk.work()
    desk.reply(one(letters, "dispatch-request"), "[MERGE MD-1]")
    desk.work()
    return mine, one(letters, "receipt")


def named(letter: Letter) -> list[str]:
    return f"{letter.message['References']} {letter.message['In-Reply-To']}".split()


def test_a_letter_to_one_author_names_no_mail_of_the_other(desk: Quick) -> None:
    """After a merge, and after somebody wrote with an author's proof, References name what this author wrote or got (SPEC 5)."""
    mine, receipt = joined(desk)
    papas = desk.reply(receipt, "И видео нет")["Message-ID"]
    grannys = desk.reply(receipt, "И картинки тоже", sender="granny@mail.example")["Message-ID"]
    desk.work()
    desk.reply(mine, "[ASK] Какой браузер?")
    question = one(desk.work(), "question")
    assert question.to == "mama@mail.example" and len(named(question)) > 2
    assert not {papas, grannys, receipt.id} & set(named(question))
    desk.reply(mine, "[CLOSED] Починили")
    letters = desk.work()
    assert not {papas, grannys, receipt.id} & set(named(one(letters, "answer", "mama@mail.example")))
    to_papa = named(one(letters, "answer", "papa@mail.example"))
    assert receipt.id in to_papa and not {grannys, question.id} & set(to_papa)


def test_a_reply_with_anothers_proof_enters_no_thread_of_the_author(desk: Quick) -> None:
    desk.write(PARENT, "[TECH] Звук", "Нет звука на уроке")
    letters = desk.work()
    papas = desk.reply(one(letters, "receipt"), "Это папа, у нас Windows", sender="papa@mail.example")["Message-ID"]
    desk.work()
    desk.reply(one(letters, "assignment"), "[CLOSED] Починили")
    answer = one(desk.work(), "answer")
    assert answer.to == "mama@mail.example"
    assert papas not in named(answer) and one(letters, "receipt").id in named(answer)


def test_a_reply_to_a_letter_of_a_merged_ticket_commands_nothing_by_its_subject(desk: Quick) -> None:
    """After [MERGE] the tag in the subject of the joined ticket's letters is still one that the desk wrote, and its proof counts for
    those who have to do with the other one."""
    desk.write("Папа <papa@mail.example>", "[ЭЖД] Дневник", "Не открывается дневник")
    first = one(desk.work(), "assignment")
    second = assigned(desk)
    desk.step(minutes=31)
    escalation = next(letter for letter in desk.work() if letter.kind == "escalation" and letter.ticket == "MD-2")
    desk.reply(escalation, "[MERGE MD-1]")
    desk.work()
    desk.reply(escalation, "Прошу поторопиться")
    assert kinds(desk.work()) == [("command-done", "sidorov"), ("note", "orlova")]
    desk.reply(escalation, "[TAKEN]")
    assert kinds(desk.work()) == [("command-error", "sidorov")]
    assert (desk.show("MD-1")["category"], desk.show("MD-1")["assignee"]) == ("journal", "orlova")
    desk.reply(second, "Какая у вас система?")
    confirm = one(desk.work(), "confirm-command")
    assert confirm.to == SMIRNOV and "[TECH]" not in confirm.text.split("Тема:")[0]
    desk.reply(escalation, "[TECH]")
    assert {("assignment", "smirnov"), ("command-done", "sidorov")} <= set(kinds(desk.work()))
    assert first.ticket == "MD-1"


@pytest.mark.parametrize("text", ["Какая у вас система?", "[ВОПРОС] Какая у вас система?"])
def test_words_for_the_author_of_a_merged_ticket_go_to_no_other_family_unasked(desk: Quick, text: str) -> None:
    """Written under the letter of the ticket that joined, a question was meant for its author: its writer is asked first."""
    assigned(desk)
    desk.write("Папа <papa@mail.example>", "[TECH] Звук", "Где же звук?")
    papas = one(desk.work(), "assignment")
    desk.write("ivanova@school.example", "Re: [MD-2]", "[MERGE MD-1]")
    desk.reply(one(desk.work(), "confirm-command"), "да")
    desk.work()
    desk.reply(papas, text)
    assert kinds(desk.work()) == [("confirm-command", "smirnov")]
    desk.reply(papas, "[ЗАКРЫТО] Починили")
    assert {("answer", "mama"), ("answer", "papa")} <= set(kinds(desk.work()))


def test_a_letter_of_a_merged_ticket_whose_headers_are_lost_carries_no_command(desk: Quick) -> None:
    second = assigned(desk)
    desk.write("Папа <papa@mail.example>", "[ЭЖД] Дневник", "Не открывается дневник")
    other = one(desk.work(), "assignment")
    desk.write("ivanova@school.example", "Re: [MD-1]", "[MERGE MD-2]")
    desk.reply(one(desk.work(), "confirm-command"), "да")
    desk.work()
    desk.write(SMIRNOV, f"Re: {second.subject}", "Посмотрю сегодня")
    confirm = one(desk.work(), "confirm-command")
    assert "пришёл ответ по обращению MD-2" in confirm.text
    assert other.ticket == "MD-2"


def with_file(desk: Quick, subject: str, text: str) -> None:
    mail = desk.mail(SMIRNOV, subject, text)
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="инструкция.pdf")
    desk.deliver(mail)


@pytest.mark.parametrize(
    "text", ["[ЗАКРЫТО] См. файл", "См. файл", "[ВОПРОС] Так у вас на экране?", "[ЗАМЕТКА] Нашёл вот это"]
)
def test_a_confirmation_names_the_files_that_would_go_out_and_holds_none(desk: Quick, text: str) -> None:
    """What is confirmed is seen whole (SPEC 6); an unproven file is sent to nobody."""
    assigned(desk)
    with_file(desk, "Re: [MD-1]", text)
    confirm = one(desk.work(), "confirm-command")
    assert "Вложения: инструкция.pdf" in confirm.text and "инструкция.pdf" in confirm.html
    assert not list(confirm.message.iter_attachments())
    desk.reply(confirm, "да")
    out = [letter for letter in desk.work() if letter.kind in ("answer", "question")]
    names = [part.get_filename() for letter in out for part in letter.message.iter_attachments()]
    assert names == ([] if "ЗАМЕТКА" in text else ["инструкция.pdf"])


def test_a_confirmation_names_no_file_that_stays_on_the_ticket(desk: Quick) -> None:
    assigned(desk)
    with_file(desk, "Re: [MD-1]", "[ВЗЯТО]")
    assert "инструкция.pdf" not in one(desk.work(), "confirm-command").text
