"""A folded video detector: frames of one clip are parted in time, learned at every fold, and served in order.

Paper:    Kosaian et al. (ICML 2021): NoScope networks folded; its tables are not at hand
Run:      reflop run folded.noscope
Cost:     30 s on two CPU cores (book), 2 min (long, roundabout)
Expected: all folds far above the commoner class; fold 2 within two points of fold 1, fold 4 several below
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reflop.data import noscope as tool
from reflop.data import pictures, traffic
from reflop.measure import statistics, timing
from reflop.models import checkpoints
from reflop.record import Measured, Metric
from reflop.systems.folded import recipes, tasks
from reflop.systems.folded.fitting import Fitting
from reflop.systems.folded.folding import FoldedClassifier
from reflop.systems.folded.frames import Frames, scaled
from reflop.systems.folded.networks import NOSCOPE
from reflop.systems.folded.params import NoScope
from reflop.systems.folded.training import KEPT_FOLDS

Row = dict[str, Any]


def noscope(params: NoScope, work: Path) -> Measured:
    """Learn at each fold, from the same frames, whether an object is in a frame; then serve the test part.

    The clip is synthetic. Its parts are contiguous in time; the test part is served in order, so that a group is f
    neighbouring frames, and shuffled. Nothing is chosen by the clip's validation frames; their scores are only told.
    Intervals take frames for independent; neighbours are not, so they are too narrow. `wait_ms` is modelled: how long
    the first frame of a group waits for the others at the clip's rate. The artefacts are the weights up to fold 2.

    Run:      reflop run folded.noscope --preset long -p video=roundabout
    Cost:     30 s on two CPU cores (book), 2 min (long, roundabout)
    Expected: see the module

    Raises:
        Unavailable: OpenCV is not installed.
    """
    train, validation, test = parted(params, work)
    tested = {"test": test, "test shuffled": test.shuffled(params.seed), "validation": validation}
    name = f"{NOSCOPE}{params.video}"
    fit = Fitting(name, recipes.ours(name), params.epochs, params.seed)
    metrics, rows, artefacts = commoner(test.labels), list[Row](), dict[str, Path]()
    models = dict[int, FoldedClassifier]()
    for f in params.folds:
        models[f], history = fit(f, train)
        answers = {part: served(models[f], frames.pixels) for part, frames in tested.items()}
        found = {part: scores(frames.labels, answers[part]) for part, frames in tested.items()}
        told = {"fold": f, "epochs": params.epochs, "train_s": sum(epoch["train_s"] for epoch in history)}
        rows += [told | {"frames": part} | columns(each) for part, each in found.items()]
        metrics |= {f"{score}_fold{f}": metric for score, metric in found["test"].items()}
        if f <= KEPT_FOLDS:
            artefacts[f"fold{f}"] = work / f"fold{f}.safetensors"
            checkpoints.save(models[f].network, artefacts[f"fold{f}"], half=True)
        if f in (min(params.folds), max(params.folds)):
            rows[-len(tested)] |= {"truth": digits(test.labels), "answers": digits(answers["test"])}
    rates = timed(models, test.pixels[: params.n_served], params.rounds)
    for f, row in zip(params.folds, rows[:: len(tested)], strict=True):
        wait_ms = 1000 * (f - 1) / traffic.FRAMES_PER_SECOND
        row.update(columns({"rate": rates[f"rate_fold{f}"]}), wait_ms=wait_ms)
    return Measured(metrics | rates, rows, artefacts)


def parted(params: NoScope, work: Path) -> list[Frames]:
    """Training, validation and test frames of a clip that is written below `work`, each in order."""
    task, folder = tasks.VIDEOS[params.video], work / "frames"
    video, detections = traffic.write(work, params.n_frames, params.seed)
    parts = tool.parts(detections, task.label, task.fraction, task.start)
    tool.frames(video, folder, parts[0].frames.start, parts[-1].frames.stop)
    return [read(part, folder) for part in parts]


def read(part: tool.Part, folder: Path) -> Frames:
    """The frames of a part, red, green, blue, and whether each holds the object."""
    pixels = np.stack([pictures.read(folder / f"{number}.png") for number in part.frames])
    labels = torch.tensor([int(number in part.positive) for number in part.frames])
    return Frames(torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), labels)


@torch.inference_mode()
def served(model: FoldedClassifier, pixels: Tensor) -> Tensor:
    """Answers (N,) for frames (N, 3, H, W) in order, a call for every group of f, as they would come in."""
    return torch.cat([model(scaled(group)).argmax(1) for group in pixels.split(model.f)])


def timed(models: dict[int, FoldedClassifier], pixels: Tensor, rounds: int) -> dict[str, Metric]:
    """Frames a second that each fold serves, turns interleaved, and how much faster than unfolded it is."""
    actions = {str(f): lambda model=model: served(model, pixels) for f, model in models.items()}
    times, found = timing.interleaved(actions, rounds), dict[str, Metric]()
    for f, seconds in times.items():
        found[f"rate_fold{f}"] = statistics.median([len(pixels) / one for one in seconds], "images/s")
        if "1" in times and f != "1":
            found[f"ratio_fold{f}"] = statistics.ratio(times["1"], seconds)
    return found


def scores(truth: Tensor, answers: Tensor) -> dict[str, Metric]:
    """Accuracy, precision and recall of answers 0 or 1; one that nothing supports is left out.

    >>> [metric.n for metric in scores(torch.tensor([1, 1, 0]), torch.tensor([1, 0, 0])).values()]
    [3, 1, 2]
    """
    hits = int((truth & answers).sum())
    counts = {
        "accuracy": (int((truth == answers).sum()), len(truth)),
        "precision": (hits, int(answers.sum())),
        "recall": (hits, int(truth.sum())),
    }
    return {name: statistics.proportion(right, of) for name, (right, of) in counts.items() if of}


def commoner(truth: Tensor) -> dict[str, Metric]:
    """The share of frames with the object, and the accuracy of always answering the commoner class."""
    positive, n = int(truth.sum()), len(truth)
    return {
        "positive_share": statistics.proportion(positive, n),
        "accuracy_commoner": statistics.proportion(max(positive, n - positive), n),
    }


def columns(found: dict[str, Metric]) -> Row:
    """Columns of a row for values with intervals."""
    return {column: cell for name, metric in found.items() for column, cell in metric.columns(name).items()}


def digits(labels: Tensor) -> str:
    """Labels 0 and 1 in order as text.

    >>> digits(torch.tensor([0, 1, 1]))
    '011'
    """
    return "".join(map(str, labels.tolist()))
