"""Papermill with the care it needs: its own sockets, this Python, no user start-up files, and no kernel left over."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reflop import executed
from reflop.errors import RunFailed
from reflop.files import records_folder

if TYPE_CHECKING:
    from nbformat import NotebookNode

START_TIMEOUT_S = 120


class Progress:
    """Where an execution is: told in one plain line per cell, or on a terminal by papermill's bar."""

    def __init__(self, label: str, cells: int, plain: bool) -> None:
        """`label` begins every line, `cells` is how many there are, `plain` prints the lines."""
        self.label, self.cells, self.plain = label, cells, plain
        self.cell = 0  # counted from 1, without the cell that papermill adds for the parameters
        self.seconds: dict[int, float] = {}  # cell -> how long it took
        self._began = 0.0

    def started(self, cell: NotebookNode, cell_index: int) -> None:  # noqa: ARG002  (the names are nbclient's)
        """A cell begins."""
        self.cell += not executed.injected(cell)
        self._began = time.monotonic()

    def ended(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:  # noqa: ARG002
        """A code cell has ended, well or not."""
        seconds = time.monotonic() - self._began
        if executed.injected(cell):
            return
        self.seconds[self.cell] = round(seconds, 3)
        if self.plain:
            line = next((line for line in cell.source.splitlines() if line.strip()), "")[:60]
            told = f"{self.label}: cell {self.cell}/{self.cells} {line} {seconds:.1f} s"
            print(told, file=sys.stderr, flush=True)


def run(
    notebook: Path,
    target: Path,
    parameters: dict[str, Any],
    *,
    sockets: Path,
    progress: Progress,
    timeout_s: int | None,
    threads: int,
) -> NotebookNode:
    """Execute `notebook` with `parameters` into `target` and return it; `sockets` is a short, private folder.

    Raises:
        RunFailed: naming the cell: an error in it, its time limit, a dead kernel, a full disk.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    own = {"transport": "ipc", "ip": str(sockets / "k"), "connection_file": str(sockets / "kernel.json")}
    what = f"notebooks/{notebook.name} cell"
    with _environment(sockets, threads):
        try:
            return papermill.execute_notebook(
                _literal(notebook),
                _literal(target),
                parameters,
                kernel_name="python3",
                progress_bar=not progress.plain,
                stderr_file=sys.stderr if progress.plain else None,  # where a section says how far it is
                start_timeout=START_TIMEOUT_S,
                execution_timeout=timeout_s,
                config=Config({"KernelManager": own}),
                resources={"metadata": {"path": str(notebook.parent)}},
                shutdown_kernel="immediate",
                record_timing=False,
                on_cell_start=progress.started,
                on_cell_executed=progress.ended,
            )
        except papermill.PapermillExecutionError as error:
            raise RunFailed(
                what=f"{what} {progress.cell}", found=executed.first_line(error.ename, error.evalue)
            ) from error
        except CellTimeoutError as error:
            limit = f"an end within {timeout_s} s"
            raise RunFailed(what=f"{what} {progress.cell}", expected=limit, found="none") from error
        except DeadKernelError as error:
            raise RunFailed(what=f"{what} {progress.cell}", found="the kernel died") from error
        except (RuntimeError, queue.Empty) as error:
            found = executed.first_line(type(error).__name__, str(error))
            raise RunFailed(what=f"notebooks/{notebook.name}: kernel", found=found) from error


def _literal(path: Path) -> str:
    """A path without what papermill would fill in: it reads braces as places for parameters."""
    return str(path).replace("{", "{{").replace("}", "}}")


@contextlib.contextmanager
def _environment(private: Path, threads: int) -> Iterator[None]:
    """What the kernel inherits: thread counts, this environment's kernel, no personal settings or history."""
    wanted = {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "JUPYTER_RUNTIME_DIR": str(private),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(private / "ipython"),
        "REFLOP_RECORDS": str(records_folder()),
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
