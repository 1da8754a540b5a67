"""A busy machine: the interval widens with the disturbance, and a target is met only by the whole interval."""

import numpy as np
import pytest

from reflop.measure import comparison, statistics


def rounds(disturbed, n=15):
    """Times of a peer of 4 s and of ours of 1 s; a share of ours is disturbed by up to five times."""
    rng = np.random.default_rng(0)
    ours = np.where(rng.random(n) < disturbed, rng.uniform(1, 5, n), 1.0)
    return [4.0] * n, ours.tolist()


def test_fault_50_the_interval_tells_of_the_disturbance():
    widths = []
    for disturbed in (0.0, 0.4):
        ratio = statistics.ratio(*rounds(disturbed))
        widths.append(ratio.high - ratio.low)
        assert ratio.n == 15
    assert widths[0] == 0
    assert widths[1] > 1


@pytest.mark.parametrize(("disturbed", "met"), [(0.0, True), (0.4, False)])
def test_fault_50_a_claim_is_tested_on_its_interval(disturbed, met):
    ratio = statistics.ratio(*rounds(disturbed))
    assert ratio.value >= 3  # the middle alone would pass both
    assert comparison.row("ours", "peer", ratio, target=3.0)["met"] is met
