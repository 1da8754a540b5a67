"""Encode, project, decode: features of training and test rows through the optics, every stage timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from torch import Tensor

from reflop.errors import BadParams
from reflop.systems.optical import projection
from reflop.systems.optical.camera import Camera
from reflop.systems.optical.decoders import decode
from reflop.systems.optical.encoders import encode, learn

# Encoders that give one row per bit need a decoder that knows how many rows belong to a sample.
ROWS_PER_BIT = ("float32_bits", "separated_bit_plane")


@dataclass(frozen=True)
class Optics:
    """How features pass through the optics.

    `options` go to the encoder, `decoding` to the decoder; what depends on data is learnt on the training rows.
    """

    n_components: int
    encoder: str = "positive"
    options: Mapping[str, Any] = field(default_factory=dict)
    decoder: str = "none"
    decoding: Mapping[str, Any] = field(default_factory=dict)
    engine: str = "structured"
    power: int = 2
    camera_bits: int | None = None
    device: str = "cpu"


@dataclass(frozen=True)
class Passed:
    """Features (N, m) behind the optics, and the seconds that each stage took for both parts together."""

    train: Tensor
    test: Tensor
    seconds: dict[str, float]
    constant_bits: int  # bit columns that never change on the training rows: they carry nothing


def through(train: Tensor, test: Tensor, optics: Optics, seed: int) -> Passed:
    """Send training rows (N, n) and test rows (b, n) through the same optics.

    Raises:
        BadParams: an encoder with several rows per sample and no decoder that puts them together.
    """
    if optics.encoder in ROWS_PER_BIT and optics.decoder == "none":
        told = "mixing, concatenating or separated_bit_plane"
        raise BadParams(what=f"decoder behind {optics.encoder}", expected=told, found="none")
    seconds: dict[str, float] = {}
    options = learn(optics.encoder, train, **optics.options)
    parts = [_timed(seconds, "encode", partial(encode, optics.encoder, x, **options)) for x in (train, test)]
    constant = int((parts[0] == parts[0][:1]).all(0).sum())
    camera = None
    if optics.camera_bits is not None:
        camera = projection.calibrate(parts[0], Camera(bits=optics.camera_bits), optics.engine, seed)
    arguments = (optics.n_components, optics.engine, seed, optics.power, camera)
    project = partial(projection.features, device=optics.device)
    seen = [_timed(seconds, "project", partial(project, bits, *arguments)).cpu() for bits in parts]
    done = [_timed(seconds, "decode", partial(decode, optics.decoder, y, **optics.decoding)) for y in seen]
    return Passed(done[0], done[1], seconds, constant)


def _timed(seconds: dict[str, float], stage: str, action: Callable[[], Tensor]) -> Tensor:
    """The result of `action`; its duration is added to the stage's."""
    start = time.perf_counter()
    result = action()
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - start
    return result
