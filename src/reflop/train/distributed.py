"""Data-parallel training under torchrun: each process takes its share of every batch, gradients are averaged.

    torchrun --nproc-per-node 2 -m reflop folded train sot/timer3 --fold 4

Outside torchrun there is one process, and nothing is joined.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class Place:
    """Which of how many processes this is."""

    rank: int = 0
    world: int = 1

    def wrapped(self, model: nn.Module) -> nn.Module:
        """The model, with gradients that are averaged over all processes."""
        return DistributedDataParallel(model) if self.world > 1 else model

    def share(self, chosen: torch.Tensor, group: int) -> torch.Tensor:
        """This process's groups of a batch (N,), as many as every other process gets; none where there are too few.

        >>> Place(1, 2).share(torch.arange(10), 2)
        tensor([2, 3, 6, 7])
        """
        if self.world == 1:
            return chosen
        equal = len(chosen) // (group * self.world) * group * self.world
        return chosen[:equal].reshape(-1, group)[self.rank :: self.world].flatten()


ALONE = Place()


@contextmanager
def joined() -> Iterator[Place]:
    """Join the processes that torchrun started, and leave them afterwards."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    distributed.init_process_group("gloo")
    try:
        yield Place(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()
