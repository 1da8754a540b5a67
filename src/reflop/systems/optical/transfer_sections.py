"""Optical random features (LightOn OPU benchmarks, 2020): transfer learning without back-propagation.

A backbone is frozen; its features become bits, pass the optics and meet a ridge. No gradient is computed for the new
classes. The comparison is fine-tuning of the whole network on the same pictures.

Papers:   LightOn OPU benchmarks, image transfer learning; Saade et al. 2016
Run:      reflop run optical.transfer
Cost:     a minute on two CPU cores (book)
Expected: the ridge learns the new classes in a fraction of fine-tuning's time, at equal or slightly lower accuracy
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from reflop import cache
from reflop.data import places
from reflop.errors import BadParams, Unavailable
from reflop.measure import counting, statistics
from reflop.models import backbones, cutting
from reflop.progress import track
from reflop.record import Measured, Metric
from reflop.systems.optical import backprop, tasks
from reflop.systems.optical import image_params as params
from reflop.systems.optical.classify import Outcome, ridge_on
from reflop.systems.optical.stages import Optics, through

DTYPES = {"float32": torch.float32, "float16": torch.float16}
STAGES = ("load", "conv", "encode", "project", "decode", "fit", "predict")


@dataclass
class _Found:
    """What the draws of one method add up to."""

    accuracy: list[float] = field(default_factory=list)  # percent
    train_s: list[float] = field(default_factory=list)


def transfer(params: params.Transfer, work: Path) -> Measured:
    """Accuracy, time per stage and memory of four ways to learn new classes from a frozen or fine-tuned backbone.

    Optical ridge, ridge on the features themselves, and back-propagation by the original's schedule and by a modern
    one, all on the same pictures; the test set is looked at once per trained classifier.

    Run:      reflop run optical.transfer --preset smoke
    Cost:     60 s on two CPU cores (book); long: 20 min with real pictures; paper: a GPU, the device, Animals10
    Expected: optical and plain ridge within two points of fine-tuning, at a small part of its time
    """
    methods: dict[tuple[str, int | None], _Found] = {}
    stages: dict[str, list[float]] = {}
    facts: dict[str, float] = {}
    for seed in track(_seeds(params.seed, params.draws), "transfer"):
        task, body, scaling, load_s, facts["source_accuracy"] = prepared(params, seed)
        train, test, conv_s, facts["overflows"] = network_features(body, task, scaling, params.dtype)
        seen, seen_test = through(train, test, optics(params, train.shape[1]), seed)
        optical = ridge_on(seen, task.labels, seen_test, task.test_labels)
        plain = ridge_on(train, task.labels, test, task.test_labels)
        timed = {
            "load": load_s,
            "conv": conv_s,
            **{stage: seen.seconds[stage] + seen_test.seconds[stage] for stage in seen.seconds},
            "fit": optical.fit_s - sum(seen.seconds.values()),
            "predict": optical.predict_s - sum(seen_test.seconds.values()),
        }
        for stage in STAGES:
            stages.setdefault(stage, []).append(timed[stage])
        _note(methods, "optical ridge", None, optical, conv_s + optical.fit_s)
        _note(methods, "plain ridge", None, plain, conv_s + plain.fit_s)
        budgets: dict[backprop.Recipe, list[int]] = {
            "original": params.original_epochs,
            "modern": params.modern_epochs,
        }
        for recipe, tried in budgets.items():
            for epochs in tried:
                accuracy, seconds = backprop.finetuned(
                    body, train.shape[1], task, scaling, recipe=recipe, epochs=epochs, seed=seed
                )
                found = methods.setdefault((f"back-propagation, {recipe}", epochs), _Found())
                found.accuracy.append(accuracy)
                found.train_s.append(seconds)
        facts |= {"n_features": train.shape[1], "constant_bits": seen.constant_bits}
        facts |= {"n_train": len(task.labels), "n_test": len(task.test_labels), "n_classes": task.n_classes}
    return Measured(_metrics(methods, stages, facts, body, task), _rows(methods, stages), nature="simulated")


def blocks(params: params.Blocks, work: Path) -> Measured:
    """Accuracy against model size and time, the backbone cut at every block and layer, in every precision.

    Run:      reflop run optical.blocks --preset smoke
    Cost:     30 s on two CPU cores (book), 30 min (long)
    Expected: most of the accuracy survives a cut before the last block, at less than half of the model's size
    """
    found: dict[tuple[int, int, str], list[tuple[float, float]]] = {}
    sizes: dict[tuple[int, int, str], dict[str, Any]] = {}
    whole: list[float] = []
    for seed in track(_seeds(params.seed, params.draws), "blocks"):
        task, body, scaling, _, _ = prepared(params, seed, option="noavgpool")
        for block, layer in cutting.cuts(body):
            part = cutting.cut(body, block, layer)
            for dtype in params.dtypes:
                train, test, conv_s, overflows = network_features(part, task, scaling, dtype)
                seen, seen_test = through(
                    train, test, Optics(params.n_components, params.encoder, engine=params.engine), seed
                )
                outcome = ridge_on(seen, task.labels, seen_test, task.test_labels)
                seconds = conv_s + outcome.fit_s
                key = (block, layer, dtype)
                found.setdefault(key, []).append((100 * outcome.accuracy, seconds))
                bits = torch.finfo(DTYPES[dtype]).bits
                sizes[key] = {"size_mib": cutting.size_mib(part, bits), "n_features": train.shape[1]}
                sizes[key] |= {"overflows": overflows}
        accuracy, _ = backprop.finetuned(
            body,
            _width(body, task),
            task,
            scaling,
            recipe="modern",
            epochs=params.modern_epochs,
            seed=seed,
        )
        whole.append(accuracy)
    rows = [
        {"block": block, "layer": layer, "dtype": dtype, **sizes[block, layer, dtype],
         **statistics.share([a for a, _ in draws]).columns("accuracy"),
         **statistics.median([s for _, s in draws], "s").columns("train_s")}
        for (block, layer, dtype), draws in found.items()
    ]  # fmt: skip
    best = max(found, key=lambda key: np.mean([a for a, _ in found[key]]))
    metrics = {
        "accuracy": statistics.share([a for a, _ in found[best]]),
        "accuracy_finetuned": statistics.share(whole),
        "size_mib_best": Metric.exact(sizes[best]["size_mib"], "MiB"),
        "size_mib_whole": Metric.exact(cutting.size_mib(body), "MiB"),
    }
    return Measured(metrics, rows, nature="simulated")


def _width(body: nn.Module, task: tasks.Task) -> int:
    """Flattened features of one picture behind `body`."""
    return int(np.prod(cutting.feature_shape(body, tuple(task.train.shape[1:]))))


def prepared(
    params: Any, seed: int, option: backbones.Option | None = None
) -> tuple[tasks.Task, nn.Sequential, backprop.Scaling, float, float]:
    """The task, the backbone's feature layers, the scaling of pictures, seconds of loading, accuracy at the source."""
    name, kept = params.backbone, option or params.option
    whole, load_s = tasks.load(params.data, backbones.input_shape(name)[1:], seed, params.test_share)
    if getattr(params, "weights", "other_half") != "other_half":
        task, source_accuracy = whole, 0.0
        body = backbones.build(name, kept, weights=_weights(params), seed=seed, dtype=DTYPES[params.dtype])
        scaling = backprop.Scaling.of(task.train)
    else:
        source, task = tasks.halves(whole)
        scaling = backprop.Scaling.of(source.train)
        source = source.fewer(params.per_class)
        folder = None if params.data == "digits" else cache.place() / f"optical-source-{params.data}-{seed}"
        settings = {"epochs": params.source_epochs, "seed": seed, "folder": folder}
        trained, source_accuracy = backprop.pretrained(name, source, scaling, **settings)
        body = backprop.body(trained, kept)
    if getattr(params, "block", None) is not None:
        body = cutting.cut(body, params.block, params.layer)
    return task.fewer(params.per_class), body.eval(), scaling, load_s, source_accuracy


