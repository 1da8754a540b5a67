"""The networks of bulk inference, ready for pixels: the small one trained here, the published ones with any weights.

The weights of `resnext_small` are the kept artefact of the section `bulk.training`. The published ResNeXts come with
random weights unless a file is named; their speed does not depend on them, and their answers mean nothing.

Finding the kept artefact and its digest loads no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reflop import record as recording
from reflop.errors import BadFile, Unavailable
from reflop.files import project_root, sha256

if TYPE_CHECKING:
    from torch import nn

    from reflop.models.pixels import FromPixels

SMALL = "resnext_small"
DIGITS, IMAGENET = 10, 1000  # classes
ARTEFACT = "network"
CODE = Path(__file__).parent  # an editable install lies in a checkout, which keeps a network too
NOISE = (4, 112, 112, 3)  # pictures that the norms of a random network are set on


@dataclass(frozen=True)
class Loaded:
    """A network in evaluation mode: uint8 (B, pixels, pixels, 3) to logits (B, classes).

    `trained` is False for random weights.
    """

    module: FromPixels
    pixels: int
    trained: bool
    classes: int


def load(name: str, weights: Path | None = None) -> Loaded:
    """The network called `name`, with the weights of a file, or as the module's docstring says.

    Raises:
        BadParams: an unknown name.
        BadFile: weights that are damaged or do not fit.
        Unavailable: the small network has not been trained and kept.
    """
    from reflop.models import resnext
    from reflop.models.pixels import FromPixels

    if name == SMALL and weights is None:
        weights = kept()
    classes = DIGITS if name == SMALL else IMAGENET
    module = FromPixels(resnext.build(name, classes, weights=weights)).eval()
    if weights is None:
        settle(module)
    return Loaded(module, resnext.SIZES[name].pixels, weights is not None, classes)


def kept() -> Path:
    """The weights of the small network, of the newest kept training.

    Raises:
        Unavailable: none has been kept.
        BadFile: a file that is not the one its record names.
    """
    for root in (project_root(), project_root(CODE)):
        trainings = recording.read_all(root / "results", "bulk.training")
        if found := [record for record in trainings if ARTEFACT in record.artefacts]:
            break
    else:
        then = "reflop run bulk.training --preset long, then reflop keep bulk.training"
        raise Unavailable(what=SMALL, expected="trained weights in artefacts/", found="none", then=then)
    record = found[-1]
    path = root / "artefacts" / Path(record.file_name).with_suffix("") / f"{ARTEFACT}.safetensors"
    expected = record.artefacts[ARTEFACT]
    digest = sha256(path) if path.is_file() else "none"
    if digest != expected:
        then = "reflop keep bulk.training"
        raise BadFile(what=str(path), expected=expected[:12], found=digest[:12], then=then)
    return path


def digests(name: str) -> dict[str, str]:
    """What a section that runs the network `name` states as its data: the kept weights, if it has any."""
    if name != SMALL:
        return {}
    try:
        return {SMALL: sha256(kept())}
    except Unavailable:
        return {}  # the section says so when it runs


def settle(module: nn.Module) -> None:
    """Give every batch norm the mean and variance that four pictures of noise bring, one set for good.

    Without it the activations of a hundred random layers grow or vanish. In float64 and then rounded to the 8 bits of
    bfloat16, so that machines and numbers of threads, whose sums differ in the last bits, make the same network.
    """
    import copy

    import torch

    wide = copy.deepcopy(module).double().train()
    norms = [layer for layer in wide.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain average over all batches
    pictures = torch.randint(256, NOISE, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        wide(pictures)
    found = wide.state_dict()
    rounded = {key: value.bfloat16() for key, value in found.items() if ".running_" in key}
    module.load_state_dict(found | rounded)  # copies into float32
