"""The frozen networks that give image features: torchvision's of the original, and the small ones trained here.

The classifier is gone; what remains are the children in their order, under their own names, as an `nn.Sequential`
that `cutting.cut` can end earlier. Weights come from a file that the user names, never from a download.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from reflop.errors import BadParams
from reflop.models import checkpoints, initial, small_cnn
from reflop.params import unknown

VGG = ("vgg16", "vgg19")
RESNET = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
DENSENET = ("densenet121", "densenet169", "densenet201")
NAMES = (*VGG, *RESNET, *DENSENET, *small_cnn.SIZES)

Option = Literal["full", "noavgpool", "norelu", "norelu_maxpool"]
CLASSIFIER = ("fc.", "classifier.", "head.")


def build(
    name: str,
    option: Option = "full",
    *,
    weights: Path | None = None,
    dtype: torch.dtype = torch.float32,
    seed: int = 0,
    device: str = "cpu",
) -> nn.Sequential:
    """The feature layers of `name`, ready to use (evaluation mode): (B, 3, H, W) -> (B, C, h, w).

    - VGG: `norelu` leaves out the last ReLU and keeps the pooling after it, `norelu_maxpool` both.
    - ResNet and small networks: `full` ends with the average pooling, `noavgpool` before it.
    - DenseNet: ends with norm5, before the network's own last ReLU, so features have both signs; options do nothing.

    `weights` is a published or own checkpoint, with or without classifier; without, the weights are random.

    Raises:
        BadParams: an unknown name, or an option that this kind of network does not have.
        BadFile: a checkpoint that is damaged or of another network.
    """
    if name not in NAMES:
        raise unknown(name, list(NAMES), "backbone")
    if option not in (allowed := options(name)):
        raise BadParams(what=f"option of {name}", expected=" or ".join(allowed), found=repr(option))
    module = initial.built(lambda: _children(name, option), device, seed)
    if weights is not None:
        checkpoints.fill(module, _features(checkpoints.read(weights), module), f"{weights} for {name}")
    return module.to(dtype).eval()


def options(name: str) -> tuple[str, ...]:
    """The options that a network takes; DenseNets take all of them, to no effect, as in the original."""
    if name in VGG:
        return ("full", "norelu", "norelu_maxpool")
    return ("full", "noavgpool", "norelu", "norelu_maxpool") if name in DENSENET else ("full", "noavgpool")


def input_shape(name: str) -> tuple[int, int, int]:
    """Channels and pixels of the pictures that a network was made for.

    >>> input_shape("resnet50"), input_shape("small_digits")
    ((3, 224, 224), (1, 8, 8))
    """
    size = small_cnn.SIZES.get(name)
    return (size.channels, size.pixels, size.pixels) if size else (3, 224, 224)


def _children(name: str, option: str) -> nn.Sequential:
    """The children that stay, under their own names."""
    if name in small_cnn.SIZES:
        whole: nn.Module = small_cnn.build(name, device="meta")
    else:
        from torchvision import models

        whole = getattr(models, name)(weights=None)
    if name in VGG + DENSENET:
        children = list(whole.features.named_children())  # type: ignore[operator, union-attr]
        gone = {"norelu": {-2}, "norelu_maxpool": {-2, -1}}.get(option, set()) if name in VGG else set()
        children = [child for place, child in enumerate(children, -len(children)) if place not in gone]
    else:
        names = [child for child, _ in whole.named_children()]
        pool = names.index("avgpool" if name in RESNET else "pool")
        children = list(whole.named_children())[: pool + (option != "noavgpool")]
    return nn.Sequential(OrderedDict(children))


def _features(tensors: dict[str, Tensor], module: nn.Module) -> dict[str, Tensor]:
    """The tensors of a checkpoint under the names they have in `module`, without those of the classifier.

    Published DenseNets write `norm.1` for `norm1`; files from before torch 0.4.1 have no `num_batches_tracked`, which
    only counts training steps.
    """
    found = {}
    for name, tensor in tensors.items():
        if not name.startswith(CLASSIFIER):
            plain = re.sub(
                r"(denselayer\d+\.(?:norm|relu|conv))\.([12])\.", r"\1\2.", name.removeprefix("features.")
            )
            found[plain] = tensor
    for name, own in module.state_dict().items():
        if name.endswith(".num_batches_tracked") and name not in found:
            found[name] = torch.zeros_like(own)
    return found
