"""`runs.yaml`: which notebook makes which page, on how many threads, within which time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from reflop import parameter_file
from reflop.errors import BadParams
from reflop.files import canonical, checked_name, project_root
from reflop.params import shorten, unknown
from reflop.record import STRICT

FILE = "runs.yaml"


@dataclass(frozen=True)
class Run:
    """One execution of one notebook, which becomes one page of the book."""

    id: str
    notebook: str  # relative to the checkout
    title: str
    threads: Annotated[int, Field(ge=1, le=4096)] | Literal["all"]
    budget_s: Annotated[int, Field(ge=1)]  # at the preset "book", on two cores
    parameters: dict[str, Any] = field(default_factory=dict)  # only for a further variant of a notebook

    __pydantic_config__ = STRICT


_RUN = TypeAdapter(Run)


def load(root: Path | None = None) -> dict[str, Run]:
    """Every run of the checkout, in the order of `runs.yaml`.

    Raises:
        BadParams: the file, or the first run in it, that cannot be used, and why.
    """
    root = root or project_root()
    content = parameter_file.mapping(root / FILE, FILE)
    return {name: _run(root, name, entry) for name, entry in content.items()}


def find(run_id: str, root: Path | None = None) -> Run:
    """The run called `run_id`.

    Raises:
        BadParams: a name that may not become part of a path, or that no run has; the nearest is suggested.
    """
    known = load(root)
    if checked_name(run_id, "run") not in known:
        raise unknown(run_id, list(known), "run")
    return known[run_id]


def _run(root: Path, name: str, entry: object) -> Run:
    """One entry, checked: names, types, the notebook, the parameters of a variant."""
    what = f"{FILE}: {shorten(name)}"
    checked_name(name, what)
    if not isinstance(entry, dict):
        raise BadParams(what=what, expected="notebook, title, threads, budget_s", found=shorten(entry))
    try:
        run = _RUN.validate_json(canonical({**entry, "id": name}))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"][:1]))
        raise BadParams(
            what=f"{what}: {where}", expected=first["msg"], found=shorten(first["input"])
        ) from None
    folder, _, file = run.notebook.rpartition("/")
    checked_name(file.removesuffix(".ipynb"), f"{what}: notebook")
    if folder != "notebooks" or not (root / run.notebook).is_file():
        raise BadParams(what=f"{what}: notebook", expected="a file notebooks/NAME.ipynb", found=run.notebook)
    if run.parameters:
        from reflop import template

        template.read(root / run.notebook).checked("book", run.parameters)
    return run
