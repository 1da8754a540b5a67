"""Decode labelled pictures in batches: constant memory, one size, and every bad picture named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reflop.data import pictures
from reflop.data.image_folders import Item
from reflop.errors import BadFile, BadParams


def batches(
    items: Sequence[Item],
    size: tuple[int, int],
    batch_size: int = 32,
    *,
    skipped: list[BadFile] | None = None,
    threads: int = 1,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Pictures (B, 3, H, W) of type uint8 and labels (B,), in order; only one batch is held at a time.

    With a list for `skipped`, bad pictures are left out and their errors are put there, so that they can be counted;
    without, the first one stops everything. `threads` decode side by side.

    Raises:
        BadParams: no item.
        BadFile: a picture that cannot be decoded, by file and position.
    """
    if not items:
        raise BadParams(what="pictures", expected="at least one", found="none")

    def attempt(position: int) -> NDArray[np.uint8] | BadFile:
        try:
            return pictures.read(items[position][0], size, index=position)
        except BadFile as error:
            return error

    with ThreadPoolExecutor(threads) as pool:
        side_by_side = pool.map if threads > 1 else map
        for start in range(0, len(items), batch_size):
            positions = range(start, min(start + batch_size, len(items)))
            good: list[NDArray[np.uint8]] = []
            labels: list[int] = []
            for position, result in zip(positions, side_by_side(attempt, positions), strict=True):
                if not isinstance(result, BadFile):
                    good.append(result)
                    labels.append(items[position][1])
                elif skipped is None:
                    raise result
                else:
                    skipped.append(result)
            if good:
                images = torch.from_numpy(np.stack(good)).permute(0, 3, 1, 2).contiguous()
                yield images, torch.tensor(labels)


def whole(
    items: Sequence[Item],
    size: tuple[int, int],
    *,
    skipped: list[BadFile] | None = None,
    threads: int = 1,
) -> tuple[Tensor, Tensor]:
    """All pictures (N, 3, H, W) of type uint8 and labels (N,), for sets that fit into memory."""
    parts = list(batches(items, size, 256, skipped=skipped, threads=threads))
    if not parts:
        raise BadParams(
            what="pictures", expected="at least one that can be read", found=f"{len(items)} bad ones"
        )
    return torch.cat([images for images, _ in parts]), torch.cat([labels for _, labels in parts])


def channel_statistics(stream: Iterable[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Mean (C,) and standard deviation (C,) of pictures scaled to 0..1, as the original normalises.

    Both are means over batches, the deviation that of each batch (n - 1 below it), all batches of equal weight, also
    a short last one; so they depend, slightly, on the batch size.

    >>> black_and_white = torch.tensor([0, 255], dtype=torch.uint8).reshape(1, 1, 1, 2)
    >>> channel_statistics([(black_and_white, torch.tensor([0]))])
    (tensor([0.5000]), tensor([0.7071]))
    """
    means, deviations = [], []
    for images, _ in stream:
        values = images.double() / 255
        means.append(values.mean((0, 2, 3)))
        deviations.append(values.std((0, 2, 3)))
    if not means:
        raise BadParams(what="channel statistics", expected="at least one batch", found="none")
    return torch.stack(means).mean(0).float(), torch.stack(deviations).mean(0).float()
