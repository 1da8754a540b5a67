"""Look after running workers: tell how far they are, and kill one that does nothing any more."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from reflop.progress import note
from reflop.systems.bulk import status
from reflop.systems.bulk.status import Status

Hear = Callable[[list[Status]], None]
LOOK_EVERY_S = 0.2
PLAIN_EVERY_S = 10.0


class Watch:
    """Runs beside the workers while the block is open.

    Attributes:
        stalled: what was said of a worker that was killed for doing nothing; "" if there was none.
    """

    def __init__(self, folder: Path, run: str, n: int, stall_s: float, hear: Hear | None = None) -> None:
        """`run` is the name of this start, `n` the number of pictures; `hear` gets every look instead of the user."""
        self._folder, self._run, self._n, self._stall_s, self._hear = folder, run, n, stall_s, hear
        self._seen: dict[tuple[str, int], tuple[str, int, float]] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.stalled = ""

    def __enter__(self) -> Self:
        """Start looking."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Stop looking."""
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        with contextlib.nullcontext(self._hear) if self._hear else _display(self._n) as hear:
            while not self._end.wait(LOOK_EVERY_S):
                workers = [one for one in status.read(self._folder) if one.attempt.startswith(self._run)]
                for worker in workers:
                    self._judge(worker, time.monotonic())
                hear(workers)

    def _judge(self, worker: Status, now: float) -> None:
        """Kill the worker if its stage and count have not changed for too long."""
        key, state = (worker.attempt, worker.rank), (worker.stage, worker.images)
        before = self._seen.get(key)
        if before is None or before[:2] != state:
            self._seen[key] = (*state, now)
        elif worker.stage in ("preparing", "running") and now - before[2] > self._stall_s:
            self.stalled = (
                f"worker {worker.rank} did nothing for {self._stall_s:g} s ({worker.stage}) and was killed"
            )
            self._seen[key] = (*state, now)
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)


@contextlib.contextmanager
def _display(n: int) -> Iterator[Hear]:
    """A live bar on a terminal, a plain line now and then elsewhere."""
    if not sys.stderr.isatty():
        yield _plain()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("bulk run", total=n)

        def show(workers: list[Status]) -> None:
            working = sum(worker.stage == "running" for worker in workers)
            told = f"bulk run, {working} of {len(workers)} workers running"
            progress.update(task, completed=sum(worker.images for worker in workers), description=told)

        yield show


def _plain() -> Hear:
    start = told = time.monotonic()

    def show(workers: list[Status]) -> None:
        nonlocal told
        if (now := time.monotonic()) - told >= PLAIN_EVERY_S:
            told = now
            images = sum(worker.images for worker in workers)
            each = ", ".join(f"{worker.rank} {worker.stage} {worker.images}" for worker in workers)
            note(f"bulk run: {images} images after {now - start:.0f} s ({each})")

    return show
