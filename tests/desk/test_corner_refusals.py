"""A mail server that refuses: what holds back only itself, what rests the outbox, who hears of it, and what is given up (SPEC 8.3)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from desk.quick import Quick, _Parser
from office import Letter

from maildesk.departures import Departures, Limits
from maildesk.model import Refused, Sent, Whose
from maildesk.outbox import retry
from maildesk.outbox.courier import Courier

PAPA, MAMA = "papa@mail.example", "mama@mail.example"
APPEAL = "Не открывается урок.\nТелефон: +7 916 555-44-33"
POLICY = "550 5.7.1 blocked using policy <papa@mail.example>"


@dataclass
class Server:
    """A mail server that refuses whom it is told to refuse, '' for everybody, and hangs at one address."""

    refuses: dict[str, str] = field(default_factory=dict)
    hangs: str = ""
    taken: list[Letter] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)

    async def send(self, recipient: str, data: bytes) -> Sent | Refused:
        self.tries[recipient] += 1
        if recipient == self.hangs:
            await asyncio.Event().wait()
        line = self.refuses.get(recipient) or self.refuses.get("")
        if line:
            code = int(line[:3])
            return Refused(code >= 500, code, line, retry.accused(code, line, at_recipient=True))
        self.taken.append(Letter(recipient, data))
        return Sent("250 ok")

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Mailroom:
    """A quick desk whose letters go to that server, over four connections."""

    desk: Quick
    server: Server

    def arrive(self) -> None:
        """What waits in the mailbox is handled."""
        desk = self.desk
        for raw in desk._waiting:
            desk.desk.arrivals(_Parser()).batch(desk.source, [raw], desk.now)  # type: ignore[arg-type]
        desk._waiting.clear()

    def work(self) -> list[Letter]:
        """All that waits is handled, and what may leave does; the letters that the server took."""
        self.arrive()
        self.desk.desk.ticks.terms(self.desk.now, self.desk.now)
        return self.drain()

    def drain(self) -> list[Letter]:
        before = len(self.server.taken)

        async def all_of_it() -> None:
            departures = self.departures()
            await departures.drain()
            await departures.close()

        asyncio.run(all_of_it())
        return self.server.taken[before:]

    def departures(self) -> Departures:
        wired = self.desk.desk
        couriers: list[Courier] = [self.server] * 4
        return Departures(wired.store, wired.policy, wired.post, couriers, Limits(), lambda: self.desk.now)

    def hours(self, count: int) -> Counter[str]:
        """So many hours pass, the daemon works at the end of each; the kinds of the letters taken meanwhile."""
        found: Counter[str] = Counter()
        for _ in range(count):
            self.desk.step(hours=1)
            found.update(letter.kind for letter in self.work())
        return found

    def rest(self) -> timedelta | None:
        """For how long the outbox rests now."""
        resting = self.desk.desk.store.resting(self.desk.now)
        return resting[0] - self.desk.now if resting else None


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Mailroom]:
    quick = Quick(tmp_path)
    yield Mailroom(quick, Server())
    quick.close()


def answer_refused(room: Mailroom, line: str) -> None:
    """The answer to papa's appeal is refused with that line, and all else goes."""
    room.desk.write(PAPA, "[ТЕХ] Урок", APPEAL)
    assignment = next(letter for letter in room.work() if letter.kind == "assignment")
    room.server.refuses[PAPA] = line
    room.desk.reply(assignment, "[ЗАКРЫТО] Обновите браузер.")
    room.work()


def test_a_letter_refused_for_days_is_given_up_and_its_author_called(room: Mailroom) -> None:
    """Three days of 5.7.1: people hear, the author is called, and his address is not taken for dead."""
    answer_refused(room, POLICY)
    found = room.hours(80)
    assert found["callback-request"] == 1 and found["delivery-failed"] == 1
    page = room.desk.desk.store.page(1)
    assert page is not None and page.ticket.state == "callback" and not page.ticket.author.dead
    tried = room.server.tries[PAPA]
    room.hours(24)
    assert room.server.tries[PAPA] == tried


