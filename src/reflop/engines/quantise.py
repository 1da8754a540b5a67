"""Static int8 quantisation of an ONNX file: ranges from real batches, Q/DQ nodes, weights per output channel."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from types import SimpleNamespace

from torch import Tensor

from reflop.engines import onnx_files

PRODUCTS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
OPTIONS = {"OpTypesToExcludeOutputQuantization": ["Gemm"]}  # the logits
SYMMETRIC = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}


def static(path: Path, calibration: Sequence[Tensor], out: Path, *, symmetric: bool = False) -> Path:
    """Write `path` with its convolutions and products in int8 to `out`.

    The range of an activation is the smallest and largest value that the calibration batches bring. Activations are
    unsigned, which processors prefer, or with `symmetric` signed around zero, biases left alone, as TensorRT wants it.
    What stands before the first product, where pixels are normalised, and the logits stay in floating point: eight bits
    would change answers there and save no time.
    """
    from onnxruntime.quantization import QuantFormat, QuantType, quant_pre_process, quantize_static

    name = onnx_files.input_of(path).name
    batches = iter([{name: batch.numpy()} for batch in calibration])
    reader = SimpleNamespace(get_next=lambda: next(batches, None))
    shaped = out.with_suffix(".shapes.onnx")
    logger = logging.getLogger()
    before = logger.level
    logger.setLevel(max(before, logging.ERROR))  # it advises to do what has just been done
    try:
        quant_pre_process(path, shaped, skip_symbolic_shape=True)
        quantize_static(
            shaped, out, reader, quant_format=QuantFormat.QDQ, per_channel=True, weight_type=QuantType.QInt8,
            activation_type=QuantType.QInt8 if symmetric else QuantType.QUInt8,
            extra_options=OPTIONS | SYMMETRIC if symmetric else OPTIONS, nodes_to_exclude=_before_products(shaped),
        )  # fmt: skip
    finally:
        logger.setLevel(before)
    return out


def _before_products(path: Path) -> list[str]:
    """Names of the nodes up to the first product, in the order in which the file computes."""
    import onnx

    nodes = onnx.load(path, load_external_data=False).graph.node
    return [node.name for node in takewhile(lambda node: node.op_type not in PRODUCTS, nodes) if node.name]
