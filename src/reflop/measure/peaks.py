"""What this machine can do at best, measured: matrix products and memory, the two ceilings of a roofline."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from reflop.measure.statistics import median
from reflop.measure.timing import seconds
from reflop.record import Metric

BUDGET_S = 0.5  # of each measurement
LONG_ENOUGH_S = 0.005  # for one product: longer brings no higher rate
COPY_BYTES = 2**28  # larger than any cache, so that memory is what is measured
SIZES = (1024, 2048, 4096, 8192)


def peaks(device: str = "cpu", budget_s: float = BUDGET_S) -> dict[str, Metric]:
    """Rates of a square matrix product in float32, and bfloat16 where built in (FLOP/s), and of a copy (B/s).

    A product of n x n matrices is 2 n^3 FLOP; a copy reads and writes, so it moves twice its bytes. On a GPU,
    float32 is as PyTorch is set (TF32 or not).
    """
    rates = {}
    for kind in (torch.float32, torch.bfloat16) if _has_bfloat16(device) else (torch.float32,):
        rates[f"matmul_{str(kind).removeprefix('torch.')}"] = _product(kind, device, budget_s)
    rates["copy"] = _copy(device, budget_s)
    return rates


def _has_bfloat16(device: str) -> bool:
    """Whether the device computes in bfloat16 itself; elsewhere it is emulated, and slow."""
    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    try:
        return re.search(r"\b(avx512_bf16|amx_bf16|bf16)\b", Path("/proc/cpuinfo").read_text()) is not None
    except OSError:
        return False


def _product(kind: torch.dtype, device: str, budget_s: float) -> Metric:
    """Rate of the smallest product that takes long enough, in FLOP/s."""
    for size in SIZES:
        matrix = torch.ones(size, size, dtype=kind, device=device)
        action = _waiting(partial(torch.mm, matrix, matrix, out=torch.empty_like(matrix)), device)
        once = min(seconds(action, repeats=2))
        if once > LONG_ENOUGH_S:
            break
    times = seconds(action, repeats=_repeats(once, budget_s), warmup=0)
    return median([2 * size**3 / time for time in times], "FLOP/s")


def _copy(device: str, budget_s: float) -> Metric:
    source = torch.ones(COPY_BYTES, dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)
    action = _waiting(lambda: target.copy_(source), device)
    once = min(seconds(action, repeats=2))
    times = seconds(action, repeats=_repeats(once, budget_s), warmup=0)
    return median([2 * COPY_BYTES / time for time in times], "B/s")


def _repeats(once: float, budget_s: float) -> int:
    """As many as fit, and at least the six that a 95 % interval of the median needs."""
    return max(6, min(100, int(budget_s / once)))


def _waiting(action: Callable[[], object], device: str) -> Callable[[], object]:
    """The action, ended only when the device has finished it."""
    if torch.device(device).type != "cuda":
        return action

    def wait() -> None:
        action()
        torch.cuda.synchronize(device)

    return wait
