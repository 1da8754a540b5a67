"""`reflop folded`: the original's two tables, operations and arithmetic intensity."""

from __future__ import annotations

import csv
import json
import sys
from typing import Annotated

import typer

from reflop.systems.folded.params import GAMES, VIDEOS

app = typer.Typer(no_args_is_help=True, help="Folded networks: operations and arithmetic intensity.")
FOLDS = (1, 2, 3, 4)
COMPARED = [name for name in GAMES if name not in ("lol/goldnumber-int", "lol/timer-minutes")]  # of its ai.py
As = Annotated[bool, typer.Option("--json", help="JSON with the keys of the original's model_map.json.")]
Convention = Annotated[
    str, typer.Option(help="published, the original's rule, or macs: two for each, no bias.")
]


@app.command()
def flops(as_json: As = False, convention: Convention = "published") -> None:
    """Operations of one input of every network; a folded input holds as many images as the fold says.

    Example: `reflop folded flops --json`
    """
    from reflop.systems.folded import counting

    found = {}
    for name in (*GAMES, *VIDEOS, *(f"efficientnet-game_{task}" for task in COMPARED)):
        folds = FOLDS[:2] if name.startswith("efficientnet") else FOLDS
        keys = ["og_ops", *(f"fold{f}_ops" for f in folds[1:])]
        found[name] = dict(
            zip(keys, (counting.flops(name, f, convention) for f in folds), strict=True)  # type: ignore[arg-type]
        )
    if as_json:
        typer.echo(json.dumps(found, indent=4))
        return
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["model", "og_ops", *(f"fold{f}_ops" for f in FOLDS[1:])])
    table.writerows([name, *counts.values()] for name, counts in found.items())


@app.command()
def intensity(
    batch: Annotated[int, typer.Option(min=1, help="Images of a batch.")] = 1024,
    bytes_per_element: Annotated[float, typer.Option(min=0.125, help="Bytes of a number.")] = 2,
) -> None:
    """Arithmetic intensity, FLOP per byte of a batch, as the original's ai.py prints it.

    Example: `reflop folded intensity --batch 64 --bytes-per-element 4`
    """
    from reflop.systems.folded import counting

    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["model", "batch_size", "original_AI", *(f"tformed_AI_{f}" for f in FOLDS[1:])])
    games = [(f"game-{task}", task, FOLDS) for task in COMPARED]
    videos = [(name.replace("_", "-"), name, FOLDS) for name in VIDEOS]
    scaled = [(f"efficientnet-{task}", f"efficientnet-game_{task}", FOLDS[:2]) for task in COMPARED]
    for told, name, folds in [*games, *videos, *scaled]:
        found = (counting.intensity(name, f, batch, bytes_per_element) for f in folds)
        table.writerow([told, batch, *(f"{value:.2f}" for value in found)])
