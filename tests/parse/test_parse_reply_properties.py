"""Whatever strangers send, cutting neither fails nor invents, and looks at each line a bounded number of times."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.parse import quotes_attribution, quotes_cut, reply
from maildesk.parse.message import Part
from maildesk.parse.quotes_line import MAX_LINE

NONE = Part(type="text/plain")

PIECES = (
    "On ", "wrote:", "23.11.2026", " 14:05, ", "<a@b.example>", "пишет:", "> ", ">", "\n", "\n\n", "От: ", "Кому: ", "Тема: ",
    "Отправлено: ", "-----Original Message-----", "-- ", "Отправлено с iPhone", "слово ", "Да. ", "СП> ", "|", "_" * 32,
    "— Пишите выше этой строки —", "<blockquote>", "</blockquote>", '<div class="gmail_quote">', "</div>", "<p>", "\u200b",
)  # fmt: skip
texts = st.one_of(st.text(max_size=400), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))


@settings(max_examples=150, deadline=None)
@given(text=texts, html=texts, subject=st.text(max_size=60))
def test_cutting_never_raises(text: str, html: str, subject: str) -> None:
    """Any text with any HTML gives a reply."""
    assert isinstance(reply.cut(text=text, html=html, subject=subject, headers=NONE).reply, str)


@settings(max_examples=150, deadline=None)
@given(text=texts.filter(lambda text: "\r" not in text))
def test_the_reply_is_made_of_lines_of_the_text(text: str) -> None:
    """Every line of the reply is a line of the text or, where an attribution ran on behind it, the beginning of one."""
    lines = text.split("\n")
    for line in quotes_cut.own_words(text).text.split("\n"):
        assert not line or any(own.lstrip().startswith(line) or own.startswith(line) for own in lines)


@settings(max_examples=100, deadline=None)
@given(text=texts.filter(lambda text: "\r" not in text))
def test_cutting_twice_takes_no_more_quotation(text: str) -> None:
    """What is left after a cut holds no quoted line."""
    left = quotes_cut.own_words(text)
    if left.found_quote:
        assert not any(line.startswith("> ") and "<<" not in line for line in left.text.split("\n"))


HOSTILE = {
    "on": "On " * 20_000,
    "on lines": "On \n" * 20_000,
    "marks": ">" * 1_000_000,
    "mark lines": ">\n" * 100_000,
    "verbs": "пишет " * 30_000,
    "verb lines": "пишет:\n" * 50_000,
    "short lines": "a\n" * 200_000,
    "days": "23.11.2026 14:05, a@b.ru\n" * 20_000,
    "labels": "От: a@b.ru\n" * 50_000,
    "rules": "-----\n" * 50_000,
    "colons": (":" * 390 + "\n") * 2_000,
    "digits": ("1" * 390 + "\n") * 2_000,
    "blanks": (" " * 390 + "x\n") * 2_000,
    "addresses": ("a.a@a." * 60 + ":\n") * 2_000,
    "answers": "Иван пишет:\n> a\nответ\n" * 20_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_looked_at_within_bounds(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are judged as attributions only while the budget lasts, and none that is longer than a client's."""
    judged: list[int] = []
    plain = quotes_attribution.attribution

    def counted(line: str) -> quotes_attribution.Strength:
        judged.append(min(len(line), MAX_LINE))
        return plain(line)

    monkeypatch.setattr(quotes_attribution, "attribution", counted)
    quotes_cut.own_words(text)
    # Each line may be joined with the next three, and a joined line is as long as four.
    assert sum(judged) <= 4 * quotes_attribution.MAX_WRAP * quotes_cut.MAX_LOOKED
