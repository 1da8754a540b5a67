"""The original's table of throughput: a line for every trial, network, fold and engine.

Its driver takes 1,024 images a call, original and folded, and compound-scaled networks beside them. Here the trials of
a network are interleaved, and each is compared with the original network in the same trial.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reflop import machine
from reflop.engines.turns import Turn
from reflop.systems.folded import counting, networks, throughput
from reflop.systems.folded.params import Throughput
from reflop.systems.folded.throughput import Row

HEADERS = {
    "reflop": ("Model", "Trial", "Fold", "Batch Size", "Mode", "Throughput", "FLOPs/sec", "TputNorm", "FLOPNorm",
               "engine", "precision", "machine"),
    "legacy": ("Model", "Trial", "Batch Size", "Mode", "Fold", "Throughput", "FLOPs/sec", "TputNorm", "FLOPNorm"),
}  # fmt: skip


def trials(
    name: str, params: Throughput, work: Path, missing: list[Row], *, compound: bool = False
) -> Iterator[Row]:
    """The lines of one network at all folds behind all engines; with `compound`, of its compound-scaled rival too.

    Throughput is in images per second; operations follow the published convention. The two norms are ratios to fold
    1, empty where that is not measured.
    """
    turns = _named(name, params, work, missing)
    if compound and (rival := networks.SCALED + name) in networks.NAMES:
        scaled = params.model_copy(update={"folds": [2]})  # exponent 1, the published one
        turns |= _named(rival, scaled, work, missing)
    each = throughput.seconds_of_an_image(turns, params.rounds)
    for trial in range(params.rounds):
        for (model, f, contender, batch), turn in turns.items():
            rate, first = 1 / each[model, f, contender, batch][trial], each.get((name, 1, contender, batch))
            operations = of_an_image(model, f)
            row: Row = {
                "Model": model, "Trial": trial, "Fold": f, "Batch Size": batch, "Mode": mode(model, f),
                "Throughput": f"{rate:.2f}", "FLOPs/sec": f"{operations * rate:.6g}",
                "engine": turn.engine, "precision": turn.precision, "machine": machine.describe()["slug"],
            }  # fmt: skip
            if first:
                faster = first[trial] * rate
                busier = faster * operations / of_an_image(name, 1)
                row |= {"TputNorm": f"{faster:.2f}", "FLOPNorm": f"{busier:.2f}"}
            yield row


def _named(
    name: str, params: Throughput, work: Path, missing: list[Row]
) -> dict[tuple[str, int, str, int], Turn]:
    models, images = throughput.models(name, params), throughput.random_images(name, params)
    turns = throughput.prepared(models, images, params, work, missing)
    return {(name, *key): turn for key, turn in turns.items()}


def mode(name: str, f: int) -> str:
    """What the original's table calls it.

    >>> mode("sot/timer3", 1), mode("sot/timer3", 4), mode("efficientnet-game_sot/timer3", 2)
    ('Original', 'Folded', 'EfficientNet')
    """
    return "EfficientNet" if name.startswith(networks.SCALED) else "Folded" if f > 1 else "Original"


def of_an_image(name: str, f: int) -> float:
    """Published operations of one image.

    >>> of_an_image("lol/goldnumber-fraction", 4)
    18710848.0
    """
    return counting.flops(name, f, "published") / networks.images_of_an_input(name, f)
