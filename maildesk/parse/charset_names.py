"""Which codec a sender means by the name of a charset: aliases, misspellings, and what is no charset at all."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

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
