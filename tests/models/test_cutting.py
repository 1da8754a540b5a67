"""Cuts by block and layer, against the reference sizes and against the networks they come from."""

import math

import pytest
import torch
from torch import nn

from reflop.errors import BadParams
from reflop.models import backbones, cutting

# Flattened features of DenseNet169's children at 224 x 224 (published with the original)
DENSENET169 = {
    "conv0": 802816, "norm0": 802816, "relu0": 802816, "pool0": 200704, "denseblock1": 802816,
    "transition1": 100352, "denseblock2": 401408, "transition2": 50176, "denseblock3": 250880,
    "transition3": 31360, "denseblock4": 81536, "norm5": 81536,
}  # fmt: skip


@pytest.fixture(scope="module")
def densenet() -> nn.Sequential:
    return backbones.build("densenet169", device="meta")


def test_densenet_blocks_have_the_published_sizes(densenet: nn.Sequential) -> None:
    for block, (name, size) in enumerate(DENSENET169.items()):
        kept = cutting.cut(densenet, block)
        assert [child for child, _ in kept.named_children()][-1] == name
        assert math.prod(cutting.feature_shape(kept)) == size


def test_densenet_layers_count_from_one_and_zero_keeps_all(densenet: nn.Sequential) -> None:
    """Each layer adds 32 channels to the 640 that enter; block 10, layer 12 is the original's example."""
    assert cutting.feature_shape(cutting.cut(densenet, 10, 12)) == (640 + 12 * 32, 7, 7)
    assert cutting.feature_shape(cutting.cut(densenet, 10, 1)) == (640 + 32, 7, 7)
    assert cutting.feature_shape(cutting.cut(densenet, 10, 0)) == (640 + 32 * 32, 7, 7)
    assert cutting.feature_shape(cutting.cut(densenet, 10, 32)) == (640 + 32 * 32, 7, 7)
    assert len(densenet[10]) == 32  # the network itself is left whole


def test_single_children_ignore_the_layer(densenet: nn.Sequential) -> None:
    for block in (0, 1, 3, 5, 11):
        assert cutting.feature_shape(cutting.cut(densenet, block, 7)) == cutting.feature_shape(
            cutting.cut(densenet, block)
        )


def test_resnet_layers_count_from_zero() -> None:
    module = backbones.build("resnet18", seed=1)
    x = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        stages = module[:5](x)
        assert torch.equal(cutting.cut(module, 5, 0)(x), module[5][0](stages))
        assert torch.equal(cutting.cut(module, 5, 1)(x), module[5](stages))
    assert not cutting.cut(module, 5).training


@pytest.mark.parametrize(("block", "layer"), [(-1, 0), (12, 0), (10, 33), (10, -1)])
def test_cuts_outside_the_network_are_refused(densenet: nn.Sequential, block: int, layer: int) -> None:
    with pytest.raises(BadParams, match="block"):
        cutting.cut(densenet, block, layer)


def test_a_resnet_stage_has_no_layer_beyond_its_last() -> None:
    with pytest.raises(BadParams, match="layer of block 7, layer4: expected 0 to 1, found 2"):
        cutting.cut(backbones.build("resnet18", device="meta"), 7, 2)


def test_the_sweep_goes_from_deep_to_shallow(densenet: nn.Sequential) -> None:
    pairs = cutting.cuts(densenet, 4, 11)
    assert pairs[:4] == [(11, 0), (10, 0), (10, 31), (10, 30)]
    assert pairs[-2:] == [(4, 2), (4, 1)]
    assert len(pairs) == len(set(pairs)) == 1 + 32 + 1 + 32 + 1 + 12 + 1 + 6
    small = backbones.build("small_digits", device="meta")
    assert cutting.cuts(small) == [(4, 0), (3, 1), (3, 0), (2, 1), (2, 0), (1, 1), (1, 0), (0, 0)]


def test_every_cut_of_the_sweep_is_smaller_than_the_one_before() -> None:
    for name, step in (("densenet121", 6), ("resnet18", 1), ("small_cifar", 1)):
        module = backbones.build(name, device="meta")
        pairs = cutting.cuts(module)[::step]
        weights = [cutting.counted_weights(cutting.cut(module, *pair)) for pair in pairs]
        assert weights == sorted(weights, reverse=True)


def test_counted_weights_by_hand() -> None:
    """3 x 4 x 9 kernels, 4 norm weights, 4 x 2 of the linear layer; no bias."""
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
    assert cutting.counted_weights(module) == 108 + 4 + 8
    assert cutting.size_mib(module, 16) == 120 * 16 / 8 / 2**20


def test_feature_shape_computes_nothing_and_changes_nothing() -> None:
    module = backbones.build("small_cifar", "noavgpool").half()
    before = module.state_dict()["stem.norm.running_mean"].clone()
    assert cutting.feature_shape(module, (3, 32, 32)) == (192, 4, 4)
    assert torch.equal(module.state_dict()["stem.norm.running_mean"], before)
