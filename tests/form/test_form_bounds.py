"""Floods, oversize and slow senders: each is bounded, said in words, and costs the others nothing."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from form.running import APPEAL, PNG, Form

from maildesk.form import Bounds, Patience
from maildesk.form.limiter import MOST_BUCKETS, Limiter, client_address
from maildesk.model import Rate

PROXY = ipaddress.ip_network("127.0.0.1/32")
QUICK = Patience(headers=0.5, idle=0.5, grace=1, slowest=1000, whole=3)


def address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(text)


def test_an_address_over_its_limit_waits_and_its_neighbour_does_not() -> None:
    limiter = Limiter(Rate(2, timedelta(minutes=1)), Rate(3, timedelta(minutes=1)))
    first, near, far = address("198.51.100.1"), address("198.51.100.77"), address("198.51.101.1")
    assert [limiter.allows(first, 0) for _ in range(3)] == [True, True, False]
    assert [limiter.allows(near, 0), limiter.allows(near, 0)] == [True, False], "the /24 has its own limit"
    assert limiter.allows(far, 0)
    assert limiter.allows(first, 31), "after half a minute one more is allowed"
    assert not limiter.allows(first, 31)


def test_addresses_of_one_ipv6_site_count_together() -> None:
    limiter = Limiter(Rate(1, timedelta(hours=1)), Rate(2, timedelta(hours=1)))
    assert limiter.allows(address("2001:db8:1:1::1"), 0)
    assert not limiter.allows(address("2001:db8:1:1:ffff::2"), 0), "the same /64"
    assert limiter.allows(address("2001:db8:1:2::1"), 0), "another /64"
    assert not limiter.allows(address("2001:db8:1:3::1"), 0), "the same /48"


def test_this_machines_own_addresses_are_not_counted() -> None:
    limiter = Limiter(Rate(1, timedelta(hours=1)), Rate(1, timedelta(hours=1)))
    assert all(limiter.allows(address(text), 0) for text in ("127.0.0.1", "127.0.0.1", "::1", "::1"))
    assert limiter.allows(None, 0)


def test_a_flood_from_everywhere_takes_bounded_memory() -> None:
    limiter = Limiter(Rate(1, timedelta(hours=1)), Rate(1, timedelta(hours=1)))
    for number in range(MOST_BUCKETS + 500):
        limiter.allows(ipaddress.ip_address(0x0B000000 + number * 256), 0)
    assert len(limiter._buckets) <= MOST_BUCKETS


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxy", "expected"),
    [
        ("198.51.100.1", ["203.0.113.9"], None, "198.51.100.1"),
        ("198.51.100.1", ["203.0.113.9"], PROXY, "198.51.100.1"),
        ("127.0.0.1", ["203.0.113.9"], None, "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9"], PROXY, "203.0.113.9"),
        ("127.0.0.1", ["6.6.6.6, 203.0.113.9"], PROXY, "203.0.113.9"),
        ("127.0.0.1", ["6.6.6.6", "203.0.113.9"], PROXY, "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9, 127.0.0.1"], PROXY, "203.0.113.9"),
        ("127.0.0.1", ["nonsense"], PROXY, "127.0.0.1"),
        ("127.0.0.1", [], PROXY, "127.0.0.1"),
        ("::ffff:198.51.100.1", [], None, "198.51.100.1"),
        ("127.0.0.1", ["[2001:db8::1]"], PROXY, "2001:db8::1"),
    ],
)
def test_the_client_is_the_peer_unless_the_configured_proxy_says_otherwise(
    peer: str, forwarded: list[str], proxy: ipaddress.IPv4Network | None, expected: str
) -> None:
    assert client_address(peer, forwarded, proxy) == address(expected)


def test_a_flood_is_told_to_wait_and_keeps_what_it_typed(start_form: Callable[..., Form]) -> None:
    form = start_form(proxy=PROXY, per_address=Rate(2, timedelta(hours=1)))
    parent, other = form.parent("198.51.100.1"), form.parent("203.0.113.5")
    assert parent.fill().number and parent.fill().number
    shown = parent.fill()
    assert shown.status == 429
    assert int(shown.headers["retry-after"]) > 0
    assert "слишком много обращений" in shown.summary and "+7 495 000-00-00" in shown.summary
    assert shown.page.values["name"] == APPEAL["name"]
    assert parent.fill([("big.png", PNG + b"0" * 400_000)]).status == 429
    assert other.fill().number
    assert len(form.desk().appeals()) == 3


def test_a_body_over_the_limit_is_refused_with_a_page_and_the_next_one_is_taken(
    start_form: Callable[..., Form],
) -> None:
    form = start_form(bounds=Bounds(file_bytes=100_000, beside_files=50_000))
    parent = form.parent()
    shown = parent.fill([("a.png", PNG + b"0" * 1_000_000)])
    assert shown.status == 413
    assert "Файлы слишком велики" in shown.text
    assert parent.fill().number


def test_a_body_without_a_length_is_counted_while_it_is_read(start_form: Callable[..., Form]) -> None:
    form = start_form(bounds=Bounds(file_bytes=100_000, beside_files=50_000))
    connection = form.connect()
    connection.sendall(
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    chunk = b"10000\r\n" + b"-" * 0x10000 + b"\r\n"
    try:
        for _ in range(200):
            connection.sendall(chunk)
    except OSError:
        pass
    answer = connection.recv(65536)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert form.parent().fill().number


@pytest.mark.parametrize("begun", [b"", b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_sender_who_dawdles_over_the_headers_is_cut_off(start_form: Callable[..., Form], begun: bytes) -> None:
    form = start_form(patience=QUICK)
    connection = form.connect()
    connection.sendall(begun)
    assert connection.recv(1000) == b""


def test_a_sender_who_stops_within_the_body_is_told_and_cut_off(start_form: Callable[..., Form]) -> None:
    form = start_form(patience=QUICK)
    connection = form.connect()
    connection.sendall(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
    )
    answer = b""
    while chunk := connection.recv(65536):
        answer += chunk
    assert answer.startswith(b"HTTP/1.1 408")
    assert "Связь прервалась" in answer.decode()


def test_a_sender_who_drips_within_the_idle_limit_is_cut_off_all_the_same(start_form: Callable[..., Form]) -> None:
    form = start_form(patience=QUICK)
    connection = form.connect()
    connection.sendall(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"
        b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
    )
    connection.settimeout(0.1)
    answer, ends = b"", time.monotonic() + 20
    while time.monotonic() < ends and not answer:
        try:
            connection.sendall(b"-")
            answer = connection.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            break
    assert answer.startswith(b"HTTP/1.1 408")


def test_slow_senders_do_not_keep_others_waiting(start_form: Callable[..., Form]) -> None:
    form = start_form()
    idle = [form.connect() for _ in range(100)]
    for connection in idle:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n")
    assert form.parent().fill().number
    for connection in idle:
        connection.close()


def test_bodies_in_flight_share_a_bounded_memory(start_form: Callable[..., Form]) -> None:
    form = start_form(bounds=Bounds(in_flight=60_000_000), patience=Patience(idle=60))
    holder = form.connect()
    holder.sendall(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
    )
    assert form.parent().fill([("a.png", PNG + b"0" * 3_000_000)]).number, "there is room for smaller ones"
    holder.close()
    assert form.parent().fill([("a.png", PNG + b"0" * 9_000_000)]).number


def test_a_form_with_more_parts_or_longer_fields_than_ours_is_refused(form: Form) -> None:
    parent = form.parent()
    assert parent.fill(**{f"extra{n}": "x" for n in range(100)}).status == 400
    assert parent.fill(text="я" * 200_000).status == 413
    assert parent.fill(role="x" * 150_000).status == 422
    assert form.desk().appeals() == []


def test_the_number_page_repeats_nothing_that_was_typed(form: Form) -> None:
    sent = form.parent().fill(name="Эхо Эхович", text="эхо " * 20)
    assert sent.number
    assert not re.search("эхо", sent.text, re.IGNORECASE)
