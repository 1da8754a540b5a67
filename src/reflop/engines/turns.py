"""What is timed: a turn of batches streamed through a session, and how long each batch took in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from time import perf_counter

from torch import Tensor

from reflop.engines.session import Session

WARMUP = 1  # calls of each turn that are not counted


@dataclass(frozen=True)
class Turn:
    """One session with one batch size.

    Attributes:
        batches: what one call streams, in order.
        seconds: of every batch of every call so far, from handing it over to its logits, while others are in flight.
        prepare_s: what it took to prepare the session.
    """

    engine: str
    precision: str
    session: Session
    batches: Sequence[Tensor]
    prepare_s: float = 0.0
    seconds: list[float] = field(default_factory=list)

    @property
    def batch_size(self) -> int:
        """Pictures of a batch."""
        return len(self.batches[0])

    @property
    def images(self) -> int:
        """Pictures of a call."""
        return self.batch_size * len(self.batches)

    @property
    def name(self) -> str:
        """What tells it from the other turns of a measurement."""
        return f"{self.engine} {self.precision} {self.batch_size}"

    def __call__(self) -> None:
        """Stream the batches through the session."""
        handed: deque[float] = deque()

        def batches() -> Iterator[Tensor]:
            for batch in self.batches:
                handed.append(perf_counter())
                yield batch

        for _ in self.session.stream(batches()):
            self.seconds.append(perf_counter() - handed.popleft())


def cut(pixels: Tensor, batch_size: int, images: int, session: Session) -> list[Tensor]:
    """At least `images` pictures of `pixels` (N, ...), again from the start where they end, in whole batches.

    Every request that the session keeps in flight gets as many batches as the others: with one over, the turn would end
    with most of the machine waiting for it.
    """
    requests = max(1, session.in_flight - 1)
    count = -(-images // (batch_size * requests)) * requests
    whole = [batch for batch in pixels.split(batch_size) if len(batch) == batch_size]
    return list(islice(cycle(whole), count))
