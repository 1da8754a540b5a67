"""Fold any plain CNN: its layers are followed from the input to the linear head, and every width grows by sqrt(f).

What has no folded counterpart (grouped convolutions, attention, an operation across channels) is refused by name.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional as F

from reflop.errors import BadParams
from reflop.models import initial
from reflop.systems.folded.folding import checked, width

WIDTHLESS_LAYERS = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Hardswish, nn.Hardsigmoid, nn.Sigmoid, nn.Tanh,
    nn.Identity, nn.Dropout, nn.Dropout2d, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d,
)  # fmt: skip
WIDTHLESS_FUNCTIONS = {
    F.relu, F.relu6, F.leaky_relu, F.gelu, F.silu, F.dropout, F.max_pool2d, F.avg_pool2d, F.adaptive_avg_pool2d,
    F.adaptive_max_pool2d, torch.relu, torch.sigmoid, torch.tanh,
}  # fmt: skip
WIDTHLESS_METHODS = {"relu", "relu_", "contiguous", "sigmoid", "tanh"}
SUMS = {operator.add, operator.iadd, torch.add}


@dataclass(frozen=True)
class Width:
    """Channels of a value, before and after folding; `flat` when places and channels are one dimension."""

    old: int
    new: int
    flat: bool = False


def fold_module(
    module: nn.Module, f: int, *, multiplier: float | None = None, round_to: int = 1, seed: int = 0
) -> nn.Module:
    """A copy of `module` for `f` images at once: inputs (B / f, f C, H, W), outputs (B / f, f n).

    `module` is built of Conv2d, BatchNorm2d, Linear, activations, pooling, flattening, sums (residual nets) and
    concatenation of channels, and ends in a Linear. Widths become `int(c sqrt(f))`, or grow by `multiplier`, up to the
    next multiple of `round_to`. At fold 1 the copy computes the same, bit by bit; else its weights are new, from
    `seed`. `FoldedClassifier(fold_module(net, f), f)` takes ordinary batches.

    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 10))
    >>> folded = fold_module(net, 4)
    >>> folded[0].in_channels, folded[0].out_channels, folded[3].in_features, folded[3].out_features
    (12, 16, 576, 40)

    Raises:
        BadParams: a fold that is no whole number from 1, or the first layer that cannot be folded, by name.
    """
    if checked(f) == 1:
        return copy.deepcopy(module)
    for name, part in module.named_modules():
        if isinstance(part, nn.MultiheadAttention):
            raise _refused(name, "a layer that can be folded", "attention")
    try:
        graph = fx.Tracer().trace(module)
    except Exception as error:  # whatever a forward does that depends on its data
        found = f"{type(error).__name__}: {error}"[:200]
        raise BadParams(
            what="network to fold", expected="a forward without branches on data", found=found
        ) from None
    follower = _Follower(module, f, lambda c: width(c, f, multiplier, round_to))
    follower.follow(graph)
    folded = copy.deepcopy(module)
    generator = torch.Generator().manual_seed(seed)
    for name, layer in follower.replaced.items():
        initial.fill(layer, generator)
        layer.train(folded.get_submodule(name).training)
        if name:
            folded.set_submodule(name, layer)
        else:
            folded = layer
    return folded


class _Follower:
    """Follows widths through the graph and collects the layers that take the place of the module's."""

    def __init__(self, module: nn.Module, f: int, scaled: Callable[[int], int]) -> None:
        self.module, self.f, self.scaled = module, f, scaled
        self.replaced: dict[str, nn.Module] = {}
        self.widths: dict[
            fx.Node, Width | None
        ] = {}  # None: the input, whose channels its first reader tells

    def follow(self, graph: fx.Graph) -> None:
        head = self._head(graph)
        for node in graph.nodes:
            if node.op == "placeholder":
                if self.widths:
                    raise _refused(node.name, "one input")
                self.widths[node] = None
            elif node.op == "call_module":
                self.widths[node] = self._layer(node, last=node is head)
            elif node.op in ("call_function", "call_method"):
                self.widths[node] = self._operation(node)
            elif node.op == "get_attr":
                raise _refused(str(node.target), "layers only", "a bare tensor")

    def _head(self, graph: fx.Graph) -> fx.Node:
        """The node of the linear head."""
        (end,) = (node for node in graph.nodes if node.op == "output")
        head = end.args[0]
        if isinstance(head, fx.Node) and head.op == "call_module":
            layer = self.module.get_submodule(str(head.target))
            if isinstance(layer, nn.Linear):
                return head
            found = f"{head.target} ({type(layer).__name__})"
        else:
            found = getattr(head, "name", type(head).__name__)
        raise BadParams(what="last layer of the network to fold", expected="a linear head", found=found)

    def _layer(self, node: fx.Node, *, last: bool) -> Width | None:
        name = str(node.target)
        layer = self.module.get_submodule(name)
        given = self._given(node)
        if isinstance(layer, WIDTHLESS_LAYERS):
            return given
        if isinstance(layer, nn.Flatten):
            return self._flat(node, given, layer.start_dim)
        if isinstance(layer, nn.BatchNorm2d) and given:
            new: nn.Module = nn.BatchNorm2d(
                given.new, layer.eps, layer.momentum, layer.affine, layer.track_running_stats
            )
            return self._replace(name, new, given)
        if isinstance(layer, nn.Conv2d):
            return self._convolution(name, layer, given)
        if isinstance(layer, nn.Linear):
            return self._linear(name, layer, given, last)
        raise _refused(name, "a layer that can be folded", type(layer).__name__)

    def _convolution(self, name: str, layer: nn.Conv2d, given: Width | None) -> Width:
        if layer.groups != 1:
            raise _refused(name, "an ordinary convolution", f"{layer.groups} groups")
        given = given or Width(layer.in_channels, self.f * layer.in_channels)
        out = Width(layer.out_channels, self.scaled(layer.out_channels))
        new = nn.Conv2d(
            given.new, out.new, layer.kernel_size, layer.stride, layer.padding, layer.dilation,  # type: ignore[arg-type]
            bias=layer.bias is not None, padding_mode=layer.padding_mode,
        )  # fmt: skip
        return self._replace(name, new, out)

    def _linear(self, name: str, layer: nn.Linear, given: Width | None, last: bool) -> Width:
        given = given or Width(layer.in_features, self.f * layer.in_features, flat=True)
        places, odd = divmod(layer.in_features, given.old)
        if odd or (places > 1 and not given.flat):
            raise _refused(
                name, f"a multiple of the {given.old} channels before it", f"{layer.in_features} inputs"
            )
        wide = self.f * layer.out_features if last else self.scaled(layer.out_features)
        new = nn.Linear(places * given.new, wide, bias=layer.bias is not None)
        return self._replace(name, new, Width(layer.out_features, wide, flat=True))

    def _operation(self, node: fx.Node) -> Width | None:
        target = node.target
        if target in SUMS:
            terms = [self.widths[term] for term in node.args if isinstance(term, fx.Node)]
            if len(terms) != 2 or len(set(terms)) != 1:
                raise _refused(node.name, "a sum of two values of the same width", f"{terms}")
            return terms[0]
        if target in (torch.cat, torch.concat):
            return self._concatenated(node)
        if target in WIDTHLESS_FUNCTIONS or (node.op == "call_method" and target in WIDTHLESS_METHODS):
            return self._given(node)
        if target is torch.flatten or target == "flatten":
            told = [*node.args[1:2], *(value for key, value in node.kwargs.items() if key == "start_dim")]
            return self._flat(node, self._given(node), told[0] if told else 0)
        if target in ("view", "reshape") and node.args[-1] == -1 and len(node.args) == 3:
            return self._flat(node, self._given(node), 1)
        if target in ("size", getattr) or (
            target is operator.getitem and node.args[0] not in self._tensors()
        ):
            return None
        raise _refused(node.name, "an operation that can be folded", getattr(target, "__name__", str(target)))

    def _concatenated(self, node: fx.Node) -> Width:
        parts = [self.widths.get(part) for part in node.args[0]]  # type: ignore[union-attr, arg-type]
        axis = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0)
        if axis != 1 or any(part is None or part.flat for part in parts):
            raise _refused(
                node.name, "a concatenation of channels behind the first convolution", f"axis {axis}"
            )
        return Width(sum(p.old for p in parts if p), sum(p.new for p in parts if p))

    def _flat(self, node: fx.Node, given: Width | None, start: object) -> Width | None:
        if start != 1:
            raise _refused(node.name, "flattening from dimension 1", f"{start}")
        return given and Width(given.old, given.new, flat=True)

    def _given(self, node: fx.Node) -> Width | None:
        first = node.args[0] if node.args else node.kwargs.get("input")
        return self.widths[first] if isinstance(first, fx.Node) else None

    def _tensors(self) -> set[fx.Node]:
        return {node for node, width in self.widths.items() if width}

    def _replace(self, name: str, new: nn.Module, out: Width) -> Width:
        if name in self.replaced and repr(self.replaced[name]) != repr(new):
            raise _refused(name, "the same widths wherever it is used", f"{new} and {self.replaced[name]}")
        self.replaced[name] = new
        return out


def _refused(name: str, expected: str, found: Any = "") -> BadParams:
    return BadParams(what=f"layer {name} of the network to fold", expected=expected, found=str(found)[:160])
