"""Optical features y = |Rx|^p of 0/1 rows, whatever engine computes them: the contract all engines share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import torch
from numpy.random import SeedSequence
from torch import Tensor

from reflop.errors import BadParams, Unavailable
from reflop.params import unknown
from reflop.systems.optical import bits as binary
from reflop.systems.optical.camera import Camera
from reflop.systems.optical.engines import ENGINES, Engine, structured
from reflop.systems.optical.engines.engine import Block

BATCH_ENTRIES = 2**26  # input entries that `features` checks and projects at once
SAMPLE_ROWS, SAMPLE_COMPONENTS = 256, 1024  # what a camera is calibrated on, whatever N and m

Project = Callable[[Tensor, Tensor], None]  # checked rows (N, n), out (N, m)


def features(  # noqa: PLR0917 - the order is part of the public signature
    bits: Any,
    n_components: int,
    engine: str = "structured",
    seed: int = 0,
    power: int = 2,
    camera: Camera | int | None = None,
    *,
    bias: int = 0,
    device: str = "cpu",
    rounds: int | None = None,
) -> Tensor:
    """Optical features of 0/1 rows: |Rx|^power as float32 (N, n_components) on `device`, not normalised.

    `features @ features.T / n_components` estimates `kernel(bits, bits, power, bias)`. The same seed gives the
    same values for any split of the rows; asking for more components keeps the earlier ones.

    Args:
        bits: rows of zeros and ones (N, n): torch or numpy, any type that holds nothing else.
        n_components: features per row, m.
        engine: structured (default), dense, blocked, lightonml or opu.
        seed: of the random matrix.
        power: 1, 2 or 4; 2 is what a camera records.
        camera: record with this camera, or with one of so many bits, calibrated on a sample of the rows.
        bias: constant ones appended to every row.
        device: "cpu" or "cuda:0"; random numbers are drawn on the CPU, so they are the same everywhere.
        rounds: of the structured engine, at least 2 (its default).

    >>> features([[1, 0, 1], [0, 0, 0]], n_components=4).shape
    torch.Size([2, 4])

    Raises:
        BadParams: a value that is neither 0 nor 1, or a parameter out of its range.
        Unavailable: the engine or the device is not there.
    """
    rows = binary.table(bits)
    if isinstance(camera, int):
        camera = Camera(bits=camera)
    options: dict[str, Any] = {"bias": bias, "device": device, "rounds": rounds}
    if camera is not None and camera.gain is None:
        camera = calibrate(rows, camera, engine, seed, **options)
    project = prepare(rows.shape[1], n_components, engine, seed, power=power, camera=camera, **options)
    out = torch.empty(len(rows), n_components, device=device)
    step = max(1, BATCH_ENTRIES // rows.shape[1])
    for start in range(0, len(rows), step):
        project(binary.checked(rows[start : start + step], start), out[start : start + step])
    return out


def stream(
    batches: Iterable[Any],
    n_components: int,
    engine: str = "structured",
    seed: int = 0,
    power: int = 2,
    *,
    camera: Camera | None = None,
    bias: int = 0,
    device: str = "cpu",
    rounds: int | None = None,
) -> Iterator[Tensor]:
    """The features of one batch of rows after the other, in constant memory; arguments as for `features`.

    A camera must come calibrated (`calibrate`), since no batch may change the exposure of the next.

    >>> [y.shape[0] for y in stream([[[1, 0]], [[0, 1], [1, 1]]], n_components=4)]
    [1, 2]

    Raises:
        BadParams: as `features`; also for a batch with another number of columns than the first.
    """
    options: dict[str, Any] = {
        "power": power,
        "camera": camera,
        "bias": bias,
        "device": device,
        "rounds": rounds,
    }
    project, n_features, seen = None, 0, 0
    for batch in batches:
        rows = binary.table(batch)
        if project is None:
            n_features = rows.shape[1]
            project = prepare(n_features, n_components, engine, seed, **options)
        if rows.shape[1] != n_features:
            found = f"{rows.shape[1]} in the batch from row {seen}"
            raise BadParams(what="columns of a stream", expected=str(n_features), found=found)
        out = torch.empty(len(rows), n_components, device=device)
        project(binary.checked(rows, seen), out)
        seen += len(rows)
        yield out


def calibrate(
    bits: Any,
    camera: Camera,
    engine: str = "structured",
    seed: int = 0,
    *,
    bias: int = 0,
    device: str = "cpu",
    rounds: int | None = None,
) -> Camera:
    """`camera` exposed for these rows: the mean level of 256 of them, evenly spaced, becomes `camera.level`.

    The sample is seen by the first 1024 components whatever m is, so that m does not change the exposure.
    """
    rows = binary.table(bits)
    chosen = torch.linspace(0, max(0, len(rows) - 1), min(len(rows), SAMPLE_ROWS)).long().to(rows.device)
    arguments = (SAMPLE_COMPONENTS, engine, seed)
    return camera.calibrated(features(rows[chosen], *arguments, bias=bias, device=device, rounds=rounds))


def prepare(
    n_features: int,
    n_components: int,
    engine: str = "structured",
    seed: int = 0,
    *,
    power: int = 2,
    camera: Camera | None = None,
    bias: int = 0,
    device: str = "cpu",
    rounds: int | None = None,
) -> Project:
    """A function that writes the features of checked rows into a given tensor; arguments as for `features`.

    The engine's matrix is made by the first call, and kept if the engine keeps it.
    """
    for name, value, least in (("n_components", n_components, 1), ("bias", bias, 0), ("seed", seed, 0)):
        if value < least:
            raise BadParams(what=name, expected=f"{least} or more", found=str(value))
    if power not in (1, 2, 4):
        raise BadParams(what="power", expected="1, 2 or 4", found=str(power))
    if camera is not None:
        camera.seen(torch.zeros(0))  # refuses an uncalibrated camera before anything is computed
    intensities = _intensities(_usable(engine, device, rounds), n_features + bias, n_components, seed, device)

    def project(rows: Tensor, out: Tensor) -> None:
        rows = rows.to(device)
        if bias:
            rows = torch.cat([rows, rows.new_ones(len(rows), bias)], dim=1)
        intensities(rows, out)
        if camera is not None:
            out.copy_(camera.seen(out))
        if power == 1:
            out.sqrt_()
        elif power == 4:
            out.square_()

    return project


def _usable(name: str, device: str, rounds: int | None) -> Engine:
    """The engine called `name`, if it can run on `device`."""
    if name not in ENGINES:
        raise unknown(name, list(ENGINES), "engine")
    if rounds is not None and name != "structured":
        raise BadParams(what="rounds", expected="the structured engine", found=name)
    engine = ENGINES[name] if rounds is None else structured.engine(rounds)
    if reason := engine.available(device):
        raise Unavailable(what=f"engine {name}", found=reason)
    return engine


def _intensities(engine: Engine, n_features: int, n_components: int, seed: int, device: str) -> Project:
    """|Rx|^2: blocks of components, each from its own seed, times tiles of rows, each of one fixed shape.

    Matrix products and transforms round differently for different shapes. A tile is therefore filled up with
    zero rows, and a block always made whole: so neither the batch nor m changes a value.
    """
    width, tile = engine.width(n_features), engine.tile(n_features)

    def build(index: int) -> Block:
        wanted = min(width, n_components - index * width)
        child = SeedSequence(seed, spawn_key=(index,))
        return engine.block(n_features, wanted, child, torch.device(device))

    block_of = cache(build) if engine.keeps else build

    def project(rows: Tensor, out: Tensor) -> None:
        for index in range(-(-n_components // width)):
            block, columns = block_of(index), out[:, index * width : (index + 1) * width]
            for part, target in zip(rows.split(tile), columns.split(tile), strict=True):
                if len(part) == tile:
                    block(part, target)
                else:
                    whole, spare = part.new_zeros(tile, n_features), target.new_empty(tile, target.shape[1])
                    whole[: len(part)] = part
                    block(whole, spare)
                    target.copy_(spare[: len(part)])

    return project
