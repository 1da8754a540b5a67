"""Back-propagation, for comparison: a frozen backbone's features, and fine-tuning of the whole network."""

from __future__ import annotations

import copy
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Generator, Tensor, nn

from reflop.models import backbones, small_cnn
from reflop.systems.optical.tasks import Task
from reflop.train import batches, recipes
from reflop.train.evaluating import accuracy, evaluate, has_bfloat16
from reflop.train.fitting import fit

Recipe = Literal["original", "modern"]


@dataclass(frozen=True)
class Scaling:
    """Mean and deviation of each channel (C,), for values of 0 to 1."""

    mean: Tensor
    deviation: Tensor

    @classmethod
    def of(cls, pictures: Tensor) -> Scaling:
        """Measured over all training pictures (N, C, H, W)."""
        values = pictures.double().div(255).transpose(0, 1).flatten(1)  # (C, N H W)
        return cls(values.mean(1).float(), values.std(1).float())

    def __call__(self, pictures: Tensor) -> Tensor:
        """Bytes to float32 of mean 0 and deviation 1."""
        return batches.normalised(pictures, self.mean, self.deviation)


def pretrained(
    name: str, task: Task, scaling: Scaling, *, epochs: int, seed: int, folder: Path | None = None
) -> tuple[nn.Sequential, float]:
    """A small backbone trained on `task` from scratch, and its accuracy there in percent (tested once).

    One-cycle SGD; bfloat16 where the processor has it. With `folder`, a stopped training goes on where it was.
    """
    model = small_cnn.build(name, task.n_classes, seed=seed).to(memory_format=torch.channels_last)
    augmented = task.train.shape[-1] >= 16  # shifting and mirroring an 8 x 8 digit makes another digit of it
    _train(
        model, task, scaling, recipe="modern", epochs=epochs, seed=seed, augmented=augmented, folder=folder
    )
    return model, _tested(model, task, scaling)


def finetuned(
    backbone: nn.Module,
    n_features: int,
    task: Task,
    scaling: Scaling,
    *,
    recipe: Recipe,
    epochs: int,
    seed: int,
) -> tuple[float, float]:
    """Accuracy in percent after training all layers of a copy of `backbone` and a new linear one, and the seconds.

    "original" is the published schedule (Adam, learning rate 1e-6 on the summed loss of 32 pictures, constant),
    "modern" one-cycle SGD. The test set is looked at once, after the last epoch.
    """
    generator = Generator().manual_seed(seed)
    head = nn.Linear(n_features, task.n_classes)
    with torch.no_grad():
        bound = n_features**-0.5
        head.weight.uniform_(-bound, bound, generator=generator)
        head.bias.zero_()
    model = nn.Sequential(copy.deepcopy(backbone), nn.Flatten(), head).float()
    start = time.perf_counter()
    _train(model, task, scaling, recipe=recipe, epochs=epochs, seed=seed)
    seconds = time.perf_counter() - start
    return _tested(model, task, scaling), seconds


def features(
    backbone: nn.Module, pictures: Tensor, scaling: Scaling, dtype: torch.dtype, batch: int = 256
) -> Tensor:
    """Flattened features (N, F) in `dtype`, in batches."""
    backbone.eval()
    with torch.inference_mode():
        parts = [backbone(scaling(part).to(dtype)).flatten(1) for part in pictures.split(batch)]
    return torch.cat(parts)


def body(model: nn.Sequential, option: backbones.Option) -> nn.Sequential:
    """The feature layers of a trained small network, as `backbones.build` cuts them."""
    kept = list(model.named_children())[: 5 if option == "full" else 4]  # stem, three blocks, pool
    return nn.Sequential(OrderedDict(kept)).eval()


def _train(
    model: nn.Module,
    task: Task,
    scaling: Scaling,
    *,
    recipe: Recipe,
    epochs: int,
    seed: int,
    augmented: bool = False,
    folder: Path | None = None,
) -> None:
    size = 32 if recipe == "original" else min(128, max(16, len(task.train) // 20))
    steps = epochs * -(-len(task.train) // size)

    def epoch(generator: Generator, _: int) -> Iterator[tuple[Tensor, Tensor]]:
        for x, y in batches.shuffled(task.train, task.labels, size, generator):
            moved = batches.shift_and_flip(x, generator) if augmented else x
            yield scaling(moved), y

    fit(
        model,
        epoch,
        recipes.original(model) if recipe == "original" else recipes.modern(model, 0.1),
        epochs=epochs,
        generator=Generator().manual_seed(seed),
        schedule=recipes.constant if recipe == "original" else recipes.one_cycle(steps),
        loss=nn.CrossEntropyLoss(reduction="sum") if recipe == "original" else nn.CrossEntropyLoss(),
        precision=torch.bfloat16 if augmented and has_bfloat16() else torch.float32,
        folder=folder,
        key=f"{recipe} {seed} {len(task.train)} {task.n_classes}",
        label=f"{recipe} training",
    )


def _tested(model: nn.Module, task: Task, scaling: Scaling) -> float:
    stream = ((scaling(x), y) for x, y in batches.in_order(task.test, task.test_labels, 256))
    return accuracy(*evaluate(model, stream))
