"""Reads the receiving server's own verdict on who sent a mail: Authentication-Results (RFC 8601), and no one else's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from maildesk.model import TraceHeader


class Verdict(StrEnum):
    """What the receiving server found out about the domain in From (SPEC 6)."""

    PASS = "pass"  # DMARC passed, or a DKIM signature of From's own domain
    FAIL = "fail"  # DMARC failed, or every signature was broken
    NONE = "none"  # no verdict that may be believed


@dataclass(frozen=True, slots=True)
class _Result:
    """One `method=result` of the header with its properties, all in lower case (RFC 8601, 2.2)."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        return next((value for key, value in self.properties if key == name), "")


#: One header is a few hundred characters; what is longer is cut there, and a cut header proves less, never more.
MAX_HEADER = 4096
MAX_RESULTS = 50

_BY = re.compile(r"(?:^|\s)by\s+\[?([A-Za-z0-9._\-:]{1,255})", re.IGNORECASE)
_NUMERIC = re.compile(r"[0-9.]+|[0-9a-f:.]*:[0-9a-f:.]*", re.IGNORECASE)

#: Labels under which countries sell names: two hosts below one of them need not be of one house.
_SHARED = frozenset({"com", "co", "org", "net", "edu", "ac", "gov", "msk", "spb", "nov", "pp", "int", "mil"})
_PAIR = re.compile(r"([a-z0-9._\-]{1,60})\s*(?:/\s*\d+\s*)?=\s*([^\s;]{1,400})", re.IGNORECASE)


def verdict(trace: Sequence[TraceHeader], authserv_id: str, from_address: str) -> Verdict:
    """What the server `authserv_id` says of the domain of `from_address`.

    `trace` are the mail's Received and Authentication-Results headers, topmost first. Believed is one header alone: the
    topmost Authentication-Results of that server, and only where no foreign server's Received stands above it (RFC 8601, 5:
    whatever came with the mail lies below the Received line that our own border wrote, so a forged header with our id does
    too, unless the border removed it). A header without a server's name is nobody's.

    PASS: dmarc=pass, or dkim=pass whose d= (or i=) is From's domain, above it or below it. FAIL: dmarc=fail; or, without a DMARC
    verdict, a broken signature of From's domain and no aligned pass of DKIM or SPF. NONE: all else. SPF alone passes or
    fails nothing: a forwarded mail fails it, and a mailing service passes it for anyone; a stranger's broken signature says
    nothing of From. `authserv_id` '' is NONE: nobody is believed. A host below `authserv_id` is that server too, since
    large providers write the name of the front end that took the mail.
    """
    own = authserv_id.strip().lower().rstrip(".")
    domain = _domain(from_address.rpartition("@")[2])
    if not own or not domain:
        return Verdict.NONE
    header = _own_header(trace, own)
    return _judge(list(_results(header)), domain) if header is not None else Verdict.NONE


def _own_header(trace: Sequence[TraceHeader], own: str) -> str | None:
    """The results of the topmost header of our server, or None; the search ends at the first Received of a foreign host."""
    for field in trace:
        value = field.value[:MAX_HEADER]
        if field.name.lower() == "received":
            by = _BY.search(_uncommented(value))
            if by is None or not _same_house(by.group(1).lower().rstrip("."), own):
                return None
        elif field.name.lower() == "authentication-results":
            server, _, results = _uncommented(value).partition(";")
            name = _server_name(server)
            if name == own or name.endswith(f".{own}"):
                return results
    return None


def _server_name(text: str) -> str:
    """The authserv-id before an optional version number; '' where a result stands in its place, as Microsoft 365 writes it."""
    words = text.strip().lower().split()
    return words[0].strip('"').rstrip(".") if words and "=" not in words[0] and len(words) <= 2 else ""


def _same_house(host: str, own: str) -> bool:
    """Whether a host is of the organisation that `own` names: itself, below it, or below the name that both were given.

    A number or a bare name is a hop within a house («by 2002:a05:…», «by imap01»): those never name a foreign one.
    """
    if host == own or host.endswith(f".{own}") or "." not in host or _NUMERIC.fullmatch(host):
        return True
    labels = own.split(".")
    length = 3 if len(labels) > 2 and labels[-2] in _SHARED else 2
    return len(labels) >= length and f".{host}".endswith("." + ".".join(labels[-length:]))


def _domain(name: str) -> str:
    """A domain as mail servers write it: lower case, IDNA (RFC 5890), no final dot."""
    bare = name.strip().strip('"<>').lower().rstrip(".")
    if bare.isascii():
        return bare
    try:
        return bare.encode("idna").decode("ascii")
    except UnicodeError:
        return bare


def _uncommented(text: str) -> str:
    """The text without its (nested (comments)), in one pass; a quoted string is kept whole, a `;` in it as a space."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in text:
        if escaped:
            escaped = False
            kept.append(character if quoted and not depth and character not in ";()" else "")
        elif character == "\\" and (quoted or depth):
            escaped = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif quoted:
            kept.append(" " if character in ";=" else character)
        elif character == "(":
            depth += 1
            kept.append(" ")
        elif character == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            kept.append(character)
    return "".join(kept)


def _results(text: str) -> Iterator[_Result]:
    """The results of a header without comments: `dkim=pass header.d=school.example; dmarc=pass …`."""
    for piece in text.split(";")[:MAX_RESULTS]:
        pairs = [(name.lower(), value.lower()) for name, value in _PAIR.findall(piece)]
        if pairs:
            yield _Result(pairs[0][0], pairs[0][1], tuple(pairs[1:]))


def _judge(results: Sequence[_Result], domain: str) -> Verdict:
    dmarc = [
        result.result
        for result in results
        if result.method == "dmarc" and _of_domain(result.get("header.from"), domain)
    ]
    if "fail" in dmarc:
        return Verdict.FAIL
    if "pass" in dmarc:
        return Verdict.PASS
    signed = [result.result for result in results if result.method == "dkim" and _aligned(_signer(result), domain)]
    if "pass" in signed:
        return Verdict.PASS
    sent = [result.result for result in results if result.method == "spf" and _aligned(_envelope(result), domain)]
    return Verdict.FAIL if "fail" in signed and "pass" not in sent else Verdict.NONE


def _of_domain(named: str, domain: str) -> bool:
    """Whether a DMARC result is about this From; most servers name it, some do not."""
    return not named or _domain(named.rpartition("@")[2]) == domain


def _signer(signature: _Result) -> str:
    """The domain that signed: header.d, else the domain of header.i (RFC 6376, 3.5)."""
    return signature.get("header.d") or signature.get("header.i").rpartition("@")[2]


def _envelope(result: _Result) -> str:
    """The domain that SPF looked at (RFC 7208, 9.1)."""
    return (result.get("smtp.mailfrom") or result.get("smtp.mail")).rpartition("@")[2]


def _aligned(other: str, domain: str) -> bool:
    """Relaxed alignment without a list of public suffixes: the same domain, or one below the other, but not a bare «ru»."""
    other = _domain(other)
    if "." not in other:
        return False
    return other == domain or other.endswith(f".{domain}") or domain.endswith(f".{other}")
