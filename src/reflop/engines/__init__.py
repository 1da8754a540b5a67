"""Inference engines: which exist, why one cannot be used here, and sessions of a network in one precision.

    from reflop.engines import ENGINES
    session = ENGINES["openvino"].prepare(model, example, "bfloat16")
    logits = session.run(batch)                  # (B, ...) float32 in, float32 out
    session.describe().precision                 # what the runtime says it computes in, not what was asked

Asking whether an engine is available loads none of them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from reflop.errors import BadParams, Unavailable
from reflop.machine import gpu_list, version

if TYPE_CHECKING:
    from reflop.engines.session import Session


@dataclass(frozen=True)
class Engine:
    """A way to run a network.

    Attributes:
        available: gives None, or the reason why it cannot run here.
        home: the module of this package with its `prepare`; an engine without it can be listed but not run.
        precisions: what it can be asked for.
    """

    name: str
    title: str
    available: Callable[[], str | None]
    home: str | None = None
    precisions: tuple[str, ...] = ()

    def prepare(
        self,
        model: Any,
        example: Any,
        precision: str = "float32",
        *,
        threads: int | None = None,
        calibration: Sequence[Any] = (),
    ) -> Session:
        """A session of `model` for batches shaped like `example` (B, C, H, W), any B where the engine allows it.

        `calibration` are batches of real inputs, which int8 needs; `threads` None leaves the runtime's own count.

        Raises:
            Unavailable: this engine cannot run here.
            BadParams: a precision it does not have, or int8 without calibration.
        """
        if reason := self.available():
            raise Unavailable(what=f"engine {self.name}", found=reason)
        if self.home is None:
            raise Unavailable(what=f"engine {self.name}", found="not built yet")
        if precision not in self.precisions:
            told = ", ".join(self.precisions)
            raise BadParams(what=f"precision of {self.name}", expected=told, found=repr(precision))
        if precision == "int8" and not calibration:
            raise BadParams(what="int8", expected="batches for calibration", found="none")
        session: Session = import_module(f"reflop.engines.{self.home}").prepare(
            model, example, precision, threads=threads, calibration=calibration
        )
        return session


def _package(*names: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        gone = [name for name in names if not version(name)]
        return f"not installed; try: pip install {' '.join(gone)}" if gone else None

    return missing


def _compiler() -> str | None:
    tool = os.environ.get("CXX", "g++")
    found = None if shutil.which(tool) else f"needs a C++ compiler, and there is no {tool}"
    return _package("torch")() or found


def _gpu() -> str | None:
    return None if gpu_list() else "no NVIDIA GPU, or no driver for it"


def _discontinued() -> str:
    return "unavailable: Graphcore's software is discontinued; not reproduced"


_EXPORT = ("onnx", "onnxscript", "onnxruntime")
ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine("torch", "PyTorch, eager", _package("torch"), "eager", ("float32", "bfloat16")),
        Engine("torch_compile", "PyTorch, compiled by Inductor", _compiler, "inductor", ("float32", "bfloat16")),
        Engine("onnxruntime", "ONNX Runtime on the processor", _package(*_EXPORT), "onnx_runtime", ("float32", "int8")),
        Engine("openvino", "OpenVINO on the processor", _package(*_EXPORT, "openvino"), "open_vino",
               ("float32", "bfloat16", "int8")),
        Engine("cuda", "PyTorch on an NVIDIA GPU", lambda: _package("torch")() or _gpu()),
        Engine("tensorrt", "TensorRT on an NVIDIA GPU", lambda: _gpu() or _package("tensorrt")()),
        Engine("ipu", "Graphcore IPU, the hardware of the bulk-inference source", _discontinued),
    )
}  # fmt: skip
