"""Accuracy against hand-worked cases and scikit-learn, and what it must refuse."""

import numpy as np
import pytest
import torch

from reflop.errors import RunFailed
from reflop.measure.quality import accuracy


def test_top_k_by_hand() -> None:
    logits = [[3, 2, 1], [3, 2, 1], [3, 2, 1], [1, 2, 3]]
    labels = [0, 1, 2, 0]
    assert [accuracy(logits, labels, k).value for k in (1, 2, 3)] == [25.0, 50.0, 100.0]


@pytest.mark.parametrize("k", [1, 2, 5])
def test_agrees_with_scikit_learn(k: int) -> None:
    from sklearn.metrics import top_k_accuracy_score

    rng = np.random.default_rng(k)
    logits, labels = rng.normal(size=(300, 7)), rng.integers(0, 7, 300)
    metric = accuracy(logits, labels, k)
    assert metric.value == pytest.approx(100 * top_k_accuracy_score(labels, logits, k=k, labels=range(7)))
    assert (metric.n, metric.unit) == (300, "%")
    assert metric.low < metric.value < metric.high


def test_constant_output_is_class_0_and_no_better() -> None:
    assert accuracy(np.zeros((4, 4)), [0, 1, 2, 3]).value == 25.0
    assert accuracy(np.zeros((4, 4)), [0, 1, 2, 3], k=2).value == 50.0


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.float16])
def test_tensors_of_any_precision(kind: torch.dtype) -> None:
    logits = torch.tensor([[0.0, 1.0], [1.0, 0.0]], dtype=kind, requires_grad=True)
    assert accuracy(logits, torch.tensor([1, 1])).value == 50.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_fault_40_logits_that_are_not_finite(bad: float) -> None:
    logits = np.zeros((3, 2))
    logits[1, 0] = bad
    with pytest.raises(RunFailed, match="found NaN or infinity for 1 images"):
        accuracy(logits, [0, 0, 0])


def test_fault_40_empty_test_set() -> None:
    with pytest.raises(RunFailed, match="expected a test set, found no image"):
        accuracy(np.zeros((0, 10)), np.zeros(0, dtype=int))


@pytest.mark.parametrize(
    ("logits", "labels", "k"),
    [
        (np.zeros((3, 2)), [0, 1], 1),
        (np.zeros(3), [0, 1, 0], 1),
        (np.zeros((3, 2)), [0, 1, 2], 1),
        (np.zeros((3, 2)), [0, -1, 1], 1),
        (np.zeros((3, 2)), [0.0, 1.0, 1.0], 1),
        (np.zeros((3, 2)), [0, 1, 1], 3),
        (np.zeros((3, 2)), [0, 1, 1], 0),
    ],
)
def test_what_does_not_fit_is_refused(logits, labels, k: int) -> None:
    with pytest.raises(RunFailed):
        accuracy(logits, labels, k)
