"""ResNeXt (Xie et al., CVPR 2017): bottleneck residual networks whose 3 x 3 convolution is split into groups.

`resnext101_32x4d` is stages [3, 4, 23, 3] with 32 groups of 4 channels in the first. torchvision's class builds all
variants; two layouts of published weights are read, torchvision's own and that of Cadene's port of the Torch7 model.
`resnext_small` keeps the 32 groups and has three stages of one unit: 1.8 million parameters, for pictures of 64 x 64.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reflop.models import checkpoints, initial
from reflop.params import unknown


@dataclass(frozen=True)
class Size:
    """Residual units of each stage, groups, channels per group in the first stage, and the side of its pictures."""

    units: tuple[int, ...]
    groups: int
    width: int
    pixels: int = 224


SIZES = {
    "resnext50_32x4d": Size((3, 4, 6, 3), 32, 4),
    "resnext101_32x4d": Size((3, 4, 23, 3), 32, 4),
    "resnext101_32x8d": Size((3, 4, 23, 3), 32, 8),
    "resnext101_64x4d": Size((3, 4, 23, 3), 64, 4),
    "resnext_small": Size((1, 1, 1), 32, 4, pixels=64),
}
# A unit of Cadene's port: nested sequences for the convolutions, the shortcut beside them.
PLACES = {
    "0.0.0.0": "conv1", "0.0.0.1": "bn1", "0.0.0.3": "conv2", "0.0.0.4": "bn2", "0.0.1": "conv3", "0.0.2": "bn3",
    "0.1.0": "downsample.0", "0.1.1": "downsample.1",
}  # fmt: skip


def build(
    name: str, n_classes: int = 1000, *, weights: Path | None = None, seed: int = 0, device: str = "cpu"
) -> nn.Module:
    """The network in evaluation mode: pictures (B, 3, P, P), P = `SIZES[name].pixels`, to logits (B, n_classes).

    Without `weights` they are random (He et al. 2015, from `seed`); on device "meta" there are only shapes.

    >>> sum(p.numel() for p in build("resnext101_32x4d", device="meta").parameters())
    44177704

    Raises:
        BadParams: an unknown name.
        BadFile: a checkpoint that is damaged, or that does not fit tensor by tensor.
    """
    if name not in SIZES:
        raise unknown(name, list(SIZES), "ResNeXt")
    module: nn.Module = initial.built(lambda: _network(SIZES[name], n_classes), device, seed)
    if weights is not None:
        checkpoints.fill(module, _renamed(checkpoints.read(weights), module), f"{weights} for {name}")
    return module.eval()


def _network(size: Size, n_classes: int) -> Any:
    """The network of torchvision's class; of three stages, its fourth left out."""
    from torchvision.models.resnet import Bottleneck, ResNet

    units, grouped = list(size.units), {"groups": size.groups, "width_per_group": size.width}
    if len(units) == 4:
        return ResNet(Bottleneck, units, num_classes=n_classes, **grouped)
    network = ResNet(Bottleneck, [*units, 1], **grouped)
    network.layer4, network.fc = nn.Identity(), nn.Linear(256 * Bottleneck.expansion, n_classes)
    return network


def _renamed(tensors: dict[str, Tensor], module: nn.Module) -> dict[str, Tensor]:
    """The tensors under torchvision's names; files of before torch 0.4.1 lack the counters of training steps."""
    found = {_name(name): tensor for name, tensor in tensors.items()}
    counters = {
        name: own for name, own in module.state_dict().items() if name.endswith("num_batches_tracked")
    }
    return {name: torch.zeros_like(own) for name, own in counters.items()} | found


def _name(name: str) -> str:
    """The name torchvision gives to a tensor of Cadene's port; its own names stay.

    >>> _name("features.6.22.0.0.0.3.weight"), _name("last_linear.bias"), _name("layer1.0.conv1.weight")
    ('layer3.22.conv2.weight', 'fc.bias', 'layer1.0.conv1.weight')
    """
    if unit := re.fullmatch(r"features\.([4-7])\.(\d+)\.(.+)\.(\w+)", name):
        stage, number, place, kind = unit.groups()
        return f"layer{int(stage) - 3}.{number}.{PLACES.get(place, place)}.{kind}"
    stem = re.sub(r"^features\.0\.", "conv1.", re.sub(r"^features\.1\.", "bn1.", name))
    return re.sub(r"^last_linear\.", "fc.", stem)
