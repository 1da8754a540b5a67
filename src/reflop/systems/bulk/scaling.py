"""Bulk inference (Graphcore, ResNeXt-101): processes and threads, decoding, and the whole way from files to answers.

Source:   graphcore/examples, resnext_inference (2019 to 2023): launcher, loader and partition tool
Run:      reflop run bulk.scaling
Cost:     60 s on two CPU cores (book), 12 min (long)
Expected: two pinned processes are as fast as one with all threads; files to answers at over 0.85 of the network alone
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reflop.data import scenes
from reflop.engines import ENGINES
from reflop.errors import Unavailable
from reflop.machine import available_cores
from reflop.measure import statistics, timing
from reflop.models import resnext
from reflop.progress import track
from reflop.record import Measured, Metric
from reflop.systems.bulk import launch, plan, preprocess
from reflop.systems.bulk.launch import Summary, Workers
from reflop.systems.bulk.manifest import listed
from reflop.systems.bulk.params import Scaling

DECODED = 24  # pictures of one timed turn of decoding


def scaling(params: Scaling, work: Path) -> Measured:
    """Images per second of the tool itself: decoding alone, the network alone, and files to answers.

    "compute" is a synthetic run (random pixels, everything else as always), "endtoend" reads and decodes 640 x 480
    JPEG files. Both count from the moment when all workers are ready to the last result; turns are interleaved.

    Run:      reflop run bulk.scaling -p processes='[1, 2]'
    Cost:     60 s on two CPU cores (book), 12 min (long)
    Expected: see the module
    """
    engine = params.contender.rpartition("-")[0]
    if reason := ENGINES[engine].available():
        raise Unavailable(what=f"engine {engine}", found=reason)
    pictures = work / "pictures"
    scenes.write(pictures, params.n_images, seed=params.seed)
    rows = _decoding(pictures, params)
    times: dict[tuple[str, int], list[Summary]] = {}
    turns = {
        (mode, count): work / f"{mode}-{count}"
        for mode in ("compute", "endtoend")
        for count in params.processes
    }
    for (mode, count), folder in turns.items():
        _lay_out(folder, None if mode == "compute" else pictures, count, params)
    order = list(turns)
    for turn in track(range(params.rounds), "scaling"):
        for key in order[turn % len(order) :] + order[: turn % len(order)]:
            times.setdefault(key, []).append(_once(turns[key], work / "run", key[1]))
    rates = {key: [one.images_per_s for one in found] for key, found in times.items()}
    for (mode, count), found in times.items():
        rows.append(
            {
                "mode": mode,
                "processes": count,
                "threads": max(1, available_cores() // count),
                **statistics.median(rates[mode, count], "images/s").columns("rate"),
                "data_share": 100 * sum(one.data_s for one in found) / sum(one.seconds for one in found),
                "precision": found[0].engine["precision"],
            }
        )
    return Measured(_metrics(params, rates, rows), rows)


def _metrics(
    params: Scaling, rates: dict[tuple[str, int], list[float]], rows: list[dict[str, Any]]
) -> dict[str, Metric]:
    first = params.processes[0]
    best = max(params.processes, key=lambda count: statistics.median(rates["endtoend", count], "").value)
    found = {
        "throughput": statistics.median(rates["endtoend", best], "images/s"),
        "throughput_compute": statistics.median(rates["compute", best], "images/s"),
        "endtoend_over_compute": statistics.ratio(rates["endtoend", best], rates["compute", best]),
    }
    for count in params.processes[1:]:
        found[f"compute_{count}_over_{first}"] = statistics.ratio(
            rates["compute", count], rates["compute", first]
        )
    for row in rows:
        if row["mode"] == "decode":
            found[f"decode_{row['way']}"] = Metric(
                row["rate"], "images/s", row["rate_low"], row["rate_high"], row["rate_n"]
            )
    return found


def _lay_out(folder: Path, pictures: Path | None, processes: int, params: Scaling) -> None:
    """A job with a few steps for each process, the same for every turn."""
    engine, _, precision = params.contender.rpartition("-")
    steps = max(2 * processes, 4)
    wish = plan.Wish(
        model=params.model, engine=engine, precision=precision, batch_size=params.batch_size,
        batches_per_step=max(1, params.n_images // (params.batch_size * steps)),
        synthetic=pictures is None, iterations=steps, processes=processes,
    )  # fmt: skip
    plan.lay_out(pictures, folder, wish)


def _once(laid_out: Path, folder: Path, processes: int) -> Summary:
    """One run of the tool on a copy of the job."""
    shutil.copytree(laid_out, folder)
    try:
        workers = Workers(processes, decoders=max(1, available_cores() // processes))
        return launch.run(folder, workers, hear=lambda _: None)
    finally:
        shutil.rmtree(folder)


def _decoding(folder: Path, params: Scaling) -> list[dict[str, Any]]:
    """Pictures per second of one thread, by the fast way, by Pillow, and by the original's crop."""
    pictures = listed(folder)
    pixels = resnext.SIZES[params.model].pixels
    paths = [pictures.path(i % len(pictures)) for i in range(DECODED)]
    ways: dict[str, Callable[[Path], object]] = {
        "fast": lambda path: preprocess.read(path, pixels),
        "pillow": lambda path: preprocess.by_pillow(path.read_bytes(), pixels, "imagenet"),
        "crop": lambda path: preprocess.read(path, pixels, "crop"),
    }
    actions = {name: lambda way=way: [way(path) for path in paths] for name, way in ways.items()}
    times = timing.interleaved(actions, rounds=max(5, params.rounds))
    return [
        {
            "mode": "decode",
            "way": name,
            "processes": 1,
            "threads": 1,
            **statistics.median([DECODED / seconds for seconds in times[name]], "images/s").columns("rate"),
        }
        for name in ways
    ]
