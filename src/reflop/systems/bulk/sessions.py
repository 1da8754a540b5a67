"""The network of a job as a session that takes pixels, whoever made the network; and what decodes its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from reflop.engines import ENGINES, kept, onnx_files
from reflop.engines.session import Session
from reflop.errors import BadFile, BadParams
from reflop.files import sha256, write_atomic
from reflop.models.checkpoints import weights_digest
from reflop.models.pixels import FromPixels
from reflop.systems.bulk import networks, preprocess
from reflop.systems.bulk.feed import Decode
from reflop.systems.bulk.job import Job
from reflop.systems.bulk.manifest import Manifest

CALIBRATION = "calibration.npy"
KEPT = "model"  # folder of a job with what is prepared once for all workers
NETWORK = "network.onnx"  # there


@dataclass(frozen=True)
class Source:
    """A network before any engine has it.

    Attributes:
        model: a module that takes pixels (B, P, P, 3), or an ONNX file that takes what it takes.
        pixels: side P of its pictures.
        trained: False for random weights, whose answers mean nothing.
        batch: the one batch size that an ONNX file takes; None: any.
        normalised: an ONNX file that wants normalised float32 (B, 3, P, P).
    """

    model: nn.Module | Path
    digest: str
    pixels: int
    trained: bool
    batch: int | None = None
    normalised: bool = False


def source(model: str, weights: str = "") -> Source:
    """The network called `model`, or the ONNX file of that path.

    Raises:
        BadParams: an unknown name, or weights for an ONNX file, which has its own.
        BadFile: a file that cannot be trusted, or whose input is no picture.
    """
    if not model.endswith(".onnx"):
        loaded = networks.load(model, Path(weights) if weights else None)
        return Source(loaded.module, weights_digest(loaded.module), loaded.pixels, loaded.trained)
    if weights:
        raise BadParams(what="--weights", expected="none, an ONNX file has its own", found=weights)
    path = Path(model)
    given = onnx_files.input_of(path)
    shape, bytes_ = given.shape, given.dtype == "uint8"
    side = shape[1:3] if bytes_ else shape[2:4]
    colours = shape[-1] if bytes_ else shape[1:2][0] if len(shape) == 4 else None
    if len(shape) != 4 or colours != 3 or side[0] != side[1] or not isinstance(side[0], int):
        found = f"{given.dtype} {tuple(shape)}"
        raise BadFile(
            what=model, expected="an input of float32 (B, 3, P, P) or uint8 (B, P, P, 3)", found=found
        )
    batch = shape[0] if isinstance(shape[0], int) else None
    return Source(path, sha256(path), side[0], True, batch, not bytes_)


def prepared(
    origin: Source, engine: str, precision: str, batch_size: int, *,
    threads: int | None = None, calibration: Iterable[Tensor] = (), store: Path | None = None, device: str = "cpu",
) -> Session:  # fmt: skip
    """A session of batches of pixels, uint8 (batch_size, P, P, 3), on `engine`."""
    if origin.batch not in (None, batch_size):
        raise BadParams(
            what="--batch-size", expected=f"{origin.batch}, which the file fixes", found=str(batch_size)
        )
    example = torch.zeros((batch_size, origin.pixels, origin.pixels, 3), dtype=torch.uint8)
    make = partial(
        ENGINES[engine].prepare,
        origin.model,
        precision=precision,
        threads=threads,
        store=store,
        device=device,
    )
    if not origin.normalised:
        return make(example, calibration=list(calibration))
    session = make(normalised(example), calibration=[normalised(batch) for batch in calibration])

    def stream(pixels: Iterable[Tensor]) -> Iterator[Tensor]:
        return session.stream(map(normalised, pixels))

    return replace(session, run=lambda pixels: session.run(normalised(pixels)), overlapped=stream)


_NORMALISE = FromPixels(nn.Identity())


def normalised(pixels: Tensor) -> Tensor:
    """Pixels (B, P, P, 3) as float32 (B, 3, P, P), as the published networks take them."""
    with torch.inference_mode():
        found: Tensor = _NORMALISE(pixels)
        return found.contiguous()


def make_ready(origin: Source, asked: Job, folder: Path) -> None:
    """Export and quantise once for all workers, where the engine reads such files."""
    if not ENGINES[asked.engine].reads_onnx:
        return
    example = torch.zeros((asked.batch_size, origin.pixels, origin.pixels, 3), dtype=torch.uint8)
    if not isinstance(origin.model, Path):
        write_atomic(folder / KEPT / NETWORK, kept.exported(origin.model, example, folder / KEPT))
    if asked.precision == "int8" or asked.engine == "tensorrt":  # which take long, and leave a file
        opened(asked, folder, 1)


def opened(asked: Job, folder: Path, threads: int) -> Session:
    """The session of a job's worker."""
    path = folder / KEPT / NETWORK
    origin = (
        Source(path, "", asked.pixels, trained=True) if path.is_file() else source(asked.model, asked.weights)
    )
    return prepared(
        origin, asked.engine, asked.precision, asked.batch_size,
        threads=threads, calibration=calibration(folder, asked.batch_size), store=folder / KEPT, device=asked.device,
    )  # fmt: skip


def calibration(folder: Path, batch_size: int) -> list[Tensor]:
    """The pictures that int8 takes its ranges from, in whole batches; none where the job has none."""
    path = folder / KEPT / CALIBRATION
    if not path.is_file():
        return []
    try:
        pixels = torch.from_numpy(np.load(path, allow_pickle=False))
    except (OSError, ValueError, TypeError) as error:
        then = "another folder for the results"
        raise BadFile(what=str(path), expected="pixels", found=type(error).__name__, then=then) from None
    return [batch for batch in pixels.split(batch_size) if len(batch) == batch_size]


def decoder(asked: Job, pictures: Manifest) -> Decode:
    """What gives the pixels at a position: the file read and decoded, or, in a synthetic job, noise."""
    if asked.synthetic:
        generator = torch.Generator().manual_seed(0)
        noise = torch.randint(256, (asked.pixels, asked.pixels, 3), dtype=torch.uint8, generator=generator)
        return lambda _: noise

    def decode(position: int) -> Tensor:
        return preprocess.read(pictures.path(position), asked.pixels, asked.preprocess)

    return decode
