"""Folded networks: images per second at every fold, behind every engine, in large and in small batches.

Paper:    Kosaian et al. (ICML 2021), abstract: up to 2.5 times the throughput and 2.8 times the utilisation on GPUs
Run:      reflop run folded.throughput
Cost:     60 s on two CPU cores (book), 15 min (long)
Expected: eager PyTorch with a large batch gains two times at fold 4; a fused engine is faster, and gains little
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from reflop.engines import ENGINES, ceiling, eager
from reflop.engines.asked import asked, none_can_run
from reflop.engines.ceiling import Roof
from reflop.engines.session import Session
from reflop.engines.turns import WARMUP, Turn, cut
from reflop.errors import Unavailable
from reflop.measure import statistics, timing
from reflop.progress import track
from reflop.record import Measured, Metric
from reflop.systems.folded import counting, networks
from reflop.systems.folded.arithmetic import metric_name
from reflop.systems.folded.params import Throughput

EAGER, NCHW = "torch-float32", "torch_nchw-float32"  # the latter as most scripts run it, pictures in planes
Row = dict[str, Any]
Key = tuple[int, str, int]  # fold, contender, images of a call
K = TypeVar("K", bound=tuple[Any, ...])
Turns = dict[Key, Turn]
Each = dict[Key, list[float]]  # seconds of an image, round by round


def throughput(params: Throughput, work: Path) -> Measured:
    """Images per second with random weights and inputs that lie in memory, as the original measures.

    A batch holds so many images whatever the fold; one that the fold does not divide is filled up, and only real
    images count. Turns of one network at all folds behind all engines are interleaved, so ratios to fold 1 are formed
    round by round. `roof_percent` is the share of the best convolution that any engine reaches here in that precision.

    Run:      reflop run folded.throughput -p networks='["noscope_coral"]' -p batches='[16]'
    Cost:     60 s on two CPU cores (book), 15 min (long)
    Expected: see the module

    Raises:
        BadParams: an engine that does not exist, or a precision that it does not have.
        Unavailable: no contender can run here.
    """
    asked([name for name in params.contenders if name != NCHW], "cpu")  # before anything is measured
    roofs = ceiling.convolution_roofs(work=work)
    metrics = {f"roof_{kind}": roof.rate for kind, roof in roofs.items()}
    rows, missing = list[Row](), list[Row]()
    for name in params.networks:
        turns = prepared(name, params, work, missing)
        told = {key: turn.session.describe() for key, turn in turns.items()}
        each = seconds_of_an_image(turns, params.rounds)
        for (f, contender, batch), turn in turns.items():
            row = _row((name, f, batch), turn, each[f, contender, batch], roofs)
            row["computed"] = told[f, contender, batch].precision
            if first := each.get((1, contender, batch)):
                row |= statistics.ratio(first, each[f, contender, batch]).columns("gain")
            rows.append(row)
        metrics |= _metrics(metric_name(name), each)
    if not rows:
        raise none_can_run(str(row["unavailable"]) for row in missing)
    return Measured(metrics, rows + missing)


def seconds_of_an_image(turns: dict[K, Turn], rounds: int) -> dict[K, list[float]]:
    """Of each turn, round by round; turns are interleaved, and images that only fill up a group do not count.

    The last part of a key is how many images a call holds.
    """
    named = {"|".join(map(str, key)): turn for key, turn in turns.items()}
    times = timing.interleaved(named, rounds, WARMUP)
    return {
        key: [one / (len(turn.batches) * key[-1]) for one in times["|".join(map(str, key))]]
        for key, turn in turns.items()
    }


def prepared(name: str, params: Throughput, work: Path, missing: list[Row]) -> Turns:
    """A turn for each fold, contender and batch size."""
    found = Turns()
    generator = torch.Generator().manual_seed(params.seed)
    for contender in track(params.contenders, f"{name} prepared"):
        engine, _, precision = contender.rpartition("-")
        for f in params.folds:
            network, images = networks.build(name, f, seed=params.seed), networks.images_of_an_input(name, f)
            inputs = -(-max(params.batches) // images)
            shape = networks.example(name, f, inputs, device="meta").shape
            x = torch.rand(shape, generator=generator)
            try:
                session = _session(network, x, contender, params, work)
            except Unavailable as reason:
                missing.append(
                    {"network": name, "fold": f, "contender": contender, "unavailable": str(reason)}
                )
                continue
            for batch in params.batches:
                cut_inputs = cut(x, -(-batch // images), -(-params.images // images), session)
                found[f, contender, batch] = Turn(engine, precision, session, cut_inputs)
    return found


def _session(network: nn.Module, x: Tensor, contender: str, params: Throughput, work: Path) -> Session:
    engine, _, precision = contender.rpartition("-")
    if contender == NCHW:
        return in_planes(network, x)
    calibration = (x[: max(params.batches)],) if precision == "int8" else ()
    return ENGINES[engine].prepare(
        network, x[: max(1, min(params.batches) // 4)], precision, threads=torch.get_num_threads(),
        calibration=calibration, store=work,
    )  # fmt: skip


def in_planes(network: nn.Module, example: Tensor) -> Session:
    """Eager PyTorch in float32 with channels first."""
    network = copy.deepcopy(network).eval()

    def run(batch: Tensor) -> Tensor:
        with torch.inference_mode():
            logits: Tensor = network(batch)
            return logits

    return Session("torch_nchw", "float32", run, lambda: eager.described(network, example))


def _row(what: tuple[str, int, int], turn: Turn, each: list[float], roofs: dict[str, Roof]) -> Row:
    """One contender; `each` are the seconds of an image, round by round."""
    (name, f, batch), rate = what, statistics.median([1 / one for one in each], "images/s")
    operations = counting.flops(name, f) / networks.images_of_an_input(name, f)
    row: Row = {
        "network": name, "fold": f, "contender": f"{turn.engine}-{turn.precision}", "engine": turn.engine,
        "precision": turn.precision, "batch": batch, "inputs": turn.batch_size, "threads": torch.get_num_threads(),
        **rate.columns("rate"), "tera_ops": 1e-12 * operations * rate.value,
    }  # fmt: skip
    if roof := roofs.get(turn.precision):
        row |= {"roof_percent": 100 * operations * rate.value / roof.rate.value, "roof_by": roof.engine}
    return row


def _metrics(name: str, each: Each) -> dict[str, Metric]:
    """The rate of the fastest at every fold, and what folding gains.

    `ratio_eager` is the paper's comparison, eager PyTorch in the largest call; `ratio_fastest` sets the best of all
    at a fold against the best unfolded.
    """
    found = dict[str, Metric]()
    largest = max((batch for _, _, batch in each), default=0)
    fastest = {
        f: min(
            (times for key, times in each.items() if key[0] == f),
            key=lambda times: statistics.median(times, "s").value,
        )
        for f in sorted({f for f, _, _ in each})
    }
    for f, times in fastest.items():
        found[f"throughput_{name}_{f}"] = statistics.median([1 / one for one in times], "images/s")
        if f > 1 and 1 in fastest:
            found[f"ratio_fastest_{name}_{f}"] = statistics.ratio(fastest[1], times)
        if f > 1 and (first := each.get((1, EAGER, largest))) and (folded := each.get((f, EAGER, largest))):
            found[f"ratio_eager_{name}_{f}"] = statistics.ratio(first, folded)
    return found
