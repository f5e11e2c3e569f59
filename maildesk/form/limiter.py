"""How many appeals one address and its neighbours may send: token buckets in memory, and whose address it is."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from maildesk.form.settings import Network
from maildesk.model import Rate

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: Buckets that are kept; a flood from more networks than this forgets the oldest.
MOST_BUCKETS = 20_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Limiter:
    """Counts per address (a /64 where it is IPv6) and per network (/24, /48)."""

    def __init__(self, per_address: Rate, per_network: Rate) -> None:
        self._rates = (per_address, per_network)
        self._buckets: OrderedDict[Network, _Bucket] = OrderedDict()

    def allows(self, address: Address | None, now: float) -> bool:
        """Count one post at `now` (seconds of any steady clock). This machine's own addresses are not counted: behind a
        proxy that nobody configured they are everybody's."""
        if address is None or address.is_loopback:
            return True
        pairs = list(zip(networks(address), self._rates, strict=True))
        buckets = [self._filled(network, rate, now) for network, rate in pairs]
        if any(bucket.left < 1 for bucket in buckets):
            return False
        for bucket in buckets:
            bucket.left -= 1
        return True

    def _filled(self, network: Network, rate: Rate, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(network, _Bucket(rate.count, now))
        self._buckets.move_to_end(network)
        while len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        passed = max(0.0, now - bucket.at)
        bucket.left = min(rate.count, bucket.left + passed * rate.count / rate.per.total_seconds())
        bucket.at = now
        return bucket


def networks(address: Address) -> tuple[Network, Network]:
    """What counts as one sender, and as its neighbourhood."""
    own, near = (32, 24) if address.version == 4 else (64, 48)
    return (
        ipaddress.ip_network((address, own), strict=False),
        ipaddress.ip_network((address, near), strict=False),
    )


def client_address(peer: str, forwarded: Sequence[str], proxy: Network | None) -> Address | None:
    """Who sent it: the peer, or, where the peer is the configured proxy, the last address of X-Forwarded-For that is not
    the proxy's (earlier ones are the client's own words)."""
    address = _address(peer)
    if proxy is None or address is None or address not in proxy:
        return address
    for entry in reversed(",".join(forwarded).split(",")):
        named = _address(entry)
        if named is None:
            break
        if named not in proxy:
            return named
    return address


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
