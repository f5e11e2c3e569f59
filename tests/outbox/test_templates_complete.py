"""The shipped templates: whole in both languages, a word for every code, fit for mail programs (SPEC 5)."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from functools import cache
from html.parser import HTMLParser

import pytest
from jinja2.runtime import Macro

from maildesk.model import (
    AUTHOR_KINDS,
    Channel,
    Kind,
    Name,
    PlainReply,
    State,
    Step,
    Term,
    Trouble,
    Why,
)
from maildesk.outbox.machine_words import CODES
from maildesk.outbox.render import Renderer, shipped_templates
from maildesk.outbox.samples import Sample, letter, samples

LANGUAGES = ("ru", "en")
RENDERERS = {language: Renderer([shipped_templates()], language) for language in LANGUAGES}
#: The names within Jinja that a reader must never see.
_RAW = re.compile(r"\{\{|\{%|@@|\bNone\b|Undefined|<Macro|dataclass|\bKind\.|\bTerm\.")
_CYRILLIC = re.compile("[А-Яа-яЁё]+")


def faces(sample: Sample, language: str) -> tuple[str, str]:
    message = email.message_from_bytes(letter(sample, RENDERERS[language]).data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert isinstance(text, EmailMessage) and isinstance(html, EmailMessage)
    return text.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


@cache
def all_faces(language: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((f"{sample.outgoing.kind} ({sample.name})", *faces(sample, language)) for sample in samples(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_both_faces_and_no_file_is_for_nothing(language: str) -> None:
    folder = shipped_templates() / language
    kinds = {f"{kind.value}.{face}" for kind in Kind for face in ("txt", "html")}
    frame = {f"{name}.{face}" for name in ("_layout", "_parts", "_report") for face in ("txt", "html")} | {"_words.txt"}
    assert {path.name for path in folder.iterdir()} == kinds | frame


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sample_of_every_kind_renders(language: str) -> None:
    assert RENDERERS[language].check_all() == []


def test_the_samples_show_every_kind_and_every_reason() -> None:
    shown = list(samples("ru"))
    assert {sample.outgoing.kind for sample in shown} == set(Kind)
    reasons = {sample.outgoing.facts.reason.code for sample in shown if sample.outgoing.facts.reason}
    assert {*Why, *Trouble} <= reasons
    assert {line.code for sample in shown for line in sample.outgoing.facts.done} == set(Step)


MACROS = [
    *(f"step_{step}" for step in Step),
    *(f"why_{why}" for why in Why),
    *(f"trouble_{trouble}" for trouble in Trouble),
    *(f"plain_reply_{plain}" for plain in PlainReply),
    *(f"subject_{kind}" for kind in Kind),
    *(f"may_{name.lower()}" for name in Name if name not in (Name.UNKNOWN, Name.NEAR)),
    "blank_form",
    "button",
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("macro", MACROS)
def test_every_code_has_words(language: str, macro: str) -> None:
    assert isinstance(getattr(RENDERERS[language].words(), macro.replace("-", "_"), None), Macro)
    assert RENDERERS[language].say(macro, "MD-1", "x").strip()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("states", tuple(State)),
        ("terms", tuple(Term)),
        ("channels", tuple(Channel)),
        ("kinds", tuple(Kind)),
        ("roles", ("student", "teacher", "parent", "head", "director", "site_admin", "hotline")),
        ("machine", tuple(sorted(CODES))),
        ("file_faults", ("another-origin", "gone", "redirected", "too-large", "unreachable", "too-many", "no-address")),
        ("messages", ("appeal", "reply", "staff", "note", "automatic", "bounce", "phone")),
        ("actors", ("author", "daemon")),
    ],
)
def test_every_table_has_a_word_for_each_code(language: str, table: str, codes: tuple[str, ...]) -> None:
    assert not [code for code in codes if not RENDERERS[language].table(table).get(code)]


def test_both_languages_say_the_same_things() -> None:
    named = [{name for name in vars(RENDERERS[language].words()) if not name.startswith("_")} for language in LANGUAGES]
    assert named[0] == named[1]
    for table in (
        "states",
        "terms",
        "channels",
        "roles",
        "labels",
        "actors",
        "messages",
        "kinds",
        "rules",
        "machine",
        "file_faults",
    ):
        assert set(RENDERERS["ru"].table(table)) == set(RENDERERS["en"].table(table))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_shows_the_machinery(language: str) -> None:
    for name, text, html in all_faces(language):
        body = re.sub(r"(?s)<style>.*?</style>", "", html)
        assert not _RAW.search(text), name
        assert not _RAW.search(body), name


def test_an_english_letter_holds_no_russian() -> None:
    allowed = {"ВЗЯТЬ", "завтра", "завхоз", "В", "отпуске", "до", "декабря"}
    for name, text, html in all_faces("en"):
        assert set(_CYRILLIC.findall(text + html)) <= allowed, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plain_text_has_no_holes_and_no_trailing_blanks(language: str) -> None:
    for name, text, _ in all_faces(language):
        own = text.replace("\n\n\n", "\x00")
        assert "\x00" not in own, name
        assert not re.search(r"(?<!:) +$", text, re.MULTILINE), name
        assert text.count("\n") > 3 and text.endswith("\n"), name


class _Balance(HTMLParser):
    """Counts open elements; remembers what mail programs do not like."""

    VOID = frozenset({"meta", "br", "img", "hr", "link", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        given = dict(attrs)
        # A chart of a report comes with the letter, and says in words what it shows.
        own_picture = tag == "img" and (given.get("src") or "").startswith("cid:") and given.get("alt")
        if tag in ("script", "img", "link", "form", "iframe", "object", "video") and not own_picture:
            self.faults.append(tag)
        if tag == "a" and not (given.get("href") or "").startswith(("mailto:", "tel:")):
            self.faults.append(str(given))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"/{tag}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_html_is_balanced_and_loads_nothing(language: str) -> None:
    for name, _, html in all_faces(language):
        balance = _Balance()
        balance.feed(html)
        assert not balance.open and not balance.faults, (name, balance.open, balance.faults)
        assert "url(" not in html and "http" not in html.replace("http://www.w3.org/1999/xhtml", ""), name
        assert len(html.encode()) < 100_000, name  # Gmail cuts a letter at 102 KB


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_line_of_both_faces_says_what_happened(language: str) -> None:
    for name, text, html in all_faces(language):
        headline = text.split("\n")[2]
        preheader = re.search(r'(?s)<div style="display:none[^>]*>(.*?)</div>', html)
        title = re.search(r"(?s)<h1[^>]*>(.*?)</h1>", html)
        assert preheader is not None and title is not None and preheader[1] == title[1], name
        assert len(headline) > 4 and headline[0] not in "-•[", name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_to_staff_says_what_a_plain_reply_does(language: str) -> None:
    silent = {Kind.CALLBACK_REQUEST}
    for name, text, _ in all_faces(language):
        if name.partition(" ")[0] not in AUTHOR_KINDS | silent:
            assert ("ответ" if language == "ru" else "repl") in text.lower(), name


def test_russian_counts_take_their_right_form() -> None:
    words = RENDERERS["ru"].wording
    forms = ("обращение", "обращения", "обращений")
    for count, shown in {
        1: forms[0],
        2: forms[1],
        5: forms[2],
        11: forms[2],
        21: forms[0],
        112: forms[2],
        0: forms[2],
    }.items():
        assert words.plural(count, *forms) == f"{count} {shown}"
