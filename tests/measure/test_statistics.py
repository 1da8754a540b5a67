"""Intervals against hand-worked cases, scipy's own implementations, and coverage counted by simulation."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from reflop.errors import BadParams, RunFailed
from reflop.measure import statistics
from reflop.record import Metric

finite = st.floats(-1e9, 1e9)


def test_median_of_ten_by_hand() -> None:
    # Bin(10, 1/2): P(B <= 1) = 11/1024 <= 2.5 % < P(B <= 2) = 56/1024, so ranks 2 and 9
    assert statistics.median(range(1, 11), "ms") == Metric(5.5, "ms", 2.0, 9.0, 10)


@pytest.mark.parametrize(("n", "low", "high"), [(1, 0, 0), (5, 0, 4), (6, 0, 5), (8, 0, 7), (9, 1, 7)])
def test_too_few_samples_give_their_range(n: int, low: int, high: int) -> None:
    # 2 * P(B = 0) = 2^(1-n): six is the first n where the range reaches 95 %; at nine rank 2 becomes enough
    metric = statistics.median(range(n), "")
    assert (metric.low, metric.high, metric.n) == (low, high, n)


@pytest.mark.parametrize("q", [10, 50, 90, 99])
@pytest.mark.parametrize("n", [40, 101, 700])
def test_percentile_interval_agrees_with_scipys_quantile_test(q: float, n: int) -> None:
    samples = np.random.default_rng([n, q]).lognormal(size=n)
    metric = statistics.percentile(samples, q, "ms")
    sides = {}
    for side in ("less", "greater"):
        test = stats.quantile_test(samples, q=0, p=q / 100, alternative=side)
        sides[side] = test.confidence_interval(confidence_level=0.975)
    high, low = sides["less"].high, sides["greater"].low
    assert metric.low == (samples.min() if math.isnan(low) or math.isinf(low) else low)
    assert metric.high == (samples.max() if math.isnan(high) or math.isinf(high) else high)
    assert metric.value == np.percentile(samples, q, method="inverted_cdf")


@pytest.mark.parametrize(("q", "n"), [(50, 7), (50, 30), (90, 60)])
def test_intervals_cover_the_truth_at_least_95_times_in_100(q: float, n: int) -> None:
    draws = np.random.default_rng(7).exponential(size=(2000, n))
    truth = -math.log(1 - q / 100)
    covered = 0
    for row in draws:
        metric = statistics.percentile(row, q, "")
        covered += metric.low <= truth <= metric.high
    assert covered / 2000 > 0.95 - 3 * math.sqrt(0.95 * 0.05 / 2000)


def test_mean_agrees_with_students_interval() -> None:
    samples = np.random.default_rng(0).normal(3.0, 2.0, 12)
    metric = statistics.mean(samples, "s")
    low, high = stats.t.interval(0.95, 11, loc=samples.mean(), scale=stats.sem(samples))
    assert (metric.value, metric.low, metric.high) == pytest.approx((samples.mean(), low, high), rel=1e-12)


def test_one_sample_supports_no_spread() -> None:
    assert statistics.mean([4.0], "s") == Metric(4.0, "s", 4.0, 4.0, 1)


@pytest.mark.parametrize(
    ("hits", "n"), [(0, 1), (1, 1), (0, 10), (10, 10), (8, 10), (500, 1000), (1, 10_000)]
)
def test_proportion_agrees_with_scipys_wilson(hits: int, n: int) -> None:
    metric = statistics.proportion(hits, n)
    expected = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert (metric.low, metric.high) == pytest.approx((100 * expected.low, 100 * expected.high), abs=1e-9)
    assert (metric.value, metric.unit, metric.n) == (100 * hits / n, "%", n)


def test_ratio_pairs_rounds_so_that_a_common_disturbance_cancels() -> None:
    load = np.random.default_rng(1).uniform(1, 10, 20)
    metric = statistics.ratio(list(3 * load), list(load))
    assert (metric.low, metric.value, metric.high) == pytest.approx((3, 3, 3))
    assert metric.unit == ""


@given(st.lists(finite, min_size=1, max_size=60), st.floats(1, 99.9))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_values_lie_inside_their_intervals(samples: list[float], q: float) -> None:
    for metric in (statistics.median(samples, ""), statistics.percentile(samples, q, "")):
        assert min(samples) <= metric.low <= metric.value <= metric.high <= max(samples)


@given(st.lists(finite, min_size=2, max_size=30), st.randoms())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_order_of_samples_does_not_matter(samples: list[float], random) -> None:
    shuffled = random.sample(samples, len(samples))
    assert statistics.median(shuffled, "s") == statistics.median(samples, "s")
    assert statistics.mean(shuffled, "s") == statistics.mean(samples, "s")


@pytest.mark.parametrize("samples", [[], [1.0, math.nan], [math.inf]])
def test_fault_40_no_samples_or_not_finite(samples: list[float]) -> None:
    for metric in (statistics.median, statistics.mean):
        with pytest.raises(RunFailed):
            metric(samples, "ms")
    with pytest.raises(RunFailed):
        statistics.percentile(samples, 90, "ms")


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(BadParams, match=r"percentile: expected 1 to less than 100, found 0\.99"):
        statistics.percentile([1.0], 0.99, "ms")
    with pytest.raises(RunFailed, match="at least one trial"):
        statistics.proportion(0, 0)
    with pytest.raises(RunFailed, match="0 to 3 hits"):
        statistics.proportion(4, 3)
    with pytest.raises(RunFailed, match="found 2 and 1"):
        statistics.ratio([1.0, 2.0], [1.0])
    with pytest.raises(RunFailed, match="positive times"):
        statistics.ratio([1.0], [0.0])
