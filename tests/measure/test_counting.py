"""Multiply-accumulates against counts made by hand, published networks, and what must not change on the way."""

import math

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from reflop.measure.counting import macs, params


class Product(nn.Module):
    """A bare function of tensors as a module."""

    def __init__(self, function) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)


def zeros(*shape: int) -> Tensor:
    return torch.zeros(*shape)


BY_HAND = {
    # outputs x (inputs per group x kernel)
    "conv1d": (nn.Conv1d(4, 6, 3), zeros(2, 4, 10), 2 * 6 * 8 * (4 * 3)),
    "conv2d": (nn.Conv2d(3, 8, 3, stride=2, padding=1), zeros(1, 3, 9, 7), 8 * 5 * 4 * (3 * 9)),
    "conv3d": (nn.Conv3d(2, 5, (1, 3, 3)), zeros(1, 2, 4, 6, 6), 5 * 4 * 4 * 4 * (2 * 9)),
    "dilated": (nn.Conv2d(2, 2, 3, dilation=2), zeros(1, 2, 9, 9), 2 * 5 * 5 * (2 * 9)),
    "grouped": (nn.Conv2d(8, 12, 3, groups=4), zeros(1, 8, 5, 5), 12 * 3 * 3 * (2 * 9)),
    "depthwise": (nn.Conv2d(8, 8, 3, groups=8, padding=1), zeros(1, 8, 5, 5), 8 * 5 * 5 * 9),
    # every input meets the whole kernel of its group's outputs
    "transposed": (nn.ConvTranspose2d(4, 6, 3, stride=2), zeros(1, 4, 5, 5), 4 * 5 * 5 * (6 * 9)),
    "transposed, grouped": (nn.ConvTranspose1d(4, 6, 2, groups=2), zeros(1, 4, 5), 4 * 5 * (3 * 2)),
    "linear": (nn.Linear(10, 5), zeros(3, 7, 10), 3 * 7 * 10 * 5),
    "linear without bias": (nn.Linear(10, 5, bias=False), zeros(4, 10), 4 * 10 * 5),
    "matmul": (Product(torch.matmul), (zeros(4, 8), zeros(8, 3)), 4 * 8 * 3),
    "matrix times vector": (Product(torch.matmul), (zeros(4, 8), zeros(8)), 4 * 8),
    "dot": (Product(torch.matmul), (zeros(8), zeros(8)), 8),
    "addmv": (Product(torch.addmv), (zeros(4), zeros(4, 8), zeros(8)), 4 * 8),
    "bmm": (Product(torch.bmm), (zeros(2, 4, 8), zeros(2, 8, 3)), 2 * 4 * 8 * 3),
    "addmm": (Product(torch.addmm), (zeros(3), zeros(4, 8), zeros(8, 3)), 4 * 8 * 3),
    "broadcast matmul": (Product(torch.matmul), (zeros(5, 1, 4, 8), zeros(2, 8, 3)), 5 * 2 * 4 * 8 * 3),
    "einsum": (
        Product(lambda a, b: torch.einsum("nhqd,nhkd->nhqk", a, b)),
        (zeros(2, 3, 5, 4), zeros(2, 3, 6, 4)),
        2 * 3 * 5 * 6 * 4,
    ),
    "attention": (
        Product(nn.functional.scaled_dot_product_attention),
        (zeros(2, 3, 5, 4),) * 3,
        2 * 3 * (5 * 5 * 4) * 2,
    ),
    "multi-head attention": (  # the projections of q, k, v and the output; two products per head
        nn.MultiheadAttention(8, 2, batch_first=True),
        (zeros(2, 5, 8),) * 3,
        2 * 5 * 8 * 8 * 4 + 2 * 2 * (5 * 5 * 4) * 2,
    ),
    "transformer layer": (
        nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True),
        zeros(2, 5, 8),
        2 * 5 * 8 * 8 * 4 + 2 * 2 * (5 * 5 * 4) * 2 + 2 * 5 * 8 * 16 * 2,
    ),
    "LSTM": (nn.LSTM(8, 4, batch_first=True), zeros(2, 5, 8), 2 * 5 * (8 * 16 + 4 * 16)),
    "GRU, two ways": (nn.GRU(8, 4, bidirectional=True), zeros(2, 5, 8), 2 * 2 * 5 * (8 * 12 + 4 * 12)),
    "nothing": (nn.Sequential(nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2)), zeros(2, 3, 4, 4), 0),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_counts_made_by_hand(name: str) -> None:
    module, example, expected = BY_HAND[name]
    assert macs(module, example) == expected


def test_published_networks() -> None:
    """torchvision's `num_params` and `_ops`, of its own counter; ResNeXt-50 32x4d is 4.26 G in the paper's table."""
    from torchvision.models import ResNet18_Weights, ResNeXt50_32X4D_Weights, get_model

    for weights, name in ((ResNet18_Weights, "resnet18"), (ResNeXt50_32X4D_Weights, "resnext50_32x4d")):
        with torch.device("meta"):
            model, example = get_model(name, weights=None), torch.zeros(1, 3, 224, 224)
        assert params(model) == weights.DEFAULT.meta["num_params"]
        assert macs(model, example) / 1e9 == pytest.approx(weights.DEFAULT.meta["_ops"], abs=5.1e-4)


def test_count_is_exact_for_resnet18() -> None:
    # by hand: stem 64 x 112^2 x 147; four stages of 3x3 convolutions; three 1x1 shortcuts; the classifier
    from torchvision.models import resnet18

    stem = 64 * 112**2 * 3 * 49
    stages = 4 * 64 * 64 * 9 * 56**2
    for width, size in ((128, 28), (256, 14), (512, 7)):
        stages += (3.5 * width * width * 9 + width * width / 2) * size**2
    with torch.device("meta"):
        assert macs(resnet18(), torch.zeros(1, 3, 224, 224)) == stem + stages + 512 * 1000


@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from([1, 3]),
    st.integers(1, 2),
    st.integers(3, 6),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_convolution_counts_follow_the_definition(
    per_group: int, outputs: int, groups: int, kernel: int, stride: int, size: int
) -> None:
    layer = nn.Conv2d(groups * per_group, groups * outputs, kernel, stride, groups=groups, device="meta")
    example = torch.zeros(2, groups * per_group, size, size, device="meta")
    assert macs(layer, example) == math.prod(layer(example).shape) * per_group * kernel**2


def test_folding_a_batch_multiplies_the_count() -> None:
    layer = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 4, 2))
    assert macs(layer, zeros(6, 3, 4, 4)) == 6 * macs(layer, zeros(1, 3, 4, 4))


def test_counting_changes_nothing() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout())
    module[2].eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    macs(module, torch.ones(1, 3, 5, 5))
    assert [part.training for part in module.modules()] == [True, True, True, False]
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())
    assert torch.backends.mha.get_fastpath_enabled()
    assert torch.is_grad_enabled()


def test_mode_comes_back_after_an_error() -> None:
    module = nn.Sequential(nn.Linear(3, 3))
    with pytest.raises(RuntimeError):
        macs(module, zeros(1, 4))
    assert module.training
    assert module[0].training


def test_shared_parameters_count_once() -> None:
    layer = nn.Linear(10, 10)
    assert params(nn.Sequential(layer, layer, nn.BatchNorm1d(10))) == 110 + 20
