"""Small ONNX graphs, whole and broken."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def network(**changes: Any) -> onnx.ModelProto:
    """y = x w for x (batch, 4), w (4, 2); `changes` replace nodes, inputs, outputs, weights, functions or opsets."""
    weights = [numpy_helper.from_array(np.ones((4, 2), np.float32), "w")]
    parts: dict[str, Any] = {
        "nodes": [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "inputs": [value("x", ("batch", 4))],
        "outputs": [value("y", ("batch", 2))],
        "weights": weights,
        "functions": [],
        "opsets": [helper.make_opsetid("", 18)],
    } | changes
    graph = helper.make_graph(parts["nodes"], "g", parts["inputs"], parts["outputs"], parts["weights"])
    opsets, functions = parts["opsets"], parts["functions"]
    return helper.make_model(graph, opset_imports=opsets, functions=functions, ir_version=10)


def value(
    name: str, shape: tuple[int | str | None, ...], kind: int = TensorProto.FLOAT
) -> onnx.ValueInfoProto:
    """The declaration of an input or output."""
    return helper.make_tensor_value_info(name, kind, shape)


def write(path: Path, model: onnx.ModelProto) -> Path:
    """The file of a model, as it is, unchecked."""
    path.write_bytes(model.SerializeToString())
    return path


def outside(tensor: onnx.TensorProto, location: str, **more: str) -> onnx.TensorProto:
    """`tensor`, its data said to lie in another file."""
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, told in {"location": location, **more}.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, told
    return tensor
