"""Records, notebooks and checkouts made for the tests of the book."""

import json
import shutil
import sys
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reflop import catalog
from reflop.figures import Drawing
from reflop.record import SCHEMA, Metric, Record, record_id

ROOT = Path(__file__).parents[2]
MACHINE = {
    "slug": "test-cpu-x2", "cpu": "Test CPU", "cores": 2, "memory_gib": 8.0, "gpus": [],
    "os": "Linux", "python": "3.11.7", "versions": {"numpy": "2.0"},
}  # fmt: skip
PROVENANCE = {
    "commit": "0123456789abcdef", "dirty": False, "machine": MACHINE, "command": "reflop run optical.speckle",
    "start": "2026-01-02T03:04:05+00:00", "seconds": 1.5, "peak_memory_bytes": 2**20, "seeds": [0], "data": {},
    "energy_j": None,
}  # fmt: skip


def a_record(preset: str = "book", provenance: dict[str, Any] | None = None, **changes: Any) -> Record:
    """A sealed record of optical.speckle; `params` and `provenance` are changes of the usual ones."""
    params = catalog.section("optical.speckle").params.of(preset).model_dump(mode="json")
    params |= changes.pop("params", {})
    told = PROVENANCE | (provenance or {})
    usual = Record(
        schema=SCHEMA, id=record_id("optical", "speckle", params, told["data"]), system="optical", section="speckle",
        preset=preset, status="done", reason="", params=params,
        metrics={"speckle_contrast": Metric(1.0, "", 0.98, 1.02, 5)}, rows=[{"m": 1, "contrast": 1.0}],
        nature="simulated", scale="reduced", source="0" * 64, artefacts={},
        provenance=told,
    )  # fmt: skip
    return replace(usual, **changes).sealed()


def elsewhere(slug: str, **changes: Any) -> dict[str, Any]:
    """Provenance of another machine."""
    return {"machine": MACHINE | {"slug": slug, "cpu": slug}, **changes}


def markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "m", "metadata": {}, "source": text}


def code(text: str, outputs: Any = (), **metadata: Any) -> dict[str, Any]:
    return {
        "cell_type": "code", "id": "c", "metadata": metadata, "source": text, "outputs": list(outputs),
        "execution_count": 1,
    }  # fmt: skip


def shown(data: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}


def a_notebook(*cells: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel, **metadata},
        "cells": [*cells],
    }


def page_cells(record: Record | None) -> list[dict[str, Any]]:
    """The cells of a page that shows one figure, `optical.speckle`; not executed if there is no record."""
    outputs = [shown(record._repr_mimebundle_())] if record else []
    told = {"figure": "optical.speckle", "section": "optical.speckle"}
    return [
        markdown("# The template's title\n\nWhat it is about."),
        code('preset: str = "book"', tags=["parameters"]),
        code('record = run("optical.speckle", preset=preset)\nrecord', outputs),
        code("figures.speckle(records(record))", reflop=told),
        code('"complete"', [shown({"text/plain": "'complete'"})], tags=["sentinel"]),
    ]


def a_checkout(folder: Path) -> Path:
    """A small checkout with one run, `one`, whose notebook is not executed."""
    for name in ("book/_generated", "notebooks", "results"):
        (folder / name).mkdir(parents=True)
    entry = {"notebook": "notebooks/one.ipynb", "title": "One <title>", "threads": 1, "budget_s": 5}
    (folder / "runs.yaml").write_text(json.dumps({"one": entry}))
    (folder / "_toc.yml").write_text("")
    (folder / "notebooks/one.ipynb").write_text(json.dumps(a_notebook(*page_cells(None))))
    return folder


def publish(root: Path, notebook: dict[str, Any], preset: str = "book", run_id: str = "one") -> None:
    """Put an executed notebook where `reflop execute` publishes it."""
    path = root / "build" / "runs" / preset / f"{run_id}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))


def book_sources(folder: Path) -> Path:
    """A copy of everything the book is made of, without what was built."""
    skip = shutil.ignore_patterns("runs", "_generated", "__pycache__", ".ipynb_checkpoints")
    for name in ("book", "_static", "notebooks", "results", "artefacts"):
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    for pattern in ("*.yml", "*.yaml", "*.md", "*.cff", "LICENSE"):
        for path in ROOT.glob(pattern):
            shutil.copyfile(path, folder / path.name)
    return folder


def figures(monkeypatch: pytest.MonkeyPatch, **functions: Callable[[list[Record]], Drawing]) -> None:
    """Stand in for the optical system's figures."""
    module = types.ModuleType("reflop.systems.optical.figures")
    for name, function in functions.items():
        setattr(module, name, function)
    monkeypatch.setitem(sys.modules, "reflop.systems.optical.figures", module)


def a_drawing(records: list[Record]) -> Drawing:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3))
    figure.add_subplot().plot([record.metrics["speckle_contrast"].value for record in records], label="ours")
    return Drawing(figure, f"Contrast of {len(records)} records, $|Rx|^2$.", "The contrast is one.")
