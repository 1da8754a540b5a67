"""Optical random features (LightOn OPU benchmarks, 2020): the projection itself, before anything is learnt from it.

Papers:   Saade et al., "Random projections through multiple optical scattering" (ICASSP 2016);
          Ohana, Wacker et al., "Kernel computations from large-scale random features obtained by optical
          processing units" (ICASSP 2020)
Run:      reflop run optical.kernel
Cost:     under a minute for all four sections on two CPU cores (book)
Expected: see published.toml
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reflop.errors import Unavailable
from reflop.files import read_json
from reflop.measure import memory, statistics, timing
from reflop.progress import track
from reflop.record import Measured, Metric, Nature
from reflop.systems.optical import families, kernels, params, projection
from reflop.systems.optical.camera import Camera
from reflop.systems.optical.engines import ENGINES

REFERENCE = Path(__file__).parent / "projection_backends.json"
SURVIVAL_AT = tuple(np.arange(0.0, 10.5, 0.5).tolist())  # intensities, in units of their mean


def speckle(params: params.Speckle, work: Path) -> Measured:
    """Contrast and distribution of the intensities of one input (Saade et al. 2016).

    Run:      reflop run optical.speckle -p draws=20
    Cost:     10 s on two CPU cores (book), 4 min (long)
    Expected: contrast 1 within 2 %, mean |x|^2, exponential law; structured a trace below 1 (n - 1 of n free)
    """
    engines, rows = _usable(params.engines, params.device)
    x = torch.from_numpy(np.random.default_rng(params.seed).random((1, params.n_features)) < 0.5)
    x[0, 0] = True  # never an empty input
    metrics: dict[str, Metric] = {}
    for engine in engines:
        drawn = [
            projection.features(x, params.n_components, engine, seed, device=params.device).cpu().double()
            for seed in track(_seeds(params), f"speckle, {engine}")
        ]
        contrasts = [float(y.std() / y.mean()) for y in drawn]
        metrics[f"contrast_{engine}"] = statistics.mean(contrasts, "")
        metrics[f"mean_{engine}"] = statistics.mean([float(y.mean() / x.sum()) for y in drawn], "")
        y = torch.cat(drawn) / x.sum()
        for at in SURVIVAL_AT:
            share = statistics.proportion(int((y > at).sum()), y.numel())
            law = {"intensity": at, "exponential": 100 * math.exp(-at)}
            rows.append({"engine": engine, **law, **share.columns("survival")})
    return Measured(metrics, rows, nature=_nature(engines))


def kernel(params: params.Kernel, work: Path) -> Measured:
    """Error of the kernel estimate, raw and double-centred, against m (Ohana, Wacker et al. 2020).

    Run:      reflop run optical.kernel -p families='["sparse3"]'
    Cost:     15 s on two CPU cores (book), 10 min (long)
    Expected: errors fall as m^(-1/2); structured at most 1.1 times the Gaussian error on sparse3
    """
    engines, rows = _usable(params.engines, params.device)
    inputs = families.draw_all(params.families, params.n_features, params.seed)
    exact = {name: kernels.kernel(x, x, params.power) for name, x in inputs.items()}
    sizes = sorted(set(params.n_components))
    metrics: dict[str, Metric] = {}
    centred: dict[str, np.ndarray] = {}  # engine -> error of every draw, family and size
    for engine in engines:
        options: dict[str, Any] = {"power": params.power, "device": params.device}
        options |= {"rounds": params.rounds} if engine == "structured" else {}
        errors = np.empty((params.draws, len(inputs), len(sizes), 2))  # raw, centred
        for draw, seed in enumerate(track(_seeds(params), f"kernel, {engine}")):
            features = _of_each(inputs, sizes[-1], engine, seed, **options)
            for i, (family, y) in enumerate(features.items()):
                errors[draw, i] = [kernels.errors(_gram(y[:, :size]), exact[family]) for size in sizes]
        for i, family in enumerate(inputs):
            for k, size in enumerate(sizes):
                raw, centre = (statistics.mean(errors[:, i, k, kind], "") for kind in (0, 1))
                row = {"engine": engine, "family": family, "n_components": size}
                rows.append(row | raw.columns("error_raw") | centre.columns("error_centred"))
        for kind, name in enumerate(("raw", "centred")):
            slopes = [_slope(sizes, draw.mean(0)) for draw in np.log(errors[..., kind])]
            metrics[f"slope_{name}_{engine}"] = statistics.mean(slopes, "")
        centred[engine] = errors[..., 1]
    if {"structured", "dense"} <= centred.keys() and "sparse3" in inputs:
        ours, model = (
            centred[engine][:, list(inputs).index("sparse3"), -1] for engine in ("structured", "dense")
        )
        metrics["structured_over_dense_sparse3"] = statistics.mean(ours / model, "")
    return Measured(metrics, rows, nature=_nature(engines))


def camera(params: params.Camera, work: Path) -> Measured:
    """What bits and exposure of the camera change in the kernel error, against a camera without limits.

    The papers take 8 bits as given; this ablation is ours, on the same inputs as `kernel`.

    Run:      reflop run optical.camera -p bits='[8, 6, 4]'
    Cost:     15 s on two CPU cores (book), 2 min (long)
    Expected: 8 bits at mean level 8 to 32 change the centred error by under 3 %; over-exposure multiplies it
    """
    engines, _ = _usable([params.engine], params.device)
    inputs = families.draw_all(params.families, params.n_features, params.seed)
    exact = {name: kernels.kernel(x, x) for name, x in inputs.items()}
    # a mean level above the top one cannot be asked for
    settings = [(bits, level) for bits in params.bits for level in params.levels if level < 2**bits]
    changes: dict[tuple[int, float], dict[str, list[dict[str, float]]]] = {
        setting: {family: [] for family in inputs} for setting in settings
    }
    for seed in track(_seeds(params), "camera"):
        features = _of_each(inputs, params.n_components, params.engine, seed, device=params.device)
        for family, y in features.items():
            ideal = kernels.errors(_gram(y), exact[family])
            for setting, found in changes.items():
                found[family].append(_change(Camera(*setting).calibrated(y), y, exact[family], ideal))
    rows, metrics = [], {}
    for (bits, level), found in changes.items():
        for family, draws in found.items():
            row: dict[str, Any] = {"bits": bits, "level": level, "family": family}
            for name in draws[0]:
                row |= statistics.mean([draw[name] for draw in draws], "%").columns(name)
            rows.append(row)
        sizes = [statistics.mean([abs(draw["change_centred"]) for draw in d], "%") for d in found.values()]
        metrics[f"change_{bits}bit_level{level:g}"] = max(sizes, key=lambda metric: metric.value)
    return Measured(metrics, rows, nature=_nature(engines))


def cost(params: params.Cost, work: Path) -> Measured:
    """Time and peak memory of each engine against size, each in a process of its own.

    The time of a simulated projection is a measured time; what is simulated is only the optics.
    `first_s` is the first call, which also makes the matrix; `ms_per_vector` is of the calls after it.

    Run:      reflop run optical.cost -p n_features='[4096]' -p n_components='[4096]'
    Cost:     30 s on two CPU cores (book), 12 min (long); paper: 13.08 s on the device, skipped without one
    Expected: at 25,088 features structured is over ten times faster than a stored matrix, in under 1 GiB
    """
    engines, rows = _usable(params.engines, params.device)
    reference = _reference()
    metrics: dict[str, Metric] = {}  # of the last size, in the end
    jobs = [(e, n, m) for n, m in zip(params.n_features, params.n_components, strict=True) for e in engines]
    for job in track(jobs, "cost"):
        peak = memory.peak_bytes(_seconds, params, *job, torch.get_num_threads())
        first, *seconds = peak.result
        per_vector = statistics.median([1000 * duration / params.n_rows for duration in seconds], "ms")
        rows.append({
            **dict(zip(("engine", "n_features", "n_components"), job, strict=True)), "n_rows": params.n_rows,
            "first_s": first, **per_vector.columns("ms_per_vector"),
            "peak_bytes": peak.peak, "baseline_bytes": peak.baseline, **reference.pop(job, {}),
        })  # fmt: skip
        rates = [params.n_rows / duration for duration in seconds]
        metrics[f"throughput_{job[0]}"] = statistics.median(rates, "vectors/s")
        metrics[f"peak_bytes_{job[0]}"] = Metric.exact(float(peak.peak), "bytes")
    rows += [row for (engine, *_), row in reference.items() if engine in engines]
    metrics["throughput"] = metrics[f"throughput_{engines[0]}"]
    return Measured(metrics, rows, nature="measured")


def _reference() -> dict[tuple[str, int, int], dict[str, Any]]:
    """The earlier measurement of the same methods, by engine and size."""
    return {
        (row["engine"], row["n_features"], row["n_components"]): {
            **{name: row[name] for name in ("engine", "n_features", "n_components")},
            "reference_ms_per_vector": 1000 * row["seconds"] / row["n_rows"],
            "reference_peak_bytes": int(row["peak_gib"] * 2**30),
        }
        for row in read_json(REFERENCE)["rows"]
    }


def _seconds(params: params.Cost, engine: str, n: int, m: int, threads: int) -> list[float]:
    """Durations of calls that project the same random rows; the first of them makes the matrix."""
    torch.set_num_threads(threads)
    bits = np.random.default_rng(params.seed).integers(0, 2, (params.n_rows, n), dtype=np.uint8)
    rows, out = torch.from_numpy(bits), torch.empty(params.n_rows, m, device=params.device)
    project = projection.prepare(n, m, engine, params.seed, device=params.device)

    def action() -> float:
        project(rows, out)
        return out[-1, -1].item()  # waits for a GPU

    return timing.seconds(action, params.repeats + 1, warmup=0)


def _usable(names: Sequence[str], device: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The engines that can run here, and a row with the reason for each of the others.

    Raises:
        Unavailable: none can.
    """
    reasons = {name: ENGINES[name].available(device) for name in dict.fromkeys(names)}
    missing = [{"engine": name, "unavailable": reason} for name, reason in reasons.items() if reason]
    usable = [name for name, reason in reasons.items() if not reason]
    if not usable:
        found = "; ".join(str(row["unavailable"]) for row in missing)
        raise Unavailable(what=f"engine {', '.join(names)}", found=found, then="another engine or device")
    return usable, missing


