"""From what a user types to a job laid out in its folder: pictures listed, network read, engine chosen."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from reflop.engines import ENGINES
from reflop.errors import BadFile, BadParams, Unavailable
from reflop.files import read_text, require_writable, write_atomic
from reflop.machine import available_cores
from reflop.params import unknown
from reflop.progress import note, track
from reflop.systems.bulk import choose, manifest, preprocess, sessions
from reflop.systems.bulk import job as jobs
from reflop.systems.bulk.choose import Candidate
from reflop.systems.bulk.job import Job
from reflop.systems.bulk.manifest import Manifest
from reflop.systems.bulk.sessions import CALIBRATION, KEPT, Source

N_CALIBRATION, N_JUDGED = (
    64,
    128,
)  # pictures of the folder that int8 is calibrated on, and that engines are judged on
LABELS_LIMIT_BYTES = 2**28


@dataclass(frozen=True)
class Wish:
    """What a user asked for; `auto` leaves the choice to measurement."""

    model: str = "resnext101_32x4d"
    weights: str = ""
    engine: str = "auto"
    precision: str = "auto"
    device: str = "cpu"
    batch_size: int = 16
    batches_per_step: int = 64
    preprocess: Literal["imagenet", "crop"] = "imagenet"
    logits: bool = False
    synthetic: bool = False
    iterations: int = 1
    processes: int = 1


def lay_out(pictures: Path | None, out: Path, wish: Wish, labels: Path | None = None) -> list[Candidate]:
    """Write the job of `wish` into `out`, or see that it is there; the candidates that were measured, if any.

    An engine that was chosen by an earlier start stays chosen, so that a run resumes as it began.

    Raises:
        BadParams: a wish that cannot be, or another job in `out`.
        Unavailable: no engine for it here.
    """
    if wish.engine not in ("auto", *ENGINES):
        raise unknown(wish.engine, ["auto", *ENGINES], "engine")
    precisions = sorted({kind for engine in ENGINES.values() for kind in engine.precisions})
    if wish.precision not in ("auto", *precisions):
        raise unknown(wish.precision, ["auto", *precisions], "precision")
    known = jobs.read(out) if (out / jobs.FILE).is_file() else None
    found = _pictures(pictures, out, wish)
    if known is not None:
        found = _as_listed(found, out)
    require_writable(out)
    origin = sessions.source(wish.model, wish.weights)
    told: list[Candidate] = []
    if known is not None:
        engine = known.engine if wish.engine == "auto" else wish.engine
        precision = known.precision if wish.precision == "auto" else wish.precision
    else:
        truth = None if wish.synthetic or labels is None else read_labels(labels, found)
        engine, precision, told = _chosen(origin, found, out, wish, truth)
    job = Job(
        pictures=found.digest, n=len(found), model=_absolute(wish.model),
        weights=wish.weights and _absolute(wish.weights),
        model_digest=origin.digest, trained=origin.trained, engine=engine, precision=precision, device=wish.device,
        batch_size=wish.batch_size, batches_per_step=wish.batches_per_step, pixels=origin.pixels,
        preprocess=wish.preprocess, logits=wish.logits, synthetic=wish.synthetic,
    )  # fmt: skip
    if known is None:
        sessions.make_ready(origin, job, out)
    jobs.lay_out(out, job, found)  # last: a folder with a job has all that its workers need
    return told


def _pictures(pictures: Path | None, out: Path, wish: Wish) -> Manifest:
    """The list of what is to be classified."""
    if wish.synthetic:
        return manifest.invented(wish.batch_size * wish.batches_per_step * wish.iterations)
    if pictures is None:
        raise BadParams(what="pictures", expected="a folder, or --synthetic", found="none")
    if out.resolve().is_relative_to(pictures.resolve()):
        raise BadParams(what=str(out), expected="a folder outside of the pictures", found="one inside")
    return manifest.listed(pictures.resolve())


def _as_listed(now: Manifest, out: Path) -> Manifest:
    """The list that the run began with, if it is of the same folder; a note if the folder has changed since."""
    then = manifest.read(out)
    if then.root == now.root and then.digest != now.digest:
        told = f"{now.root} has changed since its list was made: {len(now):,} pictures, not {len(then):,}"
        note(f"{told}; this run keeps to its list")
        return then
    return now


def _absolute(name: str) -> str:
    """A file by its full path, so that workers find it wherever they start; a network by its name."""
    return str(Path(name).resolve()) if Path(name).suffix or os.sep in name else name


def _chosen(
    origin: Source, pictures: Manifest, out: Path, wish: Wish, labels: dict[int, int] | None
) -> tuple[str, str, list[Candidate]]:
    """Engine and precision, measured where more than one is possible; calibration pictures are kept in `out`."""
    if "auto" in (wish.engine, wish.precision):
        pairs = choose.candidates(origin, wish.device, wish.engine, wish.precision)
    else:
        pairs = [(wish.engine, wish.precision)]
        if reason := ENGINES[wish.engine].available():
            raise Unavailable(what=f"engine {wish.engine}", found=reason)
    calibration = list[Tensor]()
    if any(precision == "int8" for _, precision in pairs):
        calibration = _calibration(origin, pictures, out, wish)
    if len(pairs) == 1:
        return *pairs[0], []
    judged = _spread(pictures, N_JUDGED, wish.batch_size, among=sorted(labels) if labels else None)
    sample = _decoded(judged, origin, pictures, wish)
    truth = torch.tensor([labels[position] for position in judged]) if labels else None
    found = choose.measured(
        origin, pairs, sample, calibration=calibration, labels=truth,
        threads=max(1, available_cores() // max(1, wish.processes)), store=out / KEPT, device=wish.device,
    )  # fmt: skip
    if found[0].why:
        raise Unavailable(what="--engine auto", expected="an admissible engine", found=found[0].why)
    return found[0].engine, found[0].precision, found


def _calibration(origin: Source, pictures: Manifest, out: Path, wish: Wish) -> list[Tensor]:
    """Batches of evenly spaced pictures, stored for the workers."""
    batches = _decoded(_spread(pictures, N_CALIBRATION, wish.batch_size), origin, pictures, wish)
    buffer = io.BytesIO()
    np.save(buffer, torch.cat(batches).numpy(), allow_pickle=False)
    write_atomic(out / KEPT / CALIBRATION, buffer.getvalue())
    return batches


def _spread(pictures: Manifest, count: int, batch_size: int, among: list[int] | None = None) -> list[int]:
    """Positions over the whole list, in whole batches; few pictures are taken again."""
    places = among or list(range(len(pictures)))
    wanted = max(1, round(count / batch_size)) * batch_size
    return [places[i * len(places) // wanted] for i in range(wanted)]


def _decoded(positions: list[int], origin: Source, pictures: Manifest, wish: Wish) -> list[Tensor]:
    """Batches of the pictures at `positions`; an unreadable one is black.

    Raises:
        BadFile: not one of them can be read.
    """
    if wish.synthetic:
        shape = (len(positions), origin.pixels, origin.pixels, 3)
        noise = torch.randint(256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
        return list(noise.split(wish.batch_size))
    read, last = 0, BadFile(what="pictures")
    pixels = torch.zeros((len(positions), origin.pixels, origin.pixels, 3), dtype=torch.uint8)
    for row, position in enumerate(track(positions, "decoding a sample")):
        try:
            pixels[row] = preprocess.read(pictures.path(position), origin.pixels, wish.preprocess)
            read += 1
        except BadFile as error:
            last = error
    if not read:
        raise BadFile(what="a sample of the pictures", expected="one that can be read", found=str(last))
    return list(pixels.split(wish.batch_size))


def read_labels(path: Path, pictures: Manifest) -> dict[int, int]:
    """Position -> class, from a table with the columns `path` (as in the results) and `label` (a class number).

    Raises:
        BadFile: other columns, a label that is no number, a path that is no picture here, listing the first five.
    """
    lines = csv.DictReader(io.StringIO(read_text(path, LABELS_LIMIT_BYTES)))
    if not {"path", "label"} <= set(lines.fieldnames or []):
        found = ", ".join(lines.fieldnames or []) or "none"
        raise BadFile(what=str(path), expected="columns path and label", found=found)
    places = {pictures.text(position): position for position in range(len(pictures))}
    labels, strange = dict[int, int](), list[str]()
    for row in lines:
        if row["path"] in places and row["label"].isdecimal():
            labels[places[row["path"]]] = int(row["label"])
        else:
            strange.append(f"{row['path']}: {row['label']}")
    if strange or not labels:
        found = (
            ", ".join(strange[:5]) + (f" and {len(strange) - 5:,} more" if len(strange) > 5 else "")
            or "no row"
        )
        raise BadFile(what=str(path), expected="pictures of this folder with a class number", found=found)
    return labels
