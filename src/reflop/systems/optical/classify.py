"""Ridge classification end to end: penalties on the features' own scale, chosen by leave-one-out, tested once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from reflop.systems.optical import ridge

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
        fit_s: seconds for the whole path of penalties with its leave-one-out scores.
        predict_s: seconds for the decision values of the test set.
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
    train: Tensor,
    labels: Tensor,
    test: Tensor,
    test_labels: Tensor,
    relative: tuple[float, ...] = RELATIVE_ALPHAS,
) -> Outcome:
    """Fit on `train` (n, p), choose alpha by leave-one-out, and look at `test` (b, p) once.

    The cheaper of the two forms is solved: primal for p <= n, dual otherwise.
    """
    unit = float((train.double() - train.double().mean(0)).square().sum() / train.shape[1]) or 1.0
    alphas = [unit * alpha for alpha in relative]
    if train.shape[1] <= len(train):
        return _outcome(
            lambda: ridge.fit_primal(lambda: train.split(2048), labels, alphas),
            lambda path: ridge.predict_primal(path, test),
            test_labels,
            relative,
        )
    return _outcome(
        lambda: ridge.fit_dual(train.split(4096, dim=1), labels, alphas),
        lambda path: ridge.predict_dual(path, train.split(4096, dim=1), test.split(4096, dim=1)),
        test_labels,
        relative,
    )


def kernel_on(
    kernel: Tensor,
    labels: Tensor,
    cross: Tensor,
    test_labels: Tensor,
    relative: tuple[float, ...] = RELATIVE_ALPHAS,
) -> Outcome:
    """The same with an exact kernel: `kernel` (n, n) of the training rows, `cross` (b, n) of test and training rows."""
    k = kernel.double()
    unit = float((k.diagonal().sum() - k.mean() * len(k)) / len(k)) or 1.0
    return _outcome(
        lambda: ridge.fit_kernel(k, labels, [unit * alpha for alpha in relative]),
        lambda path: ridge.predict_kernel(path, cross),
        test_labels,
        relative,
    )


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
    decision = predict(path.only(best))[0]  # (b, C)
    predict_s = time.perf_counter() - fitted
    hits = int((decision.argmax(-1) == labels).sum())
    return Outcome(
        hits, len(labels), relative[best], float(path.loo_accuracy[best]), fitted - start, predict_s
    )
