"""Ways to train a folded game network, from the published one to what gets all slots to learn.

One head answers for f images, so each answer is at first noise to the f - 1 others: the published recipe stands at
chance for many epochs. Recipes differ in few points each, so that an ablation can tell what helps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from reflop.systems.folded import curriculum

Optimiser = Literal["adam", "sgd", "rmsprop"]


@dataclass(frozen=True)
class Recipe:
    """One way to train.

    Attributes:
        says: what it is, for a figure.
        learning_rate: for 32 images a step; for more it grows in proportion with SGD.
        cycle: up and down once over the whole training, instead of constant.
        norm: batch norm behind every convolution while training, merged into the convolution afterwards.
        batch: images of a step, less the remainder by f.
        curriculum: the original's, its epochs shortened in proportion to the training's.
        teacher: learn the unfolded network's answers instead of the labels: its class probabilities, or its logits
            by their squared error.
        halve_every: epochs after which a constant learning rate is halved, again and again; 0, never.
        augment: shift by up to 4 pixels, mirror every second image.
        alike: share of the epochs, the first ones, in which all slots show the same image.
        start: from the unfolded network's weights instead of random ones.
        alone: share of the epochs, the first ones, in which one narrow network is trained by itself; the folded one
            then begins as f copies of it side by side, with zeros between them. At 0, as f random ones.
        joint: share of the learning rate that is left for what follows.
    """

    says: str
    optimiser: Optimiser
    learning_rate: float
    cycle: bool = True
    norm: bool = True
    batch: int = 32
    curriculum: bool = False
    teacher: Literal["probabilities", "logits"] | None = None
    halve_every: int = 0
    augment: bool = False
    alike: float = 0.0
    start: bool = False
    alone: float | None = None
    joint: float = 1.0


OURS = "grown"
RECIPES = {
    "published": Recipe(
        "published, short curriculum", "adam", 1e-4, cycle=False, norm=False, curriculum=True
    ),
    "flat": Recipe("published, no curriculum", "adam", 1e-4, cycle=False, norm=False),
    "cycle": Recipe("Adam, one cycle", "adam", 1e-3, norm=False),
    "cycle_norm": Recipe("Adam, one cycle, batch norm", "adam", 1e-3),
    "normalised": Recipe("SGD, one cycle, batch norm", "sgd", 0.05, batch=64),
    "distilled": Recipe("SGD, cycle, norm, taught by f = 1", "sgd", 0.05, batch=64, teacher="probabilities"),
    "started": Recipe("SGD, cycle, norm, begun from f = 1", "sgd", 0.05, batch=64, start=True),
    "alike": Recipe("SGD, cycle, norm, slots alike first", "sgd", 0.05, batch=64, alike=0.3),
    "apart": Recipe("SGD, cycle, norm, slots apart first", "sgd", 0.05, batch=64, alone=0.0),
    # Half the learning rate: at 0.05 one narrow network in three of "goldnumber-fraction" lost all it had learned.
    OURS: Recipe("SGD, cycle, norm, grown from narrow", "sgd", 0.025, batch=64, alone=1 / 3, joint=0.1),
    "narrow": Recipe("narrow networks, nothing joint", "sgd", 0.025, batch=64, alone=1.0),
}

NOSCOPE = Recipe("published", "rmsprop", 0.001 / 1.5, cycle=False, norm=False)
CIFAR = Recipe("published", "adam", 1e-4, cycle=False, norm=False, halve_every=200, augment=True)


def ours(name: str) -> Recipe:
    """What we train a network with: grown from narrow ones; see `folded.ablation`.

    For the video detectors with Adam, as nothing normalises what their wide linear layer reads, and SGD leaves them at
    chance (chosen on validation frames of a synthetic clip). Small pictures of things are shifted and mirrored.
    """
    if name.startswith("noscope_"):
        return replace(RECIPES[OURS], optimiser="adam", learning_rate=1e-3, batch=32)
    return replace(RECIPES[OURS], augment=True) if name.startswith("cifar") else RECIPES[OURS]


def published(name: str, f: int) -> tuple[Recipe, int]:
    """The original's recipe for a network at a fold, and its epochs (table c.1 of its trainer).

    Games have a curriculum where they are folded. The folded CIFAR-10 network learns the unfolded one's logits, and
    without any halving, as there the original's rule for it does not apply.

    >>> published("noscope_coral", 2)[1], published("lol/timer-minutes", 4)[1]
    (50, 3000)
    """
    if name.startswith("noscope_"):
        return NOSCOPE, 50
    if name.startswith("cifar"):
        taught = f > 1 and name.startswith("cifar10_")
        return (replace(CIFAR, teacher="logits", halve_every=0) if taught else CIFAR), 1500
    return replace(RECIPES["published"], says="published"), curriculum.length(name, f)
