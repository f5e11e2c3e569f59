"""Reads delivery status notifications: RFC 3464, RFC 6533, and what servers make of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from maildesk.model import FailedRecipient
from maildesk.parse.bounce_status import enhanced_code, is_permanent, status_of, tidy
from maildesk.parse.message import Part

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
RETURNED_TYPES = frozenset(
    {
        "message/rfc822",
        "text/rfc822-headers",
        "message/global",
        "message/global-headers",
        "message/rfc822-headers",
        "message/partial",
    }
)

#: A status part is a few lines for each recipient; 256 KB hold more than a thousand of them.
MAX_STATUS = 256 * 1024
MAX_RECIPIENTS = 1000
MAX_ADDRESS = 320  # RFC 5321, 4.5.3.1: 64 + 1 + 255

#: An addr-spec in running text, in any script (RFC 6531); both runs are bounded, so a long line stays cheap.
ADDRESS = re.compile(
    r'(?:"[^"\n@]{1,64}"|(?:[^\s<>()"\',;:\[\]\\@|（）：，、；【】「」]|(?<=[a-z])\'(?=[a-z])){1,128})@[^\s<>()"\',;:\[\]\\@|*`（）：，。、；【】「」]{1,255}'
)

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9\-]{0,60})[ \t]*:(.*)", re.DOTALL)
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_UNITEXT = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")


class Outcome(StrEnum):
    """What a report says of the letter as a whole."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery report says: the outcome, the failed or delayed recipients, the original Message-ID or ''."""

    outcome: Outcome
    recipients: tuple[FailedRecipient, ...] = ()
    original_message_id: str = ""


#: RFC 3464, 2.3.3, and what else is seen in that field.
_ACTIONS = {
    "failed": Outcome.FAILED,
    "failure": Outcome.FAILED,
    "fail": Outcome.FAILED,
    "error": Outcome.FAILED,
    "bounced": Outcome.FAILED,
    "delayed": Outcome.DELAYED,
    "delay": Outcome.DELAYED,
    "deferred": Outcome.DELAYED,
    "delivered": Outcome.DELIVERED,
    "relayed": Outcome.DELIVERED,
    "expanded": Outcome.DELIVERED,
}

_OF_CLASS = {"2.": Outcome.DELIVERED, "4.": Outcome.DELAYED}


def own_parts(part: Part) -> Iterator[Part]:
    """Every part of the mail itself, in order: an attached message is yielded, but not looked into."""
    stack = [part]
    while stack:
        current = stack.pop()
        yield current
        if not current.type.startswith("message/"):
            stack.extend(reversed(current.parts))


