"""Bytes become text: the charset that was declared where it fits, else the one that reads like a language."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from maildesk.parse import limits

# What senders write where they mean something that Python knows under another name.
_ALIASES = {
    "win-1251": "cp1251",
    "win1251": "cp1251",
    "cp-1251": "cp1251",
    "windows1251": "cp1251",
    "windows-cp1251": "cp1251",
    "x-cp1251": "cp1251",
    "ansi-1251": "cp1251",
    "1251": "cp1251",
    "cp-1252": "cp1252",
    "win-1252": "cp1252",
    "x-ansi": "cp1252",
    "ansi": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "iso-8859_1": "cp1252",
    "8859_1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "iso-8859-1-i": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "x-windows-874": "cp874",
    "dos-874": "cp874",
    "koi8": "koi8-r",
    "koi8r": "koi8-r",
    "koi-8": "koi8-r",
    "koi-8-r": "koi8-r",
    "koi8_r": "koi8-r",
    "cskoi8r": "koi8-r",
    "koi8-ru": "koi8-u",
    "koi8u": "koi8-u",
    "x-cp866": "cp866",
    "ibm866": "cp866",
    "dos": "cp866",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "utf8mb4": "utf-8",
    "utf8mb3": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "x-utf-8": "utf-8",
    "utf-8-mac": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "csunicode11utf7": "utf-7",
    "unicode": "utf-16",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "gb_2312-80": "gb18030",
    "chinesesimplified": "gb18030",
    "euc-cn": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "big-5": "big5hkscs",
    "x-big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "x-ms-cp932": "cp932",
    "x-euc-jp": "euc-jp",
    "eucjp": "euc-jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "cp50222": "iso2022_jp_ext",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "euc-kr": "cp949",
    "x-windows-949": "cp949",
    "korean": "cp949",
}
# No charset at all: what a gateway writes when it does not know (RFC 1428), or what says nothing about bytes over 127.
_UNKNOWN = frozenset((
    "unknown", "unknown-8bit", "x-unknown", "default", "ascii", "us-ascii", "iso646-us", "ansi_x3.4-1968", "646",
    "none", "null", "8bit", "7bit", "binary", "x-user-defined", "user-defined", "_autodetect", "_autodetect_all",
    "autodetect", "utf",
))  # fmt: skip
# Text codecs of Python that are no charsets of mail; the escapes would let a stranger spell any character.
_NO_CHARSETS = frozenset(("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"))
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


@lru_cache(maxsize=256)
def codec(declared: str) -> str:
    """The name of a text codec for a declared charset, or '' where none is meant or it is no charset (rot13, base64)."""
    name = declared.strip().strip("\"'<>[]").lower().partition("*")[0].strip()
    name = re.split(r"[\s;,(\"']", name, maxsplit=1)[0].removeprefix("charset=").removeprefix("x-ctext:")
    name = re.sub(r"^(?:cs)?(windows|iso|utf|koi8|koi)_", r"\1-", name)
    if not name or len(name) > 40 or not name.isascii() or name in _UNKNOWN:
        return ""
    name = _ALIASES.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return _respelled(name)
    # `_is_text_encoding` is how bytes.decode itself tells rot13 or base64 from a charset.
    if not getattr(info, "_is_text_encoding", False) or info.name.replace("_", "-") in _NO_CHARSETS:
        return ""
    return _ALIASES.get(info.name, info.name)


def _respelled(name: str) -> str:
    found = re.fullmatch(r"(?:x-)?(?:windows|win|cp|ms|microsoft-cp|ibm)[-_ ]?(125\d|866|437|850|852|855|87[48])", name)
    if found:
        return "cp" + found[1]
    found = re.fullmatch(r"(?:x-)?iso[-_ ]?8859[-_ ]?(\d\d?)(?:-[ie])?", name)
    if found and found[1] not in ("12", "0") and int(found[1]) <= 16:
        return _ALIASES.get(f"iso-8859-{found[1]}", f"iso8859-{found[1]}")
    if re.fullmatch(r"(?:x-)?utf[-_ ]?8.*", name):
        return "utf-8"
    return ""


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
