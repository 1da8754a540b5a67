"""Fault 46: an engine whose hardware or package is not there is a skip with the reason, on no other device."""

import sys

import pytest
import torch
from torch import nn

from reflop import engines
from reflop.engines import ENGINES, cuda, cuda_compile, tensorrt
from reflop.errors import Unavailable
from reflop.experiment import run
from tests.engines.stub_tensorrt import Stub

ELSEWHERE = ["cuda", "cuda_compile", "tensorrt", "ipu"]


class Never(nn.Module):
    """A network that no device is to run."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pytest.fail("measured on another device")


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "gpu_list", list)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_fault_46_engine_without_its_hardware(name: str, no_gpu: None) -> None:
    reason = ENGINES[name].available()
    assert reason
    with pytest.raises(Unavailable) as caught:
        ENGINES[name].prepare(Never(), torch.zeros(1, 3), ENGINES[name].precisions[0])
    assert str(caught.value) == f"engine {name}: found {reason}"


@pytest.mark.parametrize("name", ["torch", "torch_compile", "onnxruntime", "openvino"])
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_fault_46_engine_of_the_processor_asked_for_a_gpu(name: str, device: str) -> None:
    if reason := ENGINES[name].available():
        pytest.skip(reason)
    with pytest.raises(Unavailable, match=f"engine {name} on {device}: found one that runs on cpu only"):
        ENGINES[name].prepare(Never(), torch.zeros(1, 3), device=device)


@pytest.mark.parametrize("prepare", [cuda.prepare, cuda_compile.prepare, tensorrt.prepare])
@pytest.mark.parametrize("device", ["cuda", "cuda:0", "cuda:7"])
def test_fault_46_driver_that_torch_cannot_use(
    prepare: object, device: str, no_gpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card is there, and torch was built without it or for a newer driver."""
    monkeypatch.setitem(sys.modules, "tensorrt", Stub("11.4.0"))  # type: ignore[arg-type]
    with pytest.raises(Unavailable, match=f"device {device}: found no CUDA GPU"):
        prepare(Never(), torch.zeros(1, 3), "float32", device=device)  # type: ignore[operator]


@pytest.mark.parametrize("broken", [None, "partial"])
def test_fault_46_tensorrt_absent_or_broken(broken: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", None)  # type: ignore[arg-type]
    if broken:
        monkeypatch.delitem(sys.modules, "tensorrt")

        class Breaks:
            def find_spec(self, name: str, *_: object) -> None:
                if name == "tensorrt":
                    message = "libnvinfer.so.11: cannot open shared object file"
                    raise OSError(message)

        monkeypatch.setattr(sys, "meta_path", [Breaks(), *sys.meta_path])
    with pytest.raises(Unavailable, match="engine tensorrt: found"):
        tensorrt.prepare(Never(), torch.zeros(1, 3), "float32")


@pytest.mark.xdist_group("smoke-bulk")
@pytest.mark.parametrize(
    "contender", ["cuda-float16", "cuda_compile-float16", "tensorrt-int8", "ipu-float16"]
)
def test_fault_46_section_of_absent_engines_is_a_skip(contender: str, no_gpu: None) -> None:
    device = "cpu" if contender.startswith("ipu") else "cuda"
    record = run("bulk.throughput", "smoke", model="resnext50_32x4d", contenders=[contender], device=device)
    assert record.status == "skipped"
    assert record.reason
    assert (record.metrics, record.rows) == ({}, [])
