"""Ridge classification over a whole path of penalties from one decomposition.

`argmin_B |Z B - Y|_F^2 + alpha |B|_F^2` with one-hot targets -1/+1 and an intercept that is not penalised
(equivalently: Z and Y centred). Features arrive in batches and are never stored whole:

* primal (p <= n): the Gram matrix Z'Z (p, p) and Z'Y are summed over row batches;
* dual (p > n): the kernel matrix Z Z' (n, n) is summed over column batches.

One eigendecomposition G = Q diag(l) Q' then serves every alpha, and the leave-one-out residual has a closed form,
e_i / (1 - h_ii) with the hat matrix's diagonal h (Golub, Heath and Wahba 1979), so that alpha is chosen without a
validation set and the test set is used once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import blas
from torch import Tensor

from reflop.errors import BadParams

Batches = Callable[[], Iterable[Tensor]]  # called once per pass; yields float features


@dataclass(frozen=True)
class Path:
    """Ridge solutions for every alpha.

    Attributes:
        alphas: (A,) penalties.
        loo_squared: (A,) mean squared leave-one-out residual.
        loo_accuracy: (A,) leave-one-out accuracy, 0 to 1.
        coefficients: (A, p, C), or None where the dual was solved and `dual` is held instead.
        intercepts: (A, C).
        dual: (A, n, C) dual coefficients on the centred training rows.
        centre: (n,) column means of the training kernel, where the dual was solved.
    """

    alphas: Tensor
    loo_squared: Tensor
    loo_accuracy: Tensor
    intercepts: Tensor
    coefficients: Tensor | None = None
    dual: Tensor | None = None
    centre: Tensor | None = None

    def best(self, by: str = "accuracy") -> int:
        """Index of the alpha that leave-one-out prefers; ties go to the larger penalty."""
        score = self.loo_accuracy if by == "accuracy" else -self.loo_squared
        top = torch.nonzero(score == score.max()).flatten()
        return int(top[torch.argmax(self.alphas[top])])

    def only(self, a: int) -> Path:
        """The path of the one penalty with index `a`."""

        def cut(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor[a : a + 1]

        scores = (self.alphas[a : a + 1], self.loo_squared[a : a + 1], self.loo_accuracy[a : a + 1])
        return Path(*scores, self.intercepts[a : a + 1], cut(self.coefficients), cut(self.dual), self.centre)


def one_hot(labels: Tensor, n_classes: int) -> Tensor:
    """Targets -1/+1: (n,) -> (n, C), float64.

    >>> one_hot(torch.tensor([1, 0]), 2).tolist()
    [[-1.0, 1.0], [1.0, -1.0]]
    """
    return torch.nn.functional.one_hot(labels.long(), n_classes).double() * 2 - 1


def alpha_grid(low: int = 3, high: int = 5, space: int = 5) -> list[float]:
    """The original's grid: mantissas linspace(1, 9, space) times 10^e for every integer e from low to high.

    >>> alpha_grid(0, 1, 3)
    [1.0, 5.0, 9.0, 10.0, 50.0, 90.0]
    """
    mantissas = torch.linspace(1, 9, space, dtype=torch.float64).tolist()
    return [m * 10.0**e for e in range(low, high + 1) for m in mantissas]


def fit_primal(rows: Batches, labels: Tensor, alphas: Iterable[float], *, relative: bool = False) -> Path:
    """Solve in feature space; `rows()` yields row batches (b, p) in the order of `labels`, and is read twice.

    With `relative`, alphas are multiples of the features' mean variance (times n), trace(Zc' Zc) / p.

    Cost O(n p^2 + p^3), memory O(p^2). All arithmetic in float64.

    Raises:
        BadParams: fewer than two classes, fewer rows than classes, an alpha that is not positive.
    """
    path, y = _checked(alphas, labels)
    mean_y = y.mean(0)
    gram, cross, mean_z = _moments(rows(), y)
    n = len(y)
    path = path * _unit(gram, len(gram)) if relative else path
    values, vectors = _eigen(gram)  # (p,), (p, p)
    rotated = vectors.T @ cross  # (p, C)
    shrunk = rotated[None] / (values[None, :, None] + path[:, None, None])  # (A, p, C)
    squared, hits = torch.zeros_like(path), torch.zeros_like(path)
    done = 0
    for z in rows():
        u = (z.double() - mean_z) @ vectors  # (b, p)
        leverage = 1 / n + (u * u) @ (1 / (values[:, None] + path))  # (b, A)
        part = _leave_one_out(u @ shrunk + mean_y, leverage.T, y[done : done + len(u)])
        squared, hits, done = squared + part[0], hits + part[1], done + len(u)
    coefficients = vectors @ shrunk  # (A, p, C)
    intercepts = mean_y - mean_z @ coefficients
    return Path(path, squared / (n * y.shape[1]), hits / n, intercepts, coefficients=coefficients)


def _moments(rows: Iterable[Tensor], y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Centred Gram (p, p), centred cross products with the targets (p, C) and mean (p,), summed over row batches."""
    gram: NDArray[np.float64] | None = None
    cross = total = torch.zeros(0, dtype=torch.float64)
    n = 0
    for z in rows:
        z64, part = z.double(), y[n : n + len(z)]
        _require_rows(len(part), len(z))
        if gram is None:
            p = z.shape[1]
            gram, cross, total = (
                np.zeros((p, p), order="F"),
                cross.new_zeros(p, y.shape[1]),
                cross.new_zeros(p),
            )
        # the lower half only: Z'Z is symmetric
        gram = blas.dsyrk(1.0, z64.numpy().T, beta=1.0, c=gram, lower=1, overwrite_c=1)
        cross.addmm_(z64.T, part)
        total += z64.sum(0)
        n += len(z)
    _require_rows(n, len(y))
    mean = total / n
    lower = torch.from_numpy(gram).sub_(n * torch.outer(mean, mean)).tril_()
    cross -= n * torch.outer(mean, y.mean(0))
    return lower + lower.tril(-1).T, cross, mean


