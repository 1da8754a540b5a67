"""Bulk inference: what every engine and precision does to the answers of a trained network.

Source:   the original writes no answer down; the gate of 99 % of float32's accuracy is MLPerf Inference's (offline,
          ResNet-50: 99 % of 76.46 %, inference_rules.adoc)
Run:      reflop run bulk.precision
Cost:     40 s on two CPU cores (book), 3 min (long)
Expected: float32 engines agree in every answer; bfloat16 and int8 lose less than one percent of the accuracy
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from reflop.engines.asked import asked, none_can_run
from reflop.engines.session import Session
from reflop.errors import BadParams, Unavailable
from reflop.measure import statistics
from reflop.progress import track
from reflop.record import Measured, Metric
from reflop.systems.bulk import networks, sessions
from reflop.systems.bulk.examples import digit_scenes
from reflop.systems.bulk.params import GATE, Precision

REFERENCE = ("torch", "float32")
TOP = 5


@dataclass(frozen=True)
class Answers:
    """Logits (N, classes) of one contender, and the number type it says that it computed them in."""

    logits: Tensor
    computed: str
    version: str


def precision(params: Precision, work: Path) -> Measured:
    """Accuracy, agreement and error of the logits of every contender, against PyTorch's eager float32.

    All get the same pixels: test scenes that no training saw. int8 takes its ranges from training scenes.

    Run:      reflop run bulk.precision -p contenders='["openvino-int8"]'
    Cost:     40 s on two CPU cores (book), 3 min (long)
    Expected: see the module

    Raises:
        BadParams: a network with random weights, whose answers mean nothing.
        Unavailable: no trained network is kept here, or no contender can run.
    """
    if params.model != networks.SMALL:
        random = f"{params.model}, whose weights are random here"
        raise BadParams(what="model", expected=f"{networks.SMALL}, trained by this project", found=random)
    origin = sessions.source(params.model)
    pixels, labels = digit_scenes(params.n_test, params.seed, "test", origin.pixels)
    ranges, _ = digit_scenes(params.n_calibration, params.seed, "train", origin.pixels)
    calibration = list(ranges.split(params.batch_size))

    def answers(engine: str, kind: str, device: str) -> Answers:
        session = sessions.prepared(
            origin, engine, kind, params.batch_size, calibration=calibration, store=work, device=device
        )
        return answered(session, pixels, params.batch_size)

    reference = answers(*REFERENCE, "cpu")
    rows: list[dict[str, Any]] = []
    for pair in track(asked(params.contenders, params.device), "precision"):
        told = dict(zip(("engine", "precision"), pair, strict=True))
        try:
            same = (*pair, params.device) == (*REFERENCE, "cpu")
            found = reference if same else answers(*pair, params.device)
        except Unavailable as missing:
            rows.append(told | {"unavailable": str(missing)})
            continue
        rows.append(told | judged(found, reference.logits, labels))
    if all("unavailable" in row for row in rows):
        raise none_can_run((str(row["unavailable"]) for row in rows), params.device)
    return Measured(_metrics(rows, reference.logits, labels), rows)


def answered(session: Session, pixels: Tensor, batch_size: int) -> Answers:
    """The logits of all pictures, and what the session says of itself."""
    described = session.describe()
    logits = torch.cat(list(session.stream(_whole(pixels, batch_size))))[: len(pixels)]
    return Answers(logits, described.precision, described.facts.get("version", ""))


def _whole(pixels: Tensor, batch_size: int) -> Sequence[Tensor]:
    """Batches of one size, the last one filled up with black, as compiled networks want them."""
    return pad(pixels, (0, 0, 0, 0, 0, 0, 0, -len(pixels) % batch_size)).split(batch_size)


def judged(found: Answers, reference: Tensor, labels: Tensor) -> dict[str, Any]:
    """The row of a contender: its logits (N, classes) against the reference's, and both against the labels (N,)."""
    n, errors = len(labels), (found.logits - reference).abs()
    right, before = found.logits.argmax(1) == labels, reference.argmax(1) == labels
    change = statistics.difference(int((right & ~before).sum()), int((before & ~right).sum()), n)
    if found.logits is reference:
        change = Metric(0.0, "%", 0.0, 0.0, n)  # by definition, not by measurement
    same = int((found.logits.argmax(1) == reference.argmax(1)).sum())
    kept = int(right.sum()) / max(1, int(before.sum()))
    return {
        "computed": found.computed,
        "version": found.version,
        **statistics.proportion(int(right.sum()), n).columns("accuracy"),
        **change.columns("change"),
        **statistics.proportion(same, n).columns("agreement"),
        "agreement_top5": _shared(found.logits, reference),
        "max_error": float(errors.max()),
        "mean_error": float(errors.mean()),
        "relative_error": float((found.logits - reference).norm() / reference.norm()),
        "kept": 100 * kept,
        "holds_gate": kept >= GATE,
    }


def _shared(logits: Tensor, reference: Tensor) -> float:
    """Of the five likeliest classes of the reference, the share in percent that is among the other's five."""
    k = min(TOP, logits.shape[1])
    both = logits.topk(k).indices[:, :, None] == reference.topk(k).indices[:, None, :]
    return 100 * float(both.any(dim=1).double().mean())


def _metrics(rows: list[dict[str, Any]], reference: Tensor, labels: Tensor) -> dict[str, Metric]:
    """Headline: the accuracy in float32, and the contender that keeps the least of it.

    Raises:
        Unavailable: no contender could run.
    """
    able = [row for row in rows if "unavailable" not in row]
    if not able:
        found = "; ".join(str(row["unavailable"]) for row in rows)
        raise Unavailable(what="contenders", found=found, then="another engine or device")
    n, right = len(labels), int((reference.argmax(1) == labels).sum())
    metrics = {"accuracy": statistics.proportion(right, n)}
    for row in able:
        name = f"{row['engine']}_{row['precision']}"
        for column in ("accuracy", "agreement"):
            values = [row[f"{column}{end}"] for end in ("", "_low", "_high", "_n")]
            metrics[f"{column}_{name}"] = Metric(values[0], "%", *values[1:])
    worst = min(able, key=lambda row: float(row["kept"]))
    share = n / max(1, right)  # a point of accuracy, as a share of float32's
    value, low, high = (100 + share * worst[f"change{end}"] for end in ("", "_low", "_high"))
    metrics["worst_kept"] = Metric(value, "%", low, high, n)
    metrics["contenders"] = Metric.exact(len(able), "")
    metrics["below_gate"] = Metric.exact(sum(not row["holds_gate"] for row in able), "")
    return metrics
