"""The CNN that reads score boards: one narrow stack of 3 x 3 convolutions and a linear layer."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn

from reflop.systems.folded.folding import width
from reflop.systems.folded.tasks import Game

INNER, LAST = 32, 8  # feature maps
NARROWER, SMALLER = 1.1, 1.15  # factors of compound scaling


class GameCNN(nn.Module):
    """Inputs (B, C, H, W) through `layers` to one linear head; the original's keys, `lin` before `conv`."""

    def __init__(self, layers: list[nn.Module], size: tuple[int, int], outputs: int) -> None:
        """Random weights, as torch makes them."""
        super().__init__()
        self.lin = nn.Linear(_features(layers, *size), outputs)
        self.conv = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return self.lin(self.conv(x).flatten(1))


def game_cnn(task: Game, f: int = 1, *, multiplier: float | None = None, round_to: int = 1) -> GameCNN:
    """Folded inputs (B / f, 3 f, H, W) to (B / f, f n).

    conv ; pool 3/2 ; [conv, conv, conv ; pool 3/1] for each unit ; conv ; pool 3/2 ; linear. A ReLU follows every
    convolution.
    """
    a, z = (width(c, f, multiplier, round_to) for c in (INNER, LAST))
    return GameCNN(_layers(3 * f, a, z, task.units), (task.height, task.width), f * len(task.classes))


def scaled_game_cnn(task: Game, phi: int) -> GameCNN:
    """The competing way to more throughput: one image at a time in a network that is smaller in every direction.

    As the original builds it, for exponent phi: narrower by 1.1, and convolutions cut from the end by 1.1 as well (it
    means 1.2), so that the narrow last one and its pooling go and the linear layer grows.
    """
    a, z = (int(c * (1 / NARROWER) ** phi) for c in (INNER, LAST))
    keep = int((2 + 3 * task.units) * (1 / NARROWER) ** phi)
    return GameCNN(
        list(_first(keep, _layers(3, a, z, task.units))), scaled_size(task, phi), len(task.classes)
    )


def scaled_size(task: Game, phi: int) -> tuple[int, int]:
    """Height and width of the pictures of a compound-scaled network.

    >>> from reflop.systems.folded.tasks import GAMES
    >>> scaled_size(GAMES["apex/squad_count_v2"], 1)
    (16, 21)
    """
    return int(task.height / SMALLER**phi), int(task.width / SMALLER**phi)


def _layers(inputs: int, a: int, z: int, units: int) -> list[nn.Module]:
    """Convolutions, activations and poolings in order."""
    layers: list[nn.Module] = [*_convolution(inputs, a), nn.MaxPool2d(3, 2)]
    for _ in range(units):
        layers += [*_convolution(a, a), *_convolution(a, a), *_convolution(a, a), nn.MaxPool2d(3, 1)]
    return [*layers, *_convolution(a, z), nn.MaxPool2d(3, 2)]


def _convolution(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()


def _first(count: int, layers: list[nn.Module]) -> Iterator[nn.Module]:
    """The layers up to the last of `count` convolutions, and the pooling of a block as far as it has one of them."""
    seen = since_pooling = 0
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            seen, since_pooling = seen + 1, since_pooling + (seen < count)
        if isinstance(layer, nn.MaxPool2d):
            if since_pooling:
                yield layer
            since_pooling = 0
        elif seen <= count:
            yield layer


def _features(layers: list[nn.Module], height: int, across: int) -> int:
    """Numbers that leave the layers: channels times height times width."""
    channels = 0
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            channels = layer.out_channels
        if isinstance(layer, nn.MaxPool2d):
            height, across = ((size - 3) // layer.stride + 1 for size in (height, across))  # type: ignore[operator]
    return channels * height * across
