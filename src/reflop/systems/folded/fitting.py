"""Train one folded network on frames that lie in memory, by a recipe; stopped, it goes on after the last epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Generator, Tensor, nn, optim
from torch.nn.functional import cross_entropy

from reflop.errors import BadParams
from reflop.systems.folded import curriculum, networks
from reflop.systems.folded.folding import FoldedClassifier
from reflop.systems.folded.frames import Frames, scaled
from reflop.systems.folded.game import GameCNN
from reflop.systems.folded.recipes import Recipe
from reflop.systems.folded.starts import merged, normalised, side_by_side, transplant
from reflop.systems.folded.tasks import Game
from reflop.train import batches, evaluating, recipes
from reflop.train.distributed import ALONE, Place
from reflop.train.fitting import Row, fit

# Given the classifier as it would be deployed, and all rows so far.
After = Callable[[FoldedClassifier, list[Row]], Row]


@dataclass(frozen=True)
class Fitting:
    """How one task is trained.

    Attributes:
        task: its name or description.
        recipe: the way.
        epochs: passes over the frames, all phases together.
        seed: of random weights and of the order of frames.
        folder: where the state is kept after each epoch; a state found there is gone on from.
        key: names the frames, so that the state of a training on others is refused.
        after: called after each epoch; what it returns joins the row.
        place: which of how many processes this is.
        multiplier: of the widths, instead of the square root of the fold.
    """

    task: str | Game
    recipe: Recipe
    epochs: int
    seed: int
    folder: Path | None = None
    key: str = ""
    after: After | None = None
    place: Place = ALONE
    multiplier: float | None = None

    def __call__(
        self, f: int, frames: Frames, teacher: FoldedClassifier | None = None
    ) -> tuple[FoldedClassifier, list[Row]]:
        """The trained classifier in the published architecture, and one row per epoch (see `reflop.train.fit`).

        `teacher` is the unfolded network, where the recipe asks for one.

        Raises:
            BadParams: a recipe with a teacher, and none; one that begins from the unfolded weights of no game network.
        """
        recipe, generator = self.recipe, Generator().manual_seed(self.seed)
        if (recipe.start or recipe.teacher) and teacher is None:
            expected = "an unfolded network to learn from"
            raise BadParams(
                what=recipe.says, expected=expected, found="none", then="--teacher FILE, or another way"
            )
        network = networks.build(self.task, f, multiplier=self.multiplier, seed=self.seed)
        if recipe.start and not isinstance(network, GameCNN):
            found = type(network).__name__
            raise BadParams(what=recipe.says, expected="a game network", found=found, then="--recipe grown")
        if recipe.start and teacher:
            transplant(teacher.network, network, f)
        model, rows = self._model(network, f), list[Row]()
        if f > 1 and recipe.alone is not None:
            alone = round(recipe.alone * self.epochs)
            narrow = [self._narrow(f, slot) for slot in range(1 if alone else f)]
            if alone:
                rows = self._phase(narrow[0], frames, generator, before=[], epochs=alone)
                recipe = replace(recipe, learning_rate=recipe.learning_rate * recipe.joint)
            side_by_side([one.network for one in narrow] * (f // len(narrow)), model.network)
        then, left = replace(self, recipe=recipe), self.epochs - len(rows)
        rows = then._phase(model, frames, generator, before=rows, epochs=left, teacher=teacher)
        return self._deployed(model), rows

    def _model(self, network: nn.Module, f: int) -> FoldedClassifier:
        return FoldedClassifier(normalised(network) if self.recipe.norm else network, f)

    def _narrow(self, f: int, slot: int) -> FoldedClassifier:
        """A network for one image, so narrow that `f` of them are as wide as the folded one."""
        return self._model(networks.build(self.task, multiplier=f**-0.5, seed=self.seed + slot), 1)

    def _deployed(self, model: FoldedClassifier) -> FoldedClassifier:
        """As published: norms that were there for training are merged."""
        mode = model.training
        plain = merged(model.network.eval()) if self.recipe.norm else model.network
        model.train(mode)
        return FoldedClassifier(plain, model.f).eval()

    def _phase(
        self,
        model: FoldedClassifier,
        frames: Frames,
        generator: Generator,
        *,
        before: list[Row],
        epochs: int,
        teacher: FoldedClassifier | None = None,
    ) -> list[Row]:
        """Train the model in place for so many epochs; all rows, those before it too."""
        recipe, f, task = self.recipe, model.f, self.task
        model.to(memory_format=torch.channels_last)
        batch = recipe.batch - recipe.batch % f
        an_epoch = -(-len(frames.pixels) // batch)
        answers = answered(teacher, frames, recipe) if recipe.teacher and teacher else None

        def targets(generator: Generator, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
            alike = f if epoch < recipe.alike * epochs else 1
            every = torch.arange(len(frames.labels))
            shown = known(task, f, frames.labels, epoch, epochs) if recipe.curriculum else every
            for together in order(shown, generator, alike).split(batch):
                pixels = frames.pixels[together]
                if recipe.augment:
                    pixels = batches.shift_and_flip(pixels, generator)
                mine = self.place.share(torch.arange(len(together)), f)
                if len(mine):
                    y = frames.labels[together] if answers is None else answers[together]
                    yield scaled(pixels[mine]).contiguous(memory_format=torch.channels_last), y[mine]

        def after(rows: list[Row]) -> Row:
            return self.after(self._deployed(model), _numbered([*before, *rows])) if self.after else {}

        name = task if isinstance(task, str) else task.name
        rows = fit(
            self.place.wrapped(model), targets, optimiser(model, recipe, batch), epochs=epochs,
            generator=generator, schedule=schedule(recipe, epochs, an_epoch), after=after,
            loss=nn.MSELoss() if recipe.teacher == "logits" else None, folder=self._state(f, bool(before)),
            precision=torch.bfloat16 if evaluating.has_bfloat16() else torch.float32,
            key=f"{name} {f} {recipe} {self.seed} {self.key}", label=f"{name}, fold {f}",
        )  # fmt: skip
        return _numbered([*before, *rows])

    def _state(self, f: int, later: bool) -> Path | None:
        """Every phase and every process keeps its own."""
        return self.folder and self.folder / f"fold{f}{'-then' if later else ''}-{self.place.rank}"


def _numbered(rows: list[Row]) -> list[Row]:
    """Rows of several phases, their epochs counted on."""
    return [row | {"epoch": place} for place, row in enumerate(rows, 1)]


def optimiser(model: nn.Module, recipe: Recipe, batch: int) -> optim.Optimizer:
    """The recipe's, with the published weight decay of 1e-5 for Adam."""
    if recipe.optimiser == "adam":
        return optim.Adam(model.parameters(), recipe.learning_rate, weight_decay=1e-5)
    if recipe.optimiser == "rmsprop":
        return optim.RMSprop(model.parameters(), recipe.learning_rate)
    return recipes.modern(model, recipe.learning_rate * batch / 32)


