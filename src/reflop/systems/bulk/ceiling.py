"""The roof over every precision on this machine: the best matrix product that anything here reaches.

A framework's own product is no roof: on some processors PyTorch's float32 product stays far below what ONNX Runtime
and OpenVINO reach with the same instructions, and a "fraction of the peak" against it would exceed one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from reflop.engines import ENGINES, contenders
from reflop.errors import ReflopError
from reflop.measure import statistics, timing
from reflop.record import Metric

SIDE = 1024
ROUNDS = 11
SLOW_TO_PREPARE = ("torch_compile", "cuda_compile")  # no faster at one product


@dataclass(frozen=True)
class Roof:
    """Operations per second (two for a multiply-accumulate) of one matrix product, and who reached it."""

    rate: Metric
    engine: str


def roofs(device: str = "cpu", side: int = SIDE) -> dict[str, Roof]:
    """The best of every precision that the device has; turns are interleaved."""
    layer = nn.Linear(side, side, bias=False).eval()
    with torch.no_grad():
        layer.weight.normal_(generator=torch.Generator().manual_seed(0))
    example = torch.randn((side, side), generator=torch.Generator().manual_seed(1))
    actions = dict[str, Callable[[], object]]()
    for engine, precision in contenders(device):
        if precision == "int8" or engine in SLOW_TO_PREPARE or ENGINES[engine].available():
            continue
        try:
            session = ENGINES[engine].prepare(layer, example, precision, device=device)
        except ReflopError:  # a precision that this processor does not have
            continue
        actions[f"{precision} {engine}"] = partial(session.run, example)
    if device == "cpu":
        bytes_ = torch.randint(
            -128, 128, (side, side), dtype=torch.int8, generator=torch.Generator().manual_seed(2)
        )
        actions["int8 torch"] = partial(torch._int_mm, bytes_, bytes_)
    times = timing.interleaved(actions, rounds=ROUNDS, warmup=2)
    found = dict[str, Roof]()
    for name, seconds in times.items():
        precision, engine = name.split()
        rate = statistics.median([2 * side**3 / one for one in seconds], "FLOP/s")
        if precision not in found or rate.value > found[precision].rate.value:
            found[precision] = Roof(rate, engine)
    return found
