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
from pathlib import Path
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
        device: the kind of device that it runs on.
        reads_onnx: whether it takes an ONNX file in the place of a module.
    """

    name: str
    title: str
    available: Callable[[], str | None]
    home: str | None = None
    precisions: tuple[str, ...] = ()
    device: str = "cpu"
    reads_onnx: bool = False

    def prepare(
        self,
        model: Any,
        example: Any,
        precision: str = "float32",
        *,
        threads: int | None = None,
        calibration: Sequence[Any] = (),
        store: Path | None = None,
        device: str = "",
    ) -> Session:
        """A session of `model`, a module or an ONNX file, for batches shaped like `example`, any B where it can.

        Batches of floating-point numbers (B, C, H, W) are brought into the network's precision; integers are handed to
        the network as they are (see `reflop.models.pixels`). `calibration` are batches of real inputs, which int8
        needs; `threads` None leaves the runtime's own count. In `store`, exported and quantised networks are kept for
        the next session. `device` names one of several GPUs.

        Raises:
            Unavailable: this engine cannot run here, or not on this kind of device.
            BadParams: a precision it does not have, int8 without calibration, an ONNX file it does not read, or batches
                that the file does not take.
        """
        if reason := self.available():
            raise Unavailable(what=f"engine {self.name}", found=reason)
        if self.home is None:
            raise Unavailable(what=f"engine {self.name}", found="not built yet")
        if precision not in self.precisions:
            told = ", ".join(self.precisions)
            raise BadParams(what=f"precision of {self.name}", expected=told, found=repr(precision))
        if device and device.partition(":")[0] != self.device:
            raise Unavailable(
                what=f"engine {self.name} on {device}", found=f"one that runs on {self.device} only"
            )
        if precision == "int8" and not calibration:
            raise BadParams(what="int8", expected="batches for calibration", found="none")
        if isinstance(model, Path) and not self.reads_onnx:
            able = ", ".join(engine.name for engine in ENGINES.values() if engine.reads_onnx)
            raise BadParams(
                what=f"engine of {model.name}", expected=f"one that reads ONNX: {able}", found=self.name
            )
        session: Session = import_module(f"reflop.engines.{self.home}").prepare(
            model,
            example,
            precision,
            threads=threads,
            calibration=calibration,
            store=store,
            device=device or self.device,
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


def _torch_gpu() -> str | None:
    return _package("torch")() or _gpu()


_WIDE = ("float32", "bfloat16", "float16")
_EXPORT = ("onnx", "onnxscript", "onnxruntime")
ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine("torch", "PyTorch, eager", _package("torch"), "eager", ("float32", "bfloat16")),
        Engine("torch_compile", "PyTorch, compiled by Inductor", _compiler, "inductor", ("float32", "bfloat16")),
        Engine("onnxruntime", "ONNX Runtime on the processor", _package(*_EXPORT), "onnx_runtime",
               ("float32", "int8"), reads_onnx=True),
        Engine("openvino", "OpenVINO on the processor", _package(*_EXPORT, "openvino"), "open_vino",
               ("float32", "bfloat16", "int8"), reads_onnx=True),
        Engine("cuda", "PyTorch on an NVIDIA GPU, as a CUDA graph", _torch_gpu, "cuda", _WIDE, "cuda"),
        Engine("cuda_compile", "PyTorch on an NVIDIA GPU, compiled by Inductor",
               lambda: _torch_gpu() or _compiler(), "cuda_compile", _WIDE, "cuda"),
        Engine("tensorrt", "TensorRT on an NVIDIA GPU", lambda: _gpu() or _package("tensorrt", *_EXPORT)(),
               "tensorrt", ("float32", "float16", "int8"), "cuda", reads_onnx=True),
        Engine("ipu", "Graphcore IPU, the hardware of the bulk-inference source", _discontinued, device="ipu",
               precisions=("float16",)),
    )
}  # fmt: skip


def contenders(device: str = "cpu") -> list[tuple[str, str]]:
    """Engine and precision of all that is built for a device ("cpu", "cuda", "cuda:1"), available or not.

    >>> ("openvino", "int8") in contenders("cpu"), ("tensorrt", "float16") in contenders("cuda:1")
    (True, True)
    """
    kind = device.partition(":")[0]
    return [(engine.name, precision) for engine in ENGINES.values() if engine.device == kind and engine.home
            for precision in engine.precisions]  # fmt: skip
