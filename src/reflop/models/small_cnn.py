"""Small residual networks that two CPU cores train in seconds (digits) or minutes (CIFAR-10).

Where no published weights exist, a backbone is trained here. Its children are `stem`, `block1`, `block2`, `block3`,
`pool`, `flat` and `head`, so that its features are cut by block and layer exactly as those of a ResNet.
Layout after He et al. (CVPR 2016), section 4.2, with fewer and wider units: on a CPU these do a third to a half more
multiply-adds per second than the narrow ones of the paper. `small_cifar` takes 58 million a picture.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from torch import Tensor, nn

from reflop.models import initial


@dataclass(frozen=True)
class Size:
    """Input channels and pixels, width of the stem, and width and stride of each block of `depth` units."""

    channels: int
    pixels: int
    stem: int
    widths: tuple[int, ...]
    strides: tuple[int, ...]
    depth: int = 2


SIZES = {
    "small_digits": Size(1, 8, 16, (16, 32, 64), (1, 2, 2)),
    "small_cifar": Size(3, 32, 32, (48, 96, 192), (2, 2, 2)),
}


def build(name: str, n_classes: int = 10, seed: int = 0, device: str = "cpu") -> nn.Sequential:
    """The network for pictures (B, channels, pixels, pixels) with random weights; gives logits (B, n_classes)."""
    return initial.built(lambda: _layers(SIZES[name], n_classes), device, seed)


def _layers(size: Size, n_classes: int) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict(stem=Convolution(size.channels, size.stem))
    width = size.stem
    for number, (wider, stride) in enumerate(zip(size.widths, size.strides, strict=True), 1):
        units = [Residual(width, wider, stride), *(Residual(wider, wider) for _ in range(size.depth - 1))]
        layers[f"block{number}"], width = nn.Sequential(*units), wider
    layers |= {"pool": nn.AdaptiveAvgPool2d(1), "flat": nn.Flatten(), "head": nn.Linear(width, n_classes)}
    return nn.Sequential(layers)


class Convolution(nn.Module):
    """3 x 3 convolution, batch norm, ReLU: (B, C, H, W) -> (B, width, H/stride, W/stride)."""

    def __init__(self, channels: int, width: int, stride: int = 1, active: bool = True) -> None:
        """`active` says whether the ReLU is there."""
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.active = active

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        x = self.norm(self.conv(x))
        return x.relu() if self.active else x


class Residual(nn.Module):
    """relu(x + f(x)) with two convolutions in f; x goes through a 1 x 1 convolution where the shape changes."""

    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        """The first convolution has the stride."""
        super().__init__()
        self.first = Convolution(channels, width, stride)
        self.second = Convolution(width, width, active=False)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels != width:
            straight = nn.Conv2d(channels, width, 1, stride, bias=False)
            self.shortcut = nn.Sequential(straight, nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        return (self.second(self.first(x)) + self.shortcut(x)).relu()
