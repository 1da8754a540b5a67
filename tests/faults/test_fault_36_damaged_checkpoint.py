"""Fault 36: a truncated, empty or garbage checkpoint is one BadFile, whatever the reader underneath raises."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from reflop.errors import BadFile
from reflop.models import checkpoints


@pytest.mark.parametrize("kept", [0.98, 0.5, 0.1, 0.005, 0.0])
@pytest.mark.parametrize("kind", ["safetensors", "torch", "old torch"])
def test_fault_36_truncated(tmp_path: Path, kind: str, kept: float) -> None:
    path, module = tmp_path / "w", nn.Linear(60, 60)
    if kind == "safetensors":
        checkpoints.save(module, path)
    else:
        torch.save(module.state_dict(), path, _use_new_zipfile_serialization=kind == "torch")
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(BadFile, match=r"/w: expected a whole checkpoint"):
        checkpoints.load(module, path)


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"\x80\x02}", bytes(5000), b"PK\3\4" + bytes(200), b"\xff" * 8 + b"{}"]
)
def test_fault_36_garbage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w").write_bytes(content)
    with pytest.raises(BadFile):
        checkpoints.read(tmp_path / "w")


def test_fault_36_random_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for start in (b"", b"\x80\x02", b"\x10\0\0\0\0\0\0\0{", b"PK\3\4"):
        for size in (20, 300):
            (tmp_path / "w").write_bytes(start + rng.bytes(size))
            with pytest.raises(BadFile):
                checkpoints.read(tmp_path / "w")


@pytest.mark.parametrize("content", [[1, 2], {}, {"a": 1}, {"a": torch.zeros(1), "epoch": 3}, torch.zeros(2)])
def test_fault_36_other_things_than_named_tensors(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "w")
    with pytest.raises(BadFile, match="named tensors"):
        checkpoints.read(tmp_path / "w")


def test_fault_36_missing(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="expected a checkpoint, found none"):
        checkpoints.read(tmp_path / "none.pt")
