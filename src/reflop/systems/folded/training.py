"""Folded networks: trained at every fold on the same frames; which way of training gets all slots to learn.

Paper:    Kosaian et al. (ICML 2021): "close to the original CNN in most cases"; its tables are not at hand
Run:      reflop run folded.training
Cost:     45 s on two CPU cores (book), see the sections for long
Expected: folds 2 to 4 within a point of fold 1, if the folded network begins as trained narrow ones side by side
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from reflop import cache, source
from reflop.files import canonical
from reflop.measure import statistics
from reflop.models import checkpoints
from reflop.progress import note
from reflop.record import Measured, Metric
from reflop.systems.folded import counting, fitting, networks, tasks
from reflop.systems.folded.fitting import Fitting
from reflop.systems.folded.folding import FoldedClassifier
from reflop.systems.folded.frames import Frames, synthetic
from reflop.systems.folded.params import Ablation, Training
from reflop.systems.folded.recipes import OURS, RECIPES, Recipe
from reflop.systems.folded.tasks import Game

KEPT_FOLDS = 2  # up to here the weights become artefacts
Row = dict[str, Any]


def training(params: Training, work: Path) -> Measured:
    """Train a task at each fold from several seeds; accuracy of all test frames, and of every slot.

    All folds see the same frames. Test frames stand in random order, so that groups mix the classes. The artefacts are
    the weights of the first seed, up to fold 2, in float16.

    Run:      reflop run folded.training -p task=sot/timer3 -p folds='[1, 4]'
    Cost:     25 s on two CPU cores (book), 6 min (long)
    Expected: see the module
    """
    task, rows = tasks.game(params.task), list[Row]()
    train = synthetic(task, params.n_train, params.seed, "train")
    test = synthetic(task, params.n_test, params.seed, "test")
    metrics, artefacts = dict[str, Metric](), dict[str, Path]()
    for f in params.folds:
        for draw in range(params.seeds):
            training = Once(task, f, params.recipe, params.epochs, params.seed + draw)
            model, row = training(train, test)
            rows.append(row)
            if draw == 0 and f <= KEPT_FOLDS:
                artefacts[f"fold{f}"] = work / f"fold{f}.safetensors"
                checkpoints.save(model.network, artefacts[f"fold{f}"], half=True)
        metrics |= summary(f"fold{f}", rows[-params.seeds :], params.n_test)
    return Measured(metrics, rows, artefacts)


def ablation(params: Ablation, work: Path) -> Measured:
    """Train folded networks in several ways, with as many epochs and the same frames, beside the unfolded in ours.

    They are ranked on validation frames; test frames are for `folded.training`, which takes the way chosen here.

    Run:      reflop run folded.ablation -p recipes='["published", "grown"]'
    Cost:     16 s on two CPU cores (book), 20 min (long)
    Expected: a start from narrow networks beats all others; the published recipe needs far more epochs
    """
    del work
    task, rows = tasks.game(params.task), list[Row]()
    train = synthetic(task, params.n_train, params.seed, "train")
    validation = synthetic(task, params.n_validation, params.seed, "val")
    metrics, teachers = dict[str, Metric](), dict[int, FoldedClassifier]()
    ways = [(1, OURS), *((f, recipe) for f in params.folds for recipe in params.recipes)]
    for f, recipe in ways:
        for draw in range(params.seeds):
            note(f"ablation: {recipe} at fold {f}, {len(rows) + 1} of {len(ways) * params.seeds}")
            training = Once(task, f, recipe, params.epochs, params.seed + draw)
            model, row = training(train, validation, teachers.get(draw))
            rows.append(row)
            if f == 1:
                teachers[draw] = model
        metrics |= summary(f"fold{f}_{recipe}", rows[-params.seeds :], params.n_validation)
    return Measured(metrics, rows)


@dataclass(frozen=True)
class Once:
    """One training of a task at fold `f`; stopped half-way, the same one goes on after the last whole epoch."""

    task: Game
    f: int
    recipe: str
    epochs: int
    seed: int

    def __call__(
        self, train: Frames, test: Frames, teacher: FoldedClassifier | None = None
    ) -> tuple[FoldedClassifier, Row]:
        """The trained classifier, and what it reached on frames that it was not trained on."""
        recipe, f = RECIPES[self.recipe], self.f
        follows = [*astuple(self), train.digest(), source.fingerprint(__name__)]
        folder = cache.place() / f"folded-{hashlib.sha256(canonical(follows).encode()).hexdigest()[:16]}"
        fit = Fitting(self.task, recipe, self.epochs, self.seed, folder)
        model, history = fit(f, train, teacher)
        shutil.rmtree(folder, ignore_errors=True)
        right, loss = fitting.tested(model, test)
        slots = [100 * float(right[slot::f].float().mean()) for slot in range(f)]
        return model, {
            "task": self.task.name, "fold": f, "recipe": self.recipe, "draw_seed": self.seed, "epochs": self.epochs,
            "mflop_image": operations(self.task, f, recipe) / 1e6,
            "accuracy": 100 * float(right.float().mean()), "accuracy_worst_slot": min(slots),
            "accuracy_best_slot": max(slots), "accuracy_same_class": same_class(model, test), "loss": loss,
            "course": " ".join(f"{entry['train_accuracy']:.1f}" for entry in history),
            "train_s": sum(entry["train_s"] for entry in history),
        }  # fmt: skip


def operations(task: Game, f: int, recipe: Recipe) -> float:
    """Two for each multiply-accumulate, of one image; narrow networks side by side need no zeros between them."""
    multiplier, f = (f**-0.5, 1) if recipe.alone == 1 else (None, f)
    network = networks.build(task, f, multiplier=multiplier, device="meta")
    found = counting.layers(network, networks.example(task, f, device="meta"))
    return 2 * sum(layer.macs for layer in found) / f


def same_class(model: FoldedClassifier, test: Frames) -> float:
    """Accuracy in percent when a group is f frames of one class, as a real counter gives them for some seconds."""
    order = test.labels.argsort(stable=True)
    right, _ = fitting.tested(model, Frames(test.pixels[order], test.labels[order]))
    return 100 * float(right.float().mean())


def summary(key: str, rows: list[Row], n_test: int) -> dict[str, Metric]:
    """Mean accuracy over seeds; of a single one, with the interval that its test frames give."""
    found = [row["accuracy"] for row in rows]
    one = len(found) == 1
    value = statistics.proportion(round(found[0] * n_test / 100), n_test) if one else statistics.share(found)
    return {f"accuracy_{key}": value}
