"""Measures `parse`: ordinary mail beside the standard library, its slowest answers to hostile mail, and the corpus's stems by kind;
one core, one run.

usage: python scripts/bench_parse.py [--mails N] [--seed N]
"""

from __future__ import annotations

import argparse
import base64
import email
import email.policy
import json
import random
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from maildesk.parse import parse

ROOT = Path(__file__).parent.parent
SENTENCES = (
    "Здравствуйте! Подскажите, пожалуйста, когда будет собрание родителей седьмых классов?",
    "Не открывается электронный журнал, пишет, что пароль неверный, хотя вчера всё работало.",
    "Прошу выдать справку об обучении для налоговой инспекции, заберу в пятницу после уроков.",
    "В кабинете 214 не включается проектор, лампа мигает, изображения нет.",
    "Добрый день, коллеги. Во вложении заявление и копия медицинской справки.",
    "Спасибо большое за быстрый ответ, вопрос решён.",
)
QUOTED = "\n\nпн, 23 нояб. 2026 г. в 14:05, Поддержка <help@school.example>:\n\n> Ваше обращение принято.\n> Мы ответим до вторника.\n"


def ordinary(count: int, dice: random.Random) -> list[bytes]:
    """A school's day: plain and HTML letters, answers with quotations, and a third with files of 20–200 kB."""
    return [_letter(number, dice).as_bytes(policy=email.policy.SMTP) for number in range(count)]


def _letter(number: int, dice: random.Random) -> EmailMessage:
    letter = EmailMessage(policy=email.policy.SMTP)
    letter["From"] = f"Мария Кузнецова <parent{number}@mail.example>"
    letter["To"] = "Служба поддержки <help@school.example>"
    letter["Subject"] = dice.choice(
        ("Вопрос по дневнику", "Re: Справка об обучении", "Не работает проектор в кабинете 214")
    )
    letter["Date"] = "Mon, 23 Nov 2026 10:15:00 +0300"
    letter["Message-ID"] = f"<{number}.{dice.randrange(10**12)}@mail.example>"
    for hop in range(6):
        letter[f"X-Hop-{hop}"] = (
            f"from mx{hop}.mail.example by mx.school.example with ESMTPS id {dice.randrange(10**9)}"
        )
    words = "\n\n".join(dice.choices(SENTENCES, k=dice.randrange(1, 8)))
    quoted = QUOTED if dice.random() < 0.5 else ""
    letter.set_content(words + quoted, cte=dice.choice(("base64", "8bit", "quoted-printable")))
    if dice.random() < 0.6:
        paragraphs = "".join(f"<p>{line}</p>" for line in words.split("\n\n"))
        quote = '<div class="gmail_quote"><blockquote>Ваше обращение принято.</blockquote></div>' if quoted else ""
        letter.add_alternative(f"<html><body>{paragraphs}{quote}</body></html>", subtype="html")
    if dice.random() < 0.34:
        size = dice.randrange(20_000, 200_000)
        letter.add_attachment(
            dice.randbytes(size), maintype="application", subtype="pdf", filename=f"Справка {number}.pdf"
        )
    return letter


