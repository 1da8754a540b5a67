"""PyTorch compiled by Inductor, weights frozen: batch norms folded, weights packed, operators fused."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from reflop.engines.eager import DTYPES, as_input, described, layout_of
from reflop.engines.session import Session


def prepare(model: nn.Module, example: Tensor, precision: str, **_: Any) -> Session:
    """Compiled for the batch size of `example`, by its first run here: a minute or two for a ResNeXt-101.

    The account of the precision is that of the same layers uncompiled: fused kernels keep their types.
    """
    dtype, layout = DTYPES[precision], layout_of(example)
    network = copy.deepcopy(model).eval().to(dtype).to(memory_format=layout)
    compiled = torch.compile(network, dynamic=False, options={"freezing": True})

    def run(batch: Tensor) -> Tensor:
        with torch.no_grad():  # freezing does not accept inference mode
            logits: Tensor = compiled(as_input(batch, dtype, layout))
            return logits.float()

    run(example)
    return Session(
        "torch_compile",
        precision,
        run,
        lambda: described(network, as_input(example, dtype, layout)),
        batch=len(example),
    )