def plain(data: bytes) -> str:
    """Bytes of a status part as text: UTF-8 (RFC 6533) where it is, else each byte as it stands."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def first_address(text: str) -> str:
    """The first addr-spec in a text, trimmed of the dots of a sentence, or ''."""
    found = ADDRESS.search(text)
    return clean_address(found.group()) if found else ""


def clean_address(address: str) -> str:
    """An address without the punctuation that stood around it; '' where what is left is none."""
    bare = address.strip().strip("<>").rstrip(".!?…").strip()
    if bare.lower().startswith(("mailto:", "smtp:")):
        bare = bare.partition(":")[2]
    local, at, domain = bare.rpartition("@")
    if not at or not local or not domain or len(bare) > MAX_ADDRESS:
        return ""
    return bare


def typed_address(value: str) -> str:
    """The address of a recipient field such as `rfc822; user@example.org`, or '' (RFC 3464, 2.3.1; RFC 6533, 3)."""
    kind, semicolon, rest = value.partition(";")
    if not semicolon:
        kind, rest = "", value
    if kind.strip().lower() == "utf-8":
        rest = _UNITEXT.sub(_unitext, rest)
    return first_address(_without_xtext(rest))


def _without_xtext(address: str) -> str:
    """RFC 3461, 4: xtext that a server has put into its report as it came. «+20» may be meant in an address with an @."""
    if "@" not in address:
        return _XTEXT.sub(lambda found: chr(int(found.group(1), 16)), address)
    if '"' in address:
        address = address.replace("+20", " ")  # only a quoted name holds a blank
    return address.replace("+3D", "=").replace("+2B", "+")


def _unitext(found: re.Match[str]) -> str:
    code = int(found.group(1), 16)
    return chr(code) if 0x20 < code < 0xD800 or 0xE000 <= code < 0x110000 else ""


def fields_of(block: str) -> dict[str, str]:
    """The fields of one block of header lines, names in lower case, folded lines joined; the first of a name wins."""
    fields: dict[str, str] = {}
    name = ""
    for line in block.split("\n"):
        if line[:1] in " \t" and name:
            fields[name] = f"{fields[name]} {line.strip()}"
            continue
        match = _FIELD.match(line)
        name = ""
        if match and match.group(1).lower() not in fields:
            name = match.group(1).lower()
            fields[name] = match.group(2).strip()
    return fields


def status_blocks(part: Part) -> list[dict[str, str]]:
    """The groups of fields of a status part: the one about the message first (RFC 3464, 2.1)."""
    if part.data.strip():
        text = plain(part.data[:MAX_STATUS]).replace("\r\n", "\n").replace("\r", "\n")
        blocks = re.split(r"\n[ \t]*\n", text)
        return [fields for block in blocks[: MAX_RECIPIENTS + 1] if (fields := fields_of(block))]
    return [dict(reversed(child.headers)) for child in part.parts[: MAX_RECIPIENTS + 1] if child.headers]


def _block_address(fields: dict[str, str]) -> str:
    """The address that the letter was written to: the original recipient, else the final one, else what the server said."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient", "x-original-recipient"):
        address = typed_address(fields.get(name, ""))
        if address:
            return address
    return first_address(fields.get("diagnostic-code", ""))


def _block_outcome(fields: dict[str, str]) -> Outcome:
    word = fields.get("action", "").split(maxsplit=1)
    named = _ACTIONS.get(word[0].lower().strip(";,.")) if word else None
    if named is not None:
        return named
    # No Action: the class of the status is all there is, and what may come right is taken for a delay.
    return _OF_CLASS.get(fields.get("status", "").strip()[:2], Outcome.FAILED)


def _recipient(fields: dict[str, str], outcome: Outcome) -> FailedRecipient:
    _, _, diagnostic = fields.get("diagnostic-code", "").partition(";")
    diagnostic = tidy(diagnostic or fields.get("diagnostic-code", ""))
    status = enhanced_code(fields.get("status", "")) or status_of(diagnostic)
    if status in {"5.0.0", "4.0.0"} and (closer := enhanced_code(diagnostic))[:1] == status[0]:
        status = closer
    permanent = outcome is Outcome.FAILED and is_permanent(status)
    return FailedRecipient(_block_address(fields), status, permanent, diagnostic)


def read_blocks(blocks: list[dict[str, str]]) -> Report | None:
    """The report of a list of field groups; None where none of them is about a recipient."""
    about = [
        fields
        for fields in blocks
        if "final-recipient" in fields or "original-recipient" in fields or "action" in fields
    ]
    if not about:
        return None
    outcomes = [_block_outcome(fields) for fields in about]
    overall = next((sort for sort in (Outcome.FAILED, Outcome.DELAYED) if sort in outcomes), Outcome.DELIVERED)
    recipients: dict[str, FailedRecipient] = {}
    for fields, outcome in zip(about, outcomes, strict=True):
        if outcome is not Outcome.DELIVERED:
            found = _recipient(fields, outcome)
            if found.address:
                recipients.setdefault(found.address.lower(), found)
    original = next((fields["x-original-message-id"] for fields in blocks if "x-original-message-id" in fields), "")
    return Report(overall, tuple(recipients.values()), original)


def read_dsn(root: Part) -> Report | None:
    """The report of the first status part of the mail itself; None where there is none that names a recipient or action."""
    for part in own_parts(root):
        if part.type in STATUS_TYPES:
            report = read_blocks(status_blocks(part))
            if report is not None:
                return report
    return None
