"""Decoders: the intensities of several bit planes back to one row per sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor

from reflop.errors import BadParams
from reflop.params import unknown


def none(y: Tensor) -> Tensor:
    """The intensities as float32, nothing mixed."""
    return y.float()


def mixing(y: Tensor, n_bits: int = 1, decay: float = 0.5, order: Literal["msb", "lsb"] = "msb") -> Tensor:
    """Weighted sum of a sample's bit planes, sum_b decay^b y_b: (N n_bits, m) -> (N, m).

    `order` says which plane comes first in `y`; the most significant one always has weight 1. (lightonml 1.3 emitted
    the least significant plane first and weighted it most: `order="msb"` on such rows repeats that.) Intensities are
    not additive, so this is a sum of kernels, not the intensity of the weighted sum.

    >>> mixing(torch.tensor([[4.0], [2.0]]), n_bits=2).tolist()
    [[5.0]]
    """
    planes = _planes(y.float(), n_bits)  # (N, n_bits, m)
    weights = decay ** torch.arange(n_bits, dtype=torch.float32, device=y.device)
    return torch.einsum("nbm,b->nm", planes, weights.flip(0) if order == "lsb" else weights)


def concatenating(y: Tensor, n_bits: int = 1, decay: float = 0.5) -> Tensor:
    """A sample's weighted bit planes side by side: (N n_bits, m) -> (N, n_bits m)."""
    weights = decay ** torch.arange(n_bits, dtype=torch.float32, device=y.device)
    return (_planes(y.float(), n_bits) * weights[:, None]).reshape(len(y) // n_bits, -1)


def separated_bit_plane(
    y: Tensor, precision: int = 6, magnitude_p: float = 1.0, magnitude_n: float = 0.0, decay: float = 0.5
) -> Tensor:
    """Undo the encoder of the same name behind a linear map: (2 N bits, m) -> (N, m).

    Takes the magnitudes the encoder learnt; a part whose magnitude is 0 has no rows.
    """
    scale = (1 - 0.5**precision) * 2  # sum of the weights 1, 1/2, ... that a full level receives
    parts = [sign * m / scale for sign, m in ((1, magnitude_p), (-1, magnitude_n)) if m > 0] or [0.0]
    planes = y.float().reshape(len(parts), -1, y.shape[1]) if len(y) % len(parts) == 0 else None
    if planes is None:
        raise BadParams(what="rows to decode", expected=f"a multiple of {len(parts)}", found=str(len(y)))
    return sum((factor * mixing(part, precision, decay) for factor, part in zip(parts, planes, strict=True)),
               start=torch.zeros(()))  # fmt: skip


DECODERS: dict[str, Callable[..., Tensor]] = {
    "none": none,
    "mixing": mixing,
    "concatenating": concatenating,
    "separated_bit_plane": separated_bit_plane,
}


def decode(name: str, y: Tensor, **options: Any) -> Tensor:
    """Features (N, m) from the intensities of encoded rows; see the function of that name.

    Raises:
        BadParams: an unknown decoder or option, or rows that are no multiple of the number of bits.
    """
    if name not in DECODERS:
        raise unknown(name, list(DECODERS), "decoder")
    y = torch.as_tensor(y)
    if y.ndim != 2:
        raise BadParams(what="intensities to decode", expected="two dimensions", found=str(tuple(y.shape)))
    try:
        return DECODERS[name](y, **options)
    except TypeError as error:
        raise BadParams(what=f"decoder {name}", found=str(error)) from None


def _planes(y: Tensor, n_bits: int) -> Tensor:
    """(N n_bits, m) -> (N, n_bits, m)."""
    if n_bits < 1 or len(y) % n_bits:
        raise BadParams(what="rows to decode", expected=f"a multiple of n_bits = {n_bits}", found=str(len(y)))
    return y.reshape(-1, n_bits, y.shape[1])
