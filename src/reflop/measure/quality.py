"""How often a classifier is right, with the interval that the size of the test set supports."""

from __future__ import annotations

from typing import Any

from reflop.errors import RunFailed
from reflop.measure.statistics import proportion
from reflop.record import Metric


def accuracy(logits: Any, labels: Any, k: int = 1) -> Metric:
    """Share of the rows of `logits` (N, C) whose label (N,) is among the `k` largest, in percent (Wilson).

    Of equal logits the first counts as the larger, so a constant output is no more right than class 0.

    >>> accuracy([[0.1, 0.9], [0.8, 0.2], [0.7, 0.3], [0.4, 0.6]], [1, 0, 0, 0]).value
    75.0

    Raises:
        RunFailed: an empty test set, logits that are not finite (the largest of NaN would be class 0, quietly), or
            shapes and labels that do not fit.
    """
    import numpy as np

    scores, truth = np.asarray(_on_host(logits), dtype=np.float64), np.asarray(_on_host(labels))
    if scores.ndim != 2 or truth.shape != scores.shape[:1]:
        found = f"{scores.shape} and {truth.shape}"
        raise RunFailed(what="accuracy", expected="logits (N, C) and labels (N,)", found=found)
    if not len(scores):
        raise RunFailed(what="accuracy", expected="a test set", found="no image")
    if bad := int((~np.isfinite(scores)).any(axis=1).sum()):
        raise RunFailed(
            what="accuracy", expected="finite logits", found=f"NaN or infinity for {bad:,} images"
        )
    if not 1 <= k <= scores.shape[1]:
        raise RunFailed(what="accuracy", expected=f"k of 1 to {scores.shape[1]}", found=str(k))
    if truth.dtype.kind not in "iu" or truth.min() < 0 or truth.max() >= scores.shape[1]:
        found = f"{truth.min()} to {truth.max()} as {truth.dtype}"
        raise RunFailed(what="accuracy", expected=f"labels 0 to {scores.shape[1] - 1}", found=found)
    own = scores[np.arange(len(truth)), truth][:, None]
    earlier = np.arange(scores.shape[1]) < truth[:, None]
    better = ((scores > own) | ((scores == own) & earlier)).sum(axis=1)
    return proportion(int((better < k).sum()), len(truth))


def _on_host(values: Any) -> Any:
    """Tensors of any device and type as something numpy can read."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        return values.float().numpy() if values.is_floating_point() else values.numpy()
    return values
