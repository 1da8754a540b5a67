"""What is exact about the networks: multiply-accumulates and parameters, counted without weights or memory."""

from __future__ import annotations

import torch

from reflop.measure import counting
from reflop.models import resnext
from reflop.record import Metric
from reflop.systems.bulk import networks

PUBLISHED = (
    "resnext101_32x4d",
    "resnext101_32x8d",
    "resnext101_64x4d",
)  # the source's, and two it is taken for


def counted(model: str) -> dict[str, Metric]:
    """Work of one picture, and parameters.

    >>> {name: int(metric.value) for name, metric in counted("resnext101_32x4d").items()}
    {'macs': 7969996800, 'params': 44177704}
    """
    module, pixels = resnext.build(model, classes(model), device="meta"), resnext.SIZES[model].pixels
    macs = counting.macs(module, torch.zeros((1, 3, pixels, pixels), device="meta"))
    return {
        "macs": Metric.exact(macs, "MAC"),
        "params": Metric.exact(counting.params(module), "parameters"),
    }


def published() -> dict[str, Metric]:
    """The counts of the networks that others have published counts of, each under its name."""
    return {f"{model}_{name}": metric for model in PUBLISHED for name, metric in counted(model).items()}


def classes(model: str) -> int:
    """Outputs of the network as it is used here."""
    return networks.DIGITS if model == networks.SMALL else networks.IMAGENET
