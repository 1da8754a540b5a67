"""ONNX files from anywhere (first draft, to be replaced)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Input:
    """The input of a network."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]


def checked(path: Path) -> bytes:
    """The content."""
    return path.read_bytes()


def input_of(path: Path) -> Input:
    """The one input."""
    import onnx

    model = onnx.load_model_from_string(checked(path))
    given = model.graph.input[0]
    kind = given.type.tensor_type
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type).name
    return Input(given.name, dtype, tuple(d.dim_value or d.dim_param for d in kind.shape.dim))
