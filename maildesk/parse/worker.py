"""Parsing where it can be killed: a process with a memory and a time limit that reads mails for the daemon.

One mail that kills, hangs or exhausts the process costs only itself: the process is replaced, the others are read.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import resource
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from maildesk.model.mail import Mail
from maildesk.parse import limits, parse

# FAULTS 2: ten seconds and one gigabyte are far above what any mail within `limits` needs.
SECONDS = 10.0
MEMORY = 1024 * limits.MB
# Mails of one round trip: enough to make its cost vanish, few enough that the copies stay small.
BATCH = 50
BATCH_BYTES = 20 * limits.MB
# A process is replaced after so many mails, so that no leak in a library grows for weeks.
LIFETIME = 20_000
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ParserDied:
    """What is known of a mail at which the process died: `reason` says how (killed, time, memory)."""

    reason: str


class Worker:
    """A process that parses, replaced whenever it dies. Several threads may share one; they take turns.

    `memory`: bytes of address space (RLIMIT_AS). `seconds`: for one mail. `failpoint`: for tests, a Message-ID at whose
    mail the process does `failure` (die, hang, memory).
    """

    def __init__(
        self, memory: int = MEMORY, seconds: float = SECONDS, *, failpoint: str = "", failure: str = "die"
    ) -> None:
        self._memory = memory
        self._seconds = seconds
        self._failpoint = (failpoint, failure)
        self._lock = threading.Lock()
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._read = 0

    def parse(self, raw: bytes) -> Mail | ParserDied:
        """One mail."""
        return self.parse_many([raw])[0]

    def parse_many(self, raws: Sequence[bytes]) -> list[Mail | ParserDied]:
        """The mails of `raws` in their order; a `ParserDied` in the place of each at which the process died.

        A batch in which it died is read again mail by mail, so nobody is accused for his neighbour. Raises OSError where
        no process can be started: that says nothing about any mail.
        """
        results: list[Mail | ParserDied] = []
        with self._lock:
            for batch in _batches(raws):
                together = self._ask(batch, self._seconds)
                if isinstance(together, list):
                    results.extend(together)
                elif len(batch) == 1:
                    results.append(together)
                else:
                    results.extend(self._singly(batch))
        return results

    def _singly(self, batch: Sequence[bytes]) -> list[Mail | ParserDied]:
        results: list[Mail | ParserDied] = []
        for raw in batch:
            alone = self._ask([raw], self._seconds)
            results.append(alone[0] if isinstance(alone, list) else alone)
        return results

    def _ask(self, batch: Sequence[bytes], seconds: float) -> list[Mail | ParserDied] | ParserDied:
        """One round trip: the mails, or what became of the process."""
        pipe = self._running()
        try:
            pipe.send_bytes(pickle.dumps([bytes(raw) for raw in batch], protocol=5))
            if not pipe.poll(seconds):
                self._kill()
                return ParserDied(f"no answer in {seconds:g} s")
            answer = pickle.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            code = self._kill()
            return ParserDied(f"the parser died, exit code {code}")
        if not isinstance(answer, list):
            self._kill()
            return ParserDied(str(answer))
        self._read += len(batch)
        if self._read >= LIFETIME:
            self._kill()
        return answer

    def _running(self) -> Connection:
        if self._process is not None and self._pipe is not None and self._process.is_alive():
            return self._pipe
        self._kill()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=True)
        process = context.Process(
            target=_serve,
            args=(theirs, self._memory, self._failpoint, self._seconds),
            name="maildesk-parser",
            daemon=True,
        )
        process.start()
        theirs.close()
        self._process, self._pipe, self._read = process, ours, 0
        # The first word says that Python and the libraries are loaded: starting must not count against a mail.
        try:
            if ours.poll(_START_SECONDS):
                ours.recv_bytes()
                return ours
        except EOFError:
            pass
        raise OSError(f"the parser could not start, exit code {self._kill()}")

    def _kill(self) -> int | None:
        """End the process, whatever it is at; gives back its exit code."""
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        if pipe is not None:
            pipe.close()
        if process is None:
            return None
        process.join(0.05)
        if process.is_alive():
            process.kill()
        process.join()
        code = process.exitcode
        process.close()
        return code

    def close(self) -> None:
        """End the process; the next mail would start another. Waits for a batch in hand; never raises."""
        with self._lock:
            self._kill()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _batches(raws: Sequence[bytes]) -> list[list[bytes]]:
    batches: list[list[bytes]] = []
    size = 0
    for raw in raws:
        if not batches or len(batches[-1]) >= BATCH or size + len(raw) > BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(raw)
        size += len(raw)
    return batches


def _serve(pipe: Connection, memory: int, failpoint: tuple[str, str], seconds: float) -> None:
    """The process: read batches until the pipe ends, as it does when the daemon dies. SIGINT is the daemon's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # A core dump would hold somebody's letter.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (memory if hard == resource.RLIM_INFINITY else min(memory, hard), hard))
    try:
        pipe.send_bytes(b"ready")
        while True:
            request = pipe.recv_bytes()
            # Where the daemon is gone nobody else would end a mail that hangs: SIGALRM's default is to kill.
            signal.setitimer(signal.ITIMER_REAL, 2 * seconds)
            answer = _answer(request, failpoint)
            signal.setitimer(signal.ITIMER_REAL, 0)
            pipe.send_bytes(answer)
    except (EOFError, OSError):
        return


def _answer(request: bytes, failpoint: tuple[str, str]) -> bytes:
    """The pickled mails of one request, or the pickled reason why there are none."""
    try:
        return pickle.dumps([_parse(raw, failpoint) for raw in pickle.loads(request)], protocol=5)
    except MemoryError:
        return pickle.dumps("out of memory", protocol=5)


def _parse(raw: bytes, failpoint: tuple[str, str]) -> Mail:
    mail = parse(raw)
    if failpoint[0] and mail.message_id == failpoint[0]:
        _fail(failpoint[1])
    if any(fault.endswith(": MemoryError") for fault in mail.faults):
        raise MemoryError
    return mail


def _fail(how: str) -> None:
    """What the tests choose that a mail does to its parser."""
    if how == "hang":
        signal.pause()
    if how == "memory":
        bytearray(1 << 40)
    os.kill(os.getpid(), signal.SIGKILL)