def _weights(params: params.Transfer) -> Path | None:
    """The weight file of the backbone, `--data NAME=FILE_OR_DIR`.

    Raises:
        Unavailable: none was named.
    """
    if params.weights == "random":
        return None
    place = places.folder(params.backbone)
    files = (
        sorted(path for path in place.iterdir() if path.suffix in (".pth", ".safetensors")) if place else []
    )
    if not files:
        then = f"reflop --data {params.backbone}=DIR ..."
        raise Unavailable(
            what=f"weights of {params.backbone}", expected="a folder with a file", found="none", then=then
        )
    return files[0]


def network_features(
    body: nn.Module, task: tasks.Task, scaling: backprop.Scaling, number_type: str
) -> tuple[Tensor, Tensor, float, int]:
    """Features of training and test pictures in float32, seconds, and how many values left its range."""
    dtype = DTYPES[number_type]
    start = time.perf_counter()
    network = body.to(dtype)
    found = [backprop.features(network, x, scaling, dtype) for x in (task.train, task.test)]
    seconds = time.perf_counter() - start
    body.float()
    overflows = sum(int((~torch.isfinite(z)).sum()) for z in found)
    limit = torch.finfo(dtype).max
    train, test = (torch.nan_to_num(z, nan=0.0, posinf=limit, neginf=-limit).float() for z in found)
    return train, test, seconds, overflows


