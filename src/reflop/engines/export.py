"""A network as one self-contained ONNX file, compared with PyTorch before anybody relies on it."""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from reflop.errors import RunFailed

OPSET = 18
TOLERANCE = 1e-3  # relative, of the logits' size; float32 through a hundred layers loses 1e-4


def onnx_file(model: nn.Module, example: Tensor, path: Path, *, dynamic: bool = True) -> Path:
    """Write `model` for inputs like `example` (B, ...); input "input", output "logits".

    For any batch size, or with every shape fixed for that of `example`.

    Raises:
        RunFailed: the exported network does not compute what PyTorch computes.
    """
    # a batch of one would be taken for a constant
    batch = torch.cat([example[:1], example[-1:]]) if dynamic else example
    shapes = ({0: torch.export.Dim("batch")},) if dynamic else None
    model = model.eval()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):  # it reports every step
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (batch,),
            path,
            input_names=["input"],
            output_names=["logits"],
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            dynamic_shapes=shapes,
        )
    compare(model, batch, path)
    return path


def compare(model: nn.Module, batch: Tensor, path: Path) -> None:
    """Run the file and the network on the same batch.

    Raises:
        RunFailed: they do not give the same.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = torch.from_numpy(session.run(None, {"input": batch.numpy()})[0])
    with torch.inference_mode():
        expected = model(batch)
    error = float((found - expected).norm() / expected.norm().clamp(min=1e-12))
    if not error < TOLERANCE:
        raise RunFailed(
            what="ONNX export", expected=f"PyTorch's logits within {TOLERANCE:g}", found=f"off by {error:.2g}"
        )
