"""`reflop folded`: the original's two tables, operations and arithmetic intensity, and its training."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from reflop.errors import BadParams
from reflop.systems.folded.params import GAMES, VIDEOS

app = typer.Typer(no_args_is_help=True, help="Folded networks: operations, arithmetic intensity, training.")
FOLDS = (1, 2, 3, 4)
COMPARED = [name for name in GAMES if name not in ("lol/goldnumber-int", "lol/timer-minutes")]  # of its ai.py
As = Annotated[bool, typer.Option("--json", help="JSON with the keys of the original's model_map.json.")]
Convention = Annotated[
    str, typer.Option(help="published, the original's rule, or macs: two for each, no bias.")
]
Folds = Annotated[list[int], typer.Option(min=1, max=64, help="A fold; may be given again.")]


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


@app.command()
def throughput(
    models: Annotated[
        list[str] | None, typer.Argument(help="Networks; default: the ten of the study.")
    ] = None,
    fold: Folds = [1, 2, 3, 4],  # noqa: B006
    batch: Annotated[int, typer.Option(min=1, max=65_536, help="Images of a call.")] = 1024,
    trials: Annotated[int, typer.Option(min=3, max=100, help="Interleaved repeats.")] = 10,
    engine: Annotated[
        list[str],
        typer.Option(help="Engine-precision, as openvino-bfloat16; torch_nchw-float32 is the plain one."),
    ] = ["torch-float32"],  # noqa: B006
    compound: Annotated[bool, typer.Option(help="Compound-scaled networks too.")] = True,
    out: Annotated[Path | None, typer.Option("--csv", help="A new file, instead of the terminal.")] = None,
    header: Annotated[str, typer.Option(help="reflop, or legacy: the original's columns only.")] = "reflop",
) -> None:
    """Images per second of original, folded and compound-scaled networks as the original's table of trials.

    Example: `reflop folded throughput sot/timer3 --fold 1 --fold 4 --trials 3`
    """
    from tempfile import TemporaryDirectory

    from reflop.engines.asked import asked, none_can_run
    from reflop.files import write_atomic
    from reflop.params import unknown
    from reflop.progress import note
    from reflop.systems.folded.params import TEN, Throughput
    from reflop.systems.folded.throughput import NCHW
    from reflop.systems.folded.trials import HEADERS
    from reflop.systems.folded.trials import trials as lines

    if header not in HEADERS:
        raise unknown(header, list(HEADERS), "header")
    asked([name for name in engine if name != NCHW], "cpu")
    if out and out.exists():
        raise BadParams(what=str(out), expected="a new file", found="one that exists")
    given = {"networks": models or TEN, "folds": fold, "batches": [batch], "images": batch, "rounds": trials}
    params = Throughput.of("book", given | {"contenders": engine})
    file = io.StringIO() if out else sys.stdout
    table = csv.DictWriter(file, HEADERS[header], extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    count, missing = 0, list[dict[str, object]]()
    with TemporaryDirectory() as work:
        for name in params.networks:
            for row in lines(name, params, Path(work), missing, compound=compound):
                table.writerow(row)
                count += 1
    if not count:
        raise none_can_run((str(row["unavailable"]) for row in missing), params.device)
    for reason in dict.fromkeys(f"{row['contender']}: {row['unavailable']}" for row in missing):
        note(f"left out: {reason}")
    if out:
        write_atomic(out, file.getvalue())  # type: ignore[union-attr]


@app.command()
def frames(
    task: Annotated[str, typer.Argument(help="A game task, or the description file of one of yours.")],
    folder: Annotated[Path, typer.Argument(help="New folder for train/, val/ and test/.")],
    count: Annotated[
        int, typer.Option(min=1, max=10**7, help="Training frames; a fifth each validates, tests.")
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the frames.")] = 0,
) -> None:
    """Write synthetic counter frames as folders of pictures, in the layout that training reads.

    Example: `reflop folded frames sot/timer3 game_data/sot/timer3`
    """
    from reflop.systems.folded import sources

    typer.echo(f"{sources.write(task, folder, count, seed):,} synthetic frames in {folder}")


@app.command()
def train(
    task: Annotated[
        str,
        typer.Argument(help="A network: sot/timer3, noscope_coral, cifar10_resnet18, my_task.json, ..."),
    ],
    fold: Annotated[int, typer.Option(min=1, max=64, help="Images stacked along the channels.")] = 1,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with train/, val/ and test/ of class folders, or CIFAR's binary files."),
    ] = None,
    recipe: Annotated[
        str,
        typer.Option(
            help="grown (ours), published, or any way of the ablation: reflop list folded.ablation."
        ),
    ] = "grown",
    epochs: Annotated[int, typer.Option(min=0, help="Passes over the frames; 0: 20, or as published.")] = 0,
    teacher: Annotated[
        Path | None, typer.Option(help="Weights of the unfolded network, for a way that learns from it.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for weights, epochs and scores.")] = Path("folded-runs"),
    n_train: Annotated[int, typer.Option(min=64, help="Synthetic frames, where there are no data.")] = 10_000,
    overlap: Annotated[bool, typer.Option("--overlap", help="Train although parts share pictures.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of weights and orders.")] = 0,
) -> None:
    """Train a network at a fold; stopped, the same command goes on. Under torchrun, on several processes.

    Example: `reflop folded train sot/timer3 --fold 4 --data game_data`
    """
    from reflop.params import unknown
    from reflop.systems.folded import runs, sources
    from reflop.systems.folded.recipes import OURS, RECIPES, ours, published
    from reflop.train.distributed import joined

    if recipe not in RECIPES:
        raise unknown(recipe, list(RECIPES), "recipe")
    way, length = ours(task) if recipe == OURS else RECIPES[recipe], 20
    if recipe == "published":
        way, length = published(task, fold)
    with joined() as place:
        parts = sources.frames(task, data, fold, count=n_train, seed=seed, overlap=overlap)
        told = runs.train(
            task, fold, way, parts, out, epochs=epochs or length, seed=seed, teacher=teacher, place=place
        )
    if told:
        slots = ", ".join(f"{value:.1f}" for value in told["test_accuracy_slots"])
        low, high = told["test_accuracy_low"], told["test_accuracy_high"]
        typer.echo(
            f"{task} at fold {fold}: {told['test_accuracy_percent']:.2f} % [{low:.2f}, {high:.2f}] of"
            f" {told['counts']['test']:,} test frames; slots {slots}\n{told['folder']}"
        )
