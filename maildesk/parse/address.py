"""Who wrote and to whom: address fields (RFC 5322, 3.4; RFC 6532) taken apart before their words are decoded."""

from __future__ import annotations

import re

from maildesk.model.mail import Address
from maildesk.parse import clean, limits, words

# One top-level step over an address field: a quoted string, an angle address, a sign, or a run of anything else.
# Comments are met with "(" and skipped by counting, so nesting costs no recursion (RFC 5322, 3.2.2).
# Every repetition is bounded: thousands of signs that open something and never close it must cost no more than a name.
_STEP = re.compile(
    r'"(?:[^"\\]|\\.){0,500}"|<[^<>,;"]{0,400}>|<@[^<>"]{0,400}>'
    r'|=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]{0,500}\?=|[(,;:<>"]|[^"<>(),;:=]+|[^"]',
    re.DOTALL,
)
_SPEC = re.compile(
    r"""("(?:[^"\\]|\\.){0,64}"|[^\s"<>@,;:()\[\]]{1,320})@(\[[^\]\s]{0,80}\]|[^\s"<>@,;:()'\]]{1,320})"""
)
_OPEN_Q_WORD = re.compile(r"=\?[^?\s]{1,60}\?[qQ]\?[^?\s]{0,500}\?=")
_ESCAPED = re.compile(r"\\(.)")
# What means something in an address field and is only text within a comment, by what stands for it until the name is read.
_INNER = {"(": "\ue010", ")": "\ue011", "<": " ", ">": " ", "@": " "}
_OUTER = str.maketrans({"\ue010": "(", "\ue011": ")"})
_QUOTES = "\"'«»“”‘’"
# RFC 5322, 3.2.3 and RFC 6531: what a mailbox may be that rights depend on; nothing quoted, no address literal.
_STRICT_SPEC = re.compile(
    r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\ud7ff\ue000-\U0010ffff.-]{1,64})"
    r"@([A-Za-z0-9\u00a1-\ud7ff\ue000-\U0010ffff](?:[A-Za-z0-9\u00a1-\ud7ff\ue000-\U0010ffff.-]{0,252}[A-Za-z0-9\u00a1-\ud7ff\ue000-\U0010ffff])?)"
)
_PHRASE = re.compile(r'(?:\s|"(?:[^"\\<>]|\\[^<>])*"|\([^()<>@\\]*\)|[^\s"<>@,;:()\\])*')


def mailboxes(raw: bytes, hint: str = "") -> tuple[Address, ...]:
    """The mailboxes of one address field, groups opened up, at most `limits.ADDRESSES`. Never raises.

    A display name without an address is kept with address ''; an empty group is nothing.
    """
    text = _OPEN_Q_WORD.sub(_closed, raw.decode("utf-8", "surrogateescape"))
    found = [_mailbox(piece, hint) for piece in _pieces(text)]
    if not any(one.address for one in found) and "=?" in text:
        # Some senders encode the whole field, address and all.
        decoded = words.decode(raw, hint)
        if "@" in decoded:
            found = [_mailbox(piece, hint) for piece in _pieces(decoded)]
    return tuple(one for one in found if one.name or one.address)[: limits.ADDRESSES]


def _closed(word: re.Match[str]) -> str:
    """An encoded word with the signs escaped that mean something in an address field."""
    return word[0].replace("<", "=3C").replace(">", "=3E").replace("@", "=40").replace('"', "=22").replace(",", "=2C")


def _pieces(text: str) -> list[str]:
    """The field cut at its commas and semicolons; group names go; a comma within an unquoted name cuts nothing."""
    pieces: list[str] = []
    piece: list[str] = []
    depth = 0
    comment: list[str] = []
    position = 0
    while position < len(text) and len(pieces) <= 2 * limits.ADDRESSES:
        if depth:
            position, depth = _comment(text, position, comment)
            piece.append("(" + "".join(comment) + ")")
            comment.clear()
            continue
        step = _STEP.match(text, position)
        if step is None:
            break
        token, position = step[0], step.end()
        if token == "(":
            depth = 1
        elif token in ",;":
            pieces.append("".join(piece))
            piece = []
        elif token == ":" and "@" not in "".join(piece) and "<" not in "".join(piece[-2:]):
            piece = []  # a group's name
        else:
            piece.append(token)
    pieces.append("".join(piece))
    return _names_rejoined([one.strip() for one in pieces if one.strip()])


def _comment(text: str, position: int, comment: list[str]) -> tuple[int, int]:
    """Read to the end of a comment whose '(' was just read; gives back where it ends and depth 0."""
    depth = 1
    while position < len(text):
        character = text[position]
        position += 1
        if character == "\\" and position < len(text):
            comment.append(_INNER.get(text[position], text[position]))
            position += 1
            continue
        depth += {"(": 1, ")": -1}.get(character, 0)
        if not depth:
            break
        comment.append(_INNER.get(character, character))
    return position, 0


