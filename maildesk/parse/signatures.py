"""What a mail client or a virus scanner adds below a person's words: taken off, and only that."""

from __future__ import annotations

import re

from maildesk.parse.client_lines import CLIENT_LINES, DISCLAIMED, DISCLAIMERS, GLUED_LINES, SCANNER_LINES
from maildesk.parse.quotes_line import MAX_LINE, is_rule, readable

# A signature below "-- " longer than this is not a signature (RFC 3676, 4.3 asks for four lines; schools write more).
MAX_SIGNATURE = 16
# Client lines are looked for only so near the end of a person's words.
TAIL = 14
# A company's note on confidentiality is a paragraph of so many characters, at least, and of so many lines, at most.
SHORTEST_DISCLAIMER = 90
MAX_DISCLAIMER = 40
# A list's footer has so many lines at most.
MAX_FOOTER = 20
# Samsung's glued line is among the first of a plain part.
MAX_GLUED = 40

_CLIENT = re.compile(r"(?:" + "|".join(CLIENT_LINES) + r")$", re.I)
_DESK = re.compile(r"sent from my (?:desk|heart|couch|office|house|bed)\b", re.I)

_SCANNER = re.compile(r"(?:" + "|".join(SCANNER_LINES) + r")$", re.I)
_STORE_LINK = re.compile(
    r"[<\[(]?https?://(?:aka\.ms|play\.google\.com|itunes\.apple\.com|apps\.apple\.com|mail\.ru|(?:trk|mobile|e)\.mail\.ru"
    r"|mobile\.yandex|ya\.ru|mail\.yandex|overview\.mail\.yahoo|go\.microsoft\.com)\S{0,300}$",
    re.I,
)
_LINKS = re.compile(
    r"\[([^\[\]]{1,80})\]\s?\([^()\s]{1,300}\)|<(?:https?|mailto)[^<>\s]{1,300}>|https?://\S{1,300}|\((?:https?)[^()\s]{1,300}\)"
)
_GROUPS = re.compile(r"(?:yahoo!?|google) groups|subscribed to the|unsubscribe from this|рассылк", re.I)
_FOOTER_WORDS = re.compile(r"mailing list|рассылк|https?://|unsubscribe|отписаться|list-?info|@[\w-]+\.", re.I)
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_SIGNATURE_END = "-----END PGP SIGNATURE-----"
_GLUED = re.compile(r"(?<=\S)(?:" + "|".join(GLUED_LINES) + r")\s*$", re.I)
_DISCLAIMER = re.compile(r"[\W_]{0,6}(?:" + "|".join(DISCLAIMERS) + ")", re.I)
_DISCLAIMED = re.compile(DISCLAIMED, re.I)
_PRODUCT = re.compile(
    r"iphone|ipad|android|galaxy|samsung|huawei|honor|xiaomi|mail|почт|outlook|thunderbird|яндекс|yandex|gmail|blackberry|phone|mobile"
    r"|телефон|смартфон|планшет|устройств|windows|avast|kaspersky|вирус|virus|eset|drweb",
    re.I,
)
_URL = re.compile(r"[<(\[]?(?:https?://|www\.)\S{3,300}$", re.I)
_DELIMITER = re.compile(r"\s?(?:--|__|—|‐‐|––)[ \t\u00a0]*$")


def is_client_line(line: str) -> bool:
    """A line that a program added: «Отправлено с iPhone», "Get Outlook for iOS"."""
    if len(line) > MAX_LINE or not line.strip():
        return False
    text = _LINKS.sub(lambda found: found[1] or "", readable(line)).strip(" *_-—<>()[]|.")
    if not text or len(text) > 130 or _DESK.match(text):
        return False
    return _CLIENT.match(text) is not None


def has_glued_line(text: str) -> bool:
    """Whether a client's advertisement runs on behind a person's words in a plain part: its line ends were lost, and the HTML has them."""
    lines = text.split("\n", MAX_GLUED)[:MAX_GLUED]
    return any(("alaxy" in line or "amsung" in line) and _GLUED.search(line[-120:]) for line in lines)


def is_scanner_line(line: str) -> bool:
    """A line that a virus scanner added: «Без вирусов. www.avast.ru»."""
    text = readable(line).strip(" *_-—|")
    return bool(text) and len(text) <= 300 and _SCANNER.match(text) is not None


_COURTESY = re.compile(
    r"(?:с (?:большим |искренним |глубоким )?уважением|с наилучшими(?: пожеланиями)?|всего (?:доброго|хорошего|наилучшего)|искренне ваш\w*"
    r"|(?:best|kind|kindest|warm|warmest)(?: regards| wishes)?|regards|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)"
    r"|mit freundlichen grüßen|cordialement)[\s,.!]*(?P<name>.{0,60})",
    re.I,
)
_PHRASE = re.compile(r"[.!?…]\s*$")
# A signature has so many lines at most, and they are short.
MAX_NAMED = 10
LONGEST_NAMED = 90


