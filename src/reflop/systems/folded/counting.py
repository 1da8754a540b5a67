"""Operations and traffic of the published networks, layer by layer, by the rules of the original's two scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from reflop.errors import BadParams
from reflop.systems.folded import networks

Convention = Literal["macs", "published"]


@dataclass(frozen=True)
class Layer:
    """A convolution or linear layer at one input: its multiply-accumulates, bias additions and elements moved."""

    name: str
    kind: Literal["conv", "linear"]
    macs: int
    bias: int
    inputs: int
    outputs: int
    weights: int

    @property
    def operations(self) -> int:
        """Two for each multiply-accumulate, one for each bias."""
        return 2 * self.macs + self.bias

    def intensity(self, inputs: float = 1.0, bytes_per_element: float = 2.0) -> float:
        """Operations per byte moved for so many inputs at once; biases are not counted as traffic."""
        return intensity_of([self], inputs, bytes_per_element)


def layers(module: nn.Module, example: Tensor) -> list[Layer]:
    """What each convolution and linear layer does for `example`, which holds one input; costs nothing on "meta"."""
    found: list[Layer] = []

    def hook(name: str) -> object:
        def told(layer: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> None:
            weight = layer.get_parameter("weight")
            places = out.numel() // out.shape[1]
            kind: Literal["conv", "linear"] = "conv" if weight.ndim == 4 else "linear"
            bias = out.numel() if getattr(layer, "bias", None) is not None else 0
            found.append(
                Layer(
                    name, kind, places * weight.numel(), bias, given[0].numel(), out.numel(), weight.numel()
                )
            )

        return told

    handles = [
        part.register_forward_hook(hook(name))  # type: ignore[arg-type]
        for name, part in module.named_modules()
        if isinstance(part, nn.Conv2d | nn.Linear)
    ]
    try:
        with torch.no_grad():
            module(example)
    finally:
        for handle in handles:
            handle.remove()
    return found


def of(name: str, fold: int = 1) -> list[Layer]:
    """The layers of a published network at one input, which holds `fold` images."""
    module = networks.build(name, fold, device="meta")
    return layers(module, networks.example(name, fold, device="meta"))


def flops(name: str, fold: int = 1, convention: Convention = "macs") -> int:
    """Operations for one input of the network, which holds `fold` images (one if it is compound-scaled).

    "macs" is two for each multiply-accumulate of convolutions and linear layers. "published" is the original's table:
    it adds the biases of convolutions twice, and counts the linear layer of the six game networks double.

    >>> flops("lol/goldnumber-fraction", 4, "published"), flops("noscope_coral", convention="published")
    (74843392, 16400512)

    Raises:
        BadParams: an unknown name or convention, or a fold that is no whole number from 1.
    """
    if convention not in ("macs", "published"):
        raise BadParams(what="convention", expected="macs or published", found=repr(convention)[:40])
    found = of(name, fold)
    return published_of(name, found) if convention == "published" else 2 * sum(layer.macs for layer in found)


def published_of(name: str, found: list[Layer]) -> int:
    """What the original's table has for the network `name` with these layers."""
    twice = 2 if "/" in name and not name.startswith(networks.SCALED) else 1
    return 2 * sum(layer.macs + layer.bias if layer.kind == "conv" else twice * layer.macs for layer in found)


def intensity(name: str, fold: int = 1, batch: int = 1024, bytes_per_element: float = 2) -> float:
    """Aggregate arithmetic intensity in FLOP per byte of a batch of images, by the original's rule.

    Every convolution and linear layer reads its input and its weights and writes its output; nothing else counts. The
    rule has batch / fold inputs, for compound-scaled networks too (which hold one image each: with twice the batch
    at fold 2 they get what is theirs).

    >>> round(intensity("lol/goldnumber-fraction"), 2), round(intensity("noscope_taipei", 4), 2)
    (87.33, 374.64)

    Raises:
        BadParams: an unknown name, a fold that is no whole number from 1, or no positive batch or size.
    """
    if batch <= 0 or bytes_per_element <= 0:
        found = f"{batch} and {bytes_per_element}"
        raise BadParams(what="batch and bytes per element", expected="positive numbers", found=found)
    return intensity_of(of(name, fold), batch / fold, bytes_per_element)


def intensity_of(found: list[Layer], inputs: float, bytes_per_element: float) -> float:
    """Operations per byte of layers that run one after the other, each through memory."""
    operations = inputs * sum(layer.operations for layer in found)
    moved = sum(layer.weights for layer in found) + inputs * sum(
        layer.inputs + layer.outputs for layer in found
    )
    return operations / (bytes_per_element * moved)
