"""The camera behind the medium: intensities become whole levels, and the brightest ones are cut off."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from reflop.errors import BadParams

DIM = 8.0  # below this mean level rounding costs accuracy (measured: optical.camera)
BURNT = 0.01  # above this share of cut-off pixels the kernel is damaged


@dataclass(frozen=True)
class Camera:
    """A camera of `bits` bits whose exposure puts the mean intensity at `level`; `gain` is levels per intensity.

    >>> camera = Camera(bits=8, level=100.0).calibrated(torch.tensor([1.0, 3.0]))
    >>> camera.gain, camera.expose(torch.tensor([0.0, 1.0, 5.0, 9.0])).tolist()
    (50.0, [0, 50, 250, 255])
    """

    bits: int = 8
    level: float = 32.0
    gain: float | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 1 <= self.bits <= 16:
            raise BadParams(what="camera bits", expected="1 to 16", found=str(self.bits))
        if not 0 < self.level < float("inf"):
            raise BadParams(what="camera level", expected="more than 0", found=str(self.level))
        if self.gain is not None and not 0 < self.gain < float("inf"):
            raise BadParams(what="camera gain", expected="more than 0", found=str(self.gain))

    @property
    def top(self) -> int:
        """The highest level."""
        return 2**self.bits - 1

    def calibrated(self, sample: Tensor) -> Camera:
        """The camera with the exposure that puts the mean of `sample`, intensities, at `level`.

        Darkness (no light at all in the sample) leaves nothing to expose for: the gain is then 1.
        """
        mean = sample.double().mean().item() if sample.numel() else 0.0
        return replace(self, gain=self.level / mean if mean > 0 else 1.0)

    def expose(self, intensities: Tensor) -> Tensor:
        """Levels 0 to `top` as int32: gain times intensity, rounded, cut off at the top."""
        return self._levels(intensities).to(torch.int32)

    def seen(self, intensities: Tensor) -> Tensor:
        """What the camera saw, in the unit of the intensities again (levels / gain), float32."""
        return self._levels(intensities).div_(self._gain)

    def exposure(self, intensities: Tensor) -> Exposure:
        """How well `intensities` are exposed."""
        levels = self._levels(intensities)
        shares = [(levels == edge).double().mean().item() for edge in (self.top, 0)]
        return Exposure(levels.double().mean().item(), *shares)

    @property
    def _gain(self) -> float:
        if self.gain is None:
            then = "camera.calibrated(intensities), or calibrate(bits, camera)"
            raise BadParams(what="camera", expected="a calibrated one", found="no gain", then=then)
        return self.gain

    def _levels(self, intensities: Tensor) -> Tensor:
        return (intensities.float() * self._gain).round_().clamp_(max=self.top)


@dataclass(frozen=True)
class Exposure:
    """Mean level, and the shares of pixels at the top level and at zero."""

    mean_level: float
    saturated: float
    zero: float

    @property
    def note(self) -> str:
        """What is wrong with the exposure, in words; empty if nothing is.

        >>> Exposure(mean_level=2.0, saturated=0.0, zero=0.22).note
        'dim: mean level 2.0'
        """
        if self.saturated > BURNT:
            return f"over-exposed: {self.saturated:.1%} of the pixels at the top level"
        return f"dim: mean level {self.mean_level:.1f}" if self.mean_level < DIM else ""
