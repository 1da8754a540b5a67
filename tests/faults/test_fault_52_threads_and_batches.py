"""Fault 52: another number of threads, batch size or hash seed gives the same logits within 1e-5."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from reflop.engines import ENGINES
from reflop.engines.session import Session
from reflop.models.pixels import FromPixels

TOLERANCE = 1e-5  # relative, of the logits' size
ENGINES_HERE = ["torch", "torch_compile", "onnxruntime", "openvino"]


def network() -> nn.Module:
    """Two convolutions and a linear layer on pixels, from a generator."""
    layers = [nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU()]
    model = FromPixels(nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * 256, 10))).eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0, (weight[0].numel() or 1) ** -0.5, generator=generator)
    return model


def pictures() -> Tensor:
    """Eight pictures (8, 16, 16, 3)."""
    return torch.randint(256, (8, 16, 16, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def prepared(name: str, threads: int, size: int) -> Session:
    """A session for batches of `size`, or a skip."""
    if reason := ENGINES[name].available():
        pytest.skip(reason)
    torch.set_num_threads(threads)  # of the process; the other engines have their own
    return ENGINES[name].prepare(network(), pictures()[:size], threads=threads)


@pytest.fixture(autouse=True)
def threads_put_back() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", ENGINES_HERE)
def test_fault_52_threads_and_batch_sizes(name: str) -> None:
    with torch.no_grad():
        expected = network().double()(pictures())
    ways = [(1, 8), (2, 8)] if name == "torch_compile" else [(1, 1), (1, 8), (2, 3), (2, 8)]
    for threads, size in ways:
        session = prepared(name, threads, size)
        found = torch.cat([session.run(batch) for batch in pictures().split(size)])
        assert float((found - expected).norm() / expected.norm()) < TOLERANCE
        streamed = torch.cat(list(session.stream(pictures().split(size))))
        assert float((streamed - expected).norm() / expected.norm()) < TOLERANCE


def test_fault_52_short_formats_would_be_seen() -> None:
    """The tolerance tells float32 from less: the test above can fail."""
    with torch.no_grad():
        expected = network().double()(pictures())
    found = ENGINES["torch"].prepare(network(), pictures(), "bfloat16").run(pictures())
    assert float((found - expected).norm() / expected.norm()) > 100 * TOLERANCE


def test_fault_52_hash_seed() -> None:
    code = (
        "from tests.faults.test_fault_52_threads_and_batches import network, pictures, ENGINES;"
        "print(ENGINES['torch'].prepare(network(), pictures()).run(pictures()).tolist())"
    )
    told = {
        subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, check=True,
                       capture_output=True, text=True).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    assert len(told) == 1
