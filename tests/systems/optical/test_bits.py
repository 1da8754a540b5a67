"""Nothing but zeros and ones goes into a projection."""

from typing import Any

import numpy as np
import pytest
import torch

from reflop.errors import BadParams
from reflop.systems.optical import features, stream
from reflop.systems.optical.bits import checked, table

ROWS = [[1, 0, 1], [0, 1, 1]]


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int64, np.float16, np.float64])
def test_any_type_that_holds_only_zeros_and_ones(kind: Any) -> None:
    array = np.array(ROWS, dtype=kind)
    expected = features(ROWS, 8)
    assert torch.equal(features(array, 8), expected)
    assert torch.equal(features(torch.from_numpy(array), 8), expected)


def test_arrays_in_odd_layouts() -> None:
    array = np.array(ROWS, dtype=np.uint8)
    read_only = array.copy()
    read_only.flags.writeable = False
    for view in (np.asfortranarray(array), array[::-1][::-1], read_only):
        assert torch.equal(features(view, 8), features(ROWS, 8))


@pytest.mark.parametrize("wrong", [2, -1, 0.5, float("nan"), float("inf")])
def test_first_other_value_is_named(wrong: float) -> None:
    x = torch.zeros(4, 3)
    x[2, 1] = wrong
    x[3, 0] = 9
    with pytest.raises(BadParams, match=rf"bits\[2, 1\]: expected 0 or 1, found {float(wrong)} "):
        features(x, 8)


def test_stream_names_the_row_since_its_beginning() -> None:
    with pytest.raises(BadParams, match=r"bits\[2, 0\]"):
        list(stream([ROWS, [[7, 0, 1]]], 8))


def test_stream_of_changing_width_is_refused() -> None:
    with pytest.raises(BadParams, match="columns of a stream: expected 3, found 2 in the batch from row 2"):
        list(stream([ROWS, [[0, 1]]], 8))


@pytest.mark.parametrize(
    "shape", [[1, 0, 1], [[[1]]], [[], []], [["a"]], [[1, 0], [1]], {1: 0}, None], ids=repr
)
def test_other_shapes_and_things_are_refused(shape: Any) -> None:
    with pytest.raises(BadParams, match="bits"):
        features(shape, 8)


def test_no_rows_give_no_features() -> None:
    assert features(np.zeros((0, 5)), 8).shape == (0, 8)


def test_input_is_left_alone() -> None:
    x = torch.tensor(ROWS, dtype=torch.uint8)
    before = x.clone()
    features(x, 8, bias=2)
    assert torch.equal(x, before)
    assert checked(table(x)) is x
