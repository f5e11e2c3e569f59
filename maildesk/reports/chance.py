"""Which changes are worth a sentence: those that so few appeals do not make by chance."""

from __future__ import annotations

from math import exp, lgamma, log

#: A change is told if chance alone makes one as large, up or down, less often than once in a hundred reports.
THRESHOLD = 0.01


def by_chance(count: int, reference: int, *, exposure: float = 1.0, reference_exposure: float = 1.0) -> float:
    """How often two counts at least so far apart come out of one unchanged rate, from 0 to 1.

    The conditional (binomial) test of two Poisson counts, Przyborowski and Wilenski 1940, two-sided by doubling the smaller tail:
    given their sum, the one is binomial with the share of its `exposure` (weeks, days)."""
    together = count + reference
    if not together:
        return 1.0
    share = exposure / (exposure + reference_exposure)
    up = sum(_binomial(k, together, share) for k in range(count, together + 1))
    down = sum(_binomial(k, together, share) for k in range(count + 1))
    return min(1.0, 2 * min(up, down))


def _binomial(k: int, n: int, share: float) -> float:
    ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return exp(ways + k * log(share) + (n - k) * log(1 - share))


def changed(count: int, references: tuple[int, ...]) -> bool:
    """Whether this period's count differs from those of as long periods before by more than chance makes."""
    if not references:
        return False
    return by_chance(count, sum(references), reference_exposure=len(references)) < THRESHOLD
