"""The optical system against its peers, in interleaved rounds: `reflop bench optical`.

Peers are given their best form: lightonml its one matrix and its own `transform` of the whole batch; torch two
float32 products with the stored real and imaginary parts, in chunks of rows that bound the temporary results.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reflop.measure import comparison, memory, statistics, timing
from reflop.record import Metric
from reflop.systems.optical import image_bench, projection
from reflop.systems.optical.engines import lightonml

SIZE, QUICK = (1000, 25_088, 16_384), (64, 512, 1024)  # rows, features, components
STREAMED, QUICK_STREAMED = 2**20, 2**14
CHUNK_ROWS = 250
GIB = 2**30


def comparisons(quick: bool = False) -> list[dict[str, Any]]:
    """One row for each target of speed and size; `quick` runs the same at a small size, where no target holds."""
    rows = [*projecting(quick), *image_bench.learning(quick)]
    return [{**row, "met": None} for row in rows] if quick else rows


def projecting(quick: bool = False) -> list[dict[str, Any]]:
    """The projection against its peers."""
    n_rows, n, m = QUICK if quick else SIZE
    x = _bits(n_rows, n)
    actions: dict[str, Callable[[], object]] = {"structured": _structured(x, m), "torch": _stored(x, m)}
    unavailable = lightonml.available()
    if not unavailable:
        actions["lightonml"] = _simulator(x, m)
    times = timing.interleaved(actions, rounds=3 if quick else 5)
    what = f"structured, {n_rows} rows, {n:,} -> {m:,}"
    rows = [
        _faster(what, "torch, stored matrix, two float32 products", times["torch"], times["structured"], 5)
    ]
    peer = "lightonml simulator, transform"
    if unavailable:
        rows.append({"name": what, "peer": peer, "ratio": None, "met": None, "reason": unavailable})
    else:
        rows.append(_faster(what, peer, times["lightonml"], times["structured"], 10))
    del actions
    peak = memory.peak_bytes(project_once, n_rows, n, m).peak
    rows.append(_smaller(f"{what}: peak memory of the process", peak, 1))
    side = QUICK_STREAMED if quick else STREAMED
    peak = memory.peak_bytes(stream_rows, 3, side, side).peak
    rows.append(_smaller(f"structured, streamed row by row, {side:,} -> {side:,}: peak memory", peak, 8))
    return rows


def project_once(n_rows: int, n: int, m: int) -> float:
    """Project random rows once, in a process that does nothing else."""
    return float(projection.features(_bits(n_rows, n), m)[0, 0])


def stream_rows(n_rows: int, n: int, m: int) -> float:
    """Project random rows one at a time, keeping none."""
    return sum(float(y[0, 0]) for y in projection.stream((_bits(1, n) for _ in range(n_rows)), m))


def _bits(n_rows: int, n: int) -> Tensor:
    """Rows of density 1/2."""
    return torch.from_numpy(np.random.default_rng(0).integers(0, 2, (n_rows, n), dtype=np.uint8))


def _structured(x: Tensor, m: int) -> Callable[[], object]:
    return lambda: projection.features(x, m)


def _stored(x: Tensor, m: int) -> Callable[[], object]:
    generator = torch.Generator().manual_seed(0)
    real, imaginary = (torch.randn(x.shape[1], m, generator=generator) for _ in range(2))

    def action() -> Tensor:
        out = torch.empty(len(x), m)
        for rows, target in zip(x.split(CHUNK_ROWS), out.split(CHUNK_ROWS), strict=True):
            wide = rows.float()
            torch.mm(wide, real, out=target)
            target.square_().add_((wide @ imaginary).square_())
        return out

    return action


def _simulator(x: Tensor, m: int) -> Callable[[], object]:
    library, rows = lightonml.load(), x.numpy()
    opu = library.OPU(n_components=m, simulated=True, max_n_features=x.shape[1], disable_pbar=True)
    opu.fit1d(n_features=x.shape[1])
    return lambda: opu.transform(rows)


def _faster(name: str, peer: str, slow: list[float], fast: list[float], target: float) -> dict[str, Any]:
    """How many times faster."""
    return comparison.row(name, peer, replace(statistics.ratio(slow, fast), unit="x"), target=target)


def _smaller(name: str, peak: int, gib: float) -> dict[str, Any]:
    """Peak memory against a limit."""
    return comparison.row(name, "limit", Metric.exact(peak / GIB, "GiB"), target=gib, kind="at most")