def _seeds(params: Any) -> list[int]:
    """A seed for each independent random matrix."""
    root = np.random.SeedSequence(params.seed)
    return [int(child.generate_state(1, np.uint32)[0]) for child in root.spawn(params.draws)]


def _nature(engines: Sequence[str]) -> Nature:
    return "measured" if set(engines) == {"opu"} else "simulated"


def _gram(y: Tensor) -> Tensor:
    """The kernel estimate y y' / m, summed in float64."""
    wide = y.double()
    return wide @ wide.T / y.shape[1]


def _of_each(inputs: dict[str, Tensor], m: int, engine: str, seed: int, **options: Any) -> dict[str, Tensor]:
    """Features of every family behind one random matrix."""
    y = projection.features(torch.cat(list(inputs.values())), m, engine, seed, **options).cpu()
    return dict(zip(inputs, y.split([len(x) for x in inputs.values()]), strict=True))


def _slope(sizes: list[int], log_errors: np.ndarray) -> float:
    """Slope of log error against log m by least squares."""
    return float(np.polyfit(np.log(sizes), log_errors, 1)[0])


def _change(camera: Camera, y: Tensor, exact: Tensor, ideal: tuple[float, float]) -> dict[str, float]:
    """How a camera changes both errors, and what share of its pixels is cut off or dark; in percent."""
    raw, centred = kernels.errors(_gram(camera.seen(y)), exact)
    exposure = camera.exposure(y)
    return {
        "change_raw": 100 * (raw / ideal[0] - 1),
        "change_centred": 100 * (centred / ideal[1] - 1),
        "saturated": 100 * exposure.saturated,
        "zero": 100 * exposure.zero,
    }
