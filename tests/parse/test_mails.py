"""Runs every stem of tests/mails: an .eml, and beside it the fields of its Mail that matter, as .json.

`text_contains` and `text_lacks` list pieces; `reply_any` lists the outcomes that are equally right. `tags` are the commands of
the mail as (name, argument), `rest` the new text without them, `carried` the subject of the desk's letter that it answers.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from maildesk.model import Category
from maildesk.model.mail import Address, FormFields, Mail
from maildesk.parse import parse, tags

MAILS = Path(__file__).parent.parent / "mails"
STEMS = sorted(MAILS.glob("*/*.eml"))


def _address(one: Address) -> dict[str, str]:
    return {"name": one.name, "address": one.address}


def _bounce(mail: Mail) -> dict[str, Any] | None:
    if mail.bounce is None:
        return None
    recipients = [
        {"address": one.address, "status": one.status, "permanent": one.permanent} for one in mail.bounce.recipients
    ]
    return {"recipients": recipients, "original_message_id": mail.bounce.original_message_id}


def _form(fields: FormFields | None) -> dict[str, str] | None:
    if fields is None:
        return None
    return {field.name.rstrip("_"): fields[field.name.rstrip("_")] for field in dataclasses.fields(fields)}


CATEGORIES = tuple(
    Category(key, key, written, key)
    for key, written in {
        "journal": ("JOURNAL", "ЭЖД"),
        "tech": ("TECH", "ТЕХ"),
        "quality": ("QUALITY", "КАЧЕСТВО"),
        "equipment": ("EQUIPMENT", "ОБОРУДОВАНИЕ"),
        "psych": ("PSYCH", "ПСИХОЛОГ"),
        "other": ("OTHER", "ИНОЕ"),
    }.items()
)
VOCABULARY = tags.Vocabulary.of(CATEGORIES, "MD")
REPLY_PREFIX = re.compile(r"\s*(?:re|aw|отв|ответ|fwd?|fw|пер)(?:\[\d+\])?\s*:", re.IGNORECASE)


def _commands(mail: Mail, carried: str) -> dict[str, Any]:
    fresh = not REPLY_PREFIX.match(mail.subject) and not (mail.in_reply_to or mail.references)
    read = tags.read(mail.subject, mail.reply, VOCABULARY, earlier_subjects=[carried] if carried else [], fresh=fresh)
    # What a near miss was probably meant to be is for the person who reads of it.
    named = [[str(tag.name), "" if tag.name == "NEAR" else tag.argument] for tag in read.tags]
    return {"tags": named, "rest": read.text}


SHOWN: dict[str, Callable[[Mail], Any]] = {
    "sender": lambda mail: _address(mail.sender),
    "reply_to": lambda mail: [_address(one) for one in mail.reply_to],
    "to": lambda mail: [_address(one) for one in mail.to],
    "cc": lambda mail: [_address(one) for one in mail.cc],
    "references": lambda mail: list(mail.references),
    "attachments": lambda mail: [
        {"name": one.name, "type": one.type, "size": len(one.bytes), "inline": one.inline} for one in mail.attachments
    ],
    "kind": lambda mail: str(mail.kind),
    "bounce": _bounce,
    "form": lambda mail: _form(mail.form),
    "faults": lambda mail: list(mail.faults),
}


def _fits(expected: Any, seen: Any) -> bool:
    """Whether `seen` holds what is expected: of a record only the fields that the stem names."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        return all(key in seen and _fits(value, seen[key]) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(seen, list):
        return len(expected) == len(seen) and all(map(_fits, expected, seen))
    return bool(expected == seen)


def _lines(text: str) -> str:
    """A text without empty lines around it and without blanks at the ends of its lines, which no reader sees."""
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def differences(mail: Mail, expected: dict[str, Any]) -> list[str]:
    """One line for each field of the stem that came out otherwise."""
    found = []
    for key, value in expected.items():
        if key == "carried":
            continue
        if key in ("tags", "rest"):
            seen = _commands(mail, expected.get("carried", ""))[key]
            if seen != value and not (key == "rest" and _lines(seen) == _lines(value)):
                found.append(f"{key}: expected {value!r}, saw {seen!r}")
            continue
        if key.endswith(("_contains", "_lacks")):
            name, _, how = key.rpartition("_")
            field, wanted = getattr(mail, name), how == "contains"
            found += [f"{key}: {piece!r} in {field!r}?" for piece in value if (piece in field) is not wanted]
            continue
        if key in ("text", "reply", "reply_any"):
            seen, accepted = _lines(getattr(mail, key.partition("_")[0])), value if key == "reply_any" else [value]
            if seen not in map(_lines, accepted):
                found.append(f"{key}: expected {accepted[0]!r}, saw {seen!r}")
            continue
        seen = SHOWN[key](mail) if key in SHOWN else getattr(mail, key)
        if key == "date":
            value, seen = value and datetime.fromisoformat(value), mail.date
        if not _fits(value, seen):
            found.append(f"{key}: expected {value!r}, saw {seen!r}")
    return found


def line_ends(raw: bytes) -> dict[str, bytes]:
    """The mail with LF and with CRLF throughout."""
    bare = raw.replace(b"\r\n", b"\n")
    return {"LF": bare, "CRLF": bare.replace(b"\n", b"\r\n")}


def test_the_corpus_is_there() -> None:
    """The runner finds mails."""
    assert STEMS


def test_every_stem_has_its_partner() -> None:
    """Every .eml has a .json beside it that expects something, and every .json an .eml."""
    lonely = [path.name for path in STEMS if not path.with_suffix(".json").exists()]
    lonely += [path.name for path in MAILS.glob("*/*.json") if not path.with_suffix(".eml").exists()]
    empty = [
        path.name
        for path in STEMS
        if path.with_suffix(".json").exists() and not json.loads(path.with_suffix(".json").read_text())
    ]
    assert not lonely
    assert not empty


@pytest.mark.parametrize("end", ["LF", "CRLF"])
@pytest.mark.parametrize("path", STEMS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_mail_is_understood(path: Path, end: str) -> None:
    """A mail comes out as its .json says, whatever its line ends."""
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    mail = parse(line_ends(path.read_bytes())[end])
    assert not differences(mail, expected), "\n".join(differences(mail, expected))