def with_standard_library(raw: bytes) -> int:
    """The same mail read whole by the standard library's modern policy: subject, sender, text and every file's bytes."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    size = len(str(message["subject"])) + len(str(message["from"])) + len(body.get_content() if body else "")
    for part in message.iter_attachments():
        size += len(part.get_filename() or "") + len(part.get_content())
    return size


def rate(work: Callable[[bytes], object], raws: list[bytes]) -> float:
    """Mails per second of processor time."""
    started = time.process_time()
    for raw in raws:
        work(raw)
    return len(raws) / (time.process_time() - started)


def hostile() -> dict[str, bytes]:
    """FAULTS.md section 2, and what was found since: each within the size limit, each made to be slow."""
    head = b"From: a@mail.example\r\nSubject: x\r\n"
    html, text = head + b"Content-Type: text/html\r\n\r\n", head + b"\r\n"
    mixed = head + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(1000))
    line = base64.b64encode(bytes(57)) + b"\r\n"
    return {
        "Subject of 50,000 encoded words": b"Subject: " + b"=?utf-8?Q?a?= " * 50_000 + b"\r\n\r\nx",
        "To with 50,000 addresses": b"To: " + b"u@mail.example, " * 50_000 + b"\r\n\r\nx",
        "Content-Type with 20,000 parameters": b"Content-Type: text/plain" + b"; a=b" * 20_000 + b"\r\n\r\nx",
        "From of 100,000 brackets": b"From: " + b"(" * 100_000 + b"\r\n\r\nx",
        "From of 50,000 open quotes": b"From: " + b'"\\' * 50_000 + b"\r\n\r\nx",
        "multipart 1,000 deep": head + deep,
        "message/rfc822 2,000 deep": head + b"Content-Type: message/rfc822\r\n\r\n" * 2000,
        "100,000 empty parts": mixed + b"--b\r\n\r\n" * 100_000,
        "1,000,000 headers": b"A: b\r\n" * 1_000_000 + b"\r\nx",
        "one line of 25 MB": text + b"a" * 25_000_000,
        "25 MB of base64": head
        + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + line * 320_000,
        "25 MB of blanks, quoted-printable": head
        + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        + b" " * 25_000_000,
        "20 MB of CR": text + b"\r" * 20_000_000,
        "60 MB": text + b"a " * 30_000_000,
        "HTML <a <a <a": html + b"<a " * 330_000,
        "HTML <!--": html + b"<!--" * 250_000,
        "HTML 200,000 open div": html + b"<div>" * 200_000,
        "HTML 390 nested, 30,000 paragraphs": html + b"<div>" * 390 + b"<p>x" * 30_000,
        "HTML 100,000 attributes": html + b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">x",
        "490 HTML parts": mixed
        + (b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<p>hello <b>x</b></p>" * 2000 + b"\r\n") * 490,
        "80,000 begin lines": text + b"begin 644 x\n" * 80_000,
        "70,000 attribution lines": text + b"On Mon, 23 Nov 2026 wrote\n" * 35_000,
        "120,000 header lines in the text": text + b"From: x\n" * 120_000,
        "20,000 heads that name a day": text + b"On Mon, 23 Nov 2026 Anna wrote:\nyes\n> no\n\n" * 20_000,
        "30,000 paragraphs above quoted lines": text + b"23 2026 10:15\nAnna <a@mail.example>:\n\n> no\n\n" * 30_000,
        "a form of 10,000 labels": text
        + "ФИО: А\nКласс: 5А\nСообщение: x\n\n".encode()
        + "Источник: сайт\nhttps://a.example\n".encode() * 10_000,
        "20,000 signatures within signatures": html + b'<div class="gmail_signature">' * 20_000 + b"x",
        "50,000 failed recipients": head + b"\r\n" + b"<a@mail.example>: 550 no such user\r\n" * 25_000,
    }


def shares() -> list[str]:
    """Of each kind of the corpus how many stems come out as their .json says, with the line ends that they have."""
    sys.path.insert(0, str(ROOT / "tests" / "parse"))
    from test_mails import MAILS, STEMS, differences

    lines = []
    for kind in sorted({path.parent.name for path in STEMS}):
        stems = [path for path in STEMS if path.parent == MAILS / kind]
        wanted = [json.loads(path.with_suffix(".json").read_text(encoding="utf-8")) for path in stems]
        right = sum(
            not differences(parse(path.read_bytes()), expected) for path, expected in zip(stems, wanted, strict=True)
        )
        lines.append(f"  {right:5d} of {len(stems):4d}  {kind}")
    return lines


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--mails", type=int, default=600)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    raws = ordinary(chosen.mails, random.Random(chosen.seed))
    size = sum(map(len, raws)) / len(raws) / 1000
    rate(parse, raws[:20])
    ours, theirs = rate(parse, raws), rate(with_standard_library, raws)
    print(f"ordinary mail, {len(raws)} letters, {size:.0f} kB on average, processor time of one core:")
    print(f"  maildesk.parse                               {ours:8.0f} mails/s  (structure, text, reply, kind, form)")
    print(f"  email.message_from_bytes(…, policy=default)  {theirs:8.0f} mails/s  (structure, text, files)")
    print(f"  ratio                                        {ours / theirs:8.2f}")
    times = []
    for name, raw in hostile().items():
        started = time.process_time()
        parse(raw)
        times.append((time.process_time() - started, name))
    print("hostile mail, the slowest five:")
    for took, name in sorted(times, reverse=True)[:5]:
        print(f"  {took:5.2f} s  {name}")
    print("corpus of our own (tests/mails), stems right:", *shares(), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
