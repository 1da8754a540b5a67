"""Cut a network at a block and a layer: the shallower features of the block sweep, and what a cut costs."""

from __future__ import annotations

import copy
from collections import OrderedDict

import torch
from torch import Tensor, nn

from reflop.errors import BadParams


def cut(module: nn.Sequential, block: int, layer: int = 0) -> nn.Sequential:
    """A copy of `module` that ends with child `block` and, inside it, at `layer`; children are counted from 0.

    What `layer` means follows the original, kind by kind: in a dense block the number of layers kept, 0 for all; in
    a stage of residual units the last unit kept, counted from 0; in any other child nothing.

    Raises:
        BadParams: no such child, or no such layer in it.
    """
    children = list(module.named_children())
    if not 0 <= block < len(children):
        raise BadParams(what="block", expected=f"0 to {len(children) - 1}", found=str(block))
    kept = OrderedDict(copy.deepcopy(children[: block + 1]))
    last, child = children[block]
    if depth := _depth(child):
        top = depth if isinstance(child, nn.ModuleDict) else depth - 1
        if not 0 <= layer <= top:
            raise BadParams(what=f"layer of block {block}, {last}", expected=f"0 to {top}", found=str(layer))
        count = (layer or depth) if isinstance(child, nn.ModuleDict) else layer + 1
        for name, _ in list(child.named_children())[count:]:
            delattr(kept[last], name)
    return nn.Sequential(kept).train(module.training)


def cuts(module: nn.Sequential, first: int = 0, last: int | None = None) -> list[tuple[int, int]]:
    """All pairs (block, layer) from child `last` back to child `first`, deep cuts before shallow ones.

    Deep cuts come first because their features are small; the shallow ones may not fit into memory.
    """
    found = []
    for block, child in reversed(list(enumerate(module.children()))):
        if first <= block and (last is None or block <= last):
            layers = list(reversed(range(_depth(child) or 1)))
            if isinstance(child, nn.ModuleDict):  # 0 keeps all of a dense block
                layers = [0, *layers[:-1]]
            found += [(block, layer) for layer in layers]
    return found


def _depth(child: nn.Module) -> int:
    """Layers that a child can be cut between, 0 for a child that is one piece.

    A dense block is a `ModuleDict` and a stage of residual units a plain `Sequential`; a transition between dense
    blocks is a subclass of `Sequential` and one piece.
    """
    return len(child) if isinstance(child, nn.ModuleDict) or type(child) is nn.Sequential else 0


def feature_shape(module: nn.Module, size: tuple[int, ...] = (3, 224, 224)) -> tuple[int, ...]:
    """Shape of the features of one picture (C, H, W), found without computing anything."""
    state = {name: tensor.to("meta") for name, tensor in module.state_dict().items()}
    floats = [tensor.dtype for tensor in state.values() if tensor.is_floating_point()]
    example = torch.empty(1, *size, dtype=floats[0] if floats else torch.float32, device="meta")
    features: Tensor = torch.func.functional_call(module, state, (example,))
    return tuple(features.shape[1:])


def counted_weights(module: nn.Module) -> int:
    """Weights of convolutions, batch norms and linear layers; biases do not count, as in the original's model size."""
    counted = (nn.Conv2d, nn.BatchNorm2d, nn.Linear)
    return sum(layer.weight.numel() for layer in module.modules() if isinstance(layer, counted))


def size_mib(module: nn.Module, bits: int = 32) -> float:
    """Model size in MiB as the original states it: counted weights x bits / 8 / 2^20."""
    return counted_weights(module) * bits / 8 / 2**20
