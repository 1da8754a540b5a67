"""Folded networks: images per second at every fold, behind every engine, in large and in small batches.

Paper:    Kosaian et al. (ICML 2021), abstract: up to 2.5 times the throughput and 2.8 times the utilisation on GPUs
Run:      reflop run folded.throughput
Cost:     30 s on two CPU cores (book), 7 min (long)
Expected: eager PyTorch with a large batch gains two times at fold 4; a fused engine is faster, and gains little
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from reflop.engines import ENGINES, ceiling, contenders, eager
from reflop.engines.asked import asked, none_can_run
from reflop.engines.ceiling import Roof
from reflop.engines.session import Session
from reflop.engines.turns import WARMUP, Turn, cut
from reflop.errors import Unavailable
from reflop.measure import clock, statistics, timing
from reflop.progress import track
from reflop.record import Measured, Metric
from reflop.systems.folded import counting, networks
from reflop.systems.folded.arithmetic import metric_name
from reflop.systems.folded.folding import FoldedClassifier, fold
from reflop.systems.folded.params import Throughput, Timed

EAGER, NCHW = "torch-float32", "torch_nchw-float32"  # the latter as most scripts run it, pictures in planes
ON_GPU = ["cuda-float32", "cuda-float16", "tensorrt-float16"]
Row = dict[str, Any]
Key = tuple[int, str, int]  # fold, contender, images of a call
K = TypeVar("K", bound=tuple[Any, ...])
Label = TypeVar("Label", int, str)
Each = dict[Key, list[float]]  # seconds of an image, round by round


def throughput(params: Throughput, work: Path) -> Measured:
    """Images per second with random weights and inputs that lie in memory, as the original measures.

    A batch holds so many images whatever the fold; one that the fold does not divide is filled up, and only real
    images count. Turns of one network at all folds behind all engines are interleaved, so ratios to fold 1 are formed
    round by round. `roof_percent` is the share of the best convolution that any engine reaches here in that precision,
    `clock_mhz` the processor's clock when a network was done.

    Run:      reflop run folded.throughput -p networks='["noscope_coral"]' -p batches='[16]'
    Cost:     30 s on two CPU cores (book), 7 min (long)
    Expected: see the module

    Raises:
        BadParams: an engine that does not exist, or a precision that it does not have.
        Unavailable: no contender can run here.
    """
    asked([name for name in params.contenders if name != NCHW], params.device)  # before anything is measured
    roofs = ceiling.convolution_roofs(params.device, work=work)
    metrics = {f"roof_{kind}": roof.rate for kind, roof in roofs.items()}
    rows, missing = list[Row](), list[Row]()
    for name in params.networks:
        turns = prepared(models(name, params), random_images(name, params), params, work, missing)
        told = {key: turn.session.describe() for key, turn in turns.items()}
        each = seconds_of_an_image(turns, params.rounds)
        pace = clock.megahertz(params.device)  # right after the work, so that one that fell is seen
        for (f, contender, batch), turn in turns.items():
            row = _row((name, f, batch), turn, each[f, contender, batch], roofs)
            row |= {} if pace is None else {"clock_mhz": pace}
            row["computed"] = told[f, contender, batch].precision
            if first := each.get((1, contender, batch)):
                row |= statistics.ratio(first, each[f, contender, batch]).columns("gain")
            rows.append(row)
        metrics |= _metrics(metric_name(name), each)
    if not rows:
        raise none_can_run((str(row["unavailable"]) for row in missing), params.device)
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


def models(name: str, params: Throughput) -> dict[int, FoldedClassifier]:
    """The network at every fold, with random weights."""
    return {f: networks.classifier(name, f, seed=params.seed) for f in params.folds}


def random_images(name: str, params: Throughput) -> Tensor:
    """Enough images (N, C, H, W) for the largest call, whatever the fold fills up."""
    shape = networks.image_shape(name, max(params.folds))
    count = max(params.batches) + max(params.folds)
    return torch.rand((count, *shape), generator=torch.Generator().manual_seed(params.seed))


def prepared(
    classifiers: dict[Label, FoldedClassifier],
    images: Tensor,
    params: Timed,
    work: Path,
    missing: list[Row],
) -> dict[tuple[Label, str, int], Turn]:
    """A turn for each classifier, contender and batch size; int8 is calibrated with a call of these images."""
    found = {}
    for contender in track(contenders_on(params), "preparing"):
        engine, _, precision = contender.rpartition("-")
        fitted = contender != NCHW and ENGINES[engine].device == "cuda"  # at its best in one size only
        for label, model in classifiers.items():
            f = model.f
            x = fold(images[: -(-max(params.batches) // f) * f], f)
            try:
                for batches in [[batch] for batch in params.batches] if fitted else [params.batches]:
                    like = -(-batches[0] // f) if fitted else max(1, min(batches) // 4)
                    session = _session(model.network, x, contender, params, work, like=like)
                    for batch in batches:
                        inputs = cut(x, -(-batch // f), -(-params.images // f), session)
                        found[label, contender, batch] = Turn(engine, precision, session, inputs)
            except Unavailable as reason:
                missing.append({"fold": f, "contender": contender, "unavailable": str(reason)})
    return found


def contenders_on(params: Timed) -> list[str]:
    """Those asked for; on a GPU those of them that it has, or what it is compared with by default."""
    if params.device == "cpu":
        return params.contenders
    built = [f"{engine}-{precision}" for engine, precision in contenders(params.device)]
    return [name for name in params.contenders if name in built] or ON_GPU


def _session(
    network: nn.Module, x: Tensor, contender: str, params: Timed, work: Path, *, like: int
) -> Session:
    """An engine prepared for the first `like` inputs."""
    engine, _, precision = contender.rpartition("-")
    if contender == NCHW:
        return in_planes(network, x)
    calibration = (x[: max(params.batches)],) if precision == "int8" else ()
    return ENGINES[engine].prepare(
        network, x[:like], precision, threads=torch.get_num_threads(), calibration=calibration, store=work,
        device=params.device,
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
