"""The device's own simulator, lightonml 1.4.3: a stored complex matrix behind `OPU.transform`.

One simulated device per block of components, its matrix made from that block's seed, so that the library's
simulator keeps the same contract as the other engines. The simulator scales its matrix to E|R_ij|^2 = 2/n and takes
any number for an input; here the scale is undone, and inputs were checked before.
"""

from __future__ import annotations

import warnings
from types import ModuleType

import torch
from numpy.random import SeedSequence

from reflop.systems.optical.engines import gaussian
from reflop.systems.optical.engines.engine import Block, Engine

TILE_ROWS = 256  # its complex product takes twice as long per row with 64
INSTALL = "pip install --no-deps lightonml==1.4.3 (with setuptools<81)"


def load() -> ModuleType:
    """Import lightonml without its warning that pkg_resources is on its way out."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*pkg_resources.*")
        import lightonml
        import lightonml.internal.simulated_device
    return lightonml


def available(device: str = "cpu") -> str | None:
    """Why the simulator cannot run, or None."""
    if device != "cpu":
        return f"lightonml computes on the CPU only, not on {device}"
    try:
        load()
    except Exception as error:  # a package that fails in its import is as absent as one that is not there
        return f"lightonml cannot be imported ({type(error).__name__}: {error}); {INSTALL}"
    return None


def block(n_features: int, wanted: int, seed: SeedSequence, _device: torch.device) -> Block:
    """A simulated device whose matrix comes from `seed`, behind the library's own interface."""
    lightonml = load()
    device = lightonml.internal.simulated_device.SimulatedOpuDevice()
    n_components = gaussian.width(n_features)
    device.build_random_matrix(n_features, n_components, seed=seed.generate_state(4))
    opu = lightonml.OPU(
        n_components, opu_device=device, max_n_features=n_features, disable_pbar=True, open_at_init=True
    )
    opu.fit1d(n_features=n_features)

    def project(rows: torch.Tensor, out: torch.Tensor) -> None:
        out.copy_(opu.transform(rows)[:, :wanted]).mul_(n_features / 2)

    return project


ENGINE = Engine("lightonml", available, gaussian.width, lambda _: TILE_ROWS, block)