def test_a_letter_that_alone_is_refused_holds_back_only_itself(room: Mailroom) -> None:
    """After the first rest the others go, and the refused one rests the outbox no more."""
    answer_refused(room, POLICY)
    assert room.rest() == timedelta(minutes=30)
    room.desk.write(MAMA, "[ТЕХ] Звук", "Нет звука")
    assert room.work() == []
    room.desk.step(minutes=31)
    assert {"assignment", "receipt", "notice"} <= {letter.kind for letter in room.work()}
    assert room.rest() is None
    for _ in range(4):
        room.desk.step(hours=3)
        room.work()
        assert room.rest() is None
    assert room.server.tries[PAPA] > 3


def test_while_everything_is_refused_the_rests_grow(room: Mailroom) -> None:
    """30 minutes, one, two, four hours, and never more; what goes at last ends it."""
    room.server.refuses[""] = "535 5.7.8 wrong password"
    room.desk.write(PAPA, "[ТЕХ] Урок", APPEAL)
    room.work()
    rests = []
    for _ in range(5):
        pause = room.rest()
        assert pause is not None
        rests.append(pause / timedelta(minutes=30))
        room.desk.now += pause
        room.drain()
    assert rests == [1, 2, 4, 8, 8]
    room.server.refuses.clear()
    room.desk.step(hours=4)
    assert room.drain()
    room.desk.step(minutes=1)
    room.server.refuses[""] = "535 5.7.8 wrong password"
    room.desk.write(MAMA, "[ТЕХ] Звук", "Нет звука")
    room.work()
    assert room.rest() == timedelta(minutes=30)


def test_one_notice_a_day_names_the_letter(room: Mailroom) -> None:
    """However often the outbox rests for one cause in a day, the operator gets one notice, with kind and number of a refused letter."""
    room.server.refuses = {"": POLICY}
    room.desk.write(PAPA, "[ТЕХ] Урок", APPEAL)
    room.work()
    for _ in range(3):
        pause = room.rest()
        assert pause is not None
        room.desk.now += pause
        room.drain()
    waiting = [row.kind for row in room.desk.desk.store.outbox()]
    assert waiting.count("notice") in (1, 2)  # two where midnight lay between
    room.server.refuses.clear()
    room.desk.step(hours=5)
    notice = next(letter for letter in room.drain() if letter.kind == "notice")
    assert "MD-1" in notice.text and "5.7.1" in notice.text


@pytest.mark.parametrize("line", ["552 5.3.4 message too big for system", "552 5.2.3 message too long for mailbox"])
def test_a_letter_that_is_too_big_rests_nothing(room: Mailroom, line: str) -> None:
    """It is given up at once, the author is called, his address lives, and the outbox goes on."""
    answer_refused(room, line)
    assert room.rest() is None
    assert "callback-request" in {letter.kind for letter in room.server.taken}
    page = room.desk.desk.store.page(1)
    assert page is not None and page.ticket.state == "callback" and not page.ticket.author.dead


def test_letters_go_on_while_one_recipient_hangs(room: Mailroom) -> None:
    """One connection hangs: what comes meanwhile leaves through the others within seconds, without waiting for it."""

    async def scene() -> None:
        departures = room.departures()
        draining = asyncio.create_task(departures.drain())
        await _until(lambda: room.server.tries[PAPA] > 0)
        room.desk.write(MAMA, "[ТЕХ] Звук", "Нет звука")
        room.arrive()
        await _until(lambda: MAMA in {letter.to for letter in room.server.taken})
        assert not draining.done()
        draining.cancel()
        await asyncio.wait({draining})
        await departures.close()

    room.server.hangs = PAPA
    room.desk.write(PAPA, "[ТЕХ] Урок", APPEAL)
    room.arrive()
    asyncio.run(scene())


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.05)


def test_only_a_refusal_of_the_address_says_that_it_is_dead() -> None:
    """5.1.1 does; a policy, a size and a quota do not."""
    lines = {"550 5.1.1 no such user": True, POLICY: False, "552 5.3.4 too big": False, "550 5.4.5 quota": False}
    for line, dead in lines.items():
        refusal = Refused(True, int(line[:3]), line, retry.accused(int(line[:3]), line, at_recipient=True))
        assert retry.accuses_address(refusal) is dead, line
    assert retry.accused(552, "552 5.2.3 too long", at_recipient=True) is Whose.LETTER
