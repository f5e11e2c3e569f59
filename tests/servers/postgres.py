"""A throw-away PostgreSQL cluster on a Unix user's rights: made in a fresh folder, a new database for each test."""

from __future__ import annotations

import atexit
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from servers.dovecot import free_port

_DEBIAN = Path("/usr/lib/postgresql")


def find_postgres() -> Path | None:
    """The folder of `initdb` and `pg_ctl` (Debian keeps them off the PATH; the newest version), or None."""
    folders = sorted(_DEBIAN.glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    found = shutil.which("initdb")
    if found is not None:
        folders.append(Path(found).resolve().parent)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


class Postgres:
    """`start()` it, then `new_database()` as often as needed; `destroy()` at the end."""

    def __init__(self) -> None:
        programs = find_postgres()
        if programs is None:
            raise FileNotFoundError("postgresql is not installed")
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="maildesk-postgres-"))
        self.port = free_port()
        # initdb refuses to run as root: then its package's own user owns the cluster.
        self._owner = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self._names = (f"desk_{number}" for number in itertools.count(1))

    def start(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, self._owner)
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", "desk", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        settings = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        atexit.register(self.destroy)  # also where a session is broken off
        self._run("pg_ctl", "-D", data, "-w", "-l", str(self.folder / "log"), "-o", settings, "start")

    def new_database(self) -> str:
        """The URL of a fresh, empty database."""
        name = next(self._names)
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "desk", name)
        return f"postgresql://desk@127.0.0.1:{self.port}/{name}"

    def destroy(self) -> None:
        atexit.unregister(self.destroy)
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={self._owner}", f"--regid={self._owner}", "--init-groups", *command]
        # A pipe would be inherited by the server and keep us waiting for its end, so the words go to a file.
        with open(self.folder / "commands.log", "ab") as log:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", timeout=120)
        if done.returncode:
            words = (self.folder / "commands.log").read_text(errors="replace")
            raise RuntimeError(f"{program} failed: {words[-2000:]}")
