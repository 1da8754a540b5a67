"""`reflop bulk`: classify a folder of pictures, and the tools around it."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reflop.errors import BadParams
from reflop.progress import note

if TYPE_CHECKING:
    from reflop.systems.bulk.choose import Candidate
    from reflop.systems.bulk.launch import Summary

app = typer.Typer(
    no_args_is_help=True, help="Bulk inference: classify a folder of pictures, every one exactly once."
)
Pictures = Annotated[Path, typer.Argument(help="Folder of pictures, nested as you like.")]
Model = Annotated[str, typer.Option(help="resnext101_32x4d, another network of `reflop list`, or FILE.onnx.")]
Weights = Annotated[
    str, typer.Option(help="Weights of the network: safetensors or torch, torchvision's or Cadene's names.")
]


@app.command()
def run(
    pictures: Annotated[
        Path, typer.Argument(help="Folder of pictures, nested as you like; not with --synthetic.")
    ],
    out: Annotated[
        Path | None, typer.Argument(help="Folder of the results; the same one again resumes.")
    ] = None,
    model: Model = "resnext101_32x4d",
    weights: Weights = "",
    engine: Annotated[
        str, typer.Option(help="An engine of `reflop list`, or auto: measured, the fastest that holds.")
    ] = "auto",
    precision: Annotated[str, typer.Option(help="float32, bfloat16, float16, int8 or auto.")] = "auto",
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")] = "cpu",
    batch_size: Annotated[int, typer.Option(min=1, max=65_536, help="Pictures of a batch.")] = 16,
    batches_per_step: Annotated[
        int, typer.Option(min=1, help="Batches that a worker claims and writes as one step.")
    ] = 64,
    processes: Annotated[
        int,
        typer.Option(min=0, max=1024, help="Workers on this machine; 0 only lays the job out, for torchrun."),
    ] = 1,
    decoders: Annotated[int, typer.Option(min=1, max=1024, help="Decoding threads of each worker.")] = 2,
    preprocess: Annotated[
        str, typer.Option(help="imagenet (resize and crop) or crop (the original's).")
    ] = "imagenet",
    labels: Annotated[Path | None, typer.Option(help="CSV of path,label: the accuracy is told too.")] = None,
    logits: Annotated[bool, typer.Option("--logits", help="Store all logits, as float16.")] = False,
    restarts: Annotated[int, typer.Option(min=0, help="How often dead workers are started again.")] = 0,
    stall: Annotated[
        float, typer.Option(min=1, help="Seconds without a picture after which a worker is killed.")
    ] = 300,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Random pixels instead of files.")] = False,
    iterations: Annotated[int, typer.Option(min=1, help="Steps of a synthetic run.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for a program instead of text.")
    ] = False,
) -> None:
    """Classify every picture of a folder exactly once; killed at any moment, it goes on where it was.

    Example: `reflop bulk run photographs/ out/ --weights resnext101_32x4d.pth --processes 2`
    """
    from reflop.systems.bulk import job, launch, plan
    from reflop.systems.bulk.launch import Workers

    given = None if synthetic and out is None else pictures
    place = pictures if given is None else out
    if place is None:
        raise BadParams(
            what="reflop bulk run", expected="PICTURES and OUT", found="one folder", then="--synthetic OUT"
        )
    if preprocess not in ("imagenet", "crop"):
        raise BadParams(what="--preprocess", expected="imagenet or crop", found=preprocess)
    wish = plan.Wish(
        model=model, weights=weights, engine=engine, precision=precision, device=device, batch_size=batch_size,
        batches_per_step=batches_per_step, preprocess="crop" if preprocess == "crop" else "imagenet", logits=logits,
        synthetic=synthetic, iterations=iterations, processes=processes,
    )  # fmt: skip
    for candidate in plan.lay_out(given, place, wish, labels):
        typer.echo(_candidate(candidate), err=True)
    if not (synthetic or job.read(place).trained):
        note(
            f"{model} has random weights: its classes mean nothing, only its speed does; try: --weights FILE"
        )
    if processes == 0:
        typer.echo(_torchrun(place))
        return
    summary = launch.run(place, Workers(processes, decoders, restarts, stall))
    told: dict[str, Any] = asdict(summary)
    if labels is not None:
        told["accuracy"] = asdict(launch.accuracy(place, labels))
    typer.echo(json.dumps(told, indent=1) if as_json else _told(summary, told.get("accuracy"), place))


@app.command()
def partition(
    pictures: Pictures,
    out: Annotated[Path, typer.Argument(help="New folder that receives one folder for each part.")],
    parts: Annotated[int, typer.Option(min=1, max=100_000, help="Number of parts.")] = 8,
    copy: Annotated[bool, typer.Option("--copy", help="Copy the files instead of linking them.")] = False,
) -> None:
    """Split a folder of pictures into parts, none left out. `reflop bulk run` does not need it.

    Example: `reflop bulk partition val2014/ parts/ --parts 8`
    """
    from reflop.systems.bulk import folders, manifest

    counts = folders.write(manifest.listed(pictures), out, parts, copy=copy)
    typer.echo(f"{sum(counts):,} pictures in {parts} parts of {min(counts):,} to {max(counts):,}: {out}")


@app.command()
def prepare(
    model: Annotated[str, typer.Argument(help="A network of `reflop list`.")],
    out: Annotated[Path, typer.Argument(help="ONNX file to write.")],
    weights: Weights = "",
    batch_size: Annotated[int, typer.Option(min=0, max=65_536, help="Fixed batch size; 0: any.")] = 0,
    precision: Annotated[str, typer.Option(help="float32, or int8 with --calibration.")] = "float32",
    calibration: Annotated[
        Path | None, typer.Option(help="Folder of pictures that int8 takes its ranges from.")
    ] = None,
) -> None:
    """Write a network as an ONNX file that takes pixels, uint8 (B, P, P, 3), checked against PyTorch.

    Example: `reflop bulk prepare resnext101_32x4d models/resnext101_32x4d.onnx`
    """
    from reflop.systems.bulk import prepare as preparing

    typer.echo(
        preparing.prepare(
            model, out, weights, batch_size=batch_size, precision=precision, pictures=calibration
        )
    )


def _candidate(one: Candidate) -> str:
    name = f"{one.engine} {one.precision}"
    if one.rate is None:
        return f"{name:28} -  {one.why}"
    rate = f"{one.rate.value:8.1f} images/s [{one.rate.low:.1f}, {one.rate.high:.1f}]"
    kept = "" if one.kept is None or one.why else f"  keeps {100 * one.kept:.1f} %"
    return f"{name:28}{rate}{kept}  {one.why}".rstrip()


def _told(summary: Summary, accuracy: dict[str, Any] | None, out: Path) -> str:
    lines = [
        f"{summary.n:,} pictures: {summary.ok:,} classified, {summary.error:,} unreadable (see status and message)"
    ]
    if summary.images:
        lines.append(
            f"{summary.images:,} now, in {summary.seconds:.1f} s by {summary.workers} workers: "
            f"{summary.images_per_s:.1f} images/s ({summary.engine['precision']}; waited {summary.data_s:.1f} s for "
            f"pictures, {summary.network_s:.1f} s for the network)"
        )
    else:
        lines.append("nothing was left to do")
    if accuracy:
        lines.append(
            f"accuracy {accuracy['value']:.1f} % [{accuracy['low']:.1f}, {accuracy['high']:.1f}] of {accuracy['n']:,}"
        )
    return "\n".join([*lines, f"results: {out / 'results'}"])


def _torchrun(out: Path) -> str:
    """The command for every node."""
    where = shlex.quote(str(out))
    return (
        "on every node: torchrun --nnodes N --nproc-per-node P --rdzv-backend c10d --rdzv-endpoint HOST:29400 "
        f"-m reflop.systems.bulk.worker {where}\nthen once: the same `reflop bulk run`, which closes the ledger"
    )
