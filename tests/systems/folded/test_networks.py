"""The networks compute what the original's classes compute, at every fold."""

import json
import math
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from reflop.errors import BadFile, BadParams
from reflop.systems.folded import build, fold, networks, unfold
from reflop.systems.folded.resnet import ResNet18
from reflop.systems.folded.tasks import GAMES

ROWS = json.loads((Path(__file__).parent / "parity.json").read_text())["rows"]


def fill(network: nn.Module, example: Tensor) -> None:
    """Weights by formula, layer by layer in forward order, as the original was filled."""
    order: list[nn.Module] = []
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    handles = [layer.register_forward_hook(lambda m, i, o: order.append(m)) for layer in layers]
    network(example)
    for handle in handles:
        handle.remove()
    for place, layer in enumerate(order):
        weight, bias = layer.weight.data, layer.bias.data
        at = torch.arange(weight.numel(), dtype=torch.float64)
        size = math.sqrt(2 * len(weight) / weight.numel())
        weight.copy_((size * torch.sin(1 + 0.37 * at + place)).reshape(weight.shape))
        bias.copy_(0.01 * torch.cos(torch.arange(len(bias), dtype=torch.float64) + place))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['model']}-{row['fold']}")
def test_outputs_of_the_original_classes(row: dict) -> None:
    name, f = row["model"], row["fold"]
    stacked = 1 if name.startswith(networks.SCALED) else f
    network = build(name, f).double()
    assert sum(p.numel() for p in network.parameters()) == row["params"]
    fill(network, networks.example(name, f).double())
    shape = (2 * stacked, *networks.image_shape(name, f))
    images = 0.5 + 0.5 * torch.sin(0.013 * torch.arange(math.prod(shape), dtype=torch.float64)).reshape(shape)
    with torch.no_grad():
        logits = unfold(network(fold(images, stacked)), stacked)
    assert float(logits.sum()) == pytest.approx(row["sum"], rel=1e-8, abs=1e-12)
    assert float(logits.square().sum()) == pytest.approx(row["sumsq"], rel=1e-8)
    assert logits.argmax(1).tolist() == row["argmax"]
    first = torch.tensor(row["first"], dtype=torch.float64)
    torch.testing.assert_close(logits.flatten()[: len(first)], first, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "widths"),
    [
        ("noscope_roundabout", [(32, 45, 55, 64), (64, 90, 110, 128)]),
        ("sot/timer3", [(32, 45, 55, 64), (8, 11, 13, 16)]),
    ],
)
def test_widths_by_hand(name: str, widths: list[tuple[int, ...]]) -> None:
    for f in (1, 2, 3, 4):
        found = {
            layer.out_channels
            for layer in build(name, f, device="meta").modules()
            if isinstance(layer, nn.Conv2d)
        }
        assert found == {of_layer[f - 1] for of_layer in widths}


def test_parameters_of_resnet18() -> None:
    counts = [
        sum(p.numel() for p in build("cifar10_resnet18", f, device="meta").parameters()) for f in (1, 2, 3, 4)
    ]
    assert counts == [11_173_962, 22_339_017, 33_447_152, 44_704_040]
    more = [sum(p.numel() for p in build("cifar100_resnet18", f, device="meta").parameters()) for f in (1, 4)]
    assert more == [11_220_132, 45_073_040]


def test_the_original_averages_nine_of_sixteen_places() -> None:
    maps = torch.rand(1, 3, 4, 4)
    found = ResNet18(padded_pool=True).pool(maps)
    assert found.shape == (1, 3, 1, 1)
    torch.testing.assert_close(found[..., 0, 0], maps[..., :3, :3].sum((2, 3)) / 16)


def test_weights_in_the_original_layout(tmp_path: Path) -> None:
    ours = build("sot/timer3", 2, seed=1)
    assert list(ours.state_dict())[:4] == ["lin.weight", "lin.bias", "conv.0.weight", "conv.0.bias"]
    assert {key.split(".")[1] for key in ours.state_dict() if key.startswith("conv")} == {
        "0", "3", "5", "7", "10", "12", "14", "17",
    }  # fmt: skip
    torch.save({"model": {f"module.{k}": v for k, v in ours.state_dict().items()}}, tmp_path / "current.pth")
    read = build("sot/timer3", 2, weights=tmp_path / "current.pth")
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), read.parameters(), strict=True))


def test_a_checkpoint_of_another_fold_names_both_shapes(tmp_path: Path) -> None:
    safetensors.torch.save_file(build("apex/squad_count_v2", 2).state_dict(), tmp_path / "two.safetensors")
    with pytest.raises(BadFile) as caught:
        build("apex/squad_count_v2", 4, weights=tmp_path / "two.safetensors")
    assert "(88, 192) for apex/squad_count_v2 at fold 4" in str(caught.value)
    assert "found (44, 132)" in str(caught.value)


@pytest.mark.parametrize("f", [0, -1, 1.5, "2", True, None])
def test_a_fold_is_a_whole_number_from_one(f: object) -> None:
    with pytest.raises(BadParams, match="fold: expected a whole number from 1"):
        build("noscope_coral", f)  # type: ignore[arg-type]


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(BadParams, match="noscope_coral"):
        build("noscope_corral")


@pytest.mark.parametrize("name", GAMES)
def test_any_fold_and_any_number_of_images(name: str) -> None:
    shape = networks.image_shape(name)
    for f, count in ((5, 2), (7, 9)):
        assert networks.classifier(name, f)(torch.rand(count, *shape)).shape == (
            count,
            len(GAMES[name].classes),
        )
