"""The renderer: a school's own files first, faults with their place, nothing scanned twice, nothing reached that is not given."""

from __future__ import annotations

from pathlib import Path

import pytest

from maildesk.model import Kind
from maildesk.outbox.render import Renderer, TemplateFault, shipped_templates
from maildesk.outbox.samples import letter, samples


@pytest.fixture
def school(tmp_path: Path) -> Path:
    (tmp_path / "ru").mkdir()
    return tmp_path


def sample_text(renderer: Renderer, kind: Kind) -> str:
    found = next(sample for sample in samples("ru") if sample.outgoing.kind is kind)
    return letter(found, renderer).text


def test_a_file_of_the_schools_own_replaces_the_shipped_one_and_no_other(school: Path) -> None:
    (school / "ru" / "receipt.txt").write_text("{{ marker }}\nСвоё письмо {{ ref }}.\n")
    renderer = Renderer([school, shipped_templates()], "ru")
    assert sample_text(renderer, Kind.RECEIPT) == "Своё письмо MD-42."
    assert "Срок ответа" in sample_text(renderer, Kind.TERM_CHANGED)
    assert renderer.check_all() == []


def test_a_word_of_the_schools_own_is_used_in_every_letter(school: Path) -> None:
    words = (shipped_templates() / "ru" / "_words.txt").read_text()
    (school / "ru" / "_words.txt").write_text(words.replace("Взять в работу", "Беру!"))
    renderer = Renderer([school, shipped_templates()], "ru")
    found = next(sample for sample in samples("ru") if sample.outgoing.kind is Kind.ASSIGNMENT)
    assert renderer.say("button", "TAKEN", "", "assignment") == "Беру!"
    assert letter(found, renderer).data


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("первая\n{{ unknwon }}\n", 2, "unknwon"),
        ("раз\nдва\n{% if ref %}\n", 3, "TemplateSyntaxError"),
        ("{{ 1 / 0 }}", 1, "ZeroDivisionError"),
        ("\n{{ ref|nofilter }}", 2, "nofilter"),
        ('{% extends "_nothing.txt" %}', 1, "_nothing.txt"),
        ("{{ due|until(5, 6) }}", 1, "TypeError"),
        ("{{ ref.nothing.more }}", 1, "nothing"),
    ],
)
def test_a_broken_template_is_named_with_its_file_and_line(school: Path, content: str, line: int, message: str) -> None:
    (school / "ru" / "receipt.txt").write_text(content)
    faults = Renderer([school, shipped_templates()], "ru").check_all()
    (fault,) = faults
    assert fault.kind is Kind.RECEIPT and fault.file == str(school / "ru" / "receipt.txt")
    assert fault.line == line and message in fault.message


def test_a_broken_words_file_is_named_once(school: Path) -> None:
    (school / "ru" / "_words.txt").write_text("{% set states = {%}\n")
    (fault,) = Renderer([school, shipped_templates()], "ru").check_all()
    assert fault.file == str(school / "ru" / "_words.txt") and fault.line == 1


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ticket.__class__.__init__.__globals__ }}",
        "{{ parts.__init__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ due.__reduce__() }}",
    ],
)
def test_a_template_reaches_nothing_but_its_variables(school: Path, attack: str) -> None:
    (school / "ru" / "receipt.txt").write_text(f"{{% import '_parts.txt' as parts with context %}}{attack}")
    with pytest.raises(TemplateFault):
        sample_text(Renderer([school, shipped_templates()], "ru"), Kind.RECEIPT)


def test_a_missing_folder_of_the_school_is_no_fault(tmp_path: Path) -> None:
    assert Renderer([tmp_path / "none", shipped_templates()], "ru").check_all() == []


def test_substituted_text_is_never_scanned_again() -> None:
    view = {"text": "{{ 7*7 }}{% raw %}", "now": None}
    renderer = Renderer([shipped_templates()], "ru")
    template = renderer._environment.from_string("{{ text }}")
    assert template.render(view) == view["text"]


def test_an_unknown_code_says_nothing_rather_than_fail() -> None:
    renderer = Renderer([shipped_templates()], "ru")
    assert renderer.say("step_nothing_of_the_kind") == "" and dict(renderer.table("nothing")) == {}
