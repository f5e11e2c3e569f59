"""A mail on an open connection: what the server gets is what was given, and every refusal keeps its meaning."""

from __future__ import annotations

import asyncio

import pytest
from servers.smtp import SmtpSink, Stage

from maildesk.model import Refused, Sent, Whose
from maildesk.outbox.courier import SmtpCourier, SmtpSettings

LETTER = b"Subject: dots\r\n\r\n.one\r\n..two\r\nwords\r\n.\r\nlast\r\n"


def _courier(sink: SmtpSink) -> SmtpCourier:
    return SmtpCourier(SmtpSettings(sink.host, sink.port, "none", sender="desk@school.example"))


def sent(sink: SmtpSink, *mails: tuple[str, bytes]) -> list[Sent | Refused]:
    """What becomes of these mails over one connection."""

    async def work() -> list[Sent | Refused]:
        courier = _courier(sink)
        try:
            return [await courier.send(recipient, data) for recipient, data in mails]
        finally:
            await courier.close()

    return asyncio.run(work())


def test_leading_dots_arrive_as_they_were() -> None:
    """Lines that begin with a dot, and a dot alone, come out of the connection unchanged (RFC 5321, 4.5.2)."""
    with SmtpSink() as sink:
        assert all(isinstance(one, Sent) for one in sent(sink, ("a@b.example", LETTER), ("c@d.example", LETTER)))
        assert [mail.data for mail in sink.mails] == [LETTER, LETTER]
        assert [mail.recipients for mail in sink.mails] == [("a@b.example",), ("c@d.example",)]
        assert sink.connections == 1


@pytest.mark.parametrize("data", [b".a\n\nb\r\n.c\rd", b"Subject: a\r\n\r\nno end", b"Subject: a\n\n.b\n"])
def test_odd_line_ends_become_crlf(data: bytes) -> None:
    """Bytes that no composer of ours made end every line with CRLF on the wire, the last one too."""
    with SmtpSink() as sink:
        sent(sink, ("first@b.example", LETTER), ("a@b.example", data))
        wanted = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n") + b"\n"
        assert sink.mails[1].data == wanted.replace(b"\n", b"\r\n")


@pytest.mark.parametrize("earlier", [0, 1])
@pytest.mark.parametrize(
    ("stage", "reply", "permanent", "whose"),
    [
        (Stage.RCPT, "550 5.1.1 no such user", True, Whose.ADDRESS),
        (Stage.RCPT, "450 4.2.1 try later", False, Whose.SERVER),
        (Stage.MAIL, "550 5.7.1 you may not send", True, Whose.SENDER),
        (Stage.DOT, "554 5.7.1 looks like spam", True, None),
        (Stage.DOT, "452 4.3.1 disk full", False, None),
    ],
)
def test_a_refusal_is_told_and_the_next_mail_goes(
    stage: Stage, reply: str, permanent: bool, whose: Whose | None, earlier: int
) -> None:
    """A refusal at any stage, of the connection's first mail or a later one, is permanent or not as its code says, and the
    connection serves the next mail."""
    with SmtpSink() as sink:
        courier = _courier(sink)

        async def work() -> list[Sent | Refused]:
            for _ in range(earlier):
                assert isinstance(await courier.send("first@b.example", LETTER), Sent)
            sink.refuse(stage, reply, times=1)
            outcomes = [await courier.send("a@b.example", LETTER), await courier.send("c@d.example", LETTER)]
            await courier.close()
            return outcomes

        refusal, after = asyncio.run(work())
        assert isinstance(refusal, Refused)
        assert (refusal.permanent, refusal.line) == (permanent, reply)
        assert whose is None or refusal.whose is whose
        assert isinstance(after, Sent)
        assert sink.mails[-1].recipients == ("c@d.example",) and len(sink.mails) == earlier + 1
        assert sink.connections == 1


@pytest.mark.parametrize("earlier", [0, 1])
def test_an_international_domain_is_written_as_dns_has_it(earlier: int) -> None:
    """The first mail of a connection and a later one reach ivan@почта.рф under the ASCII form of the domain."""
    with SmtpSink(utf8=False) as sink:
        outcomes = sent(sink, *[("a@b.example", LETTER)] * earlier, ("ivan@почта.рф", LETTER))
        assert all(isinstance(one, Sent) for one in outcomes)
        assert sink.mails[-1].recipients == ("ivan@xn--80a1acny.xn--p1ai",)


@pytest.mark.parametrize("earlier", [0, 1])
def test_a_local_part_that_is_not_ascii_goes_where_the_server_offers_it(earlier: int) -> None:
    """With SMTPUTF8 the address goes as it is; without, it is refused for good in words that a person understands."""
    mails = [*[("a@b.example", LETTER)] * earlier, ("иван@почта.рф", LETTER), ("c@d.example", LETTER)]
    with SmtpSink() as sink:
        assert all(isinstance(one, Sent) for one in sent(sink, *mails))
        assert sink.mails[earlier].recipients == ("иван@xn--80a1acny.xn--p1ai",)
    with SmtpSink(utf8=False) as sink:
        *_, refusal, after = sent(sink, *mails)
        assert isinstance(refusal, Refused) and refusal.permanent and refusal.whose is Whose.ADDRESS
        assert "SMTPUTF8" in refusal.line and isinstance(after, Sent)


@pytest.mark.parametrize("address", ["a b@c.example", "имя и@b.example", "a@.почта.рф"])
def test_an_unusable_address_reaches_no_server(address: str) -> None:
    """An address that cannot stand in a command is refused for good and nothing of it is sent."""
    with SmtpSink() as sink:
        first, second = sent(sink, (address, LETTER), ("c@d.example", LETTER))
        assert isinstance(first, Refused) and first.permanent and first.whose is Whose.ADDRESS
        assert isinstance(second, Sent)
        assert [mail.recipients for mail in sink.mails] == [("c@d.example",)]


def test_a_connection_lost_after_the_final_dot_is_unknown() -> None:
    """Nobody can say whether the letter went when the server leaves between the final dot and its answer."""
    with SmtpSink() as sink:
        sink.drop(Stage.DOT, recipient="a@b.example", kept=True)
        _first, outcome = sent(sink, ("first@b.example", LETTER), ("a@b.example", LETTER))
        assert isinstance(outcome, Refused) and outcome.unknown and not outcome.permanent
