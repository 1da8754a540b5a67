"""Staging: from executed notebooks and records to the pages that Sphinx builds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import reflop
from reflop import machine, runs
from reflop import record as recording
from reflop.book import graph, provenance, runpage, scoreboard, systems
from reflop.book.folder import Folder
from reflop.book.runpage import Page
from reflop.record import Record


def stage(root: Path, preset: str) -> list[Page]:
    """Bring `book/runs` and `book/_generated` of the checkout `root` up to date; returns the run pages.

    What did not change is left alone, down to the time stamps of the files.

    Raises:
        BadFile: a record or notebook that cannot be trusted.
        RunFailed: a figure that cannot be drawn.
    """
    generated, staged = Folder(root / "book" / "_generated"), Folder(root / "book" / "runs")
    pages = [runpage.stage(root, preset, run, generated, staged) for run in runs.load(root).values()]
    records = _together(pages, recording.read_all(root / "results"))
    for path in sorted((root / "book" / "drawings").glob("*.dot")):
        graph.stage(generated, path)
    systems.stage(generated, records)
    scoreboard.stage(generated, records)
    provenance.stage(generated, pages, records, preset)
    generated.write("figures.md", _list_of_figures(generated, pages))
    generated.write("build.json", json.dumps(_build()))
    generated.prune()
    staged.prune()
    return pages


def _together(pages: Sequence[Page], kept: Sequence[Record]) -> list[Record]:
    """Every record that the book shows, once: those of its pages, then those kept."""
    found = {record.digest: record for page in pages for record in page.records}
    return list((found | {record.digest: record for record in kept}).values())


def _list_of_figures(folder: Folder, pages: Sequence[Page]) -> str:
    """A line per numbered figure: its number, as a link, and the first sentence of its caption."""
    lines = []
    for name in (name for page in pages for name in page.figures):
        told = json.loads((folder.path / f"figures/{name}.json").read_text(encoding="utf-8"))
        sentence = told["caption"].partition("\\. ")[0].removesuffix("\\.")
        lines.append(f"- {{numref}}`fig-{name.replace('_', '-')}` {sentence}")
    return "\n".join(lines) + "\n"


def _build() -> dict[str, str]:
    """What the footer says: version, commit and day."""
    commit = machine.commit()
    told = str(commit["commit"])[:10] + (" with uncommitted changes" if commit["dirty"] else "")
    return {"version": reflop.__version__, "commit": told, "date": f"{datetime.now(UTC):%Y-%m-%d}"}
