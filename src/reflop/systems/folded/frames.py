"""Labelled frames in memory: 8-bit pictures of one size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from reflop.data import counters
from reflop.systems.folded.tasks import Game

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

    def shuffled(self, seed: int) -> Frames:
        """The same in random order, so that a group is a mixture of classes."""
        order = torch.randperm(len(self.labels), generator=torch.Generator().manual_seed(seed))
        return Frames(self.pixels[order], self.labels[order])

    def digest(self) -> str:
        """SHA-256 of pixels and labels."""
        total = hashlib.sha256(self.labels.numpy().tobytes())
        total.update(self.pixels.numpy().tobytes())
        return total.hexdigest()


def scaled(pixels: Tensor) -> Tensor:
    """Bytes to -1 .. 1.

    >>> scaled(torch.tensor([0, 255], dtype=torch.uint8))
    tensor([-1.,  1.])
    """
    return pixels.float() / 127.5 - 1


def synthetic(task: Game, count: int, seed: int, part: counters.Part) -> Frames:
    """Counter frames of a game task in random order (see `reflop.data.counters`)."""
    pixels, labels = counters.frames(task.classes, (task.height, task.width), count, seed, part)
    planes = torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()
    return Frames(planes, torch.from_numpy(labels)).shuffled(seed)
