"""The other ways to get m features, at equal m: random Fourier features, Nystroem landmarks, principal components.

Each takes training and test rows and returns both as features. scikit-learn's own implementations, with the
bandwidth by the median heuristic where there is one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

Pair = tuple[Tensor, Tensor]  # training and test features


def fourier(train: Tensor, test: Tensor, m: int, seed: int) -> Pair:
    """Random Fourier features of the Gaussian kernel (Rahimi and Recht 2007)."""
    from sklearn.kernel_approximation import RBFSampler

    sampler = RBFSampler(gamma=median_gamma(train, seed), n_components=m, random_state=seed)
    return _features(sampler, train, test)


def nystroem(train: Tensor, test: Tensor, m: int, seed: int) -> Pair:
    """Nystroem features of the Gaussian kernel: m training rows as landmarks (all of them if there are fewer)."""
    from sklearn.kernel_approximation import Nystroem

    landmarks = min(m, len(train))
    gamma = median_gamma(train, seed)
    return _features(
        Nystroem(kernel="rbf", gamma=gamma, n_components=landmarks, random_state=seed), train, test
    )


def components(train: Tensor, test: Tensor, m: int, seed: int) -> Pair:
    """The first m principal components (at most as many as rows and columns allow)."""
    from sklearn.decomposition import PCA

    return _features(PCA(n_components=min(m, *train.shape), random_state=seed), train, test)


def median_gamma(rows: Tensor, seed: int, sample: int = 500) -> float:
    """1 / median squared distance between at most `sample` rows: the usual bandwidth of a Gaussian kernel.

    >>> median_gamma(torch.tensor([[0.0], [2.0]]), seed=0)
    0.25
    """
    from scipy.spatial.distance import pdist

    chosen = np.random.default_rng(seed).permutation(len(rows))[:sample]
    return float(1 / np.median(pdist(rows[torch.from_numpy(chosen)].double().numpy(), "sqeuclidean")))


BASELINES: dict[str, Callable[[Tensor, Tensor, int, int], Pair]] = {
    "fourier": fourier,
    "nystroem": nystroem,
    "pca": components,
}


def _features(sampler: object, train: Tensor, test: Tensor) -> Pair:
    fitted = sampler.fit(train.double().numpy())  # type: ignore[attr-defined]
    return torch.from_numpy(fitted.transform(train.double().numpy())), torch.from_numpy(
        fitted.transform(test.double().numpy())
    )
