"""Weights survive the disk exactly, in both kinds of file; digests tell weights apart."""

from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from reflop.errors import BadFile, BadParams
from reflop.models import checkpoints


def network(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))


def test_save_and_load_give_the_same_weights(tmp_path: Path) -> None:
    one, other = network(0), network(1)
    one(torch.randn(5, 3, 3, 3))  # moves the running statistics
    assert checkpoints.weights_digest(one) != checkpoints.weights_digest(other)
    checkpoints.save(one, tmp_path / "w.safetensors")
    checkpoints.load(other, tmp_path / "w.safetensors")
    assert checkpoints.weights_digest(one) == checkpoints.weights_digest(other)


@pytest.mark.parametrize("wrapper", ["", "state_dict", "model"])
@pytest.mark.parametrize("old_format", [True, False])
def test_torch_files_are_read_also_below_a_wrapper(tmp_path: Path, wrapper: str, old_format: bool) -> None:
    one, other = network(0), network(1)
    content = {wrapper: one.state_dict(), "epoch": 3} if wrapper else one.state_dict()
    torch.save(content, tmp_path / "w.pt", _use_new_zipfile_serialization=not old_format)
    checkpoints.load(other, tmp_path / "w.pt")
    assert checkpoints.weights_digest(one) == checkpoints.weights_digest(other)


def test_half_stores_matrices_in_two_bytes_and_vectors_in_four(tmp_path: Path) -> None:
    one, other = network(0), network(1)
    checkpoints.save(one, tmp_path / "w.safetensors", half=True)
    stored = safetensors.torch.load_file(tmp_path / "w.safetensors")
    assert {str(t.dtype) for t in stored.values() if t.ndim > 1} == {"torch.float16"}
    assert {str(t.dtype) for t in stored.values() if t.ndim == 1} == {"torch.float32"}
    checkpoints.load(other, tmp_path / "w.safetensors")
    assert other[0].weight.dtype == torch.float32
    torch.testing.assert_close(other[0].weight, one[0].weight, rtol=2**-11, atol=2**-25)
    assert torch.equal(other[1].weight, one[1].weight)


def test_half_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    module = nn.Linear(2, 1)
    with torch.no_grad():
        module.weight[0, 0] = 70_000
    with pytest.raises(BadParams, match="weight: expected at most 65504"):
        checkpoints.save(module, tmp_path / "w.safetensors", half=True)
    assert not (tmp_path / "w.safetensors").exists()


def test_weights_take_the_precision_of_the_network(tmp_path: Path) -> None:
    checkpoints.save(network(0), tmp_path / "w.safetensors")
    half = network(1).half()
    checkpoints.load(half, tmp_path / "w.safetensors")
    assert torch.equal(half[3].weight, network(0)[3].weight.half())


def test_digest_sees_names_types_and_values_and_not_the_layout() -> None:
    digest = checkpoints.weights_digest
    assert digest(network()) == digest(network().to(memory_format=torch.channels_last))
    assert digest(network()) != digest(network().half())
    assert digest(network()) != digest(nn.Sequential(*list(network())[::-1]))
    changed = network()
    with torch.no_grad():
        changed[3].bias[0] += 1e-6
    assert digest(network()) != digest(changed)
    counted = network()
    counted[1].num_batches_tracked += 1
    assert digest(network()) != digest(counted)


def test_a_module_is_left_alone_when_its_weights_are_refused(tmp_path: Path) -> None:
    checkpoints.save(nn.Linear(4, 2), tmp_path / "w.safetensors")
    module = network()
    before = checkpoints.weights_digest(module)
    with pytest.raises(BadFile):
        checkpoints.load(module, tmp_path / "w.safetensors")
    assert checkpoints.weights_digest(module) == before
