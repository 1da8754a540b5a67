"""Schedules by hand; optimisers as the original and today's recipe set them."""

import pytest
import torch
from torch import nn, optim

from reflop.train import recipes
from tests.train.toy import network


def test_one_cycle_rises_to_one_and_falls_to_nothing() -> None:
    shares = [recipes.one_cycle(100, 0.3)(step) for step in range(100)]
    assert shares[:3] == pytest.approx([1 / 30, 2 / 30, 3 / 30])
    assert max(shares) == shares[29] == 1.0
    assert shares[30:] == sorted(shares[30:], reverse=True)
    assert 0 < shares[-1] < 0.001
    assert recipes.one_cycle(1)(0) == 1.0


def test_multi_step_of_the_video_baseline() -> None:
    """Factor 0.25 at 20, 40, 60 and 80 % of 100 epochs."""
    schedule = recipes.multi_step(100, (0.2, 0.4, 0.6, 0.8), 0.25)
    assert [schedule(epoch) for epoch in (19, 20, 40, 79, 99)] == [1, 1 / 4, 1 / 16, 1 / 64, 1 / 256]


def test_modern_lets_only_matrices_decay() -> None:
    model = network()
    model[0].weight.requires_grad_(False)  # a frozen layer is not trained
    optimiser = recipes.modern(model, 0.1, weight_decay=0.01)
    decays = [(group["weight_decay"], [p.ndim for p in group["params"]]) for group in optimiser.param_groups]
    assert decays == [(0.01, [2]), (0.0, [1, 1, 1, 1])]
    assert all(group["nesterov"] for group in optimiser.param_groups)


def test_original_optimisers() -> None:
    adam, sgd = recipes.original(network(), "Adam"), recipes.original(network(), "SGD")
    assert (type(adam), adam.param_groups[0]["lr"]) == (optim.Adam, 1e-6)
    group = sgd.param_groups[0]
    assert (group["lr"], group["momentum"], group["weight_decay"], group["nesterov"]) == (1e-6, 0.9, 0, False)


def test_a_step_of_the_original_by_hand() -> None:
    """SGD on the summed loss of two rows, weights 0: gradient = sum of x (softmax - onehot) = -+ 1/2 each."""
    model = nn.Linear(1, 2, bias=False)
    nn.init.zeros_(model.weight)
    optimiser = recipes.original(model, "SGD", learning_rate=0.1)
    loss = nn.CrossEntropyLoss(reduction="sum")(model(torch.tensor([[1.0], [3.0]])), torch.tensor([0, 0]))
    loss.backward()
    optimiser.step()
    assert model.weight.flatten().tolist() == pytest.approx([0.1 * 2, -0.1 * 2])
