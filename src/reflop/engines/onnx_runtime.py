"""ONNX Runtime on the processor: float32, or int8 by static quantisation with Q/DQ nodes, weights per channel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from reflop.engines import quantise
from reflop.engines.export import onnx_file
from reflop.engines.session import Described, Session

PRODUCTS = (
    "Conv",
    "FusedConv",
    "Gemm",
    "FusedGemm",
    "MatMul",
    "QLinearConv",
    "QGemm",
    "QLinearMatMul",
    "MatMulInteger",
)


def prepare(
    model: nn.Module, example: Tensor, precision: str, *, threads: int | None, calibration: Sequence[Tensor]
) -> Session:
    """Exported, quantised if asked for, and loaded; any batch size."""
    with TemporaryDirectory(prefix="reflop-onnx-") as folder:
        path = onnx_file(model, example, Path(folder) / "network.onnx")
        if precision == "int8":
            path = quantise.static(path, calibration, Path(folder) / "int8.onnx")
        content = path.read_bytes()
    session = _open(content, threads)

    def run(batch: Tensor) -> Tensor:
        return torch.from_numpy(session.run(None, {"input": batch.numpy()})[0])

    return Session("onnxruntime", precision, run, partial(_described, content, threads, example[:1]))


def _open(content: bytes, threads: int | None, profile: Path | None = None) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0  # 0: as many as there are cores
    if profile is not None:
        options.enable_profiling, options.profile_file_prefix = True, str(profile)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _described(content: bytes, threads: int | None, sample: Tensor) -> Described:
    """Type of the first input of every product that a profiled run executed."""
    import onnxruntime

    with TemporaryDirectory(prefix="reflop-onnx-") as folder:
        session = _open(content, threads, Path(folder) / "profile")
        session.run(None, {"input": sample.numpy()})
        events = json.loads(Path(session.end_profiling()).read_text())
    types = [
        next(iter(event["args"]["input_type_shape"][0]))
        for event in events
        if event.get("args", {}).get("op_name") in PRODUCTS and event["args"].get("input_type_shape")
    ]
    providers = ", ".join(session.get_providers())
    return Described.of(
        types, version=onnxruntime.__version__, threads=str(threads or "all"), providers=providers
    )
