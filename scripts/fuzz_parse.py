"""Breaks the corpus in every way it can think of and feeds it to `parse`: nothing may raise, hang or leak a control sign.

usage: python scripts/fuzz_parse.py [--minutes N] [--seed N] [--keep DIRECTORY]
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from maildesk.model.mail import Mail
from maildesk.parse import limits, parse

ROOT = Path(__file__).parent.parent
SECONDS = 2.0
# What must never be in a header value or a file name, and what must never be in a text.
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
FORBIDDEN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Pieces that mean something to one of the readers behind the door.
PIECES = (
    b"\r\n", b"\n\n", b"\r", b"\x00", b"--", b'"', b"<", b">", b"(", b")", b"=?utf-8?B?", b"?=", b"=?koi8-r?Q?", b"=", b"=\n",
    b";", b"*0*=", b"''", b"%", b"\\", b"boundary=", b"charset=utf-7", b"charset=utf-16", b"charset=idna", b"charset=hz",
    b"Content-Type: multipart/mixed; boundary=", b"Content-Type: message/rfc822\n\n", b"Content-Transfer-Encoding: base64\n",
    b"\xff\xfe", b"\xd0", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\x1b$B", b"+AGE-", b"begin 644 x\n", b"\nend\n", b">", b"> ",
    b"From: ", b"On ", b" wrote:\n", b"<div>", b"<table><tr><td>", b"<blockquote>", b"<!--", b"<style>", b"&#0;", b"&#55296;",
    b"Final-Recipient: rfc822;", b"Action: failed\n", b"Status: 5.", b"Diagnostic-Code: ", b"X-Failed-Recipients: ",
    b"\x78\x9f\x3e\x22", b"Date: ", b"References: <", b"\xc2\x85", b"\xe2\x80\xa8", b"Auto-Submitted: ",
)  # fmt: skip


def corpus() -> list[bytes]:
    """The mails of tests/mails, small enough to be broken often."""
    raws = [path.read_bytes() for path in sorted((ROOT / "tests" / "mails").glob("*/*.eml"))]
    return [raw for raw in raws if len(raw) < 100_000]


def broken(raws: list[bytes], dice: random.Random) -> bytes:
    """One mail after a few random injuries."""
    raw = bytearray(dice.choice(raws))
    for _ in range(dice.choice((1, 2, 3, 5, 8, 20))):
        at = dice.randrange(len(raw) + 1)
        match dice.randrange(9):
            case 0:
                raw[at:at] = dice.choice(PIECES)
            case 1:
                del raw[at : at + dice.choice((1, 2, 5, 50, 500))]
            case 2:
                raw[at:at] = bytes(dice.randrange(256) for _ in range(dice.choice((1, 2, 8))))
            case 3:
                other = dice.choice(raws)
                start = dice.randrange(len(other) + 1)
                raw[at:at] = other[start : start + dice.choice((10, 100, 1000))]
            case 4:
                raw[at:at] = dice.choice(PIECES) * dice.choice((10, 100, 3000))
            case 5:
                raw[at : at + 1] = bytes([dice.randrange(256)])
            case 6:
                raw = raw[:at]
            case 7:
                stop = at + dice.choice((5, 40, 300))
                raw[at:at] = raw[at:stop] * dice.choice((2, 10, 200))
            case 8:
                raw = bytearray(bytes(raw).replace(b"\n", dice.choice((b"\r\n", b"\r", b"\n\n", b"\r\r\n"))))
        del raw[400_000:]
    return bytes(raw)


def values(mail: Mail) -> Iterator[str]:
    """Every header value and file name that leaves the parser."""
    yield from (mail.subject, mail.message_id, mail.in_reply_to, mail.strict_from or "", *mail.references)
    for one in (mail.sender, *mail.reply_to, *mail.to, *mail.cc):
        yield from (one.name, one.address)
    for attachment in mail.attachments:
        yield from (attachment.name, attachment.type, attachment.content_id)
    yield from (trace.value for trace in mail.trace)
    for recipient in mail.bounce.recipients if mail.bounce else ():
        yield from (recipient.address, recipient.status, recipient.diagnostic)
    yield from mail.faults


def fault(raw: bytes) -> str:
    """What is wrong with the answer to `raw`, or ''."""
    started = time.process_time()
    try:
        mail = parse(raw)
    except Exception as error:
        return f"raised {error!r}"
    took = time.process_time() - started
    if took > SECONDS:
        return f"took {took:.1f} s"
    failed = [one for one in mail.faults if "-failed" in one]
    if failed:
        return f"a step failed: {failed}"
    if bad := next((value for value in values(mail) if FORBIDDEN.search(value)), ""):
        return f"a forbidden sign in a value: {bad!r}"
    if FORBIDDEN_TEXT.search(mail.text) or FORBIDDEN_TEXT.search(mail.reply):
        return "a forbidden sign in the text"
    names = [attachment.name for attachment in mail.attachments]
    if any(not name or len(name) > limits.FILE_NAME or "/" in name or "\\" in name for name in names):
        return f"an unsafe file name: {names!r}"
    return ""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--minutes", type=float, default=1.0)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--keep", type=Path, default=None, help="where to keep what was found, as .eml")
    chosen = options.parse_args()
    dice, raws = random.Random(chosen.seed), corpus()
    ends, tried, found, slowest = time.monotonic() + 60 * chosen.minutes, 0, 0, 0.0
    while time.monotonic() < ends:
        raw = broken(raws, dice)
        started = time.process_time()
        what = fault(raw)
        slowest = max(slowest, time.process_time() - started)
        tried += 1
        if what:
            found += 1
            print(f"seed {chosen.seed}, mail {tried}: {what}", flush=True)
            if chosen.keep:
                chosen.keep.mkdir(parents=True, exist_ok=True)
                (chosen.keep / f"{chosen.seed}-{tried}.eml").write_bytes(raw)
    print(f"{tried} mails, {found} findings, slowest {slowest:.2f} s, seed {chosen.seed}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
