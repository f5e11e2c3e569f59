"""What a mail client or a virus scanner adds below a person's words: taken off, and only that."""

from __future__ import annotations

import re

from maildesk.parse.quotes_line import MAX_LINE, is_rule, readable

# A signature below "-- " longer than this is not a signature (RFC 3676, 4.3 asks for four lines; schools write more).
MAX_SIGNATURE = 16
# Client lines are looked for only so near the end of a person's words.
TAIL = 14

_CLIENT_LINES = (
    # Russian, Ukrainian, Belarusian
    r"отправлено (?:с|со|из|через|при помощи|от) .{2,70}",
    r"отправлено (?:yandex|mail\.ru|gmail|blackberry).{0,40}",
    r"(?:послано|написано|создано) (?:с|со|из|в|при помощи) (?:моего |мобильн|телефон|смартфон|планшет|iphone|ipad).{0,60}",
    r"(?:послано|написано|создано) (?:с|со|из|в|при помощи) (?:android|яндекс|почт|k-9|fairemail|thunderbird).{0,60}",
    r"простите за (?:краткость|опечатки).{0,80}",
    r"извините за краткость.{0,80}",
    r"получить outlook для .{1,60}",
    r"скачать outlook для .{1,60}",
    r"(?:с уважением, )?команда mail\.ru",
    r"надіслано (?:з|із|через) .{2,70}",
    r"отримайте outlook для .{1,60}",
    r"адпраўлена з .{2,60}",
    # English
    r"sent (?:from|via|with|by|using) (?:my|(?:an? |the )?(?:mail|mobile|windows|outlook|yahoo|samsung|gmail|galaxy|iphone|ipad|ipod)"
    r"|(?:an? |the )?(?:android|airmail|spark|proton|zoho|mailbox|aol|blackberry|acompli|postbox|newton|polymail|superhuman|hey)"
    r"|(?:an? |the )?(?:canary|edison|bluemail|email|phone|huawei|xiaomi|k-9|fairemail|sparrow|nylas|front|tutanota|nine)"
    r"|(?:an? |the )?(?:mozilla|thunderbird|cell|type app|typeapp|inbox|nokia|htc|lg|sony|motorola|smartphone|tablet|webmail))"
    r"\b.{0,80}",
    r"from my .{1,20}",
    r"\w+ from mobile",
    r"get outlook for .{1,60}",
    r"download outlook for .{1,60}",
    r"get \[?outlook for (?:ios|android).{0,120}",
    # Others
    r"von meine[mr] .{1,60} gesendet.{0,20}",
    r"gesendet (?:von|mit|über|aus) .{1,60}",
    r"diese nachricht wurde von .{1,80} gesendet.{0,20}",
    r"outlook für (?:ios|android) beziehen",
    r"holen sie sich outlook für .{1,40}",
    r"envoyé (?:depuis|de|à partir|via|avec) (?:mon|ma|yahoo|outlook|un|l|d|gmail|courrier|la|le|proton).{0,60}",
    r"obtenez outlook pour .{1,40}",
    r"télécharger outlook pour .{1,40}",
    r"enviado (?:desde|do|de|a partir|mediante|via|con|com|pelo) .{1,60}",
    r"obtener outlook para .{1,40}",
    r"obter o outlook para .{1,40}",
    r"inviato (?:da|dal|dall|con|tramite)\W?.{1,60}",
    r"scarica outlook per .{1,40}",
    r"ottieni outlook per .{1,40}",
    r"(?:verzonden|verstuurd) (?:vanaf|vanuit|met|via) .{1,60}",
    r"outlook voor (?:ios|android) downloaden",
    r"download outlook voor .{1,40}",
    r"(?:skickat|sendt|sänt) (?:från|fra|via|med) .{1,60}",
    r"från min .{1,40}",
    r"(?:hämta|hent|skaff deg|få) outlook (?:för|til|for) .{1,40}",
    r"lähetetty .{1,60}",
    r"hanki outlook .{1,40}",
    r"wysłane? (?:z|ze|za pomocą) .{1,60}",
    r"wysłano (?:z|ze) .{1,60}",
    r"pobierz program outlook.{0,40}",
    r"odesláno (?:z|ze) .{1,60}",
    r"odoslané (?:z|zo) .{1,60}",
    r"küldve .{1,60}(?:ról|ről|ból|ből|val|vel)",
    r"trimis de pe .{1,60}",
    r"iphone['’]?umdan gönderildi",
    r".{1,30}(?:umdan|imden|ımdan|ndan|nden) gönderildi",
    r"發自我的 ?.{1,30}",
    r"发自我的 ?.{1,30}",
    r"从我的 ?.{1,30} ?发送",
    r"從我的 ?.{1,30} ?傳送",
    r"发送自.{1,40}",
    r"获取 ?outlook for .{1,40}",
    r"取得 ?outlook for .{1,40}",
    r"iphone ?から送信",
    r"(?:ios|android) 版 ?outlook ?を入手",
    r"나의 .{1,20}에서 보냄",
    r"내 .{1,20}에서 보냄",
    r"נשלח מה.{1,30}",
)  # fmt: skip
_CLIENT = re.compile(r"(?:" + "|".join(_CLIENT_LINES) + r")$", re.I)
_DESK = re.compile(r"sent from my (?:desk|heart|couch|office|house|bed)\b", re.I)

