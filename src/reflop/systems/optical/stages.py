"""Encode, project, decode: features behind the optics in batches, never stored whole, every stage timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from reflop.errors import BadParams
from reflop.systems.optical import bits as binary
from reflop.systems.optical import projection
from reflop.systems.optical.camera import Camera
from reflop.systems.optical.decoders import decode
from reflop.systems.optical.encoders import encode, learn

BATCH = 1024  # samples that are behind the optics at a time
# Encoders that give one row per bit need a decoder that knows how many rows belong to a sample.
STAGES = ("encode", "project", "decode")
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


@dataclass
class Rows:
    """Rows (N, n) whose features behind the optics are made when asked for, batch by batch.

    Attributes:
        width: features of a sample behind the decoder.
        seconds: what each stage took so far; a second pass computes, and counts, again.
    """

    rows: Tensor
    width: int
    encode: Callable[[Tensor], Tensor]
    project: Callable[[Tensor, int], Tensor]
    decode: Callable[[Tensor], Tensor]
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    varied: Tensor | None = None  # bit columns that changed in some batch

    def __call__(self) -> Iterator[Tensor]:
        """Features (b, width), float32, one batch after the other; the same numbers in every pass."""
        first = None
        for start in range(0, len(self.rows), BATCH):
            batch = self.rows[start : start + BATCH]
            bits = self._timed("encode", partial(self.encode, batch))
            first = bits[:1] if first is None else first
            changed = (bits != first).any(0)
            self.varied = changed if self.varied is None else self.varied | changed
            seen = self._timed("project", partial(self.project, bits, start)).cpu()
            yield self._timed("decode", partial(self.decode, seen))

    def whole(self) -> Tensor:
        """All features (N, width), for sets that fit into memory."""
        return torch.cat(list(self()))

    @property
    def constant_bits(self) -> int:
        """Bit columns that never change on these rows, once they were read: they carry nothing."""
        return 0 if self.varied is None else int((~self.varied).sum())

    def _timed(self, stage: str, action: Callable[[], Tensor]) -> Tensor:
        start = time.perf_counter()
        result = action()
        self.seconds[stage] += time.perf_counter() - start
        return result


def through(train: Tensor, test: Tensor, optics: Optics, seed: int) -> tuple[Rows, Rows]:
    """Training rows (N, n) and test rows (b, n) behind the same optics; all that is learnt, from the training rows.

    Raises:
        BadParams: an encoder with several rows per sample and no decoder that puts them together.
    """
    if optics.encoder in ROWS_PER_BIT and optics.decoder == "none":
        told = "mixing, concatenating or separated_bit_plane"
        raise BadParams(what=f"decoder behind {optics.encoder}", expected=told, found="none")
    learnt = learn(optics.encoder, train, **optics.options)

    def show(x: Tensor) -> Tensor:
        return encode(optics.encoder, x, **learnt)

    def undo(y: Tensor) -> Tensor:
        return decode(optics.decoder, y, **optics.decoding)

    sample = show(train[torch.linspace(0, len(train) - 1, min(len(train), projection.SAMPLE_ROWS)).long()])
    camera = None
    if optics.camera_bits is not None:
        exposed = Camera(bits=optics.camera_bits)
        camera = projection.calibrate(sample, exposed, optics.engine, seed, device=optics.device)
    settings: dict[str, Any] = {"power": optics.power, "camera": camera, "device": optics.device}
    write = projection.prepare(sample.shape[1], optics.n_components, optics.engine, seed, **settings)

    def project(shown: Tensor, start: int) -> Tensor:
        out = torch.empty(len(shown), optics.n_components, device=optics.device)
        write(binary.checked(shown, start), out)
        return out

    width = undo(torch.zeros(len(show(train[:1])), optics.n_components)).shape[1]
    return Rows(train, width, show, project, undo), Rows(test, width, show, project, undo)
