"""The default: rounds of "multiply by random unit phases, Fourier transform", n log n instead of n m.

With F the unitary transform of length N and D_1, D_2 diagonal matrices of random phases, a block of N components
is R = sqrt(N) F D_2 F D_1. Each entry is a sum of N random phases, so nearly complex Gaussian; the rows of a block
are orthogonal, which keeps |x|^2 exactly and makes its kernel a little better than that of the Gaussian matrix.

One round does not do. R = sqrt(N) F D_1 sends a row with few ones to a sum of few waves: its components are
strongly dependent and the kernel estimate is 70 % worse, and stays worse (rows with three ones, 4096 components).
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch
from numpy.random import SeedSequence

from reflop.errors import BadParams
from reflop.systems.optical.engines.engine import Block, Engine, intensity, on_torch

TILE_ENTRIES = 2**19  # complex, 4 MiB: half of it is faster alone, but suffers on a busy machine
SHORTEST = 256  # with fewer features a component would be a sum of too few phases to look Gaussian


def fast_length(n: int) -> int:
    """The least transform length of at least `n` and 256: 16 times a number without prime factors above 7.

    Such lengths cost 0.8 to 1.6 ns per point (MKL, n up to 25,088), odd ones or those with one factor 2 twice that;
    allowing 7 beside 2, 3 and 5 saves padding.

    >>> fast_length(10), fast_length(1000), fast_length(25_088), fast_length(2**20)
    (256, 1008, 25088, 1048576)
    """
    sixteenths = max(SHORTEST, n + 15) // 16
    while not _smooth(sixteenths):
        sixteenths += 1
    return 16 * sixteenths


def _smooth(n: int) -> bool:
    """Whether `n` has no prime factor above 7."""
    for prime in (2, 3, 5, 7):
        while n % prime == 0:
            n //= prime
    return n == 1


def tile(n_features: int) -> int:
    """Rows transformed at once."""
    return max(1, min(64, TILE_ENTRIES // fast_length(n_features)))


def block(rounds: int, n_features: int, wanted: int, seed: SeedSequence, device: torch.device) -> Block:
    """`rounds` diagonals of random phases; the factor 1/sqrt(N) of every round but the first is in them."""
    length = fast_length(n_features)
    rng = np.random.Generator(np.random.SFC64(seed))
    angles = torch.from_numpy(rng.random((rounds, length), dtype=np.float32)).to(device) * (2 * math.pi)
    size = torch.full_like(angles, 1 / math.sqrt(length))
    size[0] = 1.0
    phases = torch.polar(size, angles)  # (rounds, length)

    def project(rows: torch.Tensor, out: torch.Tensor) -> None:
        z = torch.zeros(len(rows), length, dtype=torch.complex64, device=device)
        z[:, :n_features] = rows
        for phase in phases:
            z = torch.fft.fft(z.mul_(phase))
        intensity(torch.view_as_real(z[:, :wanted]), out)

    return project


def engine(rounds: int = 2) -> Engine:
    """The engine with this number of rounds.

    Raises:
        BadParams: fewer than two rounds.
    """
    if rounds < 2:
        reason = "2 or more, because one round fails on sparse inputs (their components stay dependent)"
        raise BadParams(what="rounds", expected=reason, found=str(rounds))
    return Engine("structured", on_torch, fast_length, tile, partial(block, rounds))


ENGINE = engine()