def schedule(recipe: Recipe, epochs: int, steps: int) -> recipes.Schedule:
    """Share of the learning rate at a step, with so many steps an epoch."""
    if recipe.cycle:
        return recipes.one_cycle(epochs * steps)
    if recipe.halve_every:
        return lambda step: 0.5 ** (step // (recipe.halve_every * steps))
    return recipes.constant


def known(task: str | Game, f: int, labels: Tensor, epoch: int, epochs: int) -> Tensor:
    """Which frames may be shown in an epoch of so many: those of the classes that the curriculum has let in."""
    classes = curriculum.published(task, f).active(epoch * curriculum.length(task, f) // epochs)
    return (labels < classes).nonzero()[:, 0]


def order(known: Tensor, generator: Generator, alike: int = 1) -> Tensor:
    """All of them, shuffled; with `alike` only one in so many, so many times, one behind the other.

    >>> order(torch.arange(4), Generator().manual_seed(0), 2).unique_consecutive(return_counts=True)[1]
    tensor([2, 2])
    """
    shuffled = known[torch.randperm(len(known), generator=generator)]
    return shuffled[::alike].repeat_interleave(alike)


def answered(model: nn.Module, frames: Frames, recipe: Recipe) -> Tensor:
    """What the teacher says of all frames as they are (N, n): class probabilities, or logits."""
    logits = evaluating.evaluate(model, frames.batches())[0]
    told = logits if recipe.teacher == "logits" else logits.softmax(1)
    return told.clone()  # a tensor that may be trained with


def tested(model: FoldedClassifier, frames: Frames) -> tuple[Tensor, float]:
    """Which answers are right (N,), and their mean loss."""
    logits, labels = evaluating.evaluate(model, frames.batches())
    return logits.argmax(1) == labels, float(cross_entropy(logits, labels))
