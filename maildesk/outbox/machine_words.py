"""What programs say of a fault, told apart so that a letter can say it in its reader's language; what nobody knows stays as it is."""

from __future__ import annotations

import re

#: The words of the desk's own rooms, of the system and of the libraries → code of the table `machine` of `_words.txt`, whose
#: sentence gets the groups as {0}, {1} … The first that fits the whole counts.
_SAID: tuple[tuple[str, str], ...] = (
    (r"not an appeal that can be read", "unreadable-appeal"),
    (r"no answer in ([\d.]+) s", "parser-slow"),
    (r"the parser died, exit code (\S+)", "parser-died"),
    (r"the daemon died at it three times", "died-thrice"),
    (r'the relay did not answer with \{"appeals": \[\.\.\.\]\}', "relay-no-page"),
    (r"the relay refused the token \(HTTP (\d+)\)", "relay-token"),
    (r"the relay redirects elsewhere \(HTTP (\d+)\).*", "relay-redirects"),
    (r"the relay answered with HTTP (\d+)", "relay-http"),
    (r"the relay compressed an answer unasked", "relay-compressed"),
    (r"the relay's answer is too large", "relay-too-large"),
    (r"the relay answers too slowly", "timed-out"),
    (r"the certificate of (\S+) is not accepted: (.*)", "certificate"),
    (r"no TLS with (\S+): (.*)", "no-tls"),
    (r"(\S+): log-in of (\S+) failed: (.*)", "log-in"),
    (r"(\S+) allows no log-in without TLS", "log-in-needs-tls"),
    (r"(\S+) offers no STARTTLS, and clear text is not allowed", "no-starttls"),
    (r"there is no folder (.*) in this mailbox", "no-folder"),
    (r"the folder (.*) cannot be made: (.*)", "folder-not-made"),
    (r"the connection was lost while waiting", "lost"),
    (r"the server closed the connection: (.*)", "closed"),
    (r"(?:.*: )?(?:\[Errno -?\d+\] )?Connection refused", "refused"),
    (r"(?:.*: )?(?:\[Errno -?\d+\] )?(?:Connection reset by peer|Broken pipe)", "lost"),
    (r"(?:.*: )?(?:\[Errno -?\d+\] )?(?:No route to host|Network is unreachable)", "unreachable"),
    (
        r"(?:.*: )?(?:\[Errno -?\d+\] )?(?:Name or service not known|Temporary failure in name resolution"
        r"|No address associated with hostname)",
        "no-such-host",
    ),
    (r"(?:.*: )?(?:The \w+ operation )?timed out|\S+ does not answer in time", "timed-out"),
    (r"(?:[A-Z]\w*)(?:Error|Exception|Timeout)(?:: .*)?", "program"),
)
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), code) for pattern, code in _SAID)
CODES = frozenset(code for _, code in _SAID)

#: A file that a relay offered and the desk could not have: its name, and why in a word (`sources/relay_link`).
_REFUSED = re.compile(r"(.*) \(([a-z-]+)\)", re.DOTALL)


def said(words: str) -> tuple[str, tuple[str, ...]]:
    """The code for a program's words and what varies in them; ('', ()) where nobody knows them."""
    for pattern, code in _PATTERNS:
        found = pattern.fullmatch(words)
        if found:
            return code, (words,) if code == "program" else tuple(found.groups(""))
    return "", ()


def refused_file(named: str) -> tuple[str, str]:
    """`a.png (gone)` → the file's name and the reason's code, '' where it bears none."""
    found = _REFUSED.fullmatch(named)
    return (found[1], found[2]) if found else (named, "")
