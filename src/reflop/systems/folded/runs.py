"""One training as a folder: weights, a table of epochs, the original's text files, a summary.

`<folder>/<task>/fold<f>/` holds

    best.safetensors            weights of the best validation accuracy, of epochs that saw all classes; else the last
    epochs.csv                  one row an epoch, with the validation accuracy of every slot
    train_top1.txt, val_loss.txt, ...   one value an epoch, as the original wrote them (accuracies as fractions)
    test_top1.txt, ...          one value: the test frames are used once, for the best weights
    summary.json                what was trained, on what, and how well it does
    asked.json                  what is trained here; another training is refused
    state/                      what a stopped training goes on from

As in the original, a top-k of fewer than k classes stays 0.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from reflop.errors import BadParams
from reflop.files import read_json, write_atomic
from reflop.measure import statistics
from reflop.models import checkpoints
from reflop.systems.folded import curriculum, networks
from reflop.systems.folded.fitting import Fitting
from reflop.systems.folded.folding import FoldedClassifier
from reflop.systems.folded.frames import Frames
from reflop.systems.folded.recipes import Recipe
from reflop.train.distributed import ALONE, Place
from reflop.train.evaluating import evaluate
from reflop.train.fitting import Row

TOP = (1, 2, 5, 10)


def train(
    task: str,
    f: int,
    recipe: Recipe,
    parts: dict[str, Frames],
    folder: Path,
    *,
    epochs: int,
    seed: int = 0,
    teacher: Path | None = None,
    place: Place = ALONE,
) -> dict[str, Any]:
    """Train a network at a fold, keep the best weights, test them once; the summary that is also written.

    The same call goes on where a stopped one was, in its curriculum too, and does nothing when all is done.

    Raises:
        BadParams: `folder` holds another training, or the recipe wants a teacher and there is none.
        BadFile: a teacher that is no unfolded network of this task.
        RunFailed: the loss is no longer finite.
    """
    run = folder / (Path(task).stem if task.endswith(".json") else task) / f"fold{f}"
    first = place.rank == 0

    def after(model: FoldedClassifier, rows: list[Row]) -> Row:
        if not first:
            return {}
        logits, labels = evaluate(model, parts["val"].batches())
        found = {f"val_{name}": value for name, value in scores(logits, labels).items()}
        right = (logits.argmax(1) == labels).double()
        found |= {f"val_slot{slot}": float(right[slot :: model.f].mean()) for slot in range(model.f)}
        epoch = (len(rows) - 1) * curriculum.length(task, f) // epochs
        complete = not recipe.curriculum or curriculum.published(task, f).active(epoch) > int(labels.max())
        found["all_classes"] = float(complete and model.f == f)
        earlier = [row["val_top1"] for row in rows[:-1] if row["all_classes"]]
        if found["all_classes"] and found["val_top1"] > max(earlier, default=-1.0):
            checkpoints.save(model.network, run / "best.safetensors")
        write_epochs(run, [*rows[:-1], rows[-1] | found])
        return found

    key = " ".join(frames.digest()[:16] for frames in parts.values())
    asked = {"task": task, "fold": f, "recipe": recipe.says, "epochs": epochs, "seed": seed, "frames": key}
    _require_same(run / "asked.json", asked)
    unfolded = FoldedClassifier(networks.build(task, weights=teacher), 1) if teacher else None
    fit = Fitting(task, recipe, epochs, seed, run / "state", key, after, place)
    model, _ = fit(f, parts["train"], unfolded)
    if not first:
        return {}
    if not (run / "best.safetensors").exists():  # too few epochs for the curriculum to let all classes in
        checkpoints.save(model.network, run / "best.safetensors")
    best = FoldedClassifier(networks.build(task, f, weights=run / "best.safetensors"), f)
    return _tested(best, parts, run, asked)


def _require_same(path: Path, asked: dict[str, Any]) -> None:
    """Note what is trained here; raise BadParams if something else was."""
    known = read_json(path) if path.exists() else asked
    if changed := [name for name in asked if known.get(name) != asked[name]]:
        told = ", ".join(f"{name} {known.get(name)!r}" for name in changed)
        now = ", ".join(f"{name} {asked[name]!r}" for name in changed)
        raise BadParams(
            what=str(path.parent), expected=f"a training with {now}", found=told, then="--out DIR"
        )
    write_atomic(path, json.dumps(asked, indent=1) + "\n")


def scores(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Top-k accuracies as fractions, and the mean cross-entropy.

    >>> scores(torch.eye(3), torch.tensor([0, 1, 0]))["top2"], scores(torch.eye(3), torch.tensor([0, 1, 0]))["top5"]
    (1.0, 0.0)
    """
    n = logits.shape[1]
    ranked = logits.topk(min(max(TOP), n), 1).indices == labels[:, None]
    tops = {f"top{k}": float(ranked[:, :k].any(1).double().mean()) if k <= n else 0.0 for k in TOP}
    return tops | {"loss": float(cross_entropy(logits, labels))}


def write_epochs(run: Path, rows: list[Row]) -> None:
    """The table of epochs, and each of the original's columns as a text file."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    table = csv.DictWriter(text, names, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_atomic(run / "epochs.csv", text.getvalue())
    columns = {"train_top1": [row["train_accuracy"] / 100 for row in rows]}
    columns["train_loss"] = [row["train_loss"] for row in rows]
    columns |= {
        f"val_{name}": [row[f"val_{name}"] for row in rows] for name in (*(f"top{k}" for k in TOP), "loss")
    }
    for name, values in columns.items():
        write_atomic(run / f"{name}.txt", "".join(f"{value}\n" for value in values))


def _tested(
    best: FoldedClassifier, parts: dict[str, Frames], run: Path, told: dict[str, Any]
) -> dict[str, Any]:
    logits, labels = evaluate(best, parts["test"].batches())
    found = scores(logits, labels)
    for name, value in found.items():
        write_atomic(run / f"test_{name}.txt", f"{value}\n")
    right = logits.argmax(1) == labels
    accuracy = statistics.proportion(int(right.sum()), len(right))
    summary = told | {
        "counts": {part: len(frames.labels) for part, frames in parts.items()},
        "test_accuracy_percent": accuracy.value, "test_accuracy_low": accuracy.low, "test_accuracy_high": accuracy.high,
        "test_accuracy_slots": [100 * float(right[slot :: best.f].double().mean()) for slot in range(best.f)],
        "torch": torch.__version__, "folder": str(run),
    }  # fmt: skip
    write_atomic(run / "summary.json", json.dumps(summary, indent=1) + "\n")
    return summary
