"""Start the workers of a job through torchrun, watch them, and close the ledger.

torchrun starts all workers again when one dies (`restarts` times); finished steps stay finished. A worker that does
nothing for `stall_s` seconds is killed, which is the same as dying. What is reported is counted in the results, never
extrapolated, and the rate is pictures over the time from the common start to the last result.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import signal
import sys
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reflop import machine
from reflop.errors import BadParams, RunFailed
from reflop.files import canonical, write_atomic
from reflop.measure.statistics import proportion
from reflop.record import Metric
from reflop.systems.bulk import job, manifest, plan, results, status
from reflop.systems.bulk.watch import Hear, Watch

SUMMARY = "summary.json"


@dataclass(frozen=True)
class Summary:
    """How a run ended.

    Attributes:
        n, ok, error: pictures of the job, with an answer, unreadable; n = ok + error.
        images: pictures done by this start (the others were done before).
        seconds: from the moment when all workers were ready to the last result.
        images_per_s: images / seconds; 0 where nothing was left to do.
        data_s, network_s: mean of the workers' waiting for pictures and for the network.
    """

    n: int
    ok: int
    error: int
    images: int
    seconds: float
    images_per_s: float
    data_s: float
    network_s: float
    workers: int
    restarts: int
    engine: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Workers:
    """Who does the work on this machine.

    Attributes:
        decoders: threads of each process that read and decode pictures.
        restarts: how often all are started again when one dies.
        stall_s: seconds without a picture after which a worker counts as hung.
    """

    processes: int = 1
    decoders: int = 2
    restarts: int = 0
    stall_s: float = 300.0


def run(folder: Path, workers: Workers | None = None, hear: Hear | None = None) -> Summary:
    """Do what is left of the job in `folder` with `workers`, by default one.

    `hear` gets the state of the workers several times a second, instead of the user.

    Raises:
        RunFailed: a worker died or stalled and no restart was left; what is finished is kept, and the same command
            goes on from there.
        BadParams: somebody else is working in this folder.
    """
    asked = job.read(folder)
    begun = datetime.now(UTC)
    with _alone(folder):
        told: list[status.Status] = []
        if len(results.Steps(folder).finished()) < len(asked.steps()):
            told = _launch(folder, asked, workers or Workers(), hear)
        count = results.ledger(folder, asked.n)
        if count["open"]:
            found = f"{count['open']:,} of {asked.n:,} without"
            raise RunFailed(
                what="bulk run", expected="a row for every picture", found=found, then="the same command"
            )
        summary = _summary(asked.n, count, told)
        _write(folder, asked, summary, begun)
    return summary


def _launch(folder: Path, asked: job.Job, workers: Workers, hear: Hear | None) -> list[status.Status]:
    """Run the workers to their end; their last words."""
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import parse_args
    from torch.distributed.run import run as torchrun

    name = uuid.uuid4().hex[:12]
    words = [
        "--nnodes=1",
        f"--nproc-per-node={workers.processes}",
        f"--max-restarts={workers.restarts}",
        f"--rdzv-id={name}",
    ]
    words += ["--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0", "--monitor-interval=0.1"]
    words += ["-m", "reflop.systems.bulk.worker", str(folder), f"--decoders={workers.decoders}"]
    watch = Watch(folder, name, asked.n, workers.stall_s, hear)
    try:
        with _environment(), watch:
            torchrun(parse_args(words))
    except ChildFailedError:
        last = [told for told in status.read(folder) if told.attempt.startswith(name)]
        reason = (
            next((told.error for told in last if told.error), "") or watch.stalled or "a worker was killed"
        )
        done = len(results.Steps(folder).finished())
        kept = f"{done} of {len(asked.steps())} steps are finished and kept"
        then = "the same command, which goes on from there"
        raise RunFailed(what="bulk run", found=f"{reason}; {kept}", then=then) from None
    except SignalException as stopped:
        if stopped.sigval == signal.SIGINT:
            raise KeyboardInterrupt from None
        sys.exit(128 + stopped.sigval)
    return [told for told in status.read(folder) if told.attempt.startswith(name) and told.stage == "done"]


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One launcher at a time works in a folder (workers on other machines claim their steps anyway)."""
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadParams(
                what=str(folder), expected="one run at a time", found="another one working in it"
            ) from None
        yield


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """Torchrun without its advice on threads (workers set their own) and its reports of what `run` reports itself."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    loggers = [logging.getLogger(name) for name in ("torch.distributed.elastic", "torch.distributed.run")]
    levels = [logger.level for logger in loggers]
    threads = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = threads or "1"
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if threads is None:
            del os.environ["OMP_NUM_THREADS"]


def _summary(n: int, count: dict[str, int], told: list[status.Status]) -> Summary:
    images = sum(worker.images for worker in told)
    seconds = max((worker.done["seconds"] for worker in told), default=0.0)
    mean = {
        name: sum(worker.done[name] for worker in told) / len(told) if told else 0.0
        for name in ("data_s", "network_s")
    }
    restarts = max((int(worker.attempt.rsplit(".", 1)[1]) for worker in told), default=0)
    return Summary(
        n, count["ok"], count["error"], images, seconds, images / seconds if seconds else 0.0,
        mean["data_s"], mean["network_s"], len(told), restarts, told[0].engine if told else {},
    )  # fmt: skip


def _write(folder: Path, asked: job.Job, summary: Summary, begun: datetime) -> None:
    """The sidecar of the results: what ran, on what, and how it ended; kept from the last start that did something."""
    if not summary.images and (folder / SUMMARY).is_file():
        return
    about = {
        "job": asked.model_dump(),
        "summary": asdict(summary),
        "machine": machine.describe(),
        "start": begun.isoformat(timespec="milliseconds"),
        "end": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    write_atomic(folder / SUMMARY, canonical(about) + "\n")


def accuracy(folder: Path, labels: Path) -> Metric:
    """Share of the labelled pictures whose likeliest class is right; an unreadable one counts as wrong.

    Raises:
        BadFile: a table that does not fit the pictures.
    """
    truth = plan.read_labels(labels, manifest.read(folder))
    table = results.read(folder)
    rows = zip(table.column("index").to_pylist(), table.column("classes").to_pylist(), strict=True)
    right = sum(bool(classes) and classes[0] == truth[index] for index, classes in rows if index in truth)
    return proportion(right, len(truth))
