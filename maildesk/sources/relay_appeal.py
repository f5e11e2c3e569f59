"""Reads what a relay says: pages of appeals in JSON, each as far as it can be understood, and the Mail that it makes."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from maildesk.model import Address, Attachment, FormFields, Mail, SourceUnavailable

#: Characters of each field; the form's own bounds are narrower. Beyond it a value is cut.
_LONGEST = {"name": 200, "role": 20, "class": 50, "category": 200, "text": 100_000, "phone": 60, "email": 320}
_ROLES = frozenset(("student", "teacher", "parent"))
#: Longer ids are told apart by their hash, so that a seen key stays short.
LONGEST_ID = 200
SUBJECT_LENGTH = 80
# This project's own form begins its ids with the number that the author was shown (maildesk/form/spool.py).
_NUMBER = re.compile(r"(\d{4}-\d{5,12})-[0-9a-f]{16}", re.ASCII)
# What can be put on an SMTP command line and into a header (RFC 5321, 4.1.2), roughly: refusing more loses authors.
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,255}")
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_ENDS = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Link:
    """An attachment that is still at the relay. `fault`: why it could not be had, or ''."""

    name: str
    type: str
    url: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Appeal:
    """One appeal of a page. `key` names it for ever; `ack` is the id as the relay wrote it (None: it has none). `fields` is
    None where the appeal could not be understood; `data` is its JSON in any case. `received_at` is aware, or None."""

    key: str
    ack: object
    data: bytes
    received_at: datetime | None = None
    fields: FormFields | None = None
    links: tuple[Link, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The answer of one call. `cursor` is None where the relay gave none."""

    appeals: tuple[Appeal, ...] = ()
    cursor: str | None = None


def read_page(body: bytes) -> Page:
    """The appeals of an answer. Raises SourceUnavailable where it is no page at all."""
    try:
        answer = json.loads(body)
        rows, cursor = answer["appeals"], answer.get("cursor")
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        raise SourceUnavailable('the relay did not answer with {"appeals": [...]}') from None
    if not isinstance(rows, list):
        raise SourceUnavailable('the relay did not answer with {"appeals": [...]}')
    return Page(tuple(_appeal(row) for row in rows), None if cursor is None else str(cursor))


def mail_of(appeal: Appeal, files: Mapping[str, bytes], received_at: datetime, fingerprint: str) -> Mail:
    """The appeal as a mail of its author. Attachments that could not be had are named in its faults."""
    fields = appeal.fields or FormFields()
    missing = tuple(f"attachment-refused: {link.name} ({link.fault})" for link in appeal.links if link.fault)
    return Mail(
        subject=_subject(appeal, fields.text),
        sender=Address(fields.name, fields.email),
        date=received_at,
        text=fields.text,
        reply=fields.text,
        attachments=tuple(
            Attachment(link.name, link.type, files[link.url])
            for link in appeal.links
            if not link.fault and link.url in files
        ),
        form=fields,
        faults=(*appeal.faults, *missing),
        fingerprint=fingerprint,
    )


def _appeal(row: object) -> Appeal:
    data = json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")
    given = row.get("id") if isinstance(row, dict) else None
    known = (isinstance(given, str) and given != "") or (isinstance(given, int) and not isinstance(given, bool))
    key = _line(str(given), LONGEST_ID + 1) if known else ""
    if not key or len(key) > LONGEST_ID or (isinstance(given, str) and key != given):
        key = f"sha256:{hashlib.sha256(str(given).encode('utf-8', 'replace') if known else data).hexdigest()}"
    ack = given if known else None
    if not isinstance(row, dict) or not known or not isinstance(row.get("fields"), dict):
        return Appeal(key, ack, data)
    faults: list[str] = []
    fields = _fields(row["fields"], faults)
    links = _links(row.get("attachments"), faults)
    return Appeal(key, ack, data, _moment(row.get("received_at"), faults), fields, links, tuple(faults))


def _fields(row: Mapping[object, object], faults: list[str]) -> FormFields:
    values: dict[str, str] = {}
    for name, longest in _LONGEST.items():
        value = row.get(name)
        if value is not None and not isinstance(value, str):
            faults.append(f"field-unreadable: {name}")
        text = value if isinstance(value, str) else ""
        values[name] = _lines(text, longest) if name == "text" else _line(text, longest)
    if values["email"] and not _ADDRESS.fullmatch(values["email"]):
        faults.append("field-unreadable: email")
        values["email"] = ""
    role = values["role"].lower()
    return FormFields(
        name=values["name"],
        role=role if role in _ROLES else "",
        class_=values["class"],
        category=values["category"],
        text=values["text"],
        phone=values["phone"],
        email=values["email"],
    )


def _links(rows: object, faults: list[str]) -> tuple[Link, ...]:
    if rows is None:
        return ()
    if not isinstance(rows, list):
        faults.append("attachments-unreadable")
        return ()
    links = []
    for row in rows:
        entry = row if isinstance(row, dict) else {}
        name, kind, url = (entry.get(key) for key in ("name", "type", "url"))
        shown = _file_name(name if isinstance(name, str) else "")
        link = Link(shown, _media_type(kind), url if isinstance(url, str) else "")
        link.fault = "" if link.url else "no-address"
        links.append(link)
    return tuple(links)


def _moment(value: object, faults: list[str]) -> datetime | None:
    """An aware moment in UTC; None, which means now, where there is none or it has no offset."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    faults.append("received-at-unreadable")
    return None


def _subject(appeal: Appeal, text: str) -> str:
    """The description's first words, and the number that the author may name on the telephone."""
    words = " ".join(text.split())
    if len(words) > SUBJECT_LENGTH:
        words = words[:SUBJECT_LENGTH].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
    number = _NUMBER.fullmatch(appeal.key)
    return f"{words} ({number[1]})".strip() if number else words


def _file_name(name: str) -> str:
    """The last part of a path of any system, safe to show and to store."""
    last = re.split(r"[\\/]", _line(name, 1000))[-1]
    stem = re.sub(r'[<>:"|?*]+', "_", last).strip(" .")
    head, dot, ending = stem.rpartition(".")
    return f"{head[:80]}{dot}{ending[:10]}" if head else stem[:90] or "file"


def _media_type(kind: object) -> str:
    found = isinstance(kind, str) and re.fullmatch(r"[a-z0-9][a-z0-9.+-]{0,80}/[a-z0-9][a-z0-9.+-]{0,80}", kind.lower())
    return found.group() if found else "application/octet-stream"


def _line(text: str, longest: int) -> str:
    return _visible(_BREAKS.sub(" ", text[: longest * 4])).strip()[:longest]


def _lines(text: str, longest: int) -> str:
    return _visible(_ENDS.sub("\n", text[: longest * 4])).strip()[:longest]


def _visible(text: str) -> str:
    return unicodedata.normalize("NFC", _SURROGATE.sub("\ufffd", _UNSEEN.sub("", text)))
