"""What every engine gives: a network ready to run, and an account of how it really runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from torch import Tensor

# The runtimes' own words for the number types of their kernels.
NAMES = {
    "f32": "float32", "fp32": "float32", "float": "float32", "torch.float32": "float32",
    "bf16": "bfloat16", "torch.bfloat16": "bfloat16", "f16": "float16", "torch.float16": "float16",
    "i8": "int8", "u8": "int8", "uint8": "int8",
}  # fmt: skip


@dataclass(frozen=True)
class Described:
    """How a session runs, read back from the runtime.

    Attributes:
        precision: number type of its convolutions and matrix products; "mixed" if they differ.
        kernels: how many of these run in which type.
        facts: version, threads, streams, ...
    """

    precision: str
    kernels: dict[str, int]
    facts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, types: Iterable[str], **facts: str) -> Described:
        """From the runtime's word for the type of each kernel.

        >>> Described.of(["bf16", "bf16"]).precision, Described.of(["u8", "f32"]).precision
        ('bfloat16', 'mixed')
        """
        kernels = dict(Counter(NAMES.get(name.lower(), name.lower()) for name in types))
        return cls(
            next(iter(kernels)) if len(kernels) == 1 else "mixed" if kernels else "none", kernels, facts
        )


@dataclass(frozen=True)
class Session:
    """A network prepared by one engine in one precision.

    Attributes:
        run: batch (B, ...) of the network's own type to float32 logits (B, classes); when it returns they are there.
        describe: how it really runs; may cost a second, so it is asked outside of any measurement.
        overlapped: logits of many batches, in order, with as much in flight as the runtime likes; None: one by one.
        in_flight: how many batches `stream` takes before it gives the first logits. The memory of a batch may be used
            again once its logits are there.
        batch: the one batch size it takes; None: any.
    """

    engine: str
    asked: str
    run: Callable[[Tensor], Tensor]
    describe: Callable[[], Described]
    overlapped: Callable[[Iterable[Tensor]], Iterator[Tensor]] | None = None
    in_flight: int = 1
    batch: int | None = None

    def stream(self, batches: Iterable[Tensor]) -> Iterator[Tensor]:
        """The logits of one batch after the other, in their order."""
        return self.overlapped(batches) if self.overlapped else map(self.run, batches)
