"""The whole classification step: scale-free penalties, one look at the test set, primal and dual agreeing."""

import gc
import weakref

import pytest
import torch

from reflop.systems.optical import stages
from reflop.systems.optical.classify import kernel_on, ridge_on


@pytest.fixture
def problem():
    generator = torch.Generator().manual_seed(5)
    labels = torch.arange(120) % 3
    z = torch.randn((120, 30), generator=generator, dtype=torch.float64)
    z[:, :3] += 2.0 * torch.nn.functional.one_hot(labels, 3)
    return z[:80], labels[:80], z[80:], labels[80:]


def test_learns_what_can_be_learnt(problem):
    outcome = ridge_on(*problem)
    assert outcome.accuracy > 0.7
    assert outcome.n == 40


def test_the_unit_of_the_features_does_not_matter(problem):
    train, labels, test, test_labels = problem
    small, large = ridge_on(*problem), ridge_on(train * 255, labels, test * 255, test_labels)
    assert (small.hits, small.alpha) == (large.hits, large.alpha)
    assert small.loo_accuracy == pytest.approx(large.loo_accuracy)


def test_the_linear_kernel_is_ridge_on_the_features(problem):
    train, labels, test, test_labels = problem
    wide = torch.cat([train, torch.zeros(80, 100, dtype=torch.float64)], dim=1)  # p > n: the dual form
    wide_test = torch.cat([test, torch.zeros(40, 100, dtype=torch.float64)], dim=1)
    one_alpha = (0.3,)
    dual = ridge_on(wide, labels, wide_test, test_labels, tuple(a * 130 / 30 for a in one_alpha))
    kernel = kernel_on(
        train @ train.T, labels, test @ train.T, test_labels, tuple(a * 80 / 30 for a in one_alpha)
    )
    primal = ridge_on(train, labels, test, test_labels, one_alpha)
    assert primal.loo_accuracy == pytest.approx(dual.loo_accuracy) == pytest.approx(kernel.loo_accuracy)
    assert primal.hits == dual.hits == kernel.hits


def test_the_test_labels_choose_nothing(problem):
    train, labels, test, test_labels = problem
    honest, wrong = ridge_on(*problem), ridge_on(train, labels, test, (test_labels + 1) % 3)
    assert honest.alpha == wrong.alpha
    assert honest.hits > wrong.hits


def test_constant_features_still_give_a_number(problem):
    _, labels, _, test_labels = problem
    outcome = ridge_on(torch.ones(80, 4), labels, torch.ones(40, 4), test_labels)
    assert outcome.hits in {int((test_labels == c).sum()) for c in range(3)}


def test_features_made_in_batches_are_ridge_on_all_of_them(problem, monkeypatch):
    train, labels, test, test_labels = problem
    monkeypatch.setattr(stages, "BATCH", 16)
    for n_components in (40, 200):  # primal, dual
        seen, seen_test = stages.through(train, test, stages.Optics(n_components), 0)
        lazy = ridge_on(seen, labels, seen_test, test_labels)
        held = ridge_on(seen.whole(), labels, seen_test.whole(), test_labels)
        assert (lazy.hits, lazy.alpha, lazy.loo_accuracy) == (held.hits, held.alpha, held.loo_accuracy)


def test_the_primal_never_holds_all_features(problem, monkeypatch):
    train, labels, test, test_labels = problem
    monkeypatch.setattr(stages, "BATCH", 16)
    seen, seen_test = stages.through(train, test, stages.Optics(40), 0)
    monkeypatch.setattr(stages.Rows, "whole", lambda self: pytest.fail("features held together"))
    alive: list[weakref.ref] = []
    make = seen.decode

    def watched(y):
        features = make(y).clone()
        alive.append(weakref.ref(features))
        gc.collect()
        assert sum(ref() is not None for ref in alive) <= 3  # of 5 batches
        return features

    seen.decode = watched
    ridge_on(seen, labels, seen_test, test_labels)
    assert len(alive) == 10  # two passes
