"""What a projection takes: rows of zeros and ones, checked, as uint8."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from reflop.errors import BadParams


def table(bits: Any) -> Tensor:
    """`bits` (torch, numpy or nested lists) as a two-dimensional tensor, its values not looked at yet.

    Raises:
        BadParams: not two-dimensional, no columns, or nothing that a tensor can hold.
    """
    if not isinstance(bits, Tensor):
        try:
            array = np.ascontiguousarray(bits)
            bits = torch.from_numpy(array if array.flags.writeable else array.copy())
        except (TypeError, ValueError):
            kind = type(bits).__name__
            raise BadParams(what="bits", expected="a tensor or array of 0 and 1", found=kind) from None
    if bits.ndim != 2 or bits.shape[1] == 0:
        found = f"shape {tuple(bits.shape)}"
        raise BadParams(what="bits", expected="two dimensions, (rows, features)", found=found)
    return bits


def checked(bits: Tensor, first_row: int = 0) -> Tensor:
    """The same rows as uint8 after every value has been found to be 0 or 1.

    >>> checked(torch.tensor([[1.0, 0.0]]))
    tensor([[1, 0]], dtype=torch.uint8)

    Raises:
        BadParams: naming the first value that is neither.
    """
    if bits.dtype == torch.bool:
        return bits.view(torch.uint8)
    ones = bits == 1
    wrong = ~(ones | (bits == 0))
    if wrong.any():
        row, column = wrong.nonzero()[0].tolist()
        found = f"{bits[row, column].item()} (encode the data first)"
        raise BadParams(what=f"bits[{first_row + row}, {column}]", expected="0 or 1", found=found)
    return bits if bits.dtype == torch.uint8 else ones.view(torch.uint8)
