"""What a projection engine is: a random matrix R, cut into blocks, that turns 0/1 rows into |Rx|^2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from numpy.random import SeedSequence
from torch import Tensor

# Writes |Rx|^2 of a tile of rows, 0/1 as uint8 (tile, n), into `out`, float32 (tile, components).
Block = Callable[[Tensor, Tensor], None]


@dataclass(frozen=True)
class Engine:
    """One way to compute |Rx|^2 for a complex random R with E|R_ij|^2 = 1.

    An engine makes one block of components at a time from that block's own seed, and sees rows only in tiles
    of one fixed shape. Everything the engines have in common follows from this: more components leave the
    earlier ones alone, the batch a row comes in does not change its value, and memory stays bounded.
    """

    name: str
    available: Callable[[str], str | None]  # device -> the reason why it cannot run there, or None
    width: Callable[[int], int]  # number of features -> components in one block
    tile: Callable[[int], int]  # number of features -> rows in one tile
    block: Callable[
        [int, int, SeedSequence, torch.device], Block
    ]  # features, components wanted, seed, device
    keeps: bool = True  # blocks are built once and stay in memory; otherwise anew for every batch


def on_torch(device: str) -> str | None:
    """Why torch cannot compute on `device` here, or None."""
    if device.startswith("cuda") and not torch.cuda.is_available():
        return f"{device}: torch sees no CUDA GPU"
    if device.startswith("cuda:") and int(device[5:]) >= torch.cuda.device_count():
        return f"{device}: this machine has {torch.cuda.device_count()} GPU(s)"
    return None


def intensity(parts: Tensor, out: Tensor) -> None:
    """Write real^2 + imaginary^2 of `parts` (rows, components, 2) into `out` (rows, components).

    >>> out = torch.empty(1, 1)
    >>> intensity(torch.tensor([[[3.0, 4.0]]]), out)
    >>> out.item()
    25.0
    """
    real, imaginary = parts.unbind(-1)
    torch.mul(real, real, out=out).addcmul_(imaginary, imaginary)
