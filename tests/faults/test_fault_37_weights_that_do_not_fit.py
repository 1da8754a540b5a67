"""Fault 37: missing, extra and wrongly shaped tensors and values that are not finite are listed; nothing is loaded."""

import math
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from reflop.errors import BadFile
from reflop.models import checkpoints


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))


def refusal(tmp_path: Path, changes: dict[str, Tensor | None]) -> str:
    """What is said of the network's own weights after the changes (None takes a tensor away)."""
    tensors: dict[str, Tensor | None] = {**network().state_dict(), **changes}
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file({k: t for k, t in tensors.items() if t is not None}, path)
    module = network()
    before = checkpoints.weights_digest(module)
    with pytest.raises(BadFile, match="expected the weights of this network") as caught:
        checkpoints.load(module, path)
    assert checkpoints.weights_digest(module) == before
    return str(caught.value)


def test_fault_37_missing_and_extra(tmp_path: Path) -> None:
    told = refusal(tmp_path, {"0.bias": None, "1.weight": None, "fc.weight": torch.zeros(1)})
    assert "missing 0.bias, 1.weight; extra fc.weight" in told


def test_fault_37_wrong_shape(tmp_path: Path) -> None:
    assert "of another shape 0.weight (2, 4) not (2, 3)" in refusal(tmp_path, {"0.weight": torch.zeros(2, 4)})
    assert "of another shape 0.bias (1,) not (2,)" in refusal(tmp_path, {"0.bias": torch.zeros(1)})


def test_fault_37_whole_numbers_for_weights(tmp_path: Path) -> None:
    assert "of another kind 0.bias" in refusal(tmp_path, {"0.bias": torch.zeros(2, dtype=torch.int64)})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_fault_37_not_finite(tmp_path: Path, value: float) -> None:
    assert "not finite 0.bias, 1.running_var" in refusal(
        tmp_path, {"0.bias": torch.tensor([0.0, value]), "1.running_var": torch.tensor([value, 1.0])}
    )


def test_fault_37_a_long_list_is_cut(tmp_path: Path) -> None:
    extra: dict[str, Tensor | None] = {f"x{i}": torch.zeros(1) for i in range(8)}
    assert "extra x0, x1, x2, x3, x4 and 3 more" in refusal(tmp_path, extra)


def test_fault_37_nothing_is_loaded_with_strict_false() -> None:
    assert "strict=False" not in Path(checkpoints.__file__).read_text()
