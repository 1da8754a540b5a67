"""Where the training of a folded network begins, and batch norm that is there only while it lasts."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import nn


@torch.no_grad()
def side_by_side(narrow: Sequence[nn.Module], network: nn.Module) -> None:
    """Let a folded network begin as narrow ones side by side, each answering for its image, nothing between them.

    Every layer's weights become blocks on the diagonal. Channels that are left over by rounding keep random inputs,
    and nothing reads them yet.
    """
    theirs = [one.state_dict() for one in narrow]
    for name, ours in network.state_dict().items():
        block = theirs[0][name].shape
        if len(block) > 1:
            ours[: len(narrow) * block[0]] = 0
        for slot, weights in enumerate(theirs):
            ours[tuple(slice(slot * size, (slot + 1) * size) for size in block[:2])] = weights[name]


@torch.no_grad()
def transplant(unfolded: nn.Module, network: nn.Module, f: int) -> None:
    """Let a folded game network begin with the unfolded one's answer to the mean of its f images.

    The first channels of every layer take over its weights, the others keep their random ones.
    """
    theirs = dict(unfolded.named_parameters())
    for name, ours in network.named_parameters():
        known = theirs[name]
        if name == "conv.0.weight":
            ours[: len(known)] = known.repeat(1, f, 1, 1) / f
        elif name == "lin.bias":
            ours.copy_(known.repeat(f))
        elif name == "lin.weight":
            ours[:, : known.shape[1]] = known.repeat(f, 1)
        else:
            ours[tuple(slice(size) for size in known.shape)] = known


def normalised(network: nn.Module) -> nn.Module:
    """The network with batch norm behind each convolution of its stack."""
    network = copy.deepcopy(network)
    stack = _stack(network)
    for place in reversed(range(len(stack))):
        if isinstance(convolution := stack[place], nn.Conv2d):
            stack.insert(place + 1, nn.BatchNorm2d(convolution.out_channels))
    return network


def merged(network: nn.Module) -> nn.Module:
    """The same function without batch norm: its scale and shift become the convolution's."""
    network = copy.deepcopy(network)
    stack = _stack(network)
    for place in reversed(range(len(stack))):
        if isinstance(stack[place], nn.BatchNorm2d):
            stack[place - 1] = nn.utils.fuse_conv_bn_eval(stack[place - 1], stack[place])  # type: ignore[type-var, arg-type]
            del stack[place]
    return network


def _stack(network: nn.Module) -> nn.Sequential:
    """Where plain convolutions are: the network itself, or its part `conv`; none in a ResNet, which has its norms."""
    return network if isinstance(network, nn.Sequential) else getattr(network, "conv", nn.Sequential())
