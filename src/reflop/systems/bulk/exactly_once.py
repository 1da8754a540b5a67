"""Bulk inference (Graphcore, ResNeXt-101): does every picture end as exactly one row, whatever happens?

Source:   graphcore/examples, resnext_inference (2019 to 2023): launcher, loader and partition tool
Run:      reflop run bulk.exactly_once
Cost:     45 s on two CPU cores (book), 6 min (long)
Expected: one row for every picture, equal to those of an uninterrupted run; the source repeats or drops pictures
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np

from reflop.data import scenes
from reflop.engines import ENGINES
from reflop.errors import Unavailable
from reflop.record import Measured, Metric
from reflop.systems.bulk import launch, plan, results
from reflop.systems.bulk.launch import Workers
from reflop.systems.bulk.params import ExactlyOnce
from reflop.systems.bulk.results import Steps
from reflop.systems.bulk.status import Status

MODEL = "resnext50_32x4d"  # slow enough to be killed in the middle; its answers do not matter here
ENGINE = "onnxruntime"  # quick to start: workers load one exported file
BATCHES_PER_STEP = 2


def exactly_once(params: ExactlyOnce, work: Path) -> Measured:
    """Classify digit scenes and one file of every awkward kind, killing workers with SIGKILL, then close the ledger.

    The same folder is classified once more without a kill; the rows of both must be equal, bit by bit. Beside it
    stands what the original's arithmetic does with as many pictures: the remainder of its partition and its
    incomplete last steps are dropped (its faults 2 and 3).

    Run:      reflop run bulk.exactly_once -p kills=5
    Cost:     45 s on two CPU cores (book), 6 min (long)
    Expected: missing 0, repeated 0, different 0
    """
    if reason := ENGINES[ENGINE].available():
        raise Unavailable(what=f"engine {ENGINE}", found=reason)
    pictures = work / "pictures"
    odd = scenes.write_odd(pictures)
    scenes.write(pictures / "scenes", params.n_images - len(odd), seed=params.seed)
    wish = plan.Wish(
        model=MODEL, engine=ENGINE, precision="float32", batch_size=params.batch_size,
        batches_per_step=BATCHES_PER_STEP, processes=params.processes,
    )  # fmt: skip
    disturbed, calm = work / "disturbed", work / "calm"
    plan.lay_out(pictures, disturbed, wish)
    shutil.copytree(disturbed, calm)
    killer = Killer(params, disturbed)
    ended = launch.run(disturbed, Workers(params.processes, restarts=params.kills), hear=killer)
    launch.run(calm, Workers(params.processes), hear=lambda _: None)
    table, peer = results.read(disturbed), results.read(calm)
    index = table.column("index").to_numpy()
    different = sum(a != b for a, b in zip(table.to_pylist(), peer.to_pylist(), strict=True))
    wrong = sum(row["status"] != odd[row["path"]] for row in table.to_pylist() if row["path"] in odd)
    counts = {
        "pictures": params.n_images,
        "rows": len(index),
        "missing": params.n_images - len(np.unique(index)),
        "repeated": len(index) - len(np.unique(index)),
        "different": different,
        "unreadable": ended.error,
        "misjudged": wrong,
        "kills": killer.done,
        "dropped_by_original": dropped(
            params.n_images, params.processes, params.batch_size * BATCHES_PER_STEP
        ),
    }
    metrics = {name: Metric.exact(count, "") for name, count in counts.items()}
    return Measured(metrics, killer.rows)


class Killer:
    """Kills one of the running workers each time that a further share of the pictures is finished; remembers it all."""

    def __init__(self, params: ExactlyOnce, folder: Path) -> None:
        """Shares and victims are drawn from the seed."""
        rng = np.random.default_rng(params.seed)
        self._at = sorted((rng.uniform(0.1, 0.8, params.kills) * params.n_images).tolist())
        self._victims = rng.integers(0, params.processes, params.kills).tolist()
        self._steps, self._size, self._n = (
            Steps(folder),
            params.batch_size * BATCHES_PER_STEP,
            params.n_images,
        )
        self._start = time.monotonic()
        self.done, self.rows = 0, list[dict[str, Any]]()

    def __call__(self, workers: list[Status]) -> None:
        """One look at the workers."""
        finished = min(self._n, len(self._steps.finished()) * self._size)
        event = ""
        running = [worker for worker in workers if worker.stage == "running"]
        if running and self.done < len(self._at) and finished >= self._at[self.done]:
            victim = running[self._victims[self.done] % len(running)]
            with contextlib.suppress(ProcessLookupError):  # of the attempt before, and gone
                os.kill(victim.pid, signal.SIGKILL)
                self.done, event = self.done + 1, f"worker {victim.rank} killed"
        self.rows.append({"seconds": time.monotonic() - self._start, "finished": finished, "event": event})


def dropped(n: int, processes: int, step: int) -> int:
    """Pictures that the original leaves out: n mod N by its partition, then of each part what fills no step.

    >>> dropped(40_504, 8, 9000)  # its own defaults: a part of 5,063 pictures fills no step of 9,000
    40504
    """
    part = n // processes
    return n - processes * (part // step * step)
