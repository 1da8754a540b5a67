"""Bulk inference (Graphcore, ResNeXt-101): how many pictures per second every engine, precision and batch size gives.

Papers:   Xie et al., "Aggregated residual transformations for deep neural networks" (CVPR 2017)
Run:      reflop run bulk.throughput
Cost:     70 s on two CPU cores (book), 20 min (long)
Expected: see published.toml; the original's own rates were only shown as charts
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reflop.engines import ENGINES
from reflop.engines import contenders as all_contenders
from reflop.engines.session import Session
from reflop.errors import Unavailable
from reflop.measure import counting, statistics, timing
from reflop.models import resnext
from reflop.models.pixels import FromPixels
from reflop.progress import track
from reflop.record import Measured, Metric
from reflop.systems.bulk import ceiling
from reflop.systems.bulk.params import Throughput

BASELINE = ("torch", "float32")  # eager, channels_last, all cores, at its own best batch size
STATIC = ("torch_compile", "cuda", "cuda_compile")  # prepared for one batch size
N_CALIBRATION = 16
WARM_UP = 1  # turns that are not counted, after the one that prepared the session


@dataclass(frozen=True)
class Turn:
    """A session with a batch size: what is timed."""

    engine: str
    precision: str
    batch: Tensor
    session: Session
    prepare_s: float
    n_batches: int

    @property
    def key(self) -> tuple[str, str, int]:
        """Engine, precision, batch size."""
        return self.engine, self.precision, len(self.batch)

    def __call__(self) -> None:
        """Stream the batches through the session."""
        for _ in self.session.stream(self.batch for _ in range(self.n_batches)):
            pass


def throughput(params: Throughput, work: Path) -> Measured:
    """Images per second with random weights (speed does not depend on them) and pixels that lie in memory.

    Mode "compute": nothing is read or decoded; `bulk.scaling` has the way from files. Turns of all contenders are
    interleaved; ratios are to PyTorch eager float32 in channels_last on all cores at its own best batch size, round by
    round. int8 takes its ranges from random pixels, which serves for speed only.

    Run:      reflop run bulk.throughput -p contenders='["torch-float32", "openvino-bfloat16"]'
    Cost:     70 s on two CPU cores (book), 20 min (long)
    Expected: on a processor with AVX-512 BF16: best engine 3.8 times the baseline, bfloat16 2.6, float32 1.3
    """
    network = FromPixels(resnext.build(params.model)).eval()
    turns, rows = list[Turn](), list[dict[str, Any]]()
    for engine, precision in track(_asked(params), "preparing engines"):
        try:
            turns += _prepared(network, engine, precision, params, work)
        except Unavailable as missing:
            rows.append({"engine": engine, "precision": precision, "unavailable": str(missing)})
    if not turns:
        raise Unavailable(what="; ".join(dict.fromkeys(row["unavailable"] for row in rows)))
    names = {" ".join(map(str, turn.key)): turn for turn in turns}
    actions: dict[str, Callable[[], object]] = dict(names)
    times = timing.interleaved(actions, rounds=params.rounds, warmup=WARM_UP)
    per_image = {name: [s / (len(t.batch) * t.n_batches) for s in times[name]] for name, t in names.items()}
    roofs = ceiling.roofs(params.device)
    macs = _macs(params.model)
    base = _best(names, per_image, *BASELINE)
    described = {turn.key[:2]: turn.session.describe() for turn in turns}
    for name, turn in names.items():
        told = described[turn.key[:2]]
        rate = statistics.median([1 / seconds for seconds in per_image[name]], "images/s")
        row: dict[str, Any] = {
            "engine": turn.engine,
            "precision": turn.precision,
            "precision_read": told.precision,
            "batch_size": len(turn.batch),
            **rate.columns("rate"),
            **statistics.median([1e3 * s * len(turn.batch) for s in per_image[name]], "ms").columns(
                "batch_ms"
            ),
            "gflop_s": 2e-9 * macs * rate.value,
            "prepare_s": turn.prepare_s,
            "warm_up": WARM_UP,
        }
        if base:
            row |= statistics.ratio(per_image[base], per_image[name]).columns("ratio")
        if roof := roofs.get(turn.precision):
            row |= {"roof_percent": 100 * 2 * macs * rate.value / roof.rate.value, "roof_by": roof.engine}
        rows.append(row)
    return Measured(_metrics(names, per_image, base, roofs, params.model), rows)


def _asked(params: Throughput) -> list[tuple[str, str]]:
    """Engine and precision of what was asked for, all of the device without a list."""
    pairs = [name.rpartition("-")[::2] for name in params.contenders]
    return pairs or all_contenders(params.device)


def _prepared(
    network: nn.Module, engine: str, precision: str, params: Throughput, work: Path
) -> Iterator[Turn]:
    """The engine's turns, one for each batch size, brought to an even number of batches of about `images` pictures.

    Raises:
        Unavailable: it cannot run here.
    """
    if engine not in ENGINES:
        raise Unavailable(what=f"engine {engine}", expected=", ".join(ENGINES), found="none of that name")
    pixels, generator = resnext.SIZES[params.model].pixels, torch.Generator().manual_seed(params.seed)
    largest = max(params.batch_sizes)
    whole = torch.randint(
        256, (max(largest, N_CALIBRATION), pixels, pixels, 3), dtype=torch.uint8, generator=generator
    )
    session, seconds = None, 0.0
    for size in sorted(set(params.batch_sizes)):
        if session is None or engine in STATIC:
            start = time.monotonic()
            calibration = whole[:N_CALIBRATION].split(4) if precision == "int8" else ()
            session = ENGINES[engine].prepare(
                network, whole[:size], precision, calibration=calibration, store=work, device=params.device
            )
            seconds = time.monotonic() - start
        count = -(-params.images // size)
        yield Turn(engine, precision, whole[:size].clone(), session, seconds, max(2, count + count % 2))


def _best(
    names: dict[str, Turn], per_image: dict[str, list[float]], engine: str = "", precision: str = ""
) -> str | None:
    """The fastest turn (of an engine, of a precision), by its median."""
    found = [
        name
        for name, turn in names.items()
        if engine in ("", turn.engine) and precision in ("", turn.precision)
    ]
    return min(found, key=lambda name: statistics.median(per_image[name], "s").value, default=None)


def _macs(model: str) -> int:
    """Multiply-accumulates of one picture, counted without weights or memory."""
    pixels = resnext.SIZES[model].pixels
    return counting.macs(
        resnext.build(model, device="meta"), torch.zeros((1, 3, pixels, pixels), device="meta")
    )


def _metrics(
    names: dict[str, Turn],
    per_image: dict[str, list[float]],
    base: str | None,
    roofs: dict[str, ceiling.Roof],
    model: str,
) -> dict[str, Metric]:
    """The best of all and of every precision, and what is exact about the network."""
    bare = resnext.build(model, device="meta")
    weights = counting.params(bare)
    found = {
        "macs": Metric.exact(_macs(model), "MAC"),
        "params": Metric.exact(weights, ""),
        "size_bytes": Metric.exact(4 * weights, "B"),
    }
    best = _best(names, per_image)
    if best:
        found["throughput"] = statistics.median([1 / seconds for seconds in per_image[best]], "images/s")
        size = len(names[best].batch)
        found["latency_p50_ms"] = statistics.median(
            [1e3 * seconds * size for seconds in per_image[best]], "ms"
        )
    for kind in ("", "float32", "bfloat16", "float16", "int8"):
        fastest = _best(names, per_image, precision=kind)
        if base and fastest:
            found[f"ratio_{kind or 'best'}"] = statistics.ratio(per_image[base], per_image[fastest])
    return found | {f"roof_{precision}": roof.rate for precision, roof in roofs.items()}
