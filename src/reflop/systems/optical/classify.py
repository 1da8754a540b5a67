"""Ridge classification end to end: penalties on the features' own scale, chosen by leave-one-out, tested once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from reflop.systems.optical import ridge
from reflop.systems.optical.stages import Rows

# Penalties in units of the mean variance that the training features have, trace(Zc' Zc) / p: one grid then suits
# raw intensities and 8-bit camera counts alike (the original's 1e6 to 1e9 suits unnormalised counts only).
RELATIVE_ALPHAS = tuple(10.0 ** (e / 2) for e in range(-8, 7))


@dataclass(frozen=True)
class Outcome:
    """What one fit gave.

    Attributes:
        hits: test samples classified correctly, of `n`.
        alpha: penalty chosen by leave-one-out, relative to the features' mean variance.
        loo_accuracy: leave-one-out accuracy at that penalty, on the training set.
        fit_s: seconds for the whole path of penalties with its leave-one-out scores, making the features included.
        predict_s: the same for the decision values of the test set.
    """

    hits: int
    n: int
    alpha: float
    loo_accuracy: float
    fit_s: float
    predict_s: float

    @property
    def accuracy(self) -> float:
        """Test accuracy, 0 to 1."""
        return self.hits / self.n


def ridge_on(
    train: Tensor | Rows,
    labels: Tensor,
    test: Tensor | Rows,
    test_labels: Tensor,
    relative: tuple[float, ...] = RELATIVE_ALPHAS,
) -> Outcome:
    """Fit on `train` (n, p), choose alpha by leave-one-out, and look at `test` (b, p) once.

    Primal for p <= n: features are read in batches, twice, and never held together. Dual otherwise.
    """
    width = train.shape[1] if isinstance(train, Tensor) else train.width
    if width <= len(labels):
        return _outcome(
            lambda: ridge.fit_primal(partial(_batches, train), labels, relative, relative=True),
            lambda path: torch.cat([ridge.predict_primal(path, z)[0] for z in _batches(test)]),
            test_labels,
            relative,
        )
    held: list[Tensor] = []  # the dual needs the training features again for every prediction

    def fit() -> ridge.Path:
        held.append(torch.cat(list(_batches(train))))
        return ridge.fit_dual(held[0].split(4096, dim=1), labels, relative, relative=True)

    def predict(path: ridge.Path) -> Tensor:
        seen = torch.cat(list(_batches(test)))
        return ridge.predict_dual(path, held[0].split(4096, dim=1), seen.split(4096, dim=1))[0]

    return _outcome(fit, predict, test_labels, relative)


def kernel_on(
    kernel: Tensor,
    labels: Tensor,
    cross: Tensor,
    test_labels: Tensor,
    relative: tuple[float, ...] = RELATIVE_ALPHAS,
) -> Outcome:
    """The same with an exact kernel: `kernel` (n, n) of the training rows, `cross` (b, n) of test and training rows."""
    return _outcome(
        lambda: ridge.fit_kernel(kernel, labels, relative, per=len(kernel)),
        lambda path: ridge.predict_kernel(path, cross)[0],
        test_labels,
        relative,
    )


def _batches(z: Tensor | Rows) -> Iterable[Tensor]:
    return z.split(2048) if isinstance(z, Tensor) else z()


def _outcome(
    fit: Callable[[], ridge.Path],
    predict: Callable[[ridge.Path], Tensor],
    labels: Tensor,
    relative: tuple[float, ...],
) -> Outcome:
    """Fit, choose, predict once; both parts timed."""
    start = time.perf_counter()
    path = fit()
    best, fitted = path.best(), time.perf_counter()
    decision = predict(path.only(best))  # (b, C)
    predict_s = time.perf_counter() - fitted
    hits = int((decision.argmax(-1) == labels).sum())
    return Outcome(
        hits, len(labels), relative[best], float(path.loo_accuracy[best]), fitted - start, predict_s
    )
