"""A form in a process of its own that kills itself at the n-th passing of a named step: dying_form.py DIR FD [STEP N]."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

from form.running import settings_for

from maildesk.form import serve


def main() -> None:
    directory, listener = Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2]))
    step, left = (sys.argv[3], int(sys.argv[4])) if len(sys.argv) > 3 else ("", 0)

    def failpoint(name: str) -> None:
        nonlocal left
        left -= name == step
        if name == step and left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = settings_for(directory, failpoint=failpoint)
    asyncio.run(serve(settings, sockets=[listener], ready=lambda _: print("ready", flush=True)))


if __name__ == "__main__":
    main()
