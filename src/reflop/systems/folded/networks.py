"""The published networks under the names of the original's tables, original and folded, with their inputs.

    build("lol/goldnumber-fraction", 4)        # 4 score boards (1, 12, 22, 52) to 44 logits
    build("noscope_coral", 2)
    build("cifar10_resnet18", 2)
    build("efficientnet-game_sot/timer3", 2)   # compound-scaled with exponent 1: one picture at a time

Weights are random, or read from a checkpoint in the original's layout.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from reflop.errors import BadFile
from reflop.models import checkpoints, initial
from reflop.params import unknown
from reflop.systems.folded import noscope, resnet, tasks
from reflop.systems.folded.folding import FoldedClassifier, checked
from reflop.systems.folded.game import game_cnn, scaled_game_cnn, scaled_size
from reflop.systems.folded.tasks import Game

NOSCOPE, SCALED, RESNET = "noscope_", "efficientnet-game_", "_resnet18"
CIFAR = {"cifar10": 10, "cifar100": 100}
NAMES = (
    *tasks.GAMES, *(f"{NOSCOPE}{name}" for name in tasks.VIDEOS), *(f"{name}{RESNET}" for name in CIFAR),
    *(f"{SCALED}{name}" for name in tasks.GAMES),
)  # fmt: skip


def build(
    name: str | Game,
    fold: int = 1,
    *,
    multiplier: float | None = None,
    round_to: int = 1,
    weights: Path | None = None,
    seed: int = 0,
    device: str = "cpu",
) -> nn.Module:
    """The network in evaluation mode: folded inputs (B / f, f C, H, W) to (B / f, f n).

    A compound-scaled name takes one picture per input, and `fold` f means exponent f - 1. Widths grow by
    `multiplier` (default the square root of the fold) and are rounded up to multiples of `round_to`. Weights are
    those of a checkpoint in the original's layout, or random; on device "meta" there are only shapes.

    >>> sum(p.numel() for p in build("apex/squad_count_v2", 3, device="meta").parameters())
    103160

    Raises:
        BadParams: an unknown name, or a fold that is no whole number from 1.
        BadFile: a description or checkpoint that is damaged, or weights of another network or fold.
    """
    f = checked(fold)

    def network() -> nn.Module:
        if isinstance(name, Game):
            return game_cnn(name, f, multiplier=multiplier, round_to=round_to)
        if name.startswith(SCALED):
            return scaled_game_cnn(tasks.game(name.removeprefix(SCALED)), f - 1)
        if name.startswith(NOSCOPE) and (video := tasks.VIDEOS.get(name.removeprefix(NOSCOPE))):
            return noscope.network(video, f, multiplier=multiplier, round_to=round_to)
        if name.endswith(RESNET) and (n_classes := CIFAR.get(name.removesuffix(RESNET))):
            return resnet.ResNet18(n_classes, f, multiplier=multiplier, round_to=round_to)
        if name not in tasks.GAMES and not name.endswith(".json"):
            raise unknown(name, list(NAMES), "network")
        return game_cnn(tasks.game(name), f, multiplier=multiplier, round_to=round_to)

    module = initial.built(network, device, seed)
    if weights is not None:
        fill(module, weights, f"{getattr(name, 'name', name)} at fold {f}")
    return module.eval()


def fill(module: nn.Module, path: Path, what: str) -> None:
    """Load a checkpoint, whatever its keys have in front (`module.`, the name of the class's one attribute).

    Raises:
        BadFile: with the first tensor that does not fit, both shapes named.
    """
    tensors = checkpoints.read(path)
    expected = module.state_dict()
    first = next(iter(expected))
    prefixes = [key.removesuffix(first) for key in tensors if key.endswith(first)]
    if len(prefixes) == 1 and prefixes[0]:
        tensors = {key.removeprefix(prefixes[0]): value for key, value in tensors.items()}
    for key in expected:
        if key in tensors and expected[key].shape != tensors[key].shape:
            shapes = tuple(expected[key].shape), tuple(tensors[key].shape)
            then = "the fold it was trained with"
            raise BadFile(
                what=f"{path}, {key}", expected=f"{shapes[0]} for {what}", found=str(shapes[1]), then=then
            )
    checkpoints.fill(module, tensors, f"{path} for {what}")


def image_shape(name: str | Game, fold: int = 1) -> tuple[int, int, int]:
    """Channels, height and width of one image.

    >>> image_shape("efficientnet-game_apex/squad_count_v2", 2), image_shape("noscope_night")
    ((3, 16, 21), (3, 50, 50))
    """
    if isinstance(name, str) and name.startswith(SCALED):
        return 3, *scaled_size(tasks.game(name.removeprefix(SCALED)), fold - 1)
    if isinstance(name, str) and name.startswith(NOSCOPE):
        return 3, noscope.SIDE, noscope.SIDE
    if isinstance(name, str) and name.endswith(RESNET):
        return 3, resnet.SIDE, resnet.SIDE
    task = name if isinstance(name, Game) else tasks.game(name)
    return 3, task.height, task.width


def example(name: str | Game, fold: int = 1, inputs: int = 1, device: str = "cpu") -> Tensor:
    """Zeros (inputs, f C, H, W), as the network of that name takes them."""
    channels, height, width = image_shape(name, fold)
    return torch.zeros(inputs, images_of_an_input(name, fold) * channels, height, width, device=device)


def images_of_an_input(name: str | Game, fold: int) -> int:
    """As many as the fold says, but one in a compound-scaled network."""
    return 1 if isinstance(name, str) and name.startswith(SCALED) else fold


def classifier(name: str | Game, fold: int = 1, **options: object) -> FoldedClassifier:
    """The network as an ordinary classifier of any number of images; options as for `build`."""
    return FoldedClassifier(build(name, fold, **options), images_of_an_input(name, fold))  # type: ignore[arg-type]
