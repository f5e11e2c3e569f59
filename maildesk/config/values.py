"""The written forms of single values in config.toml: durations, sizes, rates, times of day, addresses, hosts."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from datetime import time, timedelta
from itertools import pairwise
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from email_validator import EmailNotValidError, validate_email

from maildesk.config.faults import nearest
from maildesk.model import Rate

_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SIZES = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}
_DURATION = re.compile(r"(\d{1,9})([smhd])\Z", re.ASCII)
_SIZE = re.compile(r"(\d{1,9}) ?([KMG]?)B\Z", re.ASCII | re.IGNORECASE)
_RATE = re.compile(r"(\d{1,9})/([smhd])\Z", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z", re.ASCII)
# Longer is a slip of the pen, and sums of dates must stay within what a datetime can hold.
_LONGEST = timedelta(days=36_500)
# Control characters, line and paragraph separators, lone surrogates: none may reach a header.
_BREAKING = ("Cc", "Zl", "Zp", "Cs")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Names that no public server answers for (RFC 6761, RFC 6762), and that schools use inside their own walls.
_PRIVATE_ENDINGS = ("local", "localhost", "test", "example", "invalid", "arpa", "onion")
# RFC 8314, 3.2 and 3.3; RFC 3501; RFC 5321. What a mail client means by the same words.
IMAP_PORTS = {"implicit": 993, "starttls": 143, "none": 143}
SMTP_PORTS = {"implicit": 465, "starttls": 587, "none": 25}


def duration(text: str) -> timedelta:
    """`30m`, `24h`, `7d`, `60s` → a length of time. Raises ValueError, as all functions here do."""
    found = _DURATION.match(text.strip())
    if not found:
        raise ValueError('not a duration; write a whole number and s, m, h or d, for example "30m", "24h" or "7d"')
    number, unit = int(found[1]), _UNITS[found[2]]
    if number > _LONGEST // unit:
        raise ValueError("longer than a hundred years; write a shorter duration")
    return number * unit


def positive_duration(text: str) -> timedelta:
    """A duration that is not zero: a term or a pause of no length would be missed at once or spin."""
    length = duration(text)
    if not length:
        raise ValueError("must be longer than nothing; write at least 1s")
    return length


def size(text: str) -> int:
    """`25MB` → bytes (decimal: 25 000 000, as mail providers count)."""
    found = _SIZE.match(text.strip())
    if not found or not int(found[1]):
        raise ValueError('not a size; write a whole number and KB, MB or GB, for example "25MB"')
    return int(found[1]) * _SIZES[found[2].upper()]


def rate(text: str) -> Rate:
    """`10/h` → at most ten in an hour."""
    found = _RATE.match(text.strip())
    if not found or not int(found[1]):
        raise ValueError('not a rate; write a number, a slash and s, m, h or d, for example "10/h"')
    return Rate(int(found[1]), _UNITS[found[2]])


def clock(text: str) -> time:
    """`18:00` → a time of day, in the desk's zone."""
    found = _CLOCK.match(text.strip())
    if not found:
        raise ValueError('not a time of day; write hours and minutes as in "18:00"')
    return time(int(found[1]), int(found[2]))


def week_moment(text: str) -> tuple[int, time]:
    """`fri 16:00` → the weekday (Monday 0) and the time of day."""
    day, _, at = text.strip().lower().partition(" ")
    if day not in WEEKDAYS or not _CLOCK.match(at.strip()):
        raise ValueError('not a moment of the week; write a weekday and a time as in "fri 16:00"')
    return WEEKDAYS.index(day), clock(at)


