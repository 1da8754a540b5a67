"""ONNX Runtime on the processor: float32, or int8 by static quantisation with Q/DQ nodes, weights per channel."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from reflop.engines import kept, onnx_files, quantise
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
    model: nn.Module | Path,
    example: Tensor,
    precision: str,
    *,
    threads: int | None,
    calibration: Sequence[Tensor],
    store: Path | None = None,
    **_: Any,
) -> Session:
    """Exported, quantised if asked for, and loaded; any batch size, or the one that a file fixes."""
    content = kept.exported(model, example, store)
    if precision == "int8":
        content = _quantised(content, calibration, store)
    session = _open(content, threads)
    given = session.get_inputs()[0]

    def run(batch: Tensor) -> Tensor:
        return torch.from_numpy(session.run(None, {given.name: batch.numpy()})[0])

    fixed = given.shape[0] if isinstance(given.shape[0], int) else None
    sample = example if fixed else example[:1]
    return Session("onnxruntime", precision, run, partial(_described, content, threads, sample), batch=fixed)


def _quantised(content: bytes, calibration: Sequence[Tensor], store: Path | None) -> bytes:
    def make(folder: Path) -> bytes:
        (folder / "network.onnx").write_bytes(content)
        return quantise.static(folder / "network.onnx", calibration, folder / "int8.onnx").read_bytes()

    follows = [hashlib.sha256(content).hexdigest(), kept.calibration_digest(calibration)]
    return kept.made("int8", make, store, follows)


def _open(content: bytes, threads: int | None, profile: Path | None = None) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0  # 0: as many as there are cores
    # else its threads spin on after the last run and take a core from whoever comes next
    options.add_session_config_entry("session.force_spinning_stop", "1")
    if profile is not None:
        options.enable_profiling, options.profile_file_prefix = True, str(profile)
    with onnx_files.told_by("ONNX Runtime"):
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _described(content: bytes, threads: int | None, sample: Tensor) -> Described:
    """Type of the first input of every product that a profiled run executed."""
    import onnxruntime

    with TemporaryDirectory(prefix="reflop-onnx-") as folder:
        session = _open(content, threads, Path(folder) / "profile")
        session.run(None, {session.get_inputs()[0].name: sample.numpy()})
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
