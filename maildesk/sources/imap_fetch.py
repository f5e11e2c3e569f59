"""Mails out of an open folder: sizes first, then bodies in batches bounded by number and bytes, the oversized ones only in part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from maildesk.sources.imap_session import Session, in_utc, parts

MAILS_A_BATCH = 50
BYTES_A_BATCH = 20_000_000

# Of an oversized mail: its headers, which are cut at the parser's own limit, and the first 64 KB of its body.
HEADER_BYTES = 256 * 1024
BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a mail before it is fetched: bytes, and INTERNALDATE (aware, UTC) or None."""

    uid: int
    size: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a mail, or of its beginning."""

    data: bytes
    truncated: bool = False


def describe(session: Session, uids: Sequence[int]) -> list[Described]:
    """Size and arrival of those of these mails that are still there, in the order asked for."""
    found: dict[int, Any] = {}
    for part in parts(uids):
        found.update(session.client.fetch(part, ["RFC822.SIZE", "INTERNALDATE"]))
    return [
        Described(uid, int(item.get(b"RFC822.SIZE") or 0), in_utc(item.get(b"INTERNALDATE")))
        for uid, item in ((uid, found.get(uid)) for uid in uids)
        if item is not None
    ]


def batches(mails: Sequence[Described], limit: int) -> Iterator[list[Described]]:
    """At most 50 mails or 20 MB together; a mail over `limit` bytes alone."""
    batch: list[Described] = []
    total = 0
    for mail in mails:
        alone = mail.size > limit
        if batch and (alone or len(batch) == MAILS_A_BATCH or total + mail.size > BYTES_A_BATCH):
            yield batch
            batch, total = [], 0
        batch.append(mail)
        total += mail.size
        if alone:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch


def bodies(session: Session, batch: Sequence[Described], limit: int) -> dict[int, Body]:
    """The bytes of these mails of the open folder. \\Seen is not set. Who is gone, or whose body the server keeps back, is missing.

    A server that says NO to one mail of a batch must not keep back the others: then each is asked for alone.
    """
    if len(batch) == 1 and batch[0].size > limit:
        return _beginning(session, batch[0].uid)
    try:
        found = session.client.fetch([mail.uid for mail in batch], ["BODY.PEEK[]"])
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        if len(batch) == 1:
            return _beginning(session, batch[0].uid)
        return {uid: body for mail in batch for uid, body in bodies(session, [mail], limit).items()}
    return {uid: _cut(data, limit) for uid, item in found.items() if (data := item.get(b"BODY[]")) is not None}


def _cut(data: bytes, limit: int) -> Body:
    """Some servers report a wrong size (NIL-padded or before conversion), so the limit is applied to what came."""
    return Body(data) if len(data) <= limit else Body(beginning(data), truncated=True)


def beginning(data: bytes) -> bytes:
    """The headers and the first 64 KB of the body."""
    ends = [at + len(gap) for gap in (b"\r\n\r\n", b"\n\n") if (at := data.find(gap, 0, HEADER_BYTES)) >= 0]
    return data[: min(ends, default=HEADER_BYTES) + BODY_BYTES]


def _beginning(session: Session, uid: int) -> dict[int, Body]:
    """Servers differ in how they name a part of a body in the answer, so any BODY will do."""
    try:
        found = session.client.fetch([uid], [f"BODY.PEEK[]<0.{HEADER_BYTES + BODY_BYTES}>"])
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        return {}
    for name, data in found.get(uid, {}).items():
        if name.startswith(b"BODY[]") and data is not None:
            return {uid: Body(beginning(data), truncated=True)}
    return {}
