"""Batches of pictures that fit into memory: kept as bytes, shuffled, shifted, flipped and scaled as they are taken."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor


def shuffled(
    images: Tensor, labels: Tensor, batch_size: int, generator: Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Each picture once, in random order; the last batch may be short."""
    for chosen in torch.randperm(len(images), generator=generator).split(batch_size):
        yield images[chosen], labels[chosen]


def in_order(images: Tensor, labels: Tensor, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Each picture once, as they lie."""
    yield from zip(images.split(batch_size), labels.split(batch_size), strict=True)


def shift_and_flip(images: Tensor, generator: Generator, pixels: int = 4) -> Tensor:
    """Move each picture by up to `pixels` down or up and right or left, and mirror every second: (B, C, H, W).

    What moves in at an edge is the picture's own reflection there, so no border appears that test pictures lack.
    The whole batch is one gather of bytes.

    Raises:
        IndexError: `pixels` reaches past the far edge.
    """
    count, _, height, width = images.shape
    draw = torch.randint(-pixels, pixels + 1, (2, count, 1), generator=generator)
    rows = _reflected(torch.arange(height) + draw[0], height)  # (B, H)
    columns = _reflected(torch.arange(width) + draw[1], width)  # (B, W)
    mirrored = torch.rand(count, 1, generator=generator) < 0.5
    columns = torch.where(mirrored, columns.flip(1), columns)
    which = torch.arange(count)[:, None, None]
    moved: Tensor = images[which, :, rows[:, :, None], columns[:, None, :]]  # (B, H, W, C)
    return moved.permute(0, 3, 1, 2)


def _reflected(position: Tensor, size: int) -> Tensor:
    """Positions outside 0 .. size - 1, mirrored at the first and the last one: -1 becomes 1."""
    return (size - 1) - ((size - 1) - position.abs()).abs()


def normalised(images: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """Bytes (B, C, H, W) to float32 of mean 0 and deviation 1 per channel; both are given for values of 0 to 1.

    >>> normalised(torch.tensor([[[[255]]]], dtype=torch.uint8), torch.tensor([0.5]), torch.tensor([0.25]))
    tensor([[[[2.]]]])
    """
    scale = deviation.to(images.device).reciprocal() / 255
    return (
        images * scale[:, None, None] - (mean.to(images.device) / deviation.to(images.device))[:, None, None]
    )
