"""A long random walk over the pure desk: `scripts/walk_desk.py --events 100000`; says the seed and the event where a promise broke."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from desk.walk import walk  # noqa: E402

#: After so many events a new desk begins, so that its tickets stay busy ones.
A_WALK = 250


def main() -> int:
    """Status 0 where every promise held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started, faults, rules = time.monotonic(), Counter[str](), Counter[str]()
    walks = -(-options.events // A_WALK)
    for seed in range(options.seed, options.seed + walks):
        try:
            rules += walk(seed, A_WALK)
        except AssertionError as fault:
            faults[str(fault)] += 1
    for rule, count in rules.most_common():
        print(f"{count:8} {rule}")
    for line in list(faults)[:20]:
        print(line)
    print(f"{walks * A_WALK} events in {time.monotonic() - started:.1f} s, {len(faults)} walks broke off")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
