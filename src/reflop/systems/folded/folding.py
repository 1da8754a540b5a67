"""Folding: `f` images stacked along the channels become one input, and one head answers for all of them.

Image i of a group lies in channels i C to (i + 1) C - 1; outputs i n to (i + 1) n - 1 are its logits.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from reflop.errors import BadParams


def checked(f: object) -> int:
    """The folding factor, a whole number from 1.

    Raises:
        BadParams: anything else.
    """
    if isinstance(f, bool) or not isinstance(f, int) or f < 1:
        raise BadParams(what="fold", expected="a whole number from 1", found=repr(f)[:40])
    return f


def width(c: int, f: int, multiplier: float | None = None, round_to: int = 1) -> int:
    """A layer's width after folding: `int(c m)` with m = sqrt(f), then up to the next multiple of `round_to`.

    The truncation is the original's; processors like 48 better than 45, which is what `round_to` is for.

    >>> [width(32, f) for f in (1, 2, 3, 4)], width(32, 2, round_to=16)
    ([32, 45, 55, 64], 48)
    """
    scaled = max(1, int(c * (math.sqrt(f) if multiplier is None else multiplier)))
    return -(-scaled // round_to) * round_to


def fold(images: Tensor, f: int) -> Tensor:
    """Images (B, C, H, W) as inputs (B / f, f C, H, W).

    >>> fold(torch.zeros(6, 3, 8, 8), 2).shape
    torch.Size([3, 6, 8, 8])

    Raises:
        BadParams: f is no divisor of B; `FoldedClassifier` takes any B.
    """
    if images.ndim != 4 or images.shape[0] % checked(f):
        found = f"shape {tuple(images.shape)}"
        raise BadParams(what="images to fold", expected=f"(B, C, H, W) with B a multiple of {f}", found=found)
    return images.reshape(images.shape[0] // f, f * images.shape[1], *images.shape[2:])


def unfold(logits: Tensor, f: int) -> Tensor:
    """Outputs (B / f, f n) as logits (B, n), one row for each image, in their order.

    >>> unfold(torch.arange(12).reshape(2, 6), 3)[1]
    tensor([2, 3])

    Raises:
        BadParams: a width that is no multiple of f.
    """
    if logits.ndim != 2 or logits.shape[1] % checked(f):
        found = f"shape {tuple(logits.shape)}"
        raise BadParams(what="logits to unfold", expected=f"(B / f, f n) with f = {f}", found=found)
    return logits.reshape(logits.shape[0] * f, logits.shape[1] // f)


class FoldedClassifier(nn.Module):
    """A folded network as an ordinary classifier: images (B, C, H, W) to logits (B, n), whatever B.

    The last group is filled up with copies of the last image, whose answers are left out again.
    """

    def __init__(self, network: nn.Module, f: int) -> None:
        """`network` takes (B / f, f C, H, W) and gives (B / f, f n)."""
        super().__init__()
        self.network, self.f = network, checked(f)

    def forward(self, images: Tensor) -> Tensor:
        """Fold, compute, unfold.

        >>> FoldedClassifier(nn.Sequential(nn.Flatten(), nn.Linear(24, 4)), 2)(torch.zeros(3, 3, 2, 2)).shape
        torch.Size([3, 2])
        """
        count = images.shape[0]
        if missing := -count % self.f:
            images = torch.cat([images, images[-1:].expand(missing, *images.shape[1:])])
        return unfold(self.network(fold(images, self.f)), self.f)[:count]
