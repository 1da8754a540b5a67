"""The roof over every precision on this machine: the best matrix product that anything here reaches.

A framework's own product is no roof: on some processors PyTorch's float32 product stays far below what ONNX Runtime
and OpenVINO reach with the same instructions, and a share of the peak against it would exceed one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import nn

from reflop.engines import ENGINES, contenders
from reflop.engines.turns import Turn, cut
from reflop.errors import Unavailable
from reflop.measure import statistics, timing
from reflop.record import Metric

SIDE = 1024  # rows and columns: larger brings no higher rate on a processor
GPU_SIDE = 8192
DEPTH = 4  # products of a call, one behind the other, so that handing over and copying out weigh little
ROUNDS = 9
SLOW_TO_PREPARE = ("torch_compile", "cuda_compile")  # and no faster at a product


@dataclass(frozen=True)
class Roof:
    """Operations per second (two for a multiply-accumulate) of matrix products, and who reached it."""

    rate: Metric
    engine: str


def roofs(device: str = "cpu", side: int = 0, work: Path | None = None) -> dict[str, Roof]:
    """The fastest of every precision that `device` has, float32, bfloat16, ..., int8; turns are interleaved.

    Products of `side` x `side` matrices, by default as large as the device needs; all engines with all their threads.
    """
    side = side or (SIDE if device == "cpu" else GPU_SIDE)
    actions, operations = dict[str, Callable[[], object]](), dict[str, int]()
    for turn in _products(device, side, work):
        actions[turn.name] = turn
        operations[turn.name] = 2 * side**3 * DEPTH * len(turn.batches)
    matrix = torch.randint(-128, 128, (side, side), dtype=torch.int8).to(device)
    name = f"torch int8 {side}"  # the engines' own int8 would first have to be calibrated
    actions[name], operations[name] = partial(_int8, matrix, matrix.t().contiguous().t()), 2 * side**3
    times = timing.interleaved(actions, rounds=ROUNDS)
    found = dict[str, Roof]()
    for name, seconds in times.items():
        engine, precision, _ = name.split()
        rate = _reached([operations[name] / one for one in seconds])
        if precision not in found or rate.value > found[precision].rate.value:
            found[precision] = Roof(rate, engine)
    return found


def _reached(rates: list[float]) -> Metric:
    """The rate of the best round, since a limit is what is reached undisturbed; the interval goes down to the median.

    >>> _reached([3.0, 1.0, 2.0])
    Metric(value=3.0, unit='FLOP/s', low=2.0, high=3.0, n=3)
    """
    return Metric(max(rates), "FLOP/s", statistics.median(rates, "FLOP/s").value, max(rates), len(rates))


def _products(device: str, side: int, work: Path | None) -> list[Turn]:
    """A chain of products behind every engine in every floating-point precision that can run here."""
    generator = torch.Generator().manual_seed(0)
    chain = nn.Sequential(*(nn.Linear(side, side, bias=False) for _ in range(DEPTH))).eval()
    for layer in chain:
        nn.init.normal_(layer.weight, std=side**-0.5, generator=generator)  # type: ignore[union-attr, arg-type]
    example, turns = torch.randn((side, side), generator=generator), list[Turn]()
    for engine, precision in contenders(device):
        if precision == "int8" or engine in SLOW_TO_PREPARE:
            continue
        try:
            session = ENGINES[engine].prepare(chain, example, precision, store=work, device=device)
        except Unavailable:
            continue
        turns.append(Turn(engine, precision, session, cut(example, side, 2 * side, session)))
    return turns


def _int8(a: torch.Tensor, b: torch.Tensor) -> None:
    torch._int_mm(a, b)
    if a.is_cuda:
        torch.cuda.synchronize(a.device)
