"""A task that a tiny network learns in a few steps: which of three bars is lit."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor, nn

from reflop.train import batches


def pictures(count: int = 60, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Noisy pictures (count, 1, 6, 6) as bytes, and which pair of rows is bright."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 3
    images = torch.randint(0, 60, (count, 1, 6, 6), generator=generator)
    for image, label in zip(images, labels, strict=True):
        image[:, 2 * label : 2 * label + 2] += 150
    return images.to(torch.uint8), labels


def network(seed: int = 0, dropout: float = 0.0) -> nn.Sequential:
    torch.manual_seed(seed)
    features = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU()
    return nn.Sequential(*features, nn.Dropout(dropout), nn.Flatten(), nn.Linear(144, 3))


def epoch(
    images: Tensor, labels: Tensor, size: int = 16
) -> Callable[[Generator, int], Iterator[tuple[Tensor, Tensor]]]:
    """The training batches of one epoch, moved and scaled."""

    def taken(generator: Generator, _: int) -> Iterator[tuple[Tensor, Tensor]]:
        for x, y in batches.shuffled(images, labels, size, generator):
            yield batches.shift_and_flip(x, generator, 1) / 255, y

    return taken
