"""Batches of pixels made ahead of the network: read and decoded by threads, into a ring of buffers of fixed size.

The ring bounds the memory whatever the folder's size; a buffer is used again once the answers of its batch are there.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import torch
from torch import Tensor

from reflop.errors import BadFile

Decode = Callable[[int], Tensor]  # the pixels (P, P, 3) of the picture at a position
AHEAD = 2  # batches decoded ahead of those that the network holds


@dataclass
class Batch:
    """Pictures at `positions` of one step; rows beyond them are padding.

    Attributes:
        errors: position -> what is wrong with the picture.
    """

    step: int
    positions: range
    pixels: Tensor
    last: bool
    errors: dict[int, str] = field(default_factory=dict)
    decoding: list[Future[None]] = field(default_factory=list)


class Feed:
    """Iterates over the batches of the steps that `steps` hands out, in order; `done` gives a buffer back.

    Attributes:
        waited: seconds that the consumer waited for pictures to be decoded.
    """

    def __init__(
        self,
        steps: Iterator[tuple[int, range]],
        decode: Decode,
        shape: tuple[int, int, int, int],
        *,
        decoders: int = 2,
        in_flight: int = 1,
    ) -> None:
        """`shape` is (B, P, P, 3); `in_flight` batches may be with the network at once."""
        self.waited = 0.0
        self._decode, self._size = decode, shape[0]
        self._free = deque(torch.zeros(shape, dtype=torch.uint8) for _ in range(in_flight + AHEAD))
        self._pending = deque[Batch]()
        self._batches = (
            (step, part, part.stop == whole.stop) for step, whole in steps for part in self._split(whole)
        )
        self._pool = ThreadPoolExecutor(decoders, thread_name_prefix="decode")

    def __iter__(self) -> Iterator[Batch]:
        """Batches, each complete when it is yielded."""
        try:
            while True:
                self._fill()
                if not self._pending:
                    return
                batch = self._pending.popleft()
                start = time.monotonic()
                for decoding in batch.decoding:
                    decoding.result()
                self.waited += time.monotonic() - start
                yield batch
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def done(self, batch: Batch) -> None:
        """The answers are there: the buffer may be filled again, and is at once."""
        self._free.append(batch.pixels)
        self._fill()

    def _fill(self) -> None:
        """Start decoding as many batches as there are free buffers."""
        while self._free and (following := next(self._batches, None)):
            step, positions, last = following
            batch = Batch(step, positions, self._free.popleft(), last)
            batch.pixels[len(positions) :] = 0
            batch.decoding = [
                self._pool.submit(self._one, batch, row, position) for row, position in enumerate(positions)
            ]
            self._pending.append(batch)

    def _one(self, batch: Batch, row: int, position: int) -> None:
        try:
            batch.pixels[row] = self._decode(position)
        except BadFile as error:
            batch.pixels[row] = 0
            batch.errors[position] = str(error)

    def _split(self, whole: range) -> Iterator[range]:
        for start in range(whole.start, whole.stop, self._size):
            yield range(start, min(start + self._size, whole.stop))
