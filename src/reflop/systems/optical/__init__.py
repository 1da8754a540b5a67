"""Optical random features: a random projection and a ridge instead of back-propagation (LightOn OPU benchmarks).

    from reflop.systems.optical import features, kernel
    y = features(bits, n_components=4096)        # |Rx|^2, float32 (N, 4096)
    y @ y.T / 4096                               # estimates kernel(bits, bits)

Importing the package loads no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reflop.systems.optical.camera import Camera
    from reflop.systems.optical.decoders import decode
    from reflop.systems.optical.encoders import encode
    from reflop.systems.optical.kernels import kernel
    from reflop.systems.optical.projection import calibrate, features, stream

__all__ = ["Camera", "calibrate", "decode", "encode", "features", "kernel", "stream"]

_HOME = {"Camera": "camera", "decode": "decoders", "encode": "encoders", "kernel": "kernels"} | dict.fromkeys(
    ("calibrate", "features", "stream"), "projection"
)


def __getattr__(name: str) -> object:
    """Load the public names on first use."""
    if name not in _HOME:
        message = f"module 'reflop.systems.optical' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"reflop.systems.optical.{_HOME[name]}"), name)
