"""Train one folded network on frames that lie in memory, by a recipe; stopped, it goes on after the last epoch."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Generator, Tensor, nn, optim
from torch.nn.functional import cross_entropy

from reflop.errors import BadParams
from reflop.systems.folded import curriculum, networks
from reflop.systems.folded.folding import FoldedClassifier
from reflop.systems.folded.recipes import Recipe
from reflop.systems.folded.tasks import Game
from reflop.train import evaluating, recipes
from reflop.train.fitting import Row, fit

LAST_EPOCH = 1500  # of the published training, whose curriculum a shorter one runs through faster
EVALUATED = 1024  # images of a batch


@dataclass(frozen=True)
class Frames:
    """Frames (N, 3, H, W) of 8 bits, and their classes (N,)."""

    pixels: Tensor
    labels: Tensor

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """All of them in order."""
        for x, y in zip(self.pixels.split(EVALUATED), self.labels.split(EVALUATED), strict=True):
            yield scaled(x), y


def scaled(pixels: Tensor) -> Tensor:
    """Bytes to -1 .. 1.

    >>> scaled(torch.tensor([0, 255], dtype=torch.uint8))
    tensor([-1.,  1.])
    """
    return pixels.float() / 127.5 - 1


def trained(
    task: Game,
    f: int,
    recipe: Recipe,
    frames: Frames,
    *,
    epochs: int,
    seed: int,
    teacher: FoldedClassifier | None = None,
    folder: Path | None = None,
) -> tuple[FoldedClassifier, list[Row]]:
    """The trained classifier in the published architecture, and one row per epoch (see `reflop.train.fitting.fit`).

    `teacher` is the unfolded network, where the recipe asks for one.

    Raises:
        BadParams: a recipe with a teacher, and none.
    """
    if (recipe.start or recipe.teacher) and teacher is None:
        then = "reflop run folded.ablation"
        raise BadParams(
            what=recipe.says, expected="an unfolded network to learn from", found="none", then=then
        )
    generator = Generator().manual_seed(seed)
    network = networks.build(task, f, seed=seed)
    if recipe.start and teacher:
        transplant(teacher.network, network, f)
    model = FoldedClassifier(normalised(network) if recipe.norm else network, f)
    model.to(memory_format=torch.channels_last)
    batch = recipe.batch - recipe.batch % f
    steps = epochs * -(-len(frames.pixels) // batch)
    answers = answered(teacher, frames) if recipe.teacher and teacher else None

    def targets(generator: Generator, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        alike = f if epoch < recipe.alike * epochs else 1
        shown = known(task, f, recipe, frames.labels, epoch / epochs)
        for chosen in order(shown, generator, alike).split(batch):
            y = frames.labels[chosen] if answers is None else answers[chosen]
            yield scaled(frames.pixels[chosen]).contiguous(memory_format=torch.channels_last), y

    rows = fit(
        model, targets, optimiser(model, recipe, batch), epochs=epochs, generator=generator,
        schedule=recipes.one_cycle(steps) if recipe.cycle else recipes.constant, folder=folder,
        precision=torch.bfloat16 if evaluating.has_bfloat16() else torch.float32,
        key=f"{task.name} {f} {recipe}", label=f"{task.name}, fold {f}",
    )  # fmt: skip
    plain = merged(model.network.eval()) if recipe.norm else model.network
    return FoldedClassifier(plain, f).eval(), rows


def optimiser(model: nn.Module, recipe: Recipe, batch: int) -> optim.Optimizer:
    """The recipe's, with the published weight decay of 1e-5 for Adam."""
    if recipe.optimiser == "adam":
        return optim.Adam(model.parameters(), recipe.learning_rate, weight_decay=1e-5)
    return recipes.modern(model, recipe.learning_rate * batch / 32)


def known(task: Game, f: int, recipe: Recipe, labels: Tensor, share: float) -> Tensor:
    """Which frames may be shown after that share of the epochs: those of the curriculum's classes."""
    classes = (
        curriculum.published(task, f).active(int(share * LAST_EPOCH))
        if recipe.curriculum
        else labels.max() + 1
    )
    return (labels < classes).nonzero()[:, 0]


def order(known: Tensor, generator: Generator, alike: int = 1) -> Tensor:
    """All of them, shuffled; with `alike` only one in so many, so many times, one behind the other.

    >>> order(torch.arange(4), Generator().manual_seed(0), 2).unique_consecutive(return_counts=True)[1]
    tensor([2, 2])
    """
    shuffled = known[torch.randperm(len(known), generator=generator)]
    return shuffled[::alike].repeat_interleave(alike)


def answered(model: nn.Module, frames: Frames) -> Tensor:
    """Class probabilities (N, n) of all frames."""
    return (
        evaluating.evaluate(model, frames.batches())[0].softmax(1).clone()
    )  # a tensor that may be trained with


def normalised(network: nn.Module) -> nn.Module:
    """A game network with batch norm behind each of its convolutions."""
    network = copy.deepcopy(network)
    layers: list[nn.Module] = []
    for layer in network.conv:  # type: ignore[operator, union-attr]
        layers += [layer, nn.BatchNorm2d(layer.out_channels)] if isinstance(layer, nn.Conv2d) else [layer]
    network.conv = nn.Sequential(*layers)
    return network


def merged(network: nn.Module) -> nn.Module:
    """The same function without batch norm: its scale and shift become the convolution's."""
    network = copy.deepcopy(network)
    layers: list[nn.Module] = []
    for layer in network.conv:  # type: ignore[operator, union-attr]
        if isinstance(layer, nn.BatchNorm2d):
            layers[-1] = nn.utils.fuse_conv_bn_eval(layers[-1], layer)  # type: ignore[type-var]
        else:
            layers.append(layer)
    network.conv = nn.Sequential(*layers)
    return network


@torch.no_grad()
def transplant(unfolded: nn.Module, network: nn.Module, f: int) -> None:
    """Let a folded game network begin with the unfolded one's answer to the mean of its f images.

    The first channels of every layer take over its weights, the others keep their random ones.
    """
    theirs = dict(unfolded.named_parameters())
    for name, ours in network.named_parameters():
        known = theirs[name]
        if name == "conv.0.weight":
            ours[: len(known)] = known.repeat(1, f, 1, 1) / f
        elif name == "lin.bias":
            ours.copy_(known.repeat(f))
        elif name == "lin.weight":
            ours[:, : known.shape[1]] = known.repeat(f, 1)
        else:
            ours[tuple(slice(size) for size in known.shape)] = known


def tested(model: FoldedClassifier, frames: Frames) -> tuple[Tensor, float]:
    """Which answers are right (N,), and their mean loss."""
    logits, labels = evaluating.evaluate(model, frames.batches())
    return logits.argmax(1) == labels, float(cross_entropy(logits, labels))
