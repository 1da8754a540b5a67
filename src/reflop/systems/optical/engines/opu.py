"""The real device through lightonml. Written against the library's interface and never run: none is here.

The matrix is the scattering medium, so the seed chooses nothing, and two sessions agree only as far as the device
is stable. Its unit is unknown too: each session measures it once on a fixed probe, so that mean intensity is |x|^2.
"""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import torch
from numpy.random import SeedSequence

from reflop.systems.optical.engines import lightonml
from reflop.systems.optical.engines.engine import Block, Engine

CAMERA_COMPONENTS = 1920 * 1080  # largest output of the camera (lightonml 1.4.3, simulated_device.py)
PROBE_ROWS = 64


def available(device: str = "cpu") -> str | None:
    """Why the device cannot be used, or None."""
    if find_spec("lightonopu") is None:
        return (
            "no optical processor: its driver, lightonopu, is not installed (it is not on the package index)"
        )
    return lightonml.available(device)


def block(n_features: int, wanted: int, seed: SeedSequence, _device: torch.device) -> Block:
    """Open the device for `wanted` components and measure its unit of intensity."""
    opu = lightonml.load().OPU(n_components=wanted, disable_pbar=True)
    opu.fit1d(n_features=n_features)
    probe = np.random.default_rng(seed).integers(0, 2, (PROBE_ROWS, n_features), dtype=np.uint8)
    unit = float(opu.transform(probe).mean()) / float(probe.sum(1).mean())

    def project(rows: torch.Tensor, out: torch.Tensor) -> None:
        out.copy_(opu.transform(rows)).div_(unit)

    return project


ENGINE = Engine("opu", available, lambda _: CAMERA_COMPONENTS, lambda _: 3000, block)
