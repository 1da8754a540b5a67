"""Random first weights from one generator: a network is built without memory, then filled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def built(build: Callable[[], Network], device: str = "cpu", seed: int = 0) -> Network:
    """What `build` makes, filled with the random weights of `seed`; on device "meta" only shapes are kept.

    The layers are first made without memory, so nothing is drawn from a global generator and no weight is drawn
    that is thrown away afterwards (the classifier of a VGG alone would be 120 million).
    """
    with torch.device("meta"):
        module = build()
    if device != "meta":
        module = module.to_empty(device="cpu")
        fill(module, torch.Generator().manual_seed(seed))
        module = module.to(device)
    return module


def fill(module: nn.Module, generator: torch.Generator) -> None:
    """He et al. (ICCV 2015), equation 10, by output for convolutions; norms at identity; linear layers uniform."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu", generator=generator)
        elif isinstance(layer, nn.Linear):
            bound = layer.in_features**-0.5
            nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
        elif isinstance(layer, nn.BatchNorm2d):
            layer.reset_parameters()
        elif any(True for _ in layer.parameters(recurse=False)):
            message = f"no rule for the first weights of {type(layer).__name__}"
            raise TypeError(message)
        bias = getattr(layer, "bias", None)
        if isinstance(bias, nn.Parameter):
            nn.init.zeros_(bias)
