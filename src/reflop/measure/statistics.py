"""A value and the 95 % interval that the samples support, without assuming that times are normal.

Medians and percentiles take their interval from the binomial distribution of the number of samples below
the true value (order statistics; Conover 1999, section 3.2), means from Student's t, proportions from Wilson
1927.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, stdev
from statistics import median as middle

from reflop.errors import BadParams, RunFailed
from reflop.record import Metric

TAIL = 0.025  # on each side of a 95 % interval
Z = 1.959963984540054  # the normal quantile of 1 - TAIL


def median(samples: Iterable[float], unit: str) -> Metric:
    """Median with its order-statistic interval; below six samples the interval is minimum to maximum.

    The whole range of n < 6 samples covers the true median in 1 - 2^(1-n) of all cases, 93.75 % for five.

    >>> median([5.0, 1.0, 4.0, 2.0, 3.0, 6.0, 9.0, 8.0, 7.0], "ms")
    Metric(value=5.0, unit='ms', low=2.0, high=8.0, n=9)

    Raises:
        RunFailed: no sample, or one that is not finite.
    """
    ranked = _ranked(samples, "median")
    low, high = _ranks(len(ranked), 50)
    return Metric(middle(ranked), unit, ranked[low], ranked[high], len(ranked))


def percentile(samples: Iterable[float], q: float, unit: str) -> Metric:
    """The `q`-th percentile (1 <= q < 100) by nearest rank, a value that was seen, with its interval.

    Where the samples are too few for a limit on one side, their minimum or maximum stands there.

    >>> percentile([float(i) for i in range(1, 101)], 90, "ms")
    Metric(value=90.0, unit='ms', low=84.0, high=96.0, n=100)

    Raises:
        BadParams: `q` outside its range (0.99 is not the 99th percentile).
        RunFailed: no sample, or one that is not finite.
    """
    if not 1 <= q < 100:
        raise BadParams(what="percentile", expected="1 to less than 100", found=str(q))
    ranked = _ranked(samples, f"p{q:g}")
    low, high = _ranks(len(ranked), q)
    return Metric(ranked[math.ceil(q * len(ranked) / 100) - 1], unit, ranked[low], ranked[high], len(ranked))


def mean(samples: Iterable[float], unit: str) -> Metric:
    """Arithmetic mean with Student's interval; a single sample supports none and stands alone.

    >>> metric = mean([1.0, 2.0, 3.0], "s")
    >>> metric.value, round(metric.high - metric.value, 4)
    (2.0, 2.4841)

    Raises:
        RunFailed: no sample, or one that is not finite.
    """
    from scipy.special import stdtrit

    ranked = _ranked(samples, "mean")
    n, value = len(ranked), fmean(ranked)
    half = 0.0 if n == 1 else float(stdtrit(n - 1, 1 - TAIL)) * stdev(ranked) / math.sqrt(n)
    return Metric(value, unit, value - half, value + half, n)


def share(samples: Iterable[float]) -> Metric:
    """Mean of percentages with Student's interval, cut at 0 and 100, which no percentage leaves.

    >>> metric = share([99.0, 100.0])
    >>> metric.value, round(metric.low, 1), metric.high
    (99.5, 93.1, 100.0)
    """
    found = mean(samples, "%")
    return Metric(found.value, "%", max(0.0, found.low), min(100.0, found.high), found.n)


def ratio(slow: Sequence[float], fast: Sequence[float]) -> Metric:
    """How many times faster `fast` is: median of slow_i / fast_i over the rounds of `timing.interleaved`.

    >>> ratio([2.0, 4.2, 6.0], [1.0, 2.0, 3.0])
    Metric(value=2.0, unit='', low=2.0, high=2.1, n=3)

    Raises:
        RunFailed: lists of two lengths, none at all, or a time that is not positive.
    """
    if len(slow) != len(fast):
        found = f"{len(slow)} and {len(fast)}"
        raise RunFailed(what="ratio of paired times", expected="as many of one as of the other", found=found)
    if not all(0 < time < math.inf for time in (*slow, *fast)):
        raise RunFailed(what="ratio of paired times", expected="positive times", found=str(min(*slow, *fast)))
    return median([a / b for a, b in zip(slow, fast, strict=True)], "")


def proportion(hits: int, n: int) -> Metric:
    """Hits of `n` trials in percent with Wilson's interval, which stays inside 0 to 100.

    >>> metric = proportion(8, 10)
    >>> metric.value, round(metric.low, 2), round(metric.high, 2)
    (80.0, 49.02, 94.33)

    Raises:
        RunFailed: no trial, or hits outside 0 to `n`.
    """
    if n < 1:
        raise RunFailed(what="a proportion", expected="at least one trial", found=str(n))
    if not 0 <= hits <= n:
        raise RunFailed(what="a proportion", expected=f"0 to {n} hits", found=str(hits))
    share, spread = hits / n, Z * Z / n
    centre = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))
    return Metric(100 * share, "%", 100 * low, 100 * high, n)


def difference(gained: int, lost: int, n: int) -> Metric:
    """Change of a proportion when the same `n` trials are done in another way, in percentage points.

    `gained` trials hit only the second time, `lost` only the first. The interval is Bonett and Price's adjusted Wald
    interval for paired proportions (J. Educ. Behav. Stat. 37, 2012), which says something where nothing changed, too.

    >>> metric = difference(0, 0, 500)
    >>> metric.value, round(metric.low, 2), round(metric.high, 2)
    (0.0, -0.55, 0.55)

    Raises:
        RunFailed: no trial, or more changes than trials.
    """
    if n < 1 or min(gained, lost) < 0 or gained + lost > n:
        found = f"{gained} gained and {lost} lost of {n}"
        raise RunFailed(what="a paired difference", expected="changes among the trials", found=found)
    up, down = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    half = Z * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
    value, centre = (gained - lost) / n, up - down
    low, high = max(-1.0, min(value, centre - half)), min(1.0, max(value, centre + half))
    return Metric(100 * value, "%", 100 * low, 100 * high, n)


def _ranked(samples: Iterable[float], what: str) -> list[float]:
    """The samples in order, as plain floats."""
    ranked = sorted(float(sample) for sample in samples)
    if not ranked:
        raise RunFailed(what=f"{what} of samples", expected="at least one", found="none")
    if bad := [sample for sample in ranked if not math.isfinite(sample)]:
        raise RunFailed(what=f"{what} of samples", expected="finite numbers", found=str(bad[0]))
    return ranked


def _ranks(n: int, q: float) -> tuple[int, int]:
    """Zero-based ranks of the order statistics around the `q`-th percentile.

    With B ~ Bin(n, q/100) samples below the true percentile, rank l (from one) is the largest with
    P(B < l) <= 2.5 % and rank u the smallest with P(B >= u) <= 2.5 %.
    """
    import numpy as np
    from scipy.special import bdtr

    below = bdtr(np.arange(n), n, q / 100)  # P(B <= k) for k = 0 .. n-1
    low = int(np.searchsorted(below, TAIL, side="right"))  # number of k with P(B <= k) <= 2.5 %
    high = int(np.searchsorted(below, 1 - TAIL, side="left")) + 1
    return max(low, 1) - 1, min(high, n) - 1
