"""One call from notebooks to the site: execute what is out of date, stage, render strictly, say what failed."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from reflop import batch, record, runs
from reflop.book import render, words
from reflop.book.staging import stage
from reflop.errors import BadFile, ReflopError, RunFailed
from reflop.files import project_root, records_folder

SITE_BYTES = 25 * 2**20  # rendered pages with their scripts and drawings, measured
MEMORY_BYTES = 4 * 2**30  # enough for every section at the preset "book"; said where nothing was measured yet


def build(
    preset: str = "book", cores: int | str = "all", strict: bool = True, profile: str | None = None
) -> Path:
    """Bring every page up to date and render the book; returns the front page in `_build/html`.

    A run that fails does not stop the others: its page shows what was published before, or says "not run".

    Raises:
        BadFile: a kept record that was damaged or edited; nothing is rendered then.
        RunFailed: when everything else is done, naming each run that failed, or what the strict build refused.
    """
    root = project_root()
    _say(_forecast(root, preset))
    errors = {name: told for name, told in batch.run_all(preset, cores, profile).items() if told}
    pages = stage(root, preset)
    not_run = [page.run.id for page in pages if not page.executed]
    _say(f"staged {len(pages)} pages with {sum(len(page.figures) for page in pages)} figures; rendering")
    site = render.render(root, strict=strict)
    if not_run:
        _say(f"not run at {preset}: {', '.join(not_run)}")
    if errors:
        for name, told in errors.items():
            _say(f"failed: {name}: {told}")
        then = f"reflop execute {next(iter(errors))} --preset {preset}"
        found = f"{len(errors)} of {len(pages)} runs failed: {', '.join(errors)}"
        raise RunFailed(what="book built, but not whole", found=found, then=then)
    return site


def _forecast(root: Path, preset: str) -> str:
    """What the build will take: pages out of date, time, memory, disk."""
    known = list(runs.load(root).values())
    stale = [run for run in known if _stale(root, preset, run)]
    if not stale:
        return f"every page is up to date at {preset}; staging and rendering take seconds"
    time = words.seconds(sum(run.budget_s for run in stale))
    peaks = []
    with contextlib.suppress(BadFile):  # a forecast needs no record; who reads the damaged one will say so
        peaks = [
            r.provenance["peak_memory_bytes"] for r in record.read_all(records_folder()) if r.preset == preset
        ]
    memory = f"{words.size(max(peaks))} as last time" if peaks else f"up to {words.size(MEMORY_BYTES)}"
    told = f"{len(stale)} of {len(known)} pages to run at {preset}"
    return f"{told}; at most {time} on two cores, memory {memory}, disk {words.size(SITE_BYTES)}"


def _stale(root: Path, preset: str, run: runs.Run) -> bool:
    try:
        return not batch.current(root, preset, run.id, batch.question(run, preset, root))
    except ReflopError:
        return True


def _say(line: str) -> None:
    print(f"reflop: {line}", file=sys.stderr, flush=True)
