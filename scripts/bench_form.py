#!/usr/bin/env python3
"""Prints how many appeals a second the form takes, each on disk (fsync) before its number is shown, and how long the
slowest wait: a load generator on loopback against the form in a process of its own. `bench_form.py [APPEALS] [CLIENTS]`"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from maildesk.form import FormSettings, serve
from maildesk.model import Category

APPEALS, CLIENTS = 3000, 32
BOUNDARY = "bench"
FIELDS = {
    "name": "Иванова Мария Петровна",
    "role": "parent",
    "class": "7Б",
    "category": "tech",
    "phone": "+7 916 123-45-67",
    "email": "ivanova@mail.ru",
    "consent": "yes",
}


def settings(directory: Path) -> FormSettings:
    return FormSettings(
        token="bench",
        data=directory / "form.db",
        categories=(Category("tech", "Проблемы технического характера", ("TECH",), "tech"),),
        organisation="Школа",
        listen_port=0,
        shortest_fill=timedelta(0),
    )


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> str:
    """One request and its answer on a connection that stays open."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = re.search(r"(?i)content-length: (\d+)", head)
    assert length, head
    return head + (await reader.readexactly(int(length[1]))).decode()


def post(token: str, number: int) -> bytes:
    values = {**FIELDS, "form": token, "text": f"Обращение {number}: не открывается урок. " + "Подробности. " * 20}
    body = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in values.items()
    )
    data = (body + f"--{BOUNDARY}--\r\n").encode()
    head = f"POST / HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(data)}\r\n"
    head += f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    return head.encode() + data


async def load(port: int, appeals: int, clients: int) -> tuple[float, list[float]]:
    """Seconds in all, and each appeal's own wait in seconds. Every form is opened before the clock starts."""
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(clients)]
    tokens: list[list[str]] = [[] for _ in lines]
    for number in range(appeals):
        page = await exchange(*lines[number % clients], b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
        tokens[number % clients].append(page.split('name="form" value="')[1].split('"')[0])
    waits: list[float] = []

    async def client(who: int) -> None:
        for number, token in enumerate(tokens[who]):
            began = time.perf_counter()
            page = await exchange(*lines[who], post(token, number))
            waits.append(time.perf_counter() - began)
            assert "data-number" in page, page[:2000]

    began = time.perf_counter()
    await asyncio.gather(*(client(who) for who in range(clients)))
    spent = time.perf_counter() - began
    for _, writer in lines:
        writer.close()
    return spent, sorted(waits)


def main() -> None:
    if sys.argv[1:2] == ["serve"]:
        tell: Callable[[str], None] = lambda url: print(url, flush=True)  # noqa: E731
        asyncio.run(serve(settings(Path(sys.argv[2])), ready=tell))
        return
    appeals, clients = (int(given) for given in (sys.argv[1:3] + [str(APPEALS), str(CLIENTS)][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as directory:
        form = subprocess.Popen([sys.executable, __file__, "serve", directory], stdout=subprocess.PIPE, text=True)
        assert form.stdout is not None
        try:
            port = int(form.stdout.readline().strip("/\n").rpartition(":")[2])
            spent, waits = asyncio.run(load(port, appeals, clients))
        finally:
            form.terminate()
            form.wait()
    print(
        f"{appeals} appeals from {clients} connections in {spent:.1f} s: {appeals / spent:.0f} a second, each fsynced"
    )
    for share in (0.5, 0.9, 0.99, 1.0):
        print(f"p{share * 100:.0f}: {waits[min(len(waits) - 1, int(len(waits) * share))] * 1000:.1f} ms")


if __name__ == "__main__":
    main()
