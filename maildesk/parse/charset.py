"""Bytes become text: the charset that was declared where it fits, else the one that reads like a language."""

from __future__ import annotations

import re

from maildesk.parse import limits
from maildesk.parse.charset_names import codec

_MULTIBYTE = frozenset((
    "gb18030", "hz", "big5hkscs", "cp932", "euc_jp", "euc-jp", "iso2022_jp_ext", "iso2022_kr", "cp949", "utf-16",
    "utf-32",
))  # fmt: skip
_NOT_ASCII_BASED = (
    "utf-7",
    "utf-16",
    "utf-32",
    "utf_16",
    "utf_32",
    "utf_7",
    "hz",
    "iso2022",
    "cp037",
    "cp500",
    "cp1140",
)
_CYRILLIC = ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic")
_COMMON = frozenset("оеаинтсрвлОЕАИНТСРВЛ")
_RUSSIAN_WORD = re.compile(r"\b(?:[А-ЯЁ]?[а-яё]+|[А-ЯЁ]+)\b")
# Letter pairs that make up a third of any Russian text, and letters that begin no Russian word: they tell text in capitals
# from small letters in another charset.
_PAIRS = re.compile(
    r"(?=ст|но|то|на|ен|ов|ни|ра|во|ко|по|го|ос|не|ро|пр|ре|ер|от|ал|ли|ан|ор|та|ол|ор|ти|ка|ла|де)", re.IGNORECASE
)
_NO_START = re.compile(r"\b[ьъы]", re.IGNORECASE)
_CASE_FLIP = re.compile(r"[а-яё][А-ЯЁ]")
_ODD = re.compile("[^\x00-\x7fА-яЁё№«»—–…“”„’‘•©®°§±·ҐґЄєІіЇїЎў\u00a0€]")
_HIGH_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_ESCAPED_JAPANESE = re.compile(rb"\x1b\$[@B]|\x1b\$\(D")


def decode(data: bytes, declared: str = "", hint: str = "") -> str:
    """`data` as text; never raises. `declared` is the charset its label names, `hint` one that its neighbours use.

    Declared and strict, then UTF-8, then the hint, then what reads best: Cyrillic, western, Chinese.
    """
    name = codec(declared)
    if data.isascii() and not name.startswith(_NOT_ASCII_BASED):
        return _plain_ascii(data)
    utf8 = _strict(data, "utf-8") if not name.startswith(_NOT_ASCII_BASED) else None
    if utf8 is not None and (name not in _MULTIBYTE or name == "utf-8" or _strict(data, name) is None):
        # Western or Cyrillic text that happens to be valid UTF-8 does not occur: the label is wrong.
        return utf8
    if name and name != "utf-8":
        text = _strict(data, name)
        if text is not None:
            return _unless_mislabelled(data, name, text)
        if name in _MULTIBYTE or name.startswith(_NOT_ASCII_BASED):
            return _best_of_broken(data, name)
    if name == "utf-8":
        text = data.decode("utf-8", "replace")
        if _mostly_utf8(text):
            return text
    elif not name and (text := data.decode("utf-8", "replace")) and _mostly_utf8(text, least=6):
        return text
    hinted = codec(hint)
    if hinted and hinted not in ("utf-8", "cp1252"):
        text = _strict(data, hinted)
        if text is not None:
            return _unless_mislabelled(data, hinted, text)
    return guess(data, name)


def _plain_ascii(data: bytes) -> str:
    if b"\x1b" in data and _ESCAPED_JAPANESE.search(data):
        return data.decode("iso2022_jp_ext", "replace")
    return data.decode("ascii")


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError, ValueError):
        # cp1252 leaves five bytes undefined; browsers show them as C1 controls, which are cleaned away later.
        if name == "cp1252":
            return data.decode("cp1252", "replace") if not re.search(rb"[\x81\x8d\x8f\x90\x9d]{3}", data) else None
        return None


def _best_of_broken(data: bytes, name: str) -> str:
    if name.startswith(("utf-16", "utf_16")) and b"\x00" not in data[: limits.CHARSET_SAMPLE]:
        return decode(data)
    text = data.decode(name, "replace")
    if text.count("\ufffd") * 5 > len(text):
        return decode(data)
    return text


def _mostly_utf8(text: str, least: int = 2) -> bool:
    """True where only a few bytes are broken, such as a tail that was cut in the middle of a character."""
    broken = text.count("\ufffd")
    sound = sum(1 for character in text[: limits.CHARSET_SAMPLE] if character > "\x7f") - broken
    return sound >= least * broken


def _unless_mislabelled(data: bytes, name: str, text: str) -> str:
    """`text` as declared, unless it is a western or Cyrillic label on bytes that plainly are another Cyrillic set."""
    if name in ("cp1252", "cp1254", "mac-roman", "iso8859-15", "cp1250", "iso8859-2"):
        return guess(data, name) if _looks_cyrillic(data) else text
    if name in _CYRILLIC or name == "koi8-u":
        best, its_score = _cyrillic(data)
        declared_score = score(text[: limits.CHARSET_SAMPLE])
        letters = sum(1 for byte in data[: limits.CHARSET_SAMPLE] if byte > 127)
        if best != name and letters >= 20 and its_score > letters * 0.7 and declared_score < its_score * 0.6:
            return data.decode(best, "replace")
    return text


def _looks_cyrillic(data: bytes) -> bool:
    """True where most words with bytes over 127 hold nothing else: so Cyrillic looks, and western text does not."""
    pure = mixed = 0
    for word in _HIGH_WORD.findall(data[: limits.CHARSET_SAMPLE]):
        if not re.search(rb"[A-Za-z]", word):
            pure += len(word) > 1
        else:
            mixed += 1
    return pure > mixed


def guess(data: bytes, declared: str = "") -> str:
    """`data` as text in the charset that reads best, where none or a wrong one was declared."""
    if declared not in _CYRILLIC and not _looks_cyrillic(data):
        text = _strict(data, declared or "cp1252")
        return text if text is not None else data.decode("cp1252", "replace")
    best, its_score = _cyrillic(data)
    if its_score < 0 and best != declared:
        for name in ("cp932", "gb18030") if _kana(data) else ("gb18030", "cp932"):
            text = _strict(data, name)
            if text is not None and _han(text):
                return text
        # Words in capitals or a line of signs: western wins only where it was said to be western.
        if declared:
            return data.decode(declared, "replace")
    return data.decode(best, "replace")


def _kana(data: bytes) -> bool:
    return data.count(b"\x82") + data.count(b"\x83") > len(data) // 5


def _han(text: str) -> bool:
    wide = sum(1 for character in text if "\u3040" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef")
    return wide * 2 > sum(1 for character in text if character > "\x7f")


def _cyrillic(data: bytes) -> tuple[str, float]:
    sample = data[: limits.CHARSET_SAMPLE]
    scores = []
    for name in _CYRILLIC:
        text = _strict(sample, name)
        if text is not None:
            scores.append((score(text) + (0.3 if name == "cp1251" else 0), name))
    if not scores:
        return "cp1251", -1.0
    best = max(scores)
    return best[1], best[0]


def score(text: str) -> float:
    """How much `text` reads like Russian: common letters and whole words for it, odd characters and case flips against."""
    common = sum(1 for character in text if character in _COMMON) + 0.7 * len(_PAIRS.findall(text))
    shape = 1.5 * len(_RUSSIAN_WORD.findall(text)) - 2 * len(_NO_START.findall(text))
    return common + shape - 4 * len(_ODD.findall(text)) - 3 * len(_CASE_FLIP.findall(text))