def is_signature_alone(text: str, name: str = "") -> bool:
    """Whether a text is nothing but a courtesy with what a client sets below it («С уважением, …»), or the writer's own `name`."""
    lines = [line.strip(" *_\u00a0") for line in text.split("\n")]
    lines = [line for line in lines if line and not is_rule(line)]
    if not lines or len(lines) > MAX_NAMED or any(len(line) > LONGEST_NAMED for line in lines):
        return False
    if _is_name(" ".join(lines), name):
        return True
    courtesy = _COURTESY.fullmatch(lines[0])
    if courtesy is None or not _is_named(courtesy["name"]):
        return False
    # A sentence below the courtesy is somebody's words; initials and shortened titles end in a dot as well.
    return not any(_PHRASE.search(line) and len(line.split()) > 4 for line in lines[1:])


def _is_named(rest: str) -> bool:
    """Nothing, or a name: «С уважением, Олег Смирнов», but not «С уважением сообщаем вам …»."""
    words = rest.replace(".", " ").split()
    return len(words) <= 4 and all(word[:1].isupper() for word in words)


def _is_name(text: str, name: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text.casefold())
    known = re.findall(r"[^\W\d_]+", name.casefold())
    return bool(words) and bool(known) and all(any(full.startswith(word) for full in known) for word in words)


def strip_tail(lines: list[str]) -> list[str]:
    """A person's lines without the client's and the scanner's below them, without a signature below "-- "."""
    own = _strip_blank(lines)
    for _ in range(6):
        size = len(own)
        own = _strip_blank(_without_disclaimer(_without_footer(_without_signature(_without_client_lines(own)))))
        if len(own) == size:
            break
    return own


def without_armour(lines: list[str]) -> list[str]:
    """The lines of a signed text without the lines of its OpenPGP signature (RFC 9580, 7), escaped dashes as written."""
    if _SIGNED not in lines and _SIGNATURE not in lines:
        return lines
    out: list[str] = []
    waits_for = ""
    for line in lines:
        mark = line.rstrip()
        if waits_for:
            waits_for = "" if mark == waits_for else waits_for
        elif mark == _SIGNED:
            waits_for = "\n"  # its headers ("Hash: SHA256") end with an empty line
        elif mark == _SIGNATURE:
            waits_for = _SIGNATURE_END
        else:
            out.append(line[2:] if line.startswith("- -") else line)
        if waits_for == "\n" and not mark:
            waits_for = ""
    return out


def _strip_blank(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def _without_client_lines(lines: list[str]) -> list[str]:
    """Whatever a program wrote among the last lines; the words around it stay. Above other words it counts only where it
    stands apart: "…only with mails\\nsent from my iPhone.\\nFrom the computer…" is a person's sentence."""
    floor = max(0, len(lines) - TAIL)
    kept: list[str] = []
    dropped = False
    for index in range(len(lines) - 1, floor - 1, -1):
        line = lines[index]
        last = not any(text.strip() for text in kept)
        if _is_programs(lines, index, last=last):
            dropped = True
            continue
        if last and (is_rule(line) or (dropped and line.strip() in ("—", "–", "-", "--"))):
            kept = []
            continue
        kept.append(line)
    if kept and not dropped and (glued := _GLUED.search(kept[0][-120:])):
        kept[0] = kept[0][: len(kept[0]) - (len(kept[0][-120:]) - glued.start())]
    return lines[:floor] + kept[::-1]


def _is_programs(lines: list[str], index: int, *, last: bool) -> bool:
    line = lines[index]
    if is_client_line(line) or is_scanner_line(line):
        if not last and not _PRODUCT.search(line):
            return False  # «Отправлено из учительской»: a line that somebody shows, not one that a program set
        above = index == 0 or not lines[index - 1].strip()
        below = index + 1 == len(lines) or not lines[index + 1].strip()
        return last or (above and below)
    if last and _STORE_LINK.match(readable(line)):
        return True
    # The link of the advertisement right above.
    return last and _URL.match(readable(line)) is not None and index > 0 and is_client_line(lines[index - 1])


def _without_disclaimer(lines: list[str]) -> list[str]:
    """Without the last paragraph, where it is a company's note on confidentiality."""
    start = len(lines)
    while start and lines[start - 1].strip() and len(lines) - start < MAX_DISCLAIMER:
        start -= 1
    # Some stand right below the signature, without an empty line.
    for index in range(start, len(lines)):
        if _DISCLAIMER.match(lines[index][:MAX_LINE]):
            note = "\n".join(lines[index:])
            if len(note) >= SHORTEST_DISCLAIMER and index and _DISCLAIMED.search(note[:4000]):
                return lines[:index]
    return lines


def _without_signature(lines: list[str]) -> list[str]:
    """Cut below the last delimiter "-- " that has a short rest (RFC 3676, 4.3)."""
    floor = max(0, len(lines) - MAX_SIGNATURE - 1)
    for index in range(floor, len(lines)):
        if _DELIMITER.match(lines[index][:12]) and len(lines[index].strip()) == 2:
            return lines[:index]
    return lines


def _without_footer(lines: list[str]) -> list[str]:
    """A mailing list's footer: a long rule, then a few lines with an address of the list."""
    for index in range(max(0, len(lines) - MAX_FOOTER), len(lines)):
        text = lines[index].strip()
        if (
            len(text) >= 20
            and index > 0
            and (set(text) == {"_"} or (set(text) == {"-"} and _GROUPS.search("\n".join(lines[index + 1 :])[:2000])))
        ):
            below = "\n".join(lines[index + 1 :])[:2000]
            if _FOOTER_WORDS.search(below):
                return lines[:index]
    return lines
