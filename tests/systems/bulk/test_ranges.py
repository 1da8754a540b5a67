"""Every position in exactly one part, for any number of both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reflop.errors import BadParams
from reflop.systems.bulk import partition
from reflop.systems.bulk.ranges import steps


@given(st.integers(0, 5000), st.integers(1, 300))
def test_parts_are_disjoint_complete_in_order_and_balanced(n, parts):
    ranges = partition(n, parts)
    assert len(ranges) == parts
    assert [i for part in ranges for i in part] == list(range(n))
    assert max(map(len, ranges)) - min(map(len, ranges)) <= 1


def test_the_original_s_example():
    assert {len(part) for part in partition(40_504, 8)} == {5063}


@given(st.integers(0, 5000), st.integers(1, 300))
def test_steps_are_complete_and_only_the_last_is_short(n, size):
    ranges = steps(n, size)
    assert [i for part in ranges for i in part] == list(range(n))
    assert all(len(part) == size for part in ranges[:-1])
    assert all(ranges)


@pytest.mark.parametrize(
    ("function", "n", "k"), [(partition, -1, 2), (partition, 5, 0), (steps, -1, 2), (steps, 5, 0)]
)
def test_impossible_numbers(function, n, k):
    with pytest.raises(BadParams):
        function(n, k)
