"""Folding a user's own network: the published networks come out of it, and what has no counterpart is named."""

import pytest
import torch
from torch import Tensor, nn

from reflop.errors import BadParams
from reflop.systems.folded import FoldedClassifier, build, fold_module, networks


@pytest.mark.parametrize("f", [2, 3, 4])
@pytest.mark.parametrize(
    "name", ["lol/timer-minutes", "sot/timer3", "noscope_coral", "noscope_roundabout", "cifar10_resnet18"]
)
def test_the_published_folded_networks_are_made_from_the_unfolded(name: str, f: int) -> None:
    made, published = fold_module(build(name), f), build(name, f)
    assert {k: v.shape for k, v in made.state_dict().items()} == {
        k: v.shape for k, v in published.state_dict().items()
    }
    made.load_state_dict(published.state_dict())
    inputs = torch.rand_like(networks.example(name, f, 2))
    with torch.no_grad():
        assert torch.equal(made(inputs), published(inputs))


def test_fold_one_is_a_copy_with_the_same_answers() -> None:
    network, images = build("apex/squad_count_v2"), torch.rand(2, 3, 19, 25)
    copy = fold_module(network, 1)
    assert copy is not network
    with torch.no_grad():
        assert torch.equal(copy(images), network(images))


class Branches(nn.Module):
    """Two branches, concatenated, by functions and methods instead of layers."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(3, 10, 1)
        self.after, self.head = nn.Conv2d(16, 12, 3, padding=1), nn.Linear(12, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([torch.relu(self.left(x)), self.right(x).relu()], 1)
        x = nn.functional.adaptive_avg_pool2d(self.after(x), 1)
        return self.head(x.view(x.size(0), -1))


def test_branches_and_functions() -> None:
    folded = fold_module(Branches(), 4)
    assert (folded.left.out_channels, folded.after.in_channels, folded.head.out_features) == (12, 32, 20)
    assert FoldedClassifier(folded, 4)(torch.rand(6, 3, 8, 8)).shape == (6, 5)


def test_widths_are_rounded_to_lanes() -> None:
    folded = fold_module(build("sot/timer3"), 2, round_to=16)
    assert [layer.out_channels for layer in folded.conv if isinstance(layer, nn.Conv2d)][::7] == [48, 16]


def test_a_torchvision_network() -> None:
    from torchvision.models import resnet18

    folded = fold_module(resnet18(num_classes=7), 2).eval()
    assert folded(torch.rand(1, 6, 64, 64)).shape == (1, 14)


class Hard(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 8, 3), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.conv(x).mean((2, 3)).view(-1, 8))


@pytest.mark.parametrize(
    ("network", "told"),
    [
        (nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), "expected a linear head, found 1 (ReLU)"),
        (nn.Sequential(nn.Conv2d(4, 8, 3, groups=2), nn.Flatten(), nn.Linear(8, 2)), "layer 0 .*2 groups"),
        (nn.Sequential(nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.Flatten(), nn.Linear(8, 2)), "layer 1 .*GroupNorm"),
        (nn.Sequential(nn.Linear(8, 8), nn.MultiheadAttention(8, 2), nn.Linear(8, 2)), "layer 1 .*attention"),
        (nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(0), nn.Linear(8, 2)), "layer _1 .*dimension 1, found 0"),
        (nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(9, 2)), "layer 2 .*8 channels before it, found 9"),
        (Hard(), "layer mean"),
    ],
)  # fmt: skip
def test_what_has_no_folded_counterpart_is_named(network: nn.Module, told: str) -> None:
    with pytest.raises(BadParams, match=told.replace("(ReLU)", r"\(ReLU\)")):
        fold_module(network, 2)


def test_a_vision_transformer_is_refused_for_its_attention() -> None:
    from torchvision.models import vit_b_16

    with torch.device("meta"):
        network = vit_b_16()
    with pytest.raises(BadParams, match=r"self_attention.*found attention"):
        fold_module(network, 2)
