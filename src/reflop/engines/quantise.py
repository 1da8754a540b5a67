"""Static int8 quantisation of an ONNX file: ranges from real batches, Q/DQ nodes, weights per output channel."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from reflop.engines import onnx_files


def static(path: Path, calibration: Sequence[Tensor], out: Path) -> Path:
    """Write `path` with its convolutions and products in int8 (activations unsigned, weights signed) to `out`.

    The range of an activation is the smallest and largest value that the calibration batches bring.
    """
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quant_pre_process,
        quantize_static,
    )

    name = onnx_files.input_of(path).name

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """One batch after the other."""

        def __init__(self) -> None:
            self.batches: Iterator[Tensor] = iter(calibration)

        def get_next(self) -> dict[str, Any] | None:
            batch = next(self.batches, None)
            return None if batch is None else {name: batch.numpy()}

    shaped = out.with_suffix(".shapes.onnx")
    logger = logging.getLogger()
    before = logger.level
    logger.setLevel(max(before, logging.ERROR))  # it advises to do what has just been done
    try:
        quant_pre_process(path, shaped, skip_symbolic_shape=True)
        quantize_static(shaped, out, Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)  # fmt: skip
    finally:
        logger.setLevel(before)
    return out
