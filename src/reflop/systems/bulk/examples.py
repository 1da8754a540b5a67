"""Digit scenes as a network of bulk inference meets them: preprocessed, uint8 (N, 64, 64, 3).

A scene shows the same at every size, so it is drawn at once at the size that preprocessing resizes a file of 480 x 640
to; what is left of preprocessing is the crop of the centre.
"""

from __future__ import annotations

import torch
from torch import Tensor

from reflop.data import scenes
from reflop.progress import track
from reflop.systems.bulk.preprocess import KEPT


def digit_scenes(count: int, seed: int, part: scenes.Part, pixels: int = 64) -> tuple[Tensor, Tensor]:
    """Pixels (count, P, P, 3) and labels (count,) of the first scenes of a part.

    >>> pixels, labels = digit_scenes(2, seed=0, part="train")
    >>> pixels.shape, pixels.dtype
    (torch.Size([2, 64, 64, 3]), torch.uint8)
    """
    height, width = scenes.SIZE
    short = int(pixels / KEPT)
    size = (short, int(short * width / height))
    top, left = round((size[0] - pixels) / 2), round((size[1] - pixels) / 2)
    found, labels = (
        torch.empty((count, pixels, pixels, 3), dtype=torch.uint8),
        torch.empty(count, dtype=torch.int64),
    )
    for index in track(range(count), f"{part} scenes"):
        picture, labels[index] = scenes.scene(index, seed, size, part)
        cropped = picture.crop((left, top, left + pixels, top + pixels))
        found[index] = torch.frombuffer(bytearray(cropped.tobytes()), dtype=torch.uint8).reshape(
            pixels, pixels, 3
        )
    return found, labels
