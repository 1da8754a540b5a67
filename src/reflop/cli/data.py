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
