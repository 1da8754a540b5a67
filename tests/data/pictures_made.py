"""Small pictures for tests, each different, written as class folders."""

from pathlib import Path
from zlib import crc32

import numpy as np
from PIL import Image


def write_picture(path: Path, seed: int, size: tuple[int, int] = (6, 5)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def write_classes(root: Path, names: list[str], count: int = 5, ending: str = ".png") -> Path:
    """`count` pictures in each class folder of `root`, called 0, 1, ... with the ending."""
    for label, name in enumerate(names):
        for number in range(count):
            write_picture(root / name / f"{number}{ending}", crc32(f"{root.name} {label} {number}".encode()))
    return root
