"""The parser's process: what it costs when one mail kills it, and what its neighbours notice (nothing)."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from maildesk.model.mail import Mail
from maildesk.parse import limits, parse
from maildesk.parse.worker import BATCH, ParserDied, Worker


def mail(number: int) -> bytes:
    return f"From: parent{number}@mail.example\nMessage-ID: <{number}@x>\nSubject: Вопрос {number}\n\nДобрый день!\n".encode()


def test_a_worker_gives_what_parse_gives_in_the_order_asked() -> None:
    """Mails over several batches come back whole and in order."""
    raws = [mail(number) for number in range(BATCH + 7)]
    with Worker() as worker:
        assert worker.parse_many(raws) == [parse(raw) for raw in raws]


@pytest.mark.parametrize(("failure", "seconds"), [("die", 30.0), ("memory", 30.0), ("hang", 1.0)])
def test_a_mail_that_takes_its_parser_along_costs_only_itself(failure: str, seconds: float) -> None:
    """A mail at which the process is killed, hangs or runs out of memory is a ParserDied; all others are read."""
    with Worker(seconds=seconds, failpoint="<2@x>", failure=failure) as worker:
        results = worker.parse_many([mail(number) for number in range(5)])
        assert [isinstance(one, ParserDied) for one in results] == [False, False, True, False, False]
        assert [one.message_id for one in results if isinstance(one, Mail)] == ["<0@x>", "<1@x>", "<3@x>", "<4@x>"]
        assert isinstance(worker.parse(mail(6)), Mail)


def test_a_worker_killed_from_outside_is_replaced() -> None:
    """A process that was killed between two mails is replaced without accusing the next mail."""
    with Worker() as worker:
        worker.parse(mail(1))
        process = worker._process
        assert process is not None and process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert isinstance(worker.parse(mail(2)), Mail)


def test_a_worker_leaves_an_interrupt_to_the_daemon() -> None:
    """SIGINT at the terminal does not end the parser in the middle of a batch."""
    with Worker() as worker:
        worker.parse(mail(1))
        process = worker._process
        assert process is not None and process.pid is not None
        os.kill(process.pid, signal.SIGINT)
        assert isinstance(worker.parse(mail(2)), Mail)
        assert worker._process is process


def test_several_threads_share_one_worker() -> None:
    """Threads get the answers to their own questions."""
    with Worker() as worker, ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda number: worker.parse(mail(number)), range(24)))
    assert [one.message_id for one in results if isinstance(one, Mail)] == [f"<{number}@x>" for number in range(24)]


def test_a_closed_worker_leaves_no_process() -> None:
    """After close the process is gone."""
    worker = Worker()
    worker.parse(mail(1))
    process = worker._process
    assert process is not None and process.pid is not None
    pid = process.pid
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_largest_mail_allowed_fits_into_the_workers_memory() -> None:
    """A mail just under the size limit, all of it an attachment, is read within the memory limit."""
    head = b"From: a@b.ru\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n"
    line = b"QUJD" * 19 + b"\n"
    with Worker() as worker:
        result = worker.parse(head + line * ((limits.MESSAGE - len(head)) // len(line)))
    assert isinstance(result, Mail)
    assert result.attachments[0].name == "a.pdf"
    assert len(result.attachments[0].bytes) > 18_000_000
