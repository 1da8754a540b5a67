"""CIFAR-10 and CIFAR-100 in their binary form; the pickled form could run code and is not read.

A record is one byte of class (CIFAR-100: coarse, then fine), then 3,072 bytes: red, green, blue, row by row.
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reflop.errors import BadFile

Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]
PIXELS = 3 * 32 * 32
FILES = {
    "cifar10": ([f"data_batch_{i}.bin" for i in range(1, 6)], ["test_batch.bin"], 1, 10),
    "cifar100": (["train.bin"], ["test.bin"], 2, 100),
}
VALIDATION, SHUFFLE = 5000, 19  # pictures, and the original's seed


def read(name: str, folder: Path) -> dict[str, Labelled]:
    """Training and test pictures (N, 3, 32, 32) with their classes (N,).

    Raises:
        BadFile: a file that is missing, holds no whole records, or a class that does not exist.
    """
    train, test, head, n = FILES[name]
    return {"train": _joined(name, folder, train, head, n), "test": _joined(name, folder, test, head, n)}


def _joined(name: str, folder: Path, files: list[str], head: int, n: int) -> Labelled:
    records = []
    for path in (folder / file for file in files):
        if not path.is_file():
            then = f"reflop data list {name}"
            raise BadFile(what=str(path), expected=f"the binary form of {name}", found="no file", then=then)
        content = np.fromfile(path, np.uint8)
        if not len(content) or len(content) % (head + PIXELS):
            expected = f"records of {head + PIXELS:,} bytes"
            raise BadFile(what=str(path), expected=expected, found=f"{len(content):,} bytes")
        records.append(content.reshape(-1, head + PIXELS))
        if (worst := int(records[-1][:, head - 1].max())) >= n:
            raise BadFile(what=str(path), expected=f"classes 0 to {n - 1}", found=f"class {worst}")
    together = np.concatenate(records)
    return together[:, head:].reshape(-1, 3, 32, 32), together[:, head - 1].astype(np.int64)


def held_out(count: int, f: int) -> tuple[list[int], list[int]]:
    """Which training pictures train and which validate, as the original parts them for a fold.

    It shuffles all numbers with Python's generator from 19 and holds out the last 5,000, raised to the next multiple
    of the fold, by a whole fold if they are one already.

    >>> [len(held_out(50_000, f)[1]) for f in (1, 2, 3, 4)]
    [5001, 5002, 5001, 5004]
    """
    order = list(range(count))
    random.Random(SHUFFLE).shuffle(order)
    size = VALIDATION + f - VALIDATION % f
    return order[:-size], order[-size:]