def _names_rejoined(pieces: list[str]) -> list[str]:
    """«Иванов, Иван <a@b>» without quotes is one mailbox: a piece without address joins the one that has it in angles."""
    result: list[str] = []
    waiting: list[str] = []
    for piece in pieces:
        if "@" not in piece and "<" not in piece:
            waiting.append(piece)
            continue
        if waiting and "<" in piece and not piece.startswith("<"):
            piece = ", ".join((*waiting, piece))
        else:
            result.extend(waiting)
        waiting = []
        result.append(piece)
    return result + waiting


def _mailbox(piece: str, hint: str) -> Address:
    if len(piece) > limits.MAILBOX:
        piece = piece[: limits.MAILBOX // 2] + piece[-limits.MAILBOX // 2 :]
    comments: list[str] = []

    def _keep(found: re.Match[str]) -> str:
        if found[0].startswith('"'):
            return found[0]
        comments.append(found[1].strip())
        return ""

    bare = re.sub(r'"(?:[^"\\]|\\.)*"|\(([^()]*)\)', _keep, piece)
    opened = bare.rfind("<")
    if opened >= 0:
        inside, _, after = bare[opened + 1 :].partition(">")
        name = bare[:opened].strip("<> ") or after.strip()
        spec = _spec(inside)
        if not spec and (outer := _spec(name)):
            name, spec = inside.strip(), outer
        elif not spec:
            name = name or inside.strip()  # a local user, to whom no mail goes from here: MAILER-DAEMON
    elif found := _SPEC.search(bare):
        spec = _joined(found)
        name = (bare[: found.start()] + bare[found.end() :]).strip("<> ")
    else:
        spec, name = "", bare
    shown = _name(name, hint) or _name(" ".join(comments).translate(_OUTER), hint)
    address = clean.value(
        words.decode_text(spec, hint)
        if "=?" in spec
        else spec.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    )
    return Address(shown, address.replace(" ", "") if '"' not in address else address)


def _spec(text: str) -> str:
    """The addr-spec within angle brackets: a source route (RFC 5322, 4.4), mailto: and stray quotes go."""
    # Folding may have left blanks around the sign (RFC 5322, 3.4.1 allows them there).
    text = re.sub(r"\s{0,100}@\s{0,100}", "@", text.strip().removeprefix("mailto:").strip("'"))
    if text.startswith("@") and ":" in text:
        text = text.rpartition(":")[2]
    found = _SPEC.search(text)
    return _joined(found) if found else ""


def _joined(found: re.Match[str]) -> str:
    local = found[1]
    if not local.startswith('"'):
        local = local.lstrip("'")
    return f"{local}@{found[2].rstrip('.')}"


def _name(raw: str, hint: str) -> str:
    """A display name without its quotes, decoded; one that only repeats quotes around it loses those too."""
    text, quoted = re.subn(r'"((?:[^"\\]|\\.)*)"', lambda found: _ESCAPED.sub(r"\1", found[1]), raw)
    text = text.strip() if quoted else text.strip().strip('"')  # a quote that was never closed
    name = words.decode_text(text, hint)
    name = re.sub(r" {2,}", " ", name)
    if len(name) > 1 and name[0] in _QUOTES and name[-1] in _QUOTES:
        name = name[1:-1].strip() if name.count(name[0]) <= 2 and name[0] in "\"'" else name
    return name


def strict(values: tuple[bytes, ...]) -> str | None:
    """The one mailbox on which rights may depend, or None.

    `values` are all From fields: there must be exactly one, and it must be exactly one mailbox of the plain form
    `addr`, `addr (comment)` or `name <addr>` (RFC 5322, 3.4). Lower-case, the domain in its ASCII form (RFC 5890).
    """
    if len(values) != 1 or len(values[0]) > limits.KB:
        return None
    try:
        text = values[0].decode("utf-8", "surrogateescape").strip()
    except UnicodeError:
        return None
    seen = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if clean.value(seen) != seen:
        return None
    spec = _strict_spec_of(text)
    found = _STRICT_SPEC.fullmatch(spec)
    if not found or ".." in spec or found[1].startswith(".") or found[1].endswith("."):
        return None
    domain = ascii_domain(found[2])
    return f"{found[1].lower()}@{domain}" if domain else None


def _strict_spec_of(text: str) -> str:
    if text.endswith(">") and text.count("<") == 1:
        phrase, _, inside = text[:-1].partition("<")
        if phrase.strip() in (inside, f'"{inside}"', f"'{inside}'") or _PHRASE.fullmatch(phrase):
            return inside
        return ""
    if text.endswith(")") and text.count("(") == text.count(")") == 1:
        return text.partition("(")[0].strip()
    return text


def ascii_domain(domain: str) -> str:
    """A domain in lower-case ASCII (IDNA), or '' where it can be none."""
    if domain.isascii():
        return domain.lower() if ".." not in domain else ""
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
