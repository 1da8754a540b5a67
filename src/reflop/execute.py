"""Execute one notebook through papermill and publish it whole, or leave everything as it was."""

from __future__ import annotations

import contextlib
import errno
import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from reflop import catalog, executed, kernel, machine, runs, staging, template
from reflop.errors import BadFile, RunFailed
from reflop.files import project_root, records_folder, require_writable, write_atomic
from reflop.params import Params
from reflop.runs import Run

if TYPE_CHECKING:
    from nbformat import NotebookNode

NO_SPACE = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


def execute(
    run_id: str,
    preset: str = "book",
    parameters: dict[str, Any] | None = None,
    timeout_s: int | None = None,
    threads: int | None = None,
) -> Path:
    """Run the notebook of `run_id` and publish it as `build/runs/<preset>/<run_id>.ipynb`; returns that file.

    `timeout_s` limits each cell, `threads` the numerical libraries. A section that this machine cannot run is
    skipped inside its page, which is published all the same.

    Raises:
        BadParams: before anything starts: an unknown run, preset or parameter, a value that no section takes, a
            folder that cannot be written.
        RunFailed: naming notebook, cell and error; the page published before is then as it was.
    """
    root = project_root()
    run = runs.find(run_id, root)
    plan = template.read(root / run.notebook)
    given = run.parameters | {name: value for name, value in (parameters or {}).items() if value is not None}
    asked = plan.asked(preset, given)
    folder = root / "build" / "runs" / preset
    require_writable(records_folder())
    require_writable(folder)
    staging.sweep(folder)
    threads = threads or (machine.available_cores() if run.threads == "all" else run.threads)
    kept = root / "build" / "failed" / preset / f"{run_id}.ipynb"
    start, began = datetime.now(UTC), time.monotonic()
    progress = kernel.Progress(run.id, plan.cells, plain=not sys.stderr.isatty())
    with _terminable(), staging.place(folder) as stage, _told(run, stage.folder / "run.ipynb", kept):
        values = {"preset": preset, **given}
        notebook = kernel.run(
            root / run.notebook,
            stage.folder / "run.ipynb",
            values,
            sockets=stage.sockets,
            progress=progress,
            timeout_s=timeout_s,
            threads=threads,
        )
        executed.check(notebook, run.notebook, values, plan.sections)
        page = executed.publishable(notebook, root, run.notebook, run.title)
        facts = {"preset": preset, "parameters": given, "asked": json.loads(asked), "threads": threads}
        times = {"start": start.isoformat(timespec="seconds"), "seconds": round(time.monotonic() - began, 3)}
        page.metadata["reflop"] = _facts(run) | facts | times | {"cells": progress.seconds}
        return _publish(page, stage.folder / "page.ipynb", folder / f"{run_id}.ipynb", kept)


def section_params(run_id: str) -> list[type[Params]]:
    """The parameter classes of the sections that the notebook of `run_id` runs."""
    root = project_root()
    plan = template.read(root / runs.find(run_id, root).notebook)
    return [catalog.section(name).params for name in plan.sections]


def _facts(run: Run) -> dict[str, Any]:
    """What a page says of its making, without a path or a name of this computer."""
    tools = {name: machine.version(name) for name in ("reflop", "papermill", "nbclient", "ipykernel")}
    told = {"run": run.id, "title": run.title, "notebook": run.notebook}
    return told | machine.commit() | {"machine": machine.describe(), "tools": tools}


def _publish(page: NotebookNode, staged: Path, target: Path, failed: Path) -> Path:
    """Replace the page in one step; the copy of an earlier failure has then had its day."""
    import nbformat

    text: str = nbformat.writes(page)  # type: ignore[no-untyped-call]
    write_atomic(staged, text + "\n")
    staged.replace(target)
    failed.unlink(missing_ok=True)
    return target


@contextlib.contextmanager
def _told(run: Run, partial: Path, kept: Path) -> Iterator[None]:
    """Failures in one line; what a failing cell left behind is kept for reading, away from the book."""
    try:
        yield
    except BadFile:
        raise
    except RunFailed as error:
        if not (partial.is_file() and _has_error(partial)):
            raise
        with contextlib.suppress(BadFile):
            write_atomic(kept, partial.read_bytes())
        then = f"jupyter lab {kept}"
        raise RunFailed(what=error.what, expected=error.expected, found=error.found, then=then) from error
    except OSError as error:
        found = "no space left" if error.errno in NO_SPACE else (error.strerror or str(error))
        then = "free some space and repeat"
        raise RunFailed(
            what=f"{run.notebook}: page", expected="room to write", found=found, then=then
        ) from error


def _has_error(notebook: Path) -> bool:
    """Whether a cell shows an error that is worth reading."""
    with contextlib.suppress(ValueError):
        cells = json.loads(notebook.read_bytes())["cells"]
        return any(o["output_type"] == "error" for cell in cells for o in cell.get("outputs", []))
    return False


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Unwind on SIGTERM (exit code 143) so that kernel and staging go; signals belong to the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(signum: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001  (the signature is the signal's)
        sys.exit(128 + signum)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