def optics(params: params.Transfer, n_features: int) -> Optics:
    """How features pass; a ratio becomes a count here.

    Raises:
        BadParams: a ratio that leaves no component.
    """
    count = params.n_components or int(n_features / (params.ratio or 1))
    if count < 1:
        found = f"{n_features} features / {params.ratio}"
        raise BadParams(
            what="ratio", expected="at least one component", found=found, then="-p n_components=COUNT"
        )
    coding = (params.encoder, params.encoder_options, params.decoder, params.decoder_options)
    return Optics(count, *coding, params.engine, params.power, params.camera_bits, params.device)


def _note(
    methods: dict[tuple[str, int | None], _Found], name: str, budget: int | None, o: Outcome, s: float
) -> None:
    found = methods.setdefault((name, budget), _Found())
    found.accuracy.append(100 * o.accuracy)
    found.train_s.append(s)


def _rows(
    methods: dict[tuple[str, int | None], _Found], stages: dict[str, list[float]]
) -> list[dict[str, Any]]:
    """A row for each method and budget, then one for each stage of the optical way."""
    rows: list[dict[str, Any]] = [
        {"method": name, "epochs": epochs, **statistics.share(found.accuracy).columns("accuracy"),
         **statistics.median(found.train_s, "s").columns("train_s")}
        for (name, epochs), found in methods.items()
    ]  # fmt: skip
    return rows + [
        {"stage": stage, **statistics.median(seconds, "s").columns("seconds")}
        for stage, seconds in stages.items()
    ]


def _metrics(
    methods: dict[tuple[str, int | None], _Found],
    stages: dict[str, list[float]],
    facts: dict[str, float],
    body: nn.Module,
    task: tasks.Task,
) -> dict[str, Metric]:
    """Headline numbers: accuracies, times, and what fine-tuning takes to be as accurate as the optical ridge."""
    optical, plain = methods["optical ridge", None], methods["plain ridge", None]
    metrics = {
        "accuracy": statistics.share(optical.accuracy),
        "accuracy_ridge": statistics.share(plain.accuracy),
        "train_s": statistics.median(optical.train_s, "s"),
        "train_s_ridge": statistics.median(plain.train_s, "s"),
        "macs": Metric.exact(counting.macs(body, torch.zeros(1, *task.train.shape[1:])), "MAC"),
        "params": Metric.exact(counting.params(body), "parameters"),
        "size_bytes": Metric.exact(4 * counting.params(body), "bytes"),
    }
    for recipe in ("original", "modern"):
        tuned = {e: found for (name, e), found in methods.items() if e and name.endswith(recipe)}
        if tuned:
            metrics[f"accuracy_{recipe}"] = statistics.share(tuned[max(tuned)].accuracy)
            metrics[f"train_s_{recipe}"] = statistics.median(tuned[max(tuned)].train_s, "s")
        goal = metrics["accuracy"].value
        reached = [e for e in sorted(tuned) if np.mean(tuned[e].accuracy) >= goal]
        if reached:
            ratio = statistics.ratio(tuned[reached[0]].train_s, optical.train_s)
            metrics[f"cost_ratio_{recipe}_at_equal_accuracy"] = replace(ratio, unit="s/s")
    shares = [
        (e + p + d) / c for e, p, d, c in zip(*(stages[s] for s in STAGES[2:5]), stages["conv"], strict=True)
    ]
    metrics["optics_over_conv"] = statistics.median(shares, "s/s")
    return metrics | {name: Metric.exact(float(value), "") for name, value in facts.items()}


def _seeds(seed: int, draws: int) -> list[int]:
    """A seed for each draw."""
    return [int(child.generate_state(1)[0]) for child in np.random.SeedSequence(seed).spawn(draws)]
