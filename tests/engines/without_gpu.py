"""Stand-ins for the few parts of torch that need a GPU, so that all around them runs on the processor."""

from contextlib import nullcontext
from typing import Any

import pytest
import torch

from reflop.engines import cuda


class Stream:
    """Work on it is done at once."""

    cuda_stream = 7

    def __init__(self, *_: object) -> None:
        self.waits = 0

    def synchronize(self) -> None:
        self.waits += 1

    def wait_stream(self, other: object) -> None:
        assert other is not self


def pretend(monkeypatch: pytest.MonkeyPatch, *modules: Any) -> None:
    """The processor takes the place of the GPU in `cuda` and these modules."""
    for module in (cuda, *modules):
        monkeypatch.setattr(module, "device_of", lambda name: torch.device("cpu"))
    monkeypatch.setattr(cuda, "pinned", torch.empty_like)
    monkeypatch.setattr(cuda, "captured", lambda forward, lane: lambda: forward(lane.given))
    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(torch.cuda, "device", lambda place: nullcontext())
    monkeypatch.setattr(torch.cuda, "current_stream", lambda place: None)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda place: (9, 0))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda place: "stand-in")
