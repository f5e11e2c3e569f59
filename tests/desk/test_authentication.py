"""Whose Authentication-Results are believed, and what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.desk.authentication import Verdict, verdict
from maildesk.model import TraceHeader

OWN = "mx.school.example"
SENDER = "ivanova@school.example"
PASS, FAIL, NONE = Verdict.PASS, Verdict.FAIL, Verdict.NONE


def results(text: str) -> TraceHeader:
    return TraceHeader("authentication-results", text)


def received(text: str) -> TraceHeader:
    return TraceHeader("received", text)


RESULTS = (
    # the results, the verdict
    ("dmarc=pass header.from=school.example", PASS),
    ("dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=school.example", PASS),
    ("dmarc=pass", PASS),
    ("DMARC=Pass header.from=School.Example", PASS),
    ("dmarc=pass header.from=evil.example", NONE),
    ("dmarc=fail header.from=school.example", FAIL),
    ("dmarc=fail (p=reject) header.from=school.example; dkim=pass header.d=school.example", FAIL),
    ("dmarc=fail header.from=evil.example", NONE),
    ("dmarc=none header.from=school.example", NONE),
    ("dmarc=bestguesspass header.from=school.example", NONE),
    ("dmarc=temperror", NONE),
    ("dkim=pass header.d=school.example", PASS),
    ("dkim=pass header.i=@school.example", PASS),
    ("dkim=pass header.i=ivanova@mail.school.example", PASS),
    ("dkim=pass header.d=mail.school.example header.s=s1", PASS),
    ('dkim=pass reason="2048-bit key; header.d=x" header.d="school.example"', PASS),
    ("dkim=pass (2048-bit key; unprotected; nested (deep)) header.d=school.example", PASS),
    ("dkim=pass header.d=evil.example", NONE),
    ("dkim=pass header.d=notschool.example", NONE),
    ("dkim=pass header.d=example", NONE),
    ("dkim=pass header.d=school.example.evil.example", NONE),
    ("dkim=pass", NONE),
    ("dkim=fail header.d=school.example", FAIL),
    ("dkim=fail header.d=school.example; dkim=pass header.d=school.example", PASS),
    ("dkim=fail header.d=evil.example; dkim=pass header.d=school.example", PASS),
    ("dkim=fail header.d=evil.example", NONE),
    ("dkim=fail header.d=school.example; spf=pass smtp.mailfrom=ivanova@school.example", NONE),
    ("dkim=fail header.d=school.example; spf=pass smtp.mailfrom=evil.example", FAIL),
    ("dkim=permerror header.d=school.example", NONE),
    ("dkim=neutral header.d=school.example", NONE),
    ("spf=fail smtp.mailfrom=school.example", NONE),
    ("spf=pass smtp.mailfrom=school.example", NONE),
    ("none", NONE),
    ("", NONE),
    (
        "spf=softfail smtp.mailfrom=x.example; dkim=pass header.d=school.example; dmarc=pass header.from=school.example",
        PASS,
    ),
    ("x=y (dmarc=pass header.from=school.example)", NONE),
    ('x="dmarc=pass header.from=school.example"', NONE),
    ('x="a; dmarc=pass"', NONE),
    ("dkim/1=pass header.d=school.example", PASS),
)


@pytest.mark.parametrize(("text", "expected"), RESULTS)
def test_our_servers_results_are_read(text: str, expected: Verdict) -> None:
    """DMARC decides; without it an aligned signature; comments and quoted strings say nothing."""
    assert verdict([results(f"{OWN}; {text}")], OWN, SENDER) is expected


GOOD = "dmarc=pass header.from=school.example"
BORDER = received(
    "from mail.elsewhere.example (mail.elsewhere.example [192.0.2.1]) by mx.school.example with ESMTPS id 1"
)
INNER = received("from mx.school.example by imap.school.example with LMTP id 2")
FOREIGN = received("from desktop by mail.elsewhere.example with ESMTPSA id 3")
OURS = results(f"{OWN}; {GOOD}")
OURS_FAIL = results(f"{OWN}; dmarc=fail header.from=school.example")

TRACES = (
    # the trace, topmost first; the verdict; why
    ([OURS, BORDER, FOREIGN], PASS, "above the border's Received"),
    ([BORDER, OURS, FOREIGN], PASS, "below the border's own Received, as Gmail writes it"),
    ([INNER, BORDER, OURS, FOREIGN], PASS, "below two hops of the house"),
    ([received("by 2002:a05:6402:1:: with SMTP id x"), BORDER, OURS], PASS, "below a hop that is a number"),
    ([received("from localhost by imap01 with LMTP"), OURS], PASS, "below a hop with a bare name"),
    ([OURS], PASS, "no Received at all"),
    ([INNER, BORDER, FOREIGN, OURS], NONE, "below a foreign Received"),
    ([FOREIGN, OURS], NONE, "our id, but a foreign host took the mail"),
    ([received("no host is named here"), OURS], NONE, "a Received that names nobody"),
    ([OURS_FAIL, BORDER, OURS], FAIL, "the topmost counts, a forged one below does not"),
    ([OURS, BORDER, OURS_FAIL], PASS, "the topmost counts, whatever stands below"),
    ([results(f"mx.evil.example; {GOOD}"), BORDER], NONE, "another server's"),
    ([results(f"mx.evil.example; {GOOD}"), OURS_FAIL, BORDER], FAIL, "another server's above is passed over"),
    ([results(f"notmx.school.example; {GOOD}")], NONE, "a longer name"),
    ([results(f"front7.mx.school.example; {GOOD}")], PASS, "a front end below our id"),
    ([results(f"school.example; {GOOD}")], NONE, "a shorter name"),
    ([results(f"MX.School.Example 1; {GOOD}")], PASS, "another case and a version"),
    ([results(f'"mx.school.example" ; {GOOD}')], PASS, "a quoted id"),
    ([results(f"(comment) mx.school.example (x); {GOOD}")], PASS, "comments about the id"),
    ([results(f"{GOOD}; {OWN}")], NONE, "Microsoft 365's header without an id is nobody's"),
    (
        [
            results(
                "spf=pass smtp.mailfrom=x; dkim=pass header.d=school.example;dmarc=pass action=none header.from=school.example"
            )
        ],
        NONE,
        "the same",
    ),
    ([results(f"mx.school.example {GOOD}")], NONE, "no semicolon"),
    ([results(f"mx.school.example@evil.example; {GOOD}")], NONE, "an id that only begins like ours"),
    ([], NONE, "no header"),
)


@pytest.mark.parametrize(("trace", "expected", "why"), TRACES, ids=[row[2] for row in TRACES])
def test_only_our_own_topmost_header_is_believed(trace: list[TraceHeader], expected: Verdict, why: str) -> None:
    """RFC 8601, 5: what came with the mail is never believed, whatever name it bears."""
    assert verdict(trace, OWN, SENDER) is expected


def test_without_an_id_nobody_is_believed() -> None:
    """`authserv_id` '' means that the school named no server."""
    assert verdict([OURS], "", SENDER) is NONE
    assert verdict([results(f"; {GOOD}")], "", SENDER) is NONE


def test_without_an_address_there_is_no_verdict() -> None:
    """A mail without one From has nothing that could be aligned."""
    assert verdict([OURS], OWN, "") is NONE
    assert verdict([OURS], OWN, "ivanova") is NONE


HOUSES = (
    # our id, the host in Received, is the header below it believed
    ("mx.google.com", "smtp7.google.com", True),
    ("mx.google.com", "mx.google.com.evil.example", False),
    ("mx.google.com", "evilgoogle.com", False),
    ("mail.school.msk.ru", "imap.school.msk.ru", True),
    ("mail.school.msk.ru", "mail.evil.msk.ru", False),
    ("mail.school.co.uk", "mail.evil.co.uk", False),
    ("school.example", "mx.school.example", True),
    ("school.example", "evil.example", False),
    ("mx", "mx", True),
    ("mx", "mx.evil.example", False),
)


@pytest.mark.parametrize(("own", "host", "believed"), HOUSES)
def test_a_hop_of_our_house_is_told_from_a_foreign_one(own: str, host: str, believed: bool) -> None:
    """A host belongs to us by the last two labels of our id, three where the second is a country's."""
    trace = [received(f"from x by {host} with ESMTP"), results(f"{own}; dmarc=pass")]
    assert (verdict(trace, own, SENDER) is PASS) is believed


def test_an_international_domain_is_aligned_in_either_writing() -> None:
    """From may hold the Unicode name, the header its IDNA form."""
    alabel = "школа".encode("idna").decode("ascii")
    assert verdict([results(f"{OWN}; dkim=pass header.d={alabel}.example")], OWN, "ivanova@школа.example") is PASS


@given(
    st.lists(st.tuples(st.sampled_from(["received", "authentication-results"]), st.text(max_size=200)), max_size=8),
    st.text(max_size=40),
)
def test_no_header_makes_it_raise(trace: list[tuple[str, str]], address: str) -> None:
    """Strangers' headers give a verdict, never an error."""
    headers = [TraceHeader(name, value) for name, value in trace]
    assert verdict([*headers, results(f"{OWN}; {address}")], OWN, address) in Verdict
