"""Train one folded network on frames that lie in memory, by a recipe; stopped, it goes on after the last epoch."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
    task: str | Game,
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
    generator, rows = Generator().manual_seed(seed), list[Row]()
    network = networks.build(task, f, seed=seed)
    if recipe.start and teacher:
        transplant(teacher.network, network, f)
    model = FoldedClassifier(normalised(network) if recipe.norm else network, f)
    learning_rate = recipe.learning_rate
    if f > 1 and recipe.alone is not None:
        epochs_alone = round(recipe.alone * epochs)
        narrow = [_narrow(task, f, recipe, seed + slot) for slot in range(1 if epochs_alone else f)]
        if epochs_alone:
            rows = Phase(task, recipe, epochs_alone, generator, folder and folder / "alone")(
                narrow[0], frames
            )
            learning_rate *= recipe.joint
        side_by_side([one.network for one in narrow] * (f // len(narrow)), model.network)
    joint = replace(recipe, learning_rate=learning_rate)
    rows += Phase(task, joint, epochs - len(rows), generator, folder, teacher)(model, frames)
    plain = merged(model.network.eval()) if recipe.norm else model.network
    return FoldedClassifier(plain, f).eval(), [row | {"epoch": place + 1} for place, row in enumerate(rows)]


def _narrow(task: str | Game, f: int, recipe: Recipe, seed: int) -> FoldedClassifier:
    """A network for one image, so narrow that `f` of them are as wide as the folded one."""
    network = networks.build(task, multiplier=f**-0.5, seed=seed)
    return FoldedClassifier(normalised(network) if recipe.norm else network, 1)


@dataclass(frozen=True)
class Phase:
    """So many epochs of training by a recipe."""

    task: str | Game
    recipe: Recipe
    epochs: int
    generator: Generator
    folder: Path | None = None
    teacher: FoldedClassifier | None = None

    def __call__(self, model: FoldedClassifier, frames: Frames) -> list[Row]:
        """Train the model in place; one row per epoch."""
        recipe, f = self.recipe, model.f
        model.to(memory_format=torch.channels_last)
        batch = recipe.batch - recipe.batch % f
        steps = self.epochs * -(-len(frames.pixels) // batch)
        answers = answered(self.teacher, frames) if recipe.teacher and self.teacher else None

        def targets(generator: Generator, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
            alike = f if epoch < recipe.alike * self.epochs else 1
            shown = known(self.task, f, recipe, frames.labels, epoch / self.epochs)
            for chosen in order(shown, generator, alike).split(batch):
                y = frames.labels[chosen] if answers is None else answers[chosen]
                yield scaled(frames.pixels[chosen]).contiguous(memory_format=torch.channels_last), y

        name = self.task if isinstance(self.task, str) else self.task.name
        return fit(
            model, targets, optimiser(model, recipe, batch), epochs=self.epochs, generator=self.generator,
            schedule=recipes.one_cycle(steps) if recipe.cycle else recipes.constant, folder=self.folder,
            precision=torch.bfloat16 if evaluating.has_bfloat16() else torch.float32,
            key=f"{name} {f} {recipe}", label=f"{name}, fold {f}",
        )  # fmt: skip


@torch.no_grad()
def side_by_side(narrow: Sequence[nn.Module], network: nn.Module) -> None:
    """Let a folded network begin as narrow ones side by side, each answering for its image, nothing between them.

    Every layer's weights become blocks on the diagonal. Channels that are left over by rounding keep random inputs,
    and nothing reads them yet.
    """
    theirs = [one.state_dict() for one in narrow]
    for name, ours in network.state_dict().items():
        block = theirs[0][name].shape
        if len(block) > 1:
            ours[: len(narrow) * block[0]] = 0
        for slot, weights in enumerate(theirs):
            ours[tuple(slice(slot * size, (slot + 1) * size) for size in block[:2])] = weights[name]


def optimiser(model: nn.Module, recipe: Recipe, batch: int) -> optim.Optimizer:
    """The recipe's, with the published weight decay of 1e-5 for Adam."""
    if recipe.optimiser == "adam":
        return optim.Adam(model.parameters(), recipe.learning_rate, weight_decay=1e-5)
    return recipes.modern(model, recipe.learning_rate * batch / 32)


def known(task: str | Game, f: int, recipe: Recipe, labels: Tensor, share: float) -> Tensor:
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
    """The network with batch norm behind each convolution of its stack."""
    network = copy.deepcopy(network)
    stack = _stack(network)
    for place in reversed(range(len(stack))):
        if isinstance(convolution := stack[place], nn.Conv2d):
            stack.insert(place + 1, nn.BatchNorm2d(convolution.out_channels))
    return network


def merged(network: nn.Module) -> nn.Module:
    """The same function without batch norm: its scale and shift become the convolution's."""
    network = copy.deepcopy(network)
    stack = _stack(network)
    for place in reversed(range(len(stack))):
        if isinstance(stack[place], nn.BatchNorm2d):
            stack[place - 1] = nn.utils.fuse_conv_bn_eval(stack[place - 1], stack[place])  # type: ignore[type-var, arg-type]
            del stack[place]
    return network


def _stack(network: nn.Module) -> nn.Sequential:
    """Where the convolutions are: the network itself, or its part `conv`."""
    return network if isinstance(network, nn.Sequential) else network.conv  # type: ignore[return-value]


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
