"""The whole ladder for a trained task: from eager PyTorch, channels first, to the fastest engine, folded and not.

Source:   the question of section (i) of our reading of the paper: does folding still pay on every rung?
Run:      reflop run folded.ladder
Cost:     35 s on two CPU cores (book), 3 min (long)
Expected: ten times and more from the first rung to the fastest, within a point of accuracy; a narrow network for each
          image faster still
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from reflop.engines.asked import asked, none_can_run
from reflop.engines.session import Session
from reflop.measure import statistics
from reflop.record import Measured, Metric
from reflop.systems.folded import tasks
from reflop.systems.folded.arithmetic import metric_name
from reflop.systems.folded.fitting import Fitting
from reflop.systems.folded.folding import fold, unfold
from reflop.systems.folded.frames import Frames, scaled, synthetic
from reflop.systems.folded.params import Ladder
from reflop.systems.folded.recipes import OURS, RECIPES
from reflop.systems.folded.throughput import NCHW, Row, prepared, seconds_of_an_image

Rung = tuple[str, str]  # network, contender
POINTS = 1.0  # of accuracy that a rung may lose and still count


def ladder(params: Ladder, work: Path) -> Measured:
    """Images per second of trained networks behind every engine at its best batch, and their accuracy there.

    The first rung is what the original measures without TensorRT: the unfolded network in eager PyTorch, channels
    first, all images in one call. Beside the folded networks stands an unfolded one that is as narrow as the share of
    the largest fold that one image has. Accuracy is that of the engine's own answers for validation frames; int8 is
    calibrated with training frames.

    Run:      reflop run folded.ladder -p task=sot/timer3
    Cost:     35 s on two CPU cores (book), 3 min (long)
    Expected: see the module

    Raises:
        BadParams: an engine that does not exist, or a precision that it does not have.
        Unavailable: no contender can run here.
    """
    asked([name for name in params.contenders if name != NCHW], params.device)
    task, missing = tasks.game(params.task), list[Row]()
    train = synthetic(task, params.n_train, params.seed, "train")
    validation = synthetic(task, params.n_validation, params.seed, "val")
    fit = Fitting(task, RECIPES[OURS], params.epochs, params.seed)
    models = {f"fold {f}": fit(f, train)[0] for f in params.folds}
    widest = max(params.folds)
    models["narrow"] = replace(fit, multiplier=widest**-0.5)(1, train)[0]
    images = scaled(train.pixels[: max(params.batches) + max(params.folds)])
    turns = prepared(models, images, params, work, missing)
    if not turns:
        raise none_can_run((str(row["unavailable"]) for row in missing), params.device)
    each = seconds_of_an_image(turns, params.rounds)
    first = each.get(("fold 1", NCHW, max(params.batches))) or next(iter(each.values()))
    best, rows = _fastest(each), list[Row]()
    for (network, contender), (batch, seconds) in best.items():
        model, turn = models[network], turns[network, contender, batch]
        right = answered(turn.session, model.f, validation, batch) == validation.labels
        row: Row = {
            "network": network, "contender": contender, "engine": turn.engine, "precision": turn.precision,
            "batch": batch, **statistics.proportion(int(right.sum()), len(right)).columns("accuracy"),
            **statistics.median([1 / one for one in seconds], "images/s").columns("rate"),
            **statistics.ratio(first, seconds).columns("gain"),
        }  # fmt: skip
        rows.append(row)
    return Measured(_metrics(rows, best, first), rows + missing)


def _fastest(each: dict[tuple[str, str, int], list[float]]) -> dict[Rung, tuple[int, list[float]]]:
    """Of each rung the batch with the smallest median, and its seconds of an image."""
    found = dict[Rung, tuple[int, list[float]]]()
    for (network, contender, batch), seconds in each.items():
        known = found.get((network, contender))
        if known is None or _median(seconds) < _median(known[1]):
            found[network, contender] = batch, seconds
    return found


def _median(seconds: list[float]) -> float:
    return statistics.median(seconds, "s").value


def answered(session: Session, f: int, frames: Frames, batch: int) -> Tensor:
    """The classes (N,) that a session answers for frames, a call of `batch` after the other; the last one filled up."""
    inputs = -(-batch // f) * f
    answers = []
    for pixels in frames.pixels.split(inputs):
        full = torch.cat([pixels, pixels[-1:].expand(inputs - len(pixels), *pixels.shape[1:])])
        logits = unfold(session.run(fold(scaled(full), f)), f)
        answers.append(logits[: len(pixels)].argmax(1))
    return torch.cat(answers)


def _metrics(
    rows: list[Row], best: dict[Rung, tuple[int, list[float]]], first: list[float]
) -> dict[str, Metric]:
    """Of each network its accuracy as trained, and how much faster than the first rung its fastest one is."""
    found = dict[str, Metric]()
    for network, top in tops(rows).items():
        name, trained = metric_name(network), next(row for row in rows if row["network"] == network)
        hits = round(trained["accuracy"] * trained["accuracy_n"] / 100)
        found[f"ratio_{name}"] = statistics.ratio(first, best[network, top["contender"]][1])
        found[f"accuracy_{name}"] = statistics.proportion(hits, trained["accuracy_n"])
    return found


def keeps(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a rung's own answers keep the accuracy of the first one within a point."""
    return bool(row["accuracy"] >= rows[0]["accuracy"] - POINTS)


def tops(rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Of each network the fastest rung that keeps the accuracy; of one that none keeps, the fastest."""
    found = dict[str, Mapping[str, Any]]()
    for network in dict.fromkeys(row["network"] for row in rows):
        own = [row for row in rows if row["network"] == network]
        kept = [row for row in own if keeps(row, rows)] or own
        found[network] = max(kept, key=lambda row: float(row["rate"]))
    return found
