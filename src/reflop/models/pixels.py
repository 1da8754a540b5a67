"""A network that takes pictures as they lie in memory: bytes, height x width x colour.

A byte is a quarter of a float32, so this is what travels to the device; scaling and normalising are the first
operations there. They are not folded into the first convolution: its zero padding stands for the mean colour after
normalising and for black before it, so folding would change every border.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, red, green, blue, in 0..1


class FromPixels(nn.Module):
    """`network` behind its normalisation: pixels (B, H, W, 3) of type uint8 to what `network` gives.

    >>> white = torch.full((1, 2, 2, 3), 255, dtype=torch.uint8)
    >>> FromPixels(nn.Identity())(white)[0, :, 0, 0]
    tensor([2.2489, 2.4286, 2.6400])
    """

    scale: Tensor
    shift: Tensor

    def __init__(
        self,
        network: nn.Module,
        mean: tuple[float, ...] = MEAN,
        deviation: tuple[float, ...] = DEVIATION,
    ) -> None:
        """Mean and standard deviation of each channel, of values in 0..1."""
        super().__init__()
        self.network = network
        shape = (1, len(mean), 1, 1)
        spread = torch.tensor(deviation, dtype=torch.float64)
        shift = -torch.tensor(mean, dtype=torch.float64) / spread
        self.register_buffer("scale", (1 / (255 * spread)).float().reshape(shape))
        self.register_buffer("shift", shift.float().reshape(shape))

    def forward(self, pixels: Tensor) -> Tensor:
        """(x / 255 - mean) / deviation of the pictures as (B, 3, H, W) in channels_last order, then the network."""
        x = pixels.permute(0, 3, 1, 2)  # no copy: (B, H, W, 3) is channels_last
        if (
            torch.compiler.is_exporting()
        ):  # a file knows no memory layout; traced strides would become gathers
            x = x.contiguous()
        x = x.to(self.scale.dtype)
        y: Tensor = self.network(x * self.scale + self.shift)
        return y
