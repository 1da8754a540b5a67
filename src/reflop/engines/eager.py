"""PyTorch as it is, one operator after the other; pictures in channels_last, which the processor's kernels prefer."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from reflop.engines.session import Described, Session

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
COUNTED = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)  # the layers that do the products


def prepare(model: nn.Module, example: Tensor, precision: str, **_: Any) -> Session:
    """A copy of `model` in `precision`. PyTorch's threads belong to the process: `torch.set_num_threads`."""
    dtype, layout = DTYPES[precision], layout_of(example)
    network = copy.deepcopy(model).eval().to(dtype).to(memory_format=layout)

    def run(batch: Tensor) -> Tensor:
        with torch.inference_mode():
            logits: Tensor = network(as_input(batch, dtype, layout))
            return logits.float()

    return Session("torch", precision, run, lambda: described(network, as_input(example, dtype, layout)))


def as_input(batch: Tensor, dtype: torch.dtype, layout: torch.memory_format) -> Tensor:
    """Numbers in the network's type and layout; pixels (integers) as they are, for the network to convert."""
    return batch.to(dtype, memory_format=layout) if batch.is_floating_point() else batch


def layout_of(example: Tensor) -> torch.memory_format:
    """channels_last for pictures."""
    return torch.channels_last if example.ndim == 4 else torch.contiguous_format


def described(network: nn.Module, example: Tensor) -> Described:
    """The type that every convolution and linear layer puts out for one sample of `example`."""
    types: list[str] = []
    layers = [layer for layer in network.modules() if isinstance(layer, COUNTED)]
    hooks = [layer.register_forward_hook(lambda _, __, y: types.append(str(y.dtype))) for layer in layers]
    try:
        with torch.inference_mode():
            network(example[:1])
    finally:
        for hook in hooks:
            hook.remove()
    return Described.of(types, version=torch.__version__, threads=str(torch.get_num_threads()))
