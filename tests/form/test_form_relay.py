"""The relay's two calls: who may ask, what is offered, what an acknowledgement does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from form.running import PNG, TOKEN, Form, serving, settings_for

from maildesk.form.spool import Spool


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", "Bearer ?", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN]
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/relay/appeals"), ("POST", "/relay/ack"), ("GET", "/relay/appeals/x/0")]
)
def test_without_the_token_the_relay_says_nothing(form: Form, given: str | None, method: str, path: str) -> None:
    form.parent().fill()
    headers = {"authorization": given} if given is not None else {}
    answer = form.parent().http.request(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Иванова" not in answer.text


def test_the_scheme_of_the_token_may_be_written_in_any_case(form: Form) -> None:
    answer = form.parent().http.get("/relay/appeals", headers={"authorization": f"bearer {TOKEN}"})
    assert answer.json() == {"appeals": [], "cursor": ""}


def test_appeals_come_in_order_by_cursor_and_limit_until_they_are_acknowledged(form: Form) -> None:
    parent, desk = form.parent(), form.desk()
    numbers = [parent.fill(text=f"Обращение {n}").number for n in range(5)]
    first = desk.page(limit=2)
    second = desk.page(first["cursor"], 2)
    third = desk.page(second["cursor"], 2)
    last = desk.page(third["cursor"], 2)
    pages = (first, second, third)
    assert [appeal["id"][:10] for page in pages for appeal in page["appeals"]] == numbers
    assert last == {"appeals": [], "cursor": third["cursor"]}
    assert len(desk.page()["appeals"]) == 5, "what is not acknowledged is offered again"
    ids = [appeal["id"] for appeal in first["appeals"]]
    assert desk.ack(*ids) == {"acked": 2}
    assert desk.ack(*ids, "unknown") == {"acked": 0}
    assert [appeal["id"][:10] for appeal in desk.page()["appeals"]] == numbers[2:]


def test_a_new_appeal_is_offered_after_an_old_cursor(form: Form) -> None:
    parent, desk = form.parent(), form.desk()
    parent.fill()
    cursor = desk.page()["cursor"]
    desk.ack(desk.appeals()[0]["id"])
    number = parent.fill().number
    assert [appeal["id"][:10] for appeal in desk.page(cursor)["appeals"]] == [number]


@pytest.mark.parametrize("cursor", ["x", "!!!", "bm9uZS45OTk5OTk=", "ы", "0", "OTk5OTk5"])
def test_a_cursor_of_another_spool_is_the_beginning(form: Form, cursor: str) -> None:
    form.parent().fill()
    assert len(form.desk().page(cursor)["appeals"]) == 1


@pytest.mark.parametrize("limit", ["", "0", "-3", "abc", "99999999999999999999", "１"])
def test_a_limit_that_is_none_is_the_usual_one(form: Form, limit: str) -> None:
    form.parent().fill()
    answer = form.desk().http.get("/relay/appeals", params={"limit": limit})
    assert len(answer.json()["appeals"]) == 1


def test_an_attachment_is_fetched_by_its_url_with_the_same_token(form: Form) -> None:
    form.parent().fill([("доска.png", PNG), ("page.html.txt", "Слова".encode())])
    first, second = form.desk().appeals()[0]["attachments"]
    assert first == {"name": "доска.png", "type": "image/png", "size": len(PNG), "url": first["url"]}
    assert first["url"].startswith(form.url)
    answer = form.desk().http.get(first["url"])
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert answer.headers["content-disposition"] == "attachment"
    assert form.desk().http.get(second["url"]).content == "Слова".encode()
    assert form.parent().http.get(first["url"]).status_code == 401
    for wrong in ("/5", "/x", "/-1", "/99999999999999999999", "/..%2f..%2f0"):
        assert form.desk().http.get(first["url"].rsplit("/", 1)[0] + wrong).status_code == 404


def test_behind_a_proxy_the_urls_are_those_by_which_the_desk_came(form: Form) -> None:
    form.parent().fill([("a.png", PNG)])
    answer = form.desk().http.get(
        "/relay/appeals", headers={"host": "form.school.example", "x-forwarded-proto": "https"}
    )
    url = answer.json()["appeals"][0]["attachments"][0]["url"]
    assert url.startswith("https://form.school.example/relay/appeals/")


def test_the_moment_of_an_appeal_has_an_offset(form: Form) -> None:
    form.parent().fill()
    moment = datetime.fromisoformat(form.desk().appeals()[0]["received_at"])
    assert moment.tzinfo is not None
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 60


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b'{"ids": "x"}', b'{"ids": [1]}', b'{"ids"', b"\xff", b"[" * 100_000]
)
def test_an_acknowledgement_that_is_none_is_refused_without_harm(form: Form, body: bytes) -> None:
    form.parent().fill()
    assert form.desk().http.post("/relay/ack", content=body).status_code == 400
    assert len(form.desk().appeals()) == 1


def test_an_acknowledgement_wipes_what_was_typed_from_the_disk(form: Form) -> None:
    secret = "Заповедное слово"
    form.parent().fill([("снимок.txt", f"{secret} в файле".encode())], text=f"{secret} в тексте", name=f"{secret} Имя")
    desk = form.desk()
    desk.ack(desk.appeals()[0]["id"])
    found = [path for path in form.settings.data.parent.iterdir() if secret.encode() in path.read_bytes()]
    assert found == []


def test_the_spool_is_readable_by_its_owner_alone_and_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    spool = Spool(settings.data, settings.zone, settings.bounds.spool, settings.failpoint)
    pragmas = [
        spool._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "secure_delete")
    ]
    modes = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()}
    spool.close()
    assert pragmas == ["wal", 2, 1], "2 is FULL: fsync at every commit"
    assert modes == dict.fromkeys(modes, 0)


def test_what_was_taken_outlives_the_program(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    with serving(settings) as form:
        parent = form.parent()
        opened = parent.open()
        number = parent.send(opened, [("a.png", PNG)]).number
        cursor = form.desk().page()["cursor"]
    with serving(settings) as form:
        assert form.parent().send(opened, [("a.png", PNG)]).number == number
        assert form.desk().page(cursor)["appeals"] == []
        (appeal,) = form.desk().appeals()
        assert appeal["id"].startswith(number)
        assert form.desk().http.get(appeal["attachments"][0]["url"]).content == PNG
