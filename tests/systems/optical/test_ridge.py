"""The path against scikit-learn per alpha, primal against dual, and leave-one-out against leaving one out."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import RidgeClassifier

from reflop.errors import BadParams
from reflop.systems.optical import ridge

ALPHAS = [1e-3, 0.1, 1.0, 30.0]


@pytest.fixture(params=[(60, 20), (25, 70), (40, 40)], ids=["n>p", "p>n", "n=p"])
def problem(request):
    n, p = request.param
    generator = torch.Generator().manual_seed(n)
    z = torch.randn((n, p), generator=generator, dtype=torch.float64) + 3.0
    labels = torch.arange(n) % 4
    z[:, 0] += labels
    return z, labels


def primal(z, labels, batch=7):
    return ridge.fit_primal(lambda: z.split(batch), labels, ALPHAS)


def dual(z, labels, batch=7):
    return ridge.fit_dual(z.split(batch, dim=1), labels, ALPHAS)


def test_equal_to_scikit_learn_for_each_alpha(problem):
    z, labels = problem
    test = z.flip(0)[:9] * 1.1
    by_rows = ridge.predict_primal(primal(z, labels), test)
    by_columns = ridge.predict_dual(dual(z, labels), z.split(5, dim=1), test.split(5, dim=1))
    for a, alpha in enumerate(ALPHAS):
        oracle = RidgeClassifier(alpha=alpha, solver="svd").fit(z.numpy(), labels.numpy())
        expected = oracle.decision_function(test.numpy())
        np.testing.assert_allclose(by_rows[a], expected, atol=1e-6)
        np.testing.assert_allclose(by_columns[a], expected, atol=1e-6)


def test_leave_one_out_is_leaving_one_out(problem):
    z, labels = problem
    path, other = primal(z, labels), dual(z, labels)
    for a, alpha in enumerate(ALPHAS):
        residuals, hits = [], []
        for i in range(len(z)):
            rest = [j for j in range(len(z)) if j != i]
            oracle = RidgeClassifier(alpha=alpha, solver="svd").fit(z[rest].numpy(), labels[rest].numpy())
            decision = oracle.decision_function(z[i : i + 1].numpy())[0]
            residuals.append((decision - ridge.one_hot(labels[i : i + 1], 4).numpy()[0]) ** 2)
            hits.append(decision.argmax() == int(labels[i]))
        np.testing.assert_allclose(path.loo_squared[a], np.mean(residuals), rtol=1e-5)
        np.testing.assert_allclose(other.loo_squared[a], np.mean(residuals), rtol=1e-5)
        assert float(path.loo_accuracy[a]) == pytest.approx(np.mean(hits))


def test_a_kernel_given_whole_is_the_same_problem(problem):
    z, labels = problem
    path = ridge.fit_kernel(z @ z.T, labels, ALPHAS)
    torch.testing.assert_close(
        ridge.predict_kernel(path, z[:5] @ z.T), ridge.predict_primal(primal(z, labels), z[:5])
    )


def test_batches_do_not_change_the_solution(problem):
    z, labels = problem
    torch.testing.assert_close(primal(z, labels, 3).coefficients, primal(z, labels, 60).coefficients)


def test_constant_columns_and_repeated_rows_are_harmless():
    z = torch.ones(12, 5, dtype=torch.float64)
    z[:, 0] = torch.arange(12) % 2
    path = primal(z, torch.arange(12) % 2)
    assert bool(torch.isfinite(path.loo_squared).all())
    assert float(path.loo_accuracy[0]) == 1.0


def test_best_prefers_the_larger_penalty_on_a_tie():
    z = torch.tensor([[0.0], [0.1], [5.0], [5.1]], dtype=torch.float64)
    path = ridge.fit_primal(lambda: [z], torch.tensor([0, 0, 1, 1]), [0.01, 0.1])
    assert path.loo_accuracy.tolist() == [1.0, 1.0]
    assert path.best() == 1


def test_the_published_grid():
    grid = ridge.alpha_grid()
    assert len(grid) == 15
    assert grid[:6] == [1e3, 3e3, 5e3, 7e3, 9e3, 1e4]


@pytest.mark.parametrize(
    ("labels", "alphas", "told"),
    [([0, 0, 0], [1.0], "two classes"), ([0, 5, 1], [1.0], "samples as classes"), ([0, 1, 1], [0.0], "positive"),
     ([0, 1, 1], [], "positive"), ([0, 1], [1.0], "one per label")],
)  # fmt: skip
def test_refused(labels, alphas, told):
    with pytest.raises(BadParams, match=told):
        ridge.fit_primal(lambda: [torch.ones(3, 2)], torch.tensor(labels), alphas)
