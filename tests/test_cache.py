"""The cache gives back what was computed, computes again whatever changed, and never decides a run."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as numpy_arrays
from hypothesis.extra.numpy import boolean_dtypes, floating_dtypes, integer_dtypes

from reflop import cache
from reflop.errors import BadParams

FOLLOWS = {
    "source": "a" * 64,
    "weights": "b" * 64,
    "data": "c" * 64,
    "preprocessing": "resize 224",
    "dtype": "float32",
}


class Work:
    """A computation that counts how often it is done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, np.ndarray]:
        self.times += 1
        return {"features": np.arange(6, dtype=np.float32).reshape(2, 3), "labels": np.array([0, 1])}


def test_second_call_is_read_not_computed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = Work()
    first, second = cache.arrays(FOLLOWS, work, tmp_path), cache.arrays(FOLLOWS, work, tmp_path)
    assert work.times == 1
    assert list(first) == list(second) == ["features", "labels"]
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
        assert first[name].dtype == second[name].dtype
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("changed", FOLLOWS)
def test_fault_54_anything_it_follows_from_changed(tmp_path: Path, changed: str) -> None:
    work = Work()
    cache.arrays(FOLLOWS, work, tmp_path)
    cache.arrays({**FOLLOWS, changed: "other"}, work, tmp_path)
    assert work.times == 2


def test_order_of_what_it_follows_from_is_no_change(tmp_path: Path) -> None:
    work = Work()
    cache.arrays(FOLLOWS, work, tmp_path)
    cache.arrays(dict(reversed(FOLLOWS.items())), work, tmp_path)
    assert work.times == 1


def test_default_place_is_beside_the_records(records_folder: Path) -> None:
    cache.arrays(FOLLOWS, Work())
    assert [path.suffix for path in (records_folder.parent / "cache").iterdir()] == [".npz"]


@given(
    st.dictionaries(
        st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=8),
        numpy_arrays(
            boolean_dtypes() | integer_dtypes() | floating_dtypes(), st.sampled_from([(), (0,), (3,), (2, 3)])
        ),
        max_size=3,
    )
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_arrays_come_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, made: dict[str, np.ndarray]
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    cache.arrays(FOLLOWS, lambda: made, folder)
    back = cache.arrays(FOLLOWS, dict, folder)
    assert {name: (array.dtype, array.shape, array.tobytes()) for name, array in back.items()} == {
        name: (array.dtype, array.shape, array.tobytes()) for name, array in made.items()
    }


@pytest.mark.parametrize(
    "bad", [{"x": np.array([{}], dtype=object)}, {"x": [1, 2]}, {"__about__": np.zeros(1)}]
)
def test_objects_are_refused(tmp_path: Path, bad: dict) -> None:
    with pytest.raises(BadParams, match="an array of numbers"):
        cache.arrays(FOLLOWS, lambda: bad, tmp_path)
    assert list(tmp_path.glob("*.npz")) == []


def test_place_that_cannot_be_written_costs_only_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert list(cache.arrays(FOLLOWS, Work(), tmp_path / "file" / "cache")) == ["features", "labels"]
    assert "not kept" in capsys.readouterr().err
