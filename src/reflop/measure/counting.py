"""How much a network computes: multiply-accumulates counted while it runs once, and its parameters."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

aten = torch.ops.aten


def macs(module: nn.Module, example: Any) -> int:
    """Multiply-accumulates of convolutions and matrix products of one inference of `example`.

    Counted: convolutions (grouped, transposed, 1 to 3 dimensions), Linear, matmul, bmm, einsum, attention,
    recurrent layers. Not counted: bias, normalisation, activation, pooling, element-wise products.
    `example` is the input, or a tuple of the inputs; modules and tensors on the meta device cost nothing to run.
    Every submodule keeps its mode, and no gradient or running statistic changes.

    >>> macs(nn.Conv2d(3, 8, 3, padding=1), torch.zeros(1, 3, 5, 5))  # 5 x 5 places x 27 inputs x 8 outputs
    5400
    """
    inputs = example if isinstance(example, tuple) else (example,)
    with _inference(module), FlopCounterMode(display=False, custom_mapping=_UNLISTED) as counter:
        module(*inputs)
    return int(counter.get_total_flops()) // 2  # the counter takes a multiply-accumulate for two operations


def params(module: nn.Module) -> int:
    """Number of parameters, shared ones once, buffers not.

    >>> params(nn.Linear(10, 5))
    55
    """
    return sum(parameter.numel() for parameter in module.parameters())


@contextlib.contextmanager
def _inference(module: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients, and without fused attention, whose products would go uncounted."""
    training = [part for part in module.modules() if part.training]
    fast_attention = torch.backends.mha.get_fastpath_enabled()
    module.eval()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast_attention)
        for part in training:
            part.training = True


def _product(matrix: Any, *_: Any, **__: Any) -> int:
    return 2 * math.prod(matrix)


def _second_product(_: Any, matrix: Any, *__: Any, **___: Any) -> int:
    return 2 * math.prod(matrix)


def _recurrent_layer(steps: Any, inputs: Any, states: Any, *_: Any, **__: Any) -> int:
    return 2 * math.prod(steps[:-1]) * (math.prod(inputs) + math.prod(states))


def _recurrent_network(steps: Any, weights: Any, *_: Any, **__: Any) -> int:
    return 2 * math.prod(steps[:-1]) * sum(math.prod(weight) for weight in weights if len(weight) == 2)


# what torch's own table leaves out; shapes arrive in place of tensors
_UNLISTED: dict[Any, Any] = {
    aten.mv: _product,
    aten.dot: _product,
    aten.addmv: _second_product,
    aten.mkldnn_rnn_layer: _recurrent_layer,
    aten._cudnn_rnn: _recurrent_network,
}
