"""Bulk inference against its peers and limits: `reflop bench bulk`.

The peer of every engine is PyTorch eager, float32, channels_last, all cores, at its own best batch. The tool itself is
held against a bare loop over the runtime, and files to answers against the network alone, in interleaved turns.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from reflop.data import scenes
from reflop.engines.session import Described, Session
from reflop.machine import available_cores
from reflop.measure import comparison, memory, statistics, timing
from reflop.record import Metric
from reflop.systems.bulk import launch, manifest, plan, sessions
from reflop.systems.bulk.classify import classify
from reflop.systems.bulk.feed import Feed
from reflop.systems.bulk.job import Job
from reflop.systems.bulk.launch import Workers
from reflop.systems.bulk.params import QUICK, Throughput
from reflop.systems.bulk.results import Steps
from reflop.systems.bulk.throughput import throughput

MODEL, ENGINE, PRECISION = "resnext101_32x4d", "openvino", "bfloat16"
BATCH, IMAGES, FILES = 8, 160, 100_000
GIB = 2**30
TARGETS = {"ratio_best": 3.8, "ratio_bfloat16": 2.6, "ratio_float32": 1.3}


def comparisons(quick: bool = False) -> list[dict[str, Any]]:
    """One row for each target; `quick` runs the same at a small size, where no target holds."""
    with TemporaryDirectory(prefix="reflop-bench-") as folder:
        work = Path(folder)
        rows = [
            *_engines(work / "engines", quick),
            *_tool(work, quick),
            _processes(work, quick),
            _memory(work, quick),
        ]
    return [{**row, "met": None} for row in rows] if quick else rows


def _engines(work: Path, quick: bool) -> Iterator[dict[str, Any]]:
    """Every engine against PyTorch eager, from the section that measures them all."""
    work.mkdir()
    # Without torch_compile, whose compilations take minutes and which nothing here depends on: it is in the record.
    params = Throughput.of("smoke" if quick else "long", {} if quick else {"contenders": QUICK, "rounds": 15})
    found = throughput(params, work)
    for name, target in TARGETS.items():
        if name in found.metrics:
            what = f"{name.removeprefix('ratio_')} engine, {params.model}"
            metric = replace(found.metrics[name], unit="x")
            yield comparison.row(what, "torch eager float32 channels_last, best batch", metric, target=target)


def _tool(work: Path, quick: bool) -> list[dict[str, Any]]:
    """The loop of a worker on random pixels, and on files, against a bare loop over the same session."""
    model, images = ("resnext_small", 32) if quick else (MODEL, IMAGES)
    pictures = work / "pictures"
    scenes.write(pictures, images)
    listed, origin = manifest.listed(pictures), sessions.source(model)
    session = sessions.prepared(origin, ENGINE, PRECISION, BATCH, store=work / "store")
    shape = (BATCH, origin.pixels, origin.pixels, 3)
    noise = torch.randint(256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))

    def bare() -> None:
        for _ in session.stream(noise for _ in range(images // BATCH)):
            pass

    count = iter(range(10**6))

    def tool(synthetic: bool) -> None:
        job = Job(
            pictures=listed.digest, n=images, model=model, model_digest=origin.digest, engine=ENGINE,
            precision=PRECISION, batch_size=BATCH, batches_per_step=8, pixels=origin.pixels, synthetic=synthetic,
        )  # fmt: skip
        through(session, job, listed, work / f"run-{next(count)}")

    actions: dict[str, Callable[[], object]] = {
        "bare": bare,
        "synthetic": partial(tool, True),
        "files": partial(tool, False),
    }
    times = timing.interleaved(actions, rounds=3 if quick else 15)
    what = f"{model}, {ENGINE} {PRECISION}, {images} images"
    unit = "of its rate"
    return [
        comparison.row(
            f"a worker's loop on random pixels, {what}", "bare loop over the runtime",
            replace(statistics.ratio(times["bare"], times["synthetic"]), unit=unit), target=0.95,
        ),
        comparison.row(
            f"from 640 x 480 JPEG files, {what}", "the network alone",
            replace(statistics.ratio(times["bare"], times["files"]), unit=unit), target=0.85,
        ),
    ]  # fmt: skip


def through(session: Session, job: Job, pictures: manifest.Manifest, folder: Path) -> None:
    """What a worker does, in this process."""
    folder.mkdir()
    steps = Steps(folder)
    mine = ((step, part) for step, part in enumerate(job.steps()) if steps.take(step))
    feed = Feed(
        mine, sessions.decoder(job, pictures), (job.batch_size, job.pixels, job.pixels, 3),
        decoders=available_cores(), in_flight=session.in_flight,
    )  # fmt: skip
    classify(session, feed, steps, pictures.text)


def _processes(work: Path, quick: bool) -> dict[str, Any]:
    """Two pinned processes with half of the cores each against one with all, both with the tool."""
    model = "resnext_small" if quick else MODEL
    rates: dict[int, list[float]] = {1: [], 2: []}
    wish = plan.Wish(
        model, engine=ENGINE, precision=PRECISION, batch_size=BATCH, batches_per_step=2, synthetic=True,
        iterations=4 if quick else 24,
    )  # fmt: skip
    plan.lay_out(None, work / "laid-out", wish)
    for turn in range(3 if quick else 5):
        for processes in (1, 2) if turn % 2 else (2, 1):
            folder = work / f"processes-{processes}-{turn}"
            shutil.copytree(work / "laid-out", folder)
            rates[processes].append(launch.run(folder, Workers(processes), hear=lambda _: None).images_per_s)
    ratio = replace(statistics.ratio(rates[2], rates[1]), unit="of its rate")
    what = f"two pinned processes, {model}, {ENGINE} {PRECISION}"
    return comparison.row(what, "one process with all threads", ratio, target=0.95)


def _memory(work: Path, quick: bool) -> dict[str, Any]:
    """Memory of a process beyond its network, streaming a large folder."""
    files = 2000 if quick else FILES
    pictures = work / "many"
    scenes.write(pictures / "some", 100, size=(48, 64))
    some = sorted((pictures / "some").rglob("*.jpg"))
    for i in range(files - len(some)):
        folder = pictures / f"{i // 1000:04d}"
        folder.mkdir(exist_ok=True)
        (folder / f"{i:06d}.jpg").hardlink_to(some[i % len(some)])
    peak = memory.peak_bytes(stream_folder, os.fspath(pictures), os.fspath(work / "memory"))
    beyond = Metric.exact((peak.peak - peak.result) / GIB, "GiB")
    return comparison.row(
        f"memory beyond the network, {files:,} files", "limit", beyond, target=1.5, kind="at most"
    )


def stream_folder(pictures: str, out: str) -> int:
    """Classify a folder by its mean colour, in this process; the memory before it began, in bytes."""
    import psutil

    def colour(batch: torch.Tensor) -> torch.Tensor:
        return batch.float().mean((1, 2))

    session = Session("mean colour", "float32", colour, lambda: Described("float32", {}))
    session.run(torch.zeros((1, 2, 2, 3), dtype=torch.uint8))
    before = int(psutil.Process().memory_info().rss)
    listed = manifest.listed(Path(pictures))
    job = Job(
        pictures=listed.digest, n=len(listed), model="mean colour", model_digest="", engine="", precision="float32",
        batch_size=64, batches_per_step=16, pixels=224,
    )  # fmt: skip
    through(session, job, listed, Path(out))
    return before
