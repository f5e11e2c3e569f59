"""Charsets: what labels mean, and what is read where they are wrong or missing."""

from __future__ import annotations

import pytest

from maildesk.parse import charset, charset_names, names, uuencode

RUSSIAN = (
    "Здравствуйте! Не могу войти в дневник.",
    "Прошу выдать справку об обучении",
    "СРОЧНО! НЕ РАБОТАЕТ ПРОЕКТОР",
    "Спасибо",
    "Замена учителя физики",
    "Иван Петров",
    "№ 12 от 23.11: «Пропуск» — 7Б",
)
SETS = ("cp1251", "koi8-r", "cp866", "iso8859-5", "utf-8")


@pytest.mark.parametrize("text", RUSSIAN)
@pytest.mark.parametrize("name", SETS)
def test_russian_without_a_label_is_read(text: str, name: str) -> None:
    """Russian in any of its charsets is recognised by how it reads."""
    if "«" in text and name in ("koi8-r", "cp866", "iso8859-5"):
        text = text.replace("«", '"').replace("»", '"').replace("—", "-").replace("№", "N")
    assert charset.decode(text.encode(name)) == text


@pytest.mark.parametrize("text", RUSSIAN[:3])
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("label", ["iso-8859-1", "us-ascii", "utf-8", "unknown-8bit", "x-nonsense", ""])
def test_russian_under_a_wrong_label_is_read(text: str, name: str, label: str) -> None:
    """A label that cannot be right does not make mojibake."""
    assert charset.decode(text.encode(name), label) == text


@pytest.mark.parametrize("text", ["Café crème à la française", "Grüße aus München", "Señor, ¿qué tal?", "naïve"])
def test_western_text_stays_western(text: str) -> None:
    """Latin letters with a few accents among them are not taken for Cyrillic."""
    assert charset.decode(text.encode("latin-1")) == text
    assert charset.decode(text.encode("latin-1"), "iso-8859-1") == text


@pytest.mark.parametrize(
    "name", ["rot13", "base64", "unicode_escape", "idna", "hex", "zip", "undefined", "punycode", "mbcs"]
)
def test_codecs_that_are_no_charset_are_refused(name: str) -> None:
    """Python's codecs that are no text encodings are never used on a stranger's word."""
    assert charset_names.codec(name) == ""
    assert charset.decode(b"hello", name) == "hello"


@pytest.mark.parametrize(
    ("label", "meant"),
    [("win-1251", "cp1251"), ("CP-1251", "cp1251"), ("KOI8R", "koi8-r"), ("utf8mb4", "utf-8"), ("x-sjis", "cp932"),
     ("ks_c_5601-1987", "cp949"), ("gb2312", "gb18030"), ("windows-874", "cp874"), ("iso-8859-1", "cp1252"),
     ('"windows-1251"', "cp1251"), ("windows-1251;", "cp1251"), ("ISO_8859-5", "iso8859-5")],
)  # fmt: skip
def test_labels_mean_a_codec(label: str, meant: str) -> None:
    """Spellings and aliases lead to the codec that senders mean."""
    assert charset_names.codec(label) == meant


def test_a_cut_utf8_tail_does_not_change_the_charset() -> None:
    """Where only the last character is broken the rest is still UTF-8."""
    assert charset.decode("Добрый день, коллеги".encode()[:-1], "utf-8").startswith("Добрый день, коллег")


@pytest.mark.parametrize(
    ("name", "safe"),
    [("../../etc/passwd", "passwd"), ("C:\\a\\b.doc", "b.doc"), ("CON", "_CON"), ("nul.txt", "_nul.txt"), ("..", ""), (" a .", "a"),
     ("a\x00b\r\nc", "ab c"), ("a\u202egpj.exe", "agpj.exe"), ("d" * 300 + ".pdf", "d" * 196 + ".pdf"), ("a:b?.txt", "a:b?.txt"),
     (".htaccess", ".htaccess"), ("Справка №1.pdf", "Справка №1.pdf")],
)  # fmt: skip
def test_file_names_are_made_safe(name: str, safe: str) -> None:
    """No path, no device, no unseen sign, not over 200 characters."""
    assert names.safe(name) == safe


def test_uuencode_keeps_the_text_around_a_file() -> None:
    """A block is taken out of the text; what stands before and after it stays."""
    text, files = uuencode.extract("before\nbegin 644 a.txt\n%:&5L;&\\\n`\nend\nafter\n")
    assert text == "before\nafter\n"
    assert files == [("a.txt", b"hello")]
