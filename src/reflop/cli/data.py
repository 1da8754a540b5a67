"""`reflop data`: the catalogue of data sets and weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reflop.cli import tables
from reflop.errors import BadFile

app = typer.Typer(
    no_args_is_help=True, help="Data sets and weight files: what they are, where they come from."
)
Name = Annotated[str, typer.Argument(help="A data set, as `reflop data list` names it.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command("list")
def list_(
    name: Annotated[
        str, typer.Argument(help="A data set, to see its folder layout and how to check it.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Every data set: page, licence, size, which sections use it.

    Example: `reflop data list animals10`
    """
    from reflop.data import catalogue

    known = tables.dataset(catalogue.dataset(name)) if name else tables.datasets(catalogue.DATASETS)
    tables.show(known, as_json)


@app.command()
def check(name: Name, folder: Annotated[Path, typer.Argument(help="Where it lies.")]) -> None:
    """Compare a folder with the layout (and digests) the data set has."""
    from reflop.data import catalogue

    problems = catalogue.check(name, folder)
    if problems:
        raise BadFile(what=f"{name} in {folder}", found="; ".join(problems), then="reflop data list")
    typer.echo(f"{name}: layout as published; manifest {catalogue.manifest_digest(folder)[:12]}")


@app.command()
def fetch(name: Name, folder: Annotated[Path, typer.Argument(help="Where to put it.")]) -> None:
    """Download a data set whose licence permits it, digest checked; else say where to get it."""
    from reflop.data.fetch import fetch as fetch_files

    typer.echo(fetch_files(name, folder))


@app.command()
def make(name: Name, folder: Annotated[Path, typer.Argument(help="Where to put it.")]) -> None:
    """Write an embedded data set out in its published folder layout."""
    from reflop.data.make import make as make_files

    typer.echo(make_files(name, folder))


@app.command("noscope-frames")
def noscope_frames(
    video: Annotated[Path, typer.Argument(help="The video.")],
    folder: Annotated[Path, typer.Argument(help="New folder for <number>.png, 50 x 50.")],
    start: Annotated[int, typer.Option(min=0, help="First frame.")] = 0,
    end: Annotated[int | None, typer.Option(min=1, help="Frame to stop before; default, the last.")] = None,
) -> None:
    """Write every frame of a video as a picture, as the NoScope networks take them.

    Example: `reflop data noscope-frames coral-reef-long.mp4 coral-frames`
    """
    from reflop.data import noscope

    typer.echo(f"{noscope.frames(video, folder, start, end):,} frames in {folder}")


@app.command("noscope-split")
def noscope_split(
    name: Annotated[str, typer.Argument(help="coral, night, roundabout or taipei.")],
    folder: Annotated[Path, typer.Argument(help="New folder for train, val and test.")],
    infile: Annotated[Path, typer.Option(help="CSV of detections.")],
    indir: Annotated[Path, typer.Option(help="Folder that noscope-frames wrote.")],
    print_stats: Annotated[
        bool, typer.Option("--print-stats", help="Tell the share of frames with the object.")
    ] = False,
) -> None:
    """Part the frames of a video into training, validation and test frames by what a CSV of detections says.

    Example: `reflop data noscope-split coral coral-subset --infile coral.csv --indir coral-frames`
    """
    from reflop.data import noscope
    from reflop.params import unknown
    from reflop.systems.folded.tasks import VIDEOS

    if name not in VIDEOS:
        raise unknown(name, list(VIDEOS), "video")
    video = VIDEOS[name]
    found = noscope.parts(infile, video.label, video.fraction, video.start)
    count = noscope.split(found, indir, folder)
    if print_stats:
        for part in found:
            typer.echo(f"{part.name}: {part.share:.4f} of {len(part.frames):,} frames hold a {video.label}")
    typer.echo(f"{count:,} frames in {folder}")