def fit_dual(
    columns: Iterable[Tensor], labels: Tensor, alphas: Iterable[float], *, relative: bool = False
) -> Path:
    """Solve in sample space; `columns` yields column batches (n, b) of the features, read once.

    Cost O(p n^2 + n^3), memory O(n^2). Prediction needs the training features again: `predict_dual`.
    """
    n, p = len(labels), 0
    kernel = torch.zeros(n, n, dtype=torch.float64)
    for z in columns:
        _require_rows(len(z), n)
        p += z.shape[1]
        z64 = z.double()
        kernel.addmm_(z64, z64.T)
    return fit_kernel(kernel, labels, alphas, per=p if relative else None)


def fit_kernel(kernel: Tensor, labels: Tensor, alphas: Iterable[float], *, per: int | None = None) -> Path:
    """Solve from a kernel matrix (n, n) of the training rows; it is centred here, which stands for the intercept.

    With `per`, alphas are multiples of the centred kernel's trace / per.
    """
    path, y = _checked(alphas, labels)
    _require_rows(len(kernel), len(y))
    n, k, mean_y = len(y), kernel.double(), y.mean(0)
    centre = k.mean(0)  # (n,)
    centred = k - centre - centre[:, None] + centre.mean()
    path = path if per is None else path * _unit(centred, per)
    values, vectors = _eigen(centred)
    inverse = 1 / (values[:, None] + path)  # (n, A)
    rotated = vectors.T @ (y - mean_y)  # (n, C)
    shrunk = inverse.T[:, :, None] * rotated  # (A, n, C)
    dual = vectors @ shrunk
    fitted = vectors @ (values[:, None] * shrunk) + mean_y
    leverage = 1 / n + (vectors * vectors) @ (values[:, None] * inverse)  # (n, A)
    squared, hits = _leave_one_out(fitted, leverage.T, y)
    intercepts = mean_y.expand(len(path), -1)
    return Path(path, squared / y.numel(), hits / n, intercepts, dual=dual, centre=centre)


def predict_primal(path: Path, z: Tensor) -> Tensor:
    """Decision values (A, b, C) of rows `z` (b, p)."""
    if path.coefficients is None:
        raise BadParams(
            what="this path", expected="primal coefficients", found="a dual solution", then="predict_dual"
        )
    return z.double() @ path.coefficients + path.intercepts[:, None]


def predict_dual(path: Path, train: Iterable[Tensor], test: Iterable[Tensor]) -> Tensor:
    """Decision values (A, b, C) from matching column batches of training (n, k) and test (b, k) features."""
    products = (z_test.double() @ z_train.double().T for z_train, z_test in zip(train, test, strict=True))
    return predict_kernel(path, sum(products, start=torch.zeros(())))


def predict_kernel(path: Path, cross: Tensor) -> Tensor:
    """Decision values (A, b, C) from the kernel between test and training rows, (b, n)."""
    if path.dual is None or path.centre is None:
        raise BadParams(
            what="this path", expected="dual coefficients", found="a primal solution", then="predict_primal"
        )
    cross = cross.double()
    centred = cross - cross.mean(1, keepdim=True) - path.centre + path.centre.mean()
    return centred @ path.dual + path.intercepts[:, None]


def _leave_one_out(fitted: Tensor, leverage: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Summed squared residual and number of hits per alpha, each sample left out in turn.

    fitted (A, b, C), leverage (A, b), y (b, C). A leverage of 1 means that the sample alone decides its fit: its
    prediction without itself is undefined, and counts as the worst (no hit).
    """
    free = 1 - leverage  # (A, b)
    residual = (y - fitted) / free.clamp(min=1e-12)[..., None]
    predicted = y - residual
    hit = (predicted.argmax(-1) == y.argmax(-1)) & (free > 1e-12)
    return residual.square().sum((1, 2)), hit.double().sum(1)


def _eigen(gram: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues, none below 0, and eigenvectors. NumPy's LAPACK takes two thirds of the time of PyTorch's here."""
    values, vectors = np.linalg.eigh(gram.numpy())
    return torch.from_numpy(values).clamp_(min=0), torch.from_numpy(vectors)


def _unit(gram: Tensor, per: int) -> float:
    """Trace / per; 1 for features that never change."""
    return float(gram.trace()) / per if float(gram.trace()) > 0 else 1.0


def _checked(alphas: Iterable[float], labels: Tensor) -> tuple[Tensor, Tensor]:
    """Alphas (A,) and targets (n, C) in float64."""
    path = torch.as_tensor(list(alphas), dtype=torch.float64)
    if not len(path) or not bool((path > 0).all()):
        raise BadParams(what="alphas", expected="positive numbers", found=str(path.tolist())[:60])
    n_classes = int(labels.max()) + 1 if len(labels) else 0
    if n_classes < 2 or len(labels) < n_classes:
        found = f"{len(labels)} samples of {n_classes} classes"
        raise BadParams(
            what="labels", expected="two classes and at least as many samples as classes", found=found
        )
    return path, one_hot(labels, n_classes)


def _require_rows(found: int, expected: int) -> None:
    if found != expected:
        raise BadParams(what="rows of features", expected=f"{expected}, one per label", found=str(found))
