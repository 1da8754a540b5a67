"""The kernel that optical features estimate, in closed form, and how far an estimate is from it.

For complex Gaussian R with E|R_ij|^2 = 1, features phi(x) = m^(-1/2) |Rx|^p and theta the angle of x and y,

    phi(x).phi(y) -> k_p(x, y) = Gamma(1 + p/2)^2 |x|^p |y|^p 2F1(-p/2, -p/2; 1; cos^2 theta)

(Ohana, Wacker et al. 2020). For p = 2 this is |x|^2 |y|^2 + (x.y)^2.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from reflop.errors import BadParams


def kernel(x: Any, y: Any, power: float = 2, bias: int = 0) -> Tensor:
    """The exact kernel of rows x (N, n) and y (M, n): float64 (N, M). A single vector may stand for its row.

    `bias` is the number of constant ones appended to every row: x.y becomes x.y + b.

    >>> kernel([[1, 1, 0]], [[1, 1, 0], [0, 1, 1], [0, 0, 0]]).tolist()
    [[8.0, 5.0, 0.0]]

    Raises:
        BadParams: lengths that differ, a power that is not positive, a negative bias.
    """
    from scipy.special import hyp2f1

    a, b = (torch.as_tensor(v).to(torch.float64) for v in (x, y))
    if a.shape[-1] != b.shape[-1]:
        found = f"{a.shape[-1]} and {b.shape[-1]}"
        raise BadParams(what="kernel", expected="rows of one length", found=found)
    if not power > 0 or bias < 0:
        expected = "a power above 0 and a bias of at least 0"
        raise BadParams(what="kernel", expected=expected, found=f"power {power}, bias {bias}")
    shape = a.shape[:-1] + b.shape[:-1]
    a, b = torch.atleast_2d(a), torch.atleast_2d(b)
    product = a @ b.T + bias
    squares = torch.outer(a.square().sum(1) + bias, b.square().sum(1) + bias)  # |x|^2 |y|^2
    cos2 = torch.where(squares > 0, product.square() / squares.clamp_min(1e-300), 0.0).clamp_max(1.0)
    series = torch.from_numpy(hyp2f1(-power / 2, -power / 2, 1.0, cos2.numpy()))
    return (math.gamma(1 + power / 2) ** 2 * squares ** (power / 2) * series).reshape(shape)


def centred(k: Tensor) -> Tensor:
    """`k` with its row and column means removed: what a classifier with an intercept sees of a kernel.

    >>> centred(torch.tensor([[1.0, 2.0], [3.0, 8.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    return k - k.mean(0, keepdim=True) - k.mean(1, keepdim=True) + k.mean()


def relative_error(estimate: Tensor, exact: Tensor) -> float:
    """Relative error in Frobenius norm, |estimate - exact| / |exact|.

    >>> round(relative_error(torch.tensor([[3.0, 4.5]]), torch.tensor([[3.0, 4.0]])), 3)
    0.1
    """
    return float(torch.linalg.norm(estimate - exact) / torch.linalg.norm(exact))


def errors(estimate: Tensor, exact: Tensor) -> tuple[float, float]:
    """Relative error raw and double-centred. The raw one alone flatters: most of k is the constant |x|^2 |y|^2."""
    return relative_error(estimate, exact), relative_error(centred(estimate), centred(exact))
