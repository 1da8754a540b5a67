"""The four kinds of 0/1 inputs on which kernel estimates are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor


def bin50(n: int, rng: Generator) -> np.ndarray:
    """400 rows, each bit one with probability 1/2."""
    return rng.random((400, n)) < 0.5


def bin10(n: int, rng: Generator) -> np.ndarray:
    """200 rows, each bit one with probability 1/10."""
    return rng.random((200, n)) < 0.1


def clust(n: int, rng: Generator) -> np.ndarray:
    """200 rows around ten prototypes: one of them each, with a tenth of its bits flipped."""
    prototypes = rng.random((10, n)) < 0.5
    return prototypes[rng.integers(0, 10, 200)] ^ (rng.random((200, n)) < 0.1)


def sparse3(n: int, rng: Generator) -> np.ndarray:
    """200 rows with exactly three ones, like rows of a sparse graph's adjacency matrix."""
    rows = np.zeros((200, n), dtype=bool)
    np.put_along_axis(rows, rng.random((200, n)).argpartition(3, axis=1)[:, :3], True, axis=1)
    return rows


FAMILIES: dict[str, Callable[[int, Generator], np.ndarray]] = {
    "bin50": bin50,
    "bin10": bin10,
    "clust": clust,
    "sparse3": sparse3,
}


def draw(name: str, n: int, seed: int) -> Tensor:
    """The rows of family `name` with `n` bits, uint8; the same for the same seed.

    >>> draw("sparse3", 100, seed=0).sum(1).unique().tolist()
    [3]
    """
    own = np.random.SeedSequence(seed, spawn_key=(list(FAMILIES).index(name),))
    return torch.from_numpy(FAMILIES[name](n, np.random.default_rng(own)).astype(np.uint8))


def draw_all(names: Sequence[str], n: int, seed: int) -> dict[str, Tensor]:
    """The rows of several families."""
    return {name: draw(name, n, seed) for name in names}
