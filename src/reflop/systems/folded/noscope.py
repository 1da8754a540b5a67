"""The video detector of NoScope (Kang et al., VLDB 2017, Table 2): two or four convolutions and two linear layers."""

from __future__ import annotations

from torch import nn

from reflop.systems.folded.folding import width
from reflop.systems.folded.tasks import Video

SIDE, CLASSES = 50, 2
DROPOUT = 0.25


def network(
    video: Video, f: int = 1, *, dropout: bool = False, multiplier: float | None = None, round_to: int = 1
) -> nn.Sequential:
    """Folded frames (B / f, 3 f, 50, 50) to (B / f, 2 f), random weights.

    conv p, conv p, pool 2/2; with four convolutions conv q, conv q, pool 2/2; linear d; linear 2 f. Without dropout,
    as the original trains, the weights stand at its positions.
    """
    p, q, d = (width(c, f, multiplier, round_to) for c in (video.filters, 2 * video.filters, video.dense))
    blocks = [(3 * f, p), (p, q)][: video.convolutions // 2]
    layers: list[nn.Module] = []
    side = SIDE
    for inputs, outputs in blocks:
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
        layers += [nn.Conv2d(outputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        layers += [nn.Dropout(DROPOUT)] if dropout else []
        side //= 2
    layers += [nn.Flatten(), nn.Linear(blocks[-1][1] * side**2, d), nn.ReLU()]
    layers += [nn.Dropout(DROPOUT)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(d, CLASSES * f))
