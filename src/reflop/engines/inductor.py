"""PyTorch compiled by Inductor, weights frozen: batch norms folded, weights packed, operators fused."""

from __future__ import annotations

import copy
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from reflop.engines.eager import DTYPES, as_input, described, layout_of
from reflop.engines.session import Session

COMPILATIONS = 1000  # of one network in one process


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

    with own_compilation():
        run(example)
    return Session(
        "torch_compile",
        precision,
        run,
        lambda: described(network, as_input(example, dtype, layout)),
        batch=len(example),
    )


def own_compilation() -> AbstractContextManager[Any]:
    """Inside, a network is compiled however many of its kind were before; Dynamo would run the ninth uncompiled.

    What still cannot be compiled raises, instead of running as something that was not asked for.
    """
    import torch._dynamo

    found: AbstractContextManager[Any] = torch._dynamo.config.patch(
        recompile_limit=COMPILATIONS,
        accumulated_recompile_limit=COMPILATIONS,
        fail_on_recompile_limit_hit=True,
    )
    return found
