"""Placeholder of the thin path."""

from pathlib import Path

from reflop.record import Measured, Metric
from reflop.systems.optical.params import Speckle


def speckle(params: Speckle, work: Path) -> Measured:
    import numpy as np

    rng = np.random.default_rng(params.seed)
    y = np.abs(rng.standard_normal(params.n_components) + 1j * rng.standard_normal(params.n_components)) ** 2
    c = float(y.std() / y.mean())
    return Measured(
        {"speckle_contrast": Metric(c, "", c - 0.01, c + 0.01, params.n_components)}, nature="simulated"
    )