def weekday(text: str) -> int:
    """`mon` → 0 … `sun` → 6."""
    if text.strip().lower() not in WEEKDAYS:
        raise ValueError(f"not a weekday; write one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(text.strip().lower())


def span(text: str) -> tuple[time, time]:
    """`08:00-12:30` → the two times of day. An end of 24:00 is written time(0): the midnight after."""
    start, dash, end = (part.strip() for part in text.replace("–", "-").partition("-"))
    if not dash:
        raise ValueError('not a span of hours; write it as in "08:00-12:30"')
    opens, closes = clock(start), time(0) if end == "24:00" else clock(end)
    if closes <= opens and end != "24:00":
        raise ValueError("ends before it begins; a span lies within one day, so split a night at 24:00")
    return opens, closes


def spans(texts: Iterable[str]) -> tuple[tuple[time, time], ...]:
    """Spans of one day in order of time; none at all, or two that overlap, is an error."""
    ordered = sorted(span(text) for text in texts)
    if not ordered:
        raise ValueError('a working day without hours; write at least one span as in "08:00-18:00"')
    for (_, closes), (opens, _) in pairwise(ordered):
        if closes == time(0) or opens < closes:
            raise ValueError("two spans of hours overlap; end one before the next begins")
    return tuple(ordered)


def email(text: str) -> str:
    """An address as it is written to: the domain in lower case, and in ASCII where the local part is (RFC 5891).

    A name that only the school's own servers know (school.local, *.test) is a good address here.
    """
    bare = text.strip()
    ending = bare.rpartition("@")[2].rpartition(".")[2].lower()
    # email-validator refuses these names whatever it is told; behind one more label it checks the rest as ever.
    private = ending in _PRIVATE_ENDINGS
    try:
        checked = validate_email(f"{bare}.org" if private else bare, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(f"not an e-mail address ({str(error).rstrip('.')}); write it as in name@school.ru") from None
    address = checked.ascii_email or checked.normalized
    return address.removesuffix(".org") if private else address


def address_forms(address: str) -> tuple[str, ...]:
    """The lower-cased spellings under which mail from this address may come: punycode first, then Unicode."""
    local, _, domain = address.lower().rpartition("@")
    try:
        spoken = domain.encode("ascii").decode("idna")
    except UnicodeError:
        spoken = domain
    return tuple(dict.fromkeys((f"{local}@{domain}", f"{local}@{spoken}")))


def loopback(host: str) -> bool:
    """Does this host name mean this machine, whatever a name server says? (127.0.0.0/8, ::1, localhost)"""
    bare = host.strip().strip("[]").rstrip(".").lower()
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return bare == "localhost"


def host_name(text: str) -> str:
    """A host name or an IP address, without scheme, port or path."""
    bare = text.strip()
    try:
        return str(ipaddress.ip_address(bare.strip("[]")))
    except ValueError:
        pass
    if not re.match(r"[\w-]+(\.[\w-]+)*\.?\Z", bare) or len(bare) > 253:
        raise ValueError('not a host name; write the server\'s name alone, for example "imap.school.ru"')
    return bare


def secure_url(text: str) -> str:
    """An https address, or http to this very machine, without a slash at its end."""
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError('not a web address; write it as in "https://form.school.ru"') from None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.query or parts.fragment:
        raise ValueError('not a web address; write it as in "https://form.school.ru"')
    if parts.scheme == "http" and not loopback(host):
        raise ValueError("plain http can be read on its way; write https (http is for this machine alone)")
    return text.strip().rstrip("/")


def page_url(text: str) -> str:
    """The address of a page for readers, or ''."""
    if text and not re.match(r"https?://[^\s/]+\S*\Z", text):
        raise ValueError('not a web address; write it as in "https://school.ru/privacy"')
    return text


def frame_ancestor(text: str) -> str:
    """A site that may frame the form: an origin as Content-Security-Policy writes it (CSP 3, 6.4.2), or 'self'."""
    if text in ("'self'", "self"):
        return "'self'"
    if not re.match(r"https?://(\*\.)?[\w.-]+(:\d{1,5})?/?\Z", text):
        raise ValueError('not a site; write scheme and host alone, for example "https://school.ru"')
    return text.rstrip("/")


def proxy(text: str) -> str:
    """The IP address (or network) of the reverse proxy, or ''."""
    if text:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise ValueError('not an IP address; write the proxy\'s, for example "127.0.0.1"') from None
    return text


def listen(text: str) -> tuple[str, int]:
    """`127.0.0.1:8025` or `[::1]:8025` → host and port; port 0 takes any free one."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or not re.match(r"\d{1,5}\Z", port, re.ASCII) or int(port) > 65535 or not host:
        raise ValueError('not a host and a port; write them as in "127.0.0.1:8025"')
    return host_name(host), int(port)


def zone(text: str) -> ZoneInfo:
    """`Europe/Moscow` → that time zone."""
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        known = {name.lower(): name for name in available_timezones()}
        near = nearest(text, known)
        hint = f'did you mean "{known[near]}"?' if near else 'write it as in "Europe/Moscow"'
        raise ValueError(f"there is no such time zone; {hint}") from None


def country(text: str) -> str:
    """A country (or a market) of the holidays package as its code, or ''."""
    if text and not re.match(r"[A-Z]{2,4}\Z", text):
        raise ValueError('not a country code; write two capital letters as in "RU"')
    return text


def prefix(text: str) -> str:
    """What stands before the number in a reference: it travels in headers and is typed on phones, so plain letters."""
    if not re.match(r"[A-Za-z0-9]{1,10}\Z", text) or text.isdigit():
        raise ValueError('must be 1 to 10 Latin letters and digits, at least one of them a letter, for example "MD"')
    return text


def one_line(text: str) -> str:
    """A text that may stand in a header: not empty, no line feeds or control characters."""
    if not text.strip():
        raise ValueError("is empty; write it")
    return optional_line(text)


def optional_line(text: str) -> str:
    """A text that may stand in a header, or ''."""
    if any(unicodedata.category(char) in _BREAKING for char in text):
        raise ValueError("holds a line feed or a control character; write it on one line")
    return text.strip()
