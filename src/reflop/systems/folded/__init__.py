"""FoldedCNNs (Kosaian et al., ICML 2021): several images stacked along the channels of one network.

    from reflop.systems.folded import build, fold, unfold
    network = build("apex/squad_count_v2", fold=2)          # two images (1, 6, 19, 25) to 44 logits
    logits = unfold(network(fold(images, 2)), 2)            # images (B, 3, 19, 25) to (B, 22)

Importing the package loads no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reflop.systems.folded.counting import flops, intensity
    from reflop.systems.folded.curriculum import active_classes
    from reflop.systems.folded.folding import FoldedClassifier, fold, unfold
    from reflop.systems.folded.networks import build
    from reflop.systems.folded.transform import fold_module

__all__ = [
    "FoldedClassifier",
    "active_classes",
    "build",
    "flops",
    "fold",
    "fold_module",
    "intensity",
    "unfold",
]
_HOMES = {
    "FoldedClassifier": "folding", "active_classes": "curriculum", "build": "networks", "flops": "counting",
    "fold": "folding", "fold_module": "transform", "intensity": "counting", "unfold": "folding",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """The public names, loaded with torch when first asked for."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
