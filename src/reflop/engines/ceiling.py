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
IMAGES, PLACES = 8, 28  # of a convolution: pictures of a batch, height and width
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
    chain = nn.Sequential(*(nn.Linear(side, side, bias=False) for _ in range(DEPTH)))
    actions, operations = _behind_engines(chain, torch.empty(side, side), 2 * side**3 * DEPTH, device, work)
    matrix = torch.randint(-128, 128, (side, side), dtype=torch.int8).to(device)
    name = f"torch int8 {side}"  # the engines' own int8 would first have to be calibrated
    actions[name], operations[name] = partial(_int8, matrix, matrix.t().contiguous().t()), 2 * side**3
    return _best(actions, operations)


def convolution_roofs(device: str = "cpu", channels: int = 256, work: Path | None = None) -> dict[str, Roof]:
    """The same for convolutions of 3 x 3 with many channels, in floating point: the roof of a small network."""
    side = PLACES if device == "cpu" else 2 * PLACES
    chain = nn.Sequential(*(nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in range(DEPTH)))
    once = 2 * 9 * channels**2 * side**2 * IMAGES * DEPTH
    return _best(*_behind_engines(chain, torch.empty(IMAGES, channels, side, side), once, device, work))


def _best(actions: dict[str, Callable[[], object]], operations: dict[str, int]) -> dict[str, Roof]:
    """Who reaches most in each precision; actions take turns."""
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


def _behind_engines(
    chain: nn.Sequential, example: torch.Tensor, once: int, device: str, work: Path | None
) -> tuple[dict[str, Callable[[], object]], dict[str, int]]:
    """Turns of `chain` behind every engine in every floating-point precision that can run here, and their operations.

    One batch takes `once` operations. Numbers are random, of a size that the chain keeps.
    """
    generator = torch.Generator().manual_seed(0)
    chain.eval()
    for layer in chain:
        fan = layer.weight[0].numel()  # type: ignore[union-attr, index, operator]
        nn.init.normal_(layer.weight, std=fan**-0.5, generator=generator)  # type: ignore[union-attr, arg-type]
    example = torch.randn(example.shape, generator=generator)
    actions, operations = dict[str, Callable[[], object]](), dict[str, int]()
    for engine, precision in contenders(device):
        if precision == "int8" or engine in SLOW_TO_PREPARE:
            continue
        try:
            session = ENGINES[engine].prepare(chain, example, precision, store=work, device=device)
        except Unavailable:
            continue
        turn = Turn(engine, precision, session, cut(example, len(example), 2 * len(example), session))
        actions[turn.name], operations[turn.name] = turn, once * len(turn.batches)
    return actions, operations


def _int8(a: torch.Tensor, b: torch.Tensor) -> None:
    torch._int_mm(a, b)
    if a.is_cuda:
        torch.cuda.synchronize(a.device)
