"""Inference engines: which exist, and why one cannot be used here. Asking loads none of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reflop.machine import gpu_list, version


@dataclass(frozen=True)
class Engine:
    """A way to run a network: `available()` is None, or the reason why not.

    `prepare(model, example, precision)` gives a session; an engine without it can be listed but not run.
    """

    name: str
    title: str
    available: Callable[[], str | None]
    prepare: Callable[[Any, Any, str], Any] | None = None


def _package(name: str) -> Callable[[], str | None]:
    return lambda: None if version(name) else f"not installed; try: pip install {name}"


def _compiler() -> str | None:
    tool = os.environ.get("CXX", "g++")
    found = None if shutil.which(tool) else f"needs a C++ compiler, and there is no {tool}"
    return _package("torch")() or found


def _gpu() -> str | None:
    return None if gpu_list() else "no NVIDIA GPU, or no driver for it"


def _discontinued() -> str:
    return "unavailable: Graphcore's software is discontinued; not reproduced"


ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine("torch", "PyTorch, eager", _package("torch")),
        Engine("torch_compile", "PyTorch, compiled by Inductor", _compiler),
        Engine("onnxruntime", "ONNX Runtime on the processor", _package("onnxruntime")),
        Engine("openvino", "OpenVINO on the processor", _package("openvino")),
        Engine("cuda", "PyTorch on an NVIDIA GPU", lambda: _package("torch")() or _gpu()),
        Engine("tensorrt", "TensorRT on an NVIDIA GPU", lambda: _gpu() or _package("tensorrt")()),
        Engine("ipu", "Graphcore IPU, the hardware of the bulk-inference source", _discontinued),
    )
}
