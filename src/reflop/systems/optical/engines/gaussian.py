"""A block of the complex Gaussian matrix: the model of the device itself, held or drawn again."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.random import SeedSequence

from reflop.systems.optical.engines.engine import Block, intensity

BLOCK_ENTRIES = 2**23  # complex entries of one block: 64 MiB
TILE_ENTRIES = 2**22  # entries of one tile of rows


def width(n_features: int) -> int:
    """Components in one block: fewer for longer rows, so that a block is never larger than 64 MiB.

    >>> width(1000), width(25_088), width(2**20)
    (1024, 334, 8)
    """
    return max(1, min(1024, BLOCK_ENTRIES // n_features))


def tile(n_features: int) -> int:
    """Rows multiplied at once: enough to keep a processor busy, few enough that a single row is not a burden."""
    return max(1, min(64, TILE_ENTRIES // n_features))


def matrix(n_features: int, seed: SeedSequence) -> np.ndarray:
    """One block as float32 (2 components, n): rows in turn the real and the imaginary part, N(0, 1/2) each."""
    rng = np.random.Generator(np.random.SFC64(seed))
    parts = rng.standard_normal((2 * width(n_features), n_features), dtype=np.float32)
    return np.multiply(parts, np.float32(math.sqrt(0.5)), out=parts)


def block(n_features: int, wanted: int, seed: SeedSequence, device: torch.device) -> Block:
    """The block of `seed`; it is drawn and multiplied whole even if less is wanted, so that m changes nothing."""
    parts = torch.from_numpy(matrix(n_features, seed)).to(device)

    def project(rows: torch.Tensor, out: torch.Tensor) -> None:
        product = rows.float() @ parts.T  # (tile, 2 width): real, imaginary, real, ...
        intensity(product.view(len(rows), -1, 2)[:, :wanted], out)

    return project
