"""Two recipes: how the original trained, and how one trains today.

An optimiser is torch's own. A schedule is a function of the step that gives the share of the optimiser's learning
rate to use, so that a resumed training needs to know nothing but its step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from torch import nn, optim

Schedule = Callable[[int], float]


def modern(
    model: nn.Module, learning_rate: float, momentum: float = 0.9, weight_decay: float = 5e-4
) -> optim.SGD:
    """SGD with Nesterov momentum; matrices and kernels decay, biases and norms do not (He et al., CVPR 2019, 3.1)."""
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    groups = [
        {"params": [weight for weight in trained if weight.ndim > 1], "weight_decay": weight_decay},
        {"params": [weight for weight in trained if weight.ndim <= 1], "weight_decay": 0.0},
    ]
    return optim.SGD(
        [group for group in groups if group["params"]], learning_rate, momentum=momentum, nesterov=True
    )


def original(
    model: nn.Module, name: Literal["Adam", "SGD"] = "Adam", learning_rate: float = 1e-6
) -> optim.Optimizer:
    """The original's optimiser, for a loss that is summed over a batch of 32: no decay and no schedule.

    Summed over 32 pictures, a learning rate of 1e-6 is one of 3.2e-5 on the mean.
    """
    if name == "Adam":
        return optim.Adam(model.parameters(), learning_rate)
    return optim.SGD(model.parameters(), learning_rate, momentum=0.9)


def constant(step: int) -> float:
    """The same learning rate at every step."""
    del step
    return 1.0


def one_cycle(steps: int, warm_up: float = 0.2) -> Schedule:
    """Up along a straight line for the first `warm_up` of the steps, then down to 0 along half a cosine.

    >>> [round(one_cycle(10)(step), 2) for step in range(10)]
    [0.5, 1.0, 0.97, 0.88, 0.75, 0.59, 0.41, 0.25, 0.12, 0.03]
    """
    up = max(1, round(warm_up * steps))

    def share(step: int) -> float:
        if step < up:
            return (step + 1) / up
        return 0.5 + 0.5 * math.cos(math.pi * (step + 1 - up) / (steps + 1 - up))

    return share


def multi_step(steps: int, at: Sequence[float], factor: float) -> Schedule:
    """Times `factor` after each of the given shares of all steps.

    >>> [multi_step(10, (0.2, 0.5), 0.5)(step) for step in (0, 1, 2, 4, 5, 9)]
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """
    return lambda step: factor ** sum(step >= share * steps for share in at)
