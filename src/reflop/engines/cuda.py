"""PyTorch on an NVIDIA GPU: pictures in channels_last, one CUDA graph for the whole network, copies overlapped.

float32 is float32: the short format TF32, which cuDNN would take for it by default, is off.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from reflop.engines.eager import DTYPES, as_input, described, layout_of
from reflop.engines.inductor import own_compilation
from reflop.engines.session import Described, Session
from reflop.errors import Unavailable

LANES = 2  # one computes while the other's batch travels
WARMUP = 3  # runs in which libraries choose their kernels and take their memory, before anything is recorded
# What the mode "max-autotune-no-cudagraphs" sets, and frozen weights; the graph is recorded here.
TUNED: dict[str, Any] = {"freezing": True, "max_autotune": True, "coordinate_descent_tuning": True}

Landing = Callable[[], Tensor]  # waits for the logits of a batch in flight


def prepare(
    model: nn.Module,
    example: Tensor,
    precision: str,
    *,
    device: str = "cuda",
    compiled: bool = False,
    **_: Any,
) -> Session:
    """Recorded as a CUDA graph for the batch size of `example`; other sizes run operator by operator.

    Compiled, Inductor first searches the fastest kernels, which takes minutes; the account of the precision is then
    that of the same layers uncompiled.

    Raises:
        Unavailable: torch has no such GPU.
    """
    place, dtype, layout = device_of(device), DTYPES[precision], layout_of(example)
    network = copy.deepcopy(model).eval().to(place, dtype).to(memory_format=layout)
    forward = torch.compile(network, dynamic=False, options=TUNED) if compiled else network
    like = as_input(example, dtype, layout)
    lanes = [Lane(like, place) for _ in range(LANES)]
    with own_compilation() if compiled else nullcontext():
        replays = [captured(forward, lane) for lane in lanes]

    def start(batch: Tensor, number: int) -> Landing:
        if batch.shape == like.shape:
            return lanes[number].start(batch, lambda _: replays[number]())
        with torch.no_grad(), exact():
            found: Tensor = network(as_input(batch, dtype, layout).to(place)).float().cpu()
        return lambda: found

    def told() -> Described:
        with exact():
            found = described(network, like[:1].to(place))
        return replace(
            found, facts={**found.facts, "device": torch.cuda.get_device_name(place), "tf32": "off"}
        )

    name = "cuda_compile" if compiled else "cuda"
    return Session(
        name, precision, lambda batch: start(batch, 0)(), told, partial(overlapped, start), in_flight=LANES
    )


def device_of(name: str) -> torch.device:
    """The GPU called "cuda" or "cuda:1".

    Raises:
        Unavailable: torch cannot use it; nothing else takes its place.
    """
    place = torch.device(name)
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if place.type != "cuda" or (place.index or 0) >= there:
        told = f"{there} CUDA GPUs that torch can use" if there else "no CUDA GPU that torch can use"
        raise Unavailable(what=f"device {name}", found=told)
    return torch.device("cuda", place.index or 0)


class Lane:
    """Room for one batch in flight: pinned memory, a stream, and the memory of the device that it computes from."""

    def __init__(self, like: Tensor, device: torch.device) -> None:
        """For batches of the type, layout and shape of `like`, or fewer samples."""
        self.host, self.given = pinned(like), like.to(device, copy=True)  # each lane its own
        self.stream = torch.cuda.Stream(device)
        self.stream.wait_stream(torch.cuda.current_stream(device))  # network and input are on their way

    def start(self, batch: Tensor, compute: Callable[[Tensor], Tensor]) -> Landing:
        """Send a batch, compute from its place on the device, fetch the logits; returns before any of it is done."""
        self.stream.synchronize()  # the batch before may still be leaving the pinned memory
        size = len(batch)
        self.host[:size].copy_(batch)
        with torch.cuda.stream(self.stream), torch.no_grad():
            given = self.given[:size].copy_(self.host[:size], non_blocking=True)
            logits = compute(given).float().to("cpu", non_blocking=True)

        def land() -> Tensor:
            self.stream.synchronize()
            return logits

        return land


def captured(forward: Callable[[Tensor], Tensor], lane: Lane) -> Callable[[], Tensor]:
    """`forward` of the lane's input as a CUDA graph, which one call puts on the current stream."""
    with torch.no_grad(), exact():
        with torch.cuda.stream(lane.stream):
            for _ in range(WARMUP):
                forward(lane.given)
        lane.stream.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=lane.stream):
            logits = forward(lane.given)

    def replay() -> Tensor:
        graph.replay()
        return logits

    return replay


def overlapped(start: Callable[[Tensor, int], Landing], batches: Iterable[Tensor]) -> Iterator[Tensor]:
    """The logits of one batch after the other, `LANES` of them in flight."""
    flying: deque[Landing] = deque()
    for number, batch in enumerate(batches):
        flying.append(start(batch, number % LANES))
        if len(flying) == LANES:
            yield flying.popleft()()
    while flying:
        yield flying.popleft()()


def pinned(like: Tensor) -> Tensor:
    """Memory of the host that a GPU reads by itself, in the layout of `like`."""
    return torch.empty_like(like, pin_memory=True)


def exact() -> AbstractContextManager[None]:
    """float32 convolutions in float32, by the kernels that are fastest for their shapes."""
    flags: AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=True, benchmark=True, allow_tf32=False
    )
    return flags