_SCANNER_LINES = (
    r"(?:это|данное) (?:сообщение|письмо|электронное письмо) (?:проверено|свободно|было проверено).{0,120}",
    r"без вирусов\.?.{0,200}",
    r"(?:this|the) (?:e-?mail|message) (?:has been|was|is) (?:checked|scanned|virus|free).{0,120}",
    r"virus-?free\.?.{0,200}",
    r"diese e-?mail wurde von avast.{0,100}",
    r"virenfrei\.?.{0,60}",
    r"(?:garanti )?sans virus\.?.{0,60}",
    r"l'absence de virus .{0,100}",
    r"libre de virus\.?.{0,60}",
    r"(?:este|el) (?:correo|software).{0,60}(?:avast|virus).{0,60}",
    r"privo di virus\.?.{0,60}",
    r"virusvrij\.?.{0,60}",
    r"wolny od wirusów\.?.{0,60}",
    r"bez virů\.?.{0,60}",
    r"(?:вірусів|не містить вірусів).{0,60}",
    r"(?:https?://)?(?:www\.)?(?:avast|avg|kaspersky|drweb|eset)\.\w{2,3}\S{0,160}",
    r"\[image: avast logo\]",
    r"<#[0-9a-f-]{20,60}>",
    r"<https?://(?:www\.)?(?:avast|avg)\S{1,300}>.{0,60}",
)
_SCANNER = re.compile(r"(?:" + "|".join(_SCANNER_LINES) + r")$", re.I)
_STORE_LINK = re.compile(
    r"[<\[(]?https?://(?:aka\.ms|play\.google\.com|itunes\.apple\.com|apps\.apple\.com|mail\.ru|(?:trk|mobile|e)\.mail\.ru"
    r"|mobile\.yandex|ya\.ru|mail\.yandex|overview\.mail\.yahoo|go\.microsoft\.com)\S{0,300}$",
    re.I,
)
_LINKS = re.compile(
    r"\[([^\[\]]{1,80})\]\s?\([^()\s]{1,300}\)|<(?:https?|mailto)[^<>\s]{1,300}>|https?://\S{1,300}|\((?:https?)[^()\s]{1,300}\)"
)
_FOOTER_WORDS = re.compile(r"mailing list|рассылк|https?://|unsubscribe|отписаться|list-?info|@[\w-]+\.", re.I)
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_SIGNATURE_END = "-----END PGP SIGNATURE-----"
_DELIMITER = re.compile(r"\s?(?:--|__|—|‐‐|––)[ \t\u00a0]*$")


def is_client_line(line: str) -> bool:
    """A line that a program added: «Отправлено с iPhone», "Get Outlook for iOS"."""
    if len(line) > MAX_LINE or not line.strip():
        return False
    text = _LINKS.sub(lambda found: found[1] or "", readable(line)).strip(" *_-—<>()[]|.")
    if not text or len(text) > 130 or _DESK.match(text):
        return False
    return _CLIENT.match(text) is not None


def is_scanner_line(line: str) -> bool:
    """A line that a virus scanner added: «Без вирусов. www.avast.ru»."""
    text = readable(line).strip(" *_-—|")
    return bool(text) and len(text) <= 300 and _SCANNER.match(text) is not None


def strip_tail(lines: list[str]) -> list[str]:
    """A person's lines without the client's and the scanner's below them, without a signature below "-- "."""
    own = _strip_blank(lines)
    for _ in range(6):
        size = len(own)
        own = _strip_blank(_without_footer(_without_signature(_without_client_lines(own))))
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
    """Whatever a program wrote among the last lines; the words around it stay."""
    floor = max(0, len(lines) - TAIL)
    end = len(lines)
    kept: list[str] = []
    for index in range(end - 1, floor - 1, -1):
        line = lines[index]
        if is_client_line(line) or is_scanner_line(line) or (not kept and _STORE_LINK.match(readable(line))):
            continue
        if not any(text.strip() for text in kept) and is_rule(line):
            kept = []
            continue
        kept.append(line)
    return lines[:floor] + kept[::-1]


def _without_signature(lines: list[str]) -> list[str]:
    """Cut below the last delimiter "-- " that has a short rest (RFC 3676, 4.3)."""
    floor = max(0, len(lines) - MAX_SIGNATURE - 1)
    for index in range(floor, len(lines)):
        if _DELIMITER.match(lines[index][:12]) and len(lines[index].strip()) == 2:
            return lines[:index]
    return lines


def _without_footer(lines: list[str]) -> list[str]:
    """A mailing list's footer: a long rule, then a few lines with an address of the list."""
    for index in range(max(0, len(lines) - 8), len(lines)):
        text = lines[index].strip()
        if len(text) >= 20 and set(text) <= {"_"} and index > 0:
            below = "\n".join(lines[index + 1 :])[:2000]
            if _FOOTER_WORDS.search(below):
                return lines[:index]
    return lines
