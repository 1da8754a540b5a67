"""`reflop optical`: the original's scripts that are not experiments: extract features here, learn from them there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reflop.systems.optical.image_params import Transfer
from reflop.values import assignments

app = typer.Typer(
    no_args_is_help=True, help="Optical random features: extract features, learn from them elsewhere."
)
Assign = Annotated[
    list[str], typer.Option("-p", metavar="NAME=VALUE", help="A parameter of optical.transfer.")
]
Preset = Annotated[str, typer.Option(help="Preset of optical.transfer to start from.")]


@app.command()
def extract(
    folder: Annotated[Path, typer.Argument(help="Folder that receives <model>_<block>.<layer>/<data>/.")],
    preset: Preset = "book",
    p: Assign = [],  # noqa: B006  (typer reads the default and never changes it)
) -> None:
    """Write the features of a backbone, so that another machine can learn from them.

    Example: `reflop optical extract features/ -p data=digits -p block=2`
    """
    from reflop.systems.optical.extraction import extract as extract_features

    typer.echo(extract_features(folder, _params(preset, p)))


@app.command()
def learn(
    folder: Annotated[
        Path, typer.Argument(help="A folder that `extract` wrote: <model>_<block>.<layer>/<data>.")
    ],
    preset: Preset = "book",
    p: Assign = [],  # noqa: B006
) -> None:
    """Project extracted features and solve the ridge; prints the accuracies. Any model parameter given must fit.

    Example: `reflop optical learn features/small_digits_2.0/digits -p n_components=4096`
    """
    from reflop.systems.optical.extraction import learn as learn_from

    asked = [pair.partition("=")[0] for pair in p]
    for line in learn_from(folder, _params(preset, p), asked):
        typer.echo(line)


def _params(preset: str, pairs: list[str]) -> Transfer:
    """Parameters of `optical.transfer`, read as `reflop run` reads them."""
    return Transfer.of(preset, assignments(pairs, [Transfer]))
