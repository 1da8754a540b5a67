"""Pictures of one size in folders `<part>/<class>/<picture>` for training, validation and test, read into memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reflop.data import pictures
from reflop.data.image_folders import ENDINGS, listing
from reflop.errors import BadFile
from reflop.files import sha256
from reflop.progress import track

PARTS = ("train", "val", "test")
Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]


def read(
    root: Path, classes: Sequence[str], size: tuple[int, int], *, overlap: bool = False
) -> dict[str, Labelled]:
    """Pictures (N, 3, H, W) and classes (N,) of each part, class by class in order of their names.

    A class may have no picture in a part. Pictures must have their size already: resizing is the business of who
    made them.

    Raises:
        BadFile: a part that is missing or empty, a folder that is no class, a picture that cannot be read or has
            another size, or, unless `overlap`, one content in two parts.
    """
    found = {part: _listed(root / part, classes) for part in PARTS}
    if not overlap:
        _require_apart(root, found)
    return {part: _read(items, size, f"{root.name}/{part}") for part, items in found.items()}


def _listed(folder: Path, classes: Sequence[str]) -> list[tuple[Path, int]]:
    """The pictures of a part with their classes."""
    if not folder.is_dir():
        there = sorted(path.name for path in folder.parent.glob("*/")) or ["no folder"]
        raise listing(str(folder.parent), f"folders {', '.join(PARTS)}", there)
    odd = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name not in classes)
    odd = [name for name in odd if name[0] != "."]
    if odd:
        expected = f"folders named as the {len(classes)} classes ({', '.join(classes[:3])}, ...)"
        raise listing(str(folder), expected, odd)
    items = [
        (path, label)
        for label, name in enumerate(classes)
        for path in sorted((folder / name).glob("*"))
        if path.suffix.lower() in ENDINGS and path.name[0] != "."
    ]
    if not items:
        raise BadFile(what=str(folder), expected="pictures below class folders", found="none")
    return items


def _require_apart(root: Path, found: dict[str, list[tuple[Path, int]]]) -> None:
    """Raise BadFile if a picture's content is in two parts: it would be trained on and tested with."""
    owner = dict[str, tuple[str, Path]]()
    shared = []
    for part, items in found.items():
        for path, _ in track(items, f"comparing {part}"):
            first, other = owner.setdefault(sha256(path), (part, path))
            if first != part:
                shared.append(f"{path.relative_to(root)} = {other.relative_to(root)}")
    if shared:
        raise listing(str(root), "no picture in two parts", shared, "--overlap, to train all the same")


def _read(items: list[tuple[Path, int]], size: tuple[int, int], label: str) -> Labelled:
    pixels = np.empty((len(items), 3, *size), np.uint8)
    for place, (path, _) in enumerate(track(items, f"reading {label}")):
        picture = pictures.read(path)
        if picture.shape[:2] != size:
            expected, is_ = (f"{height} x {width} pixels" for height, width in (size, picture.shape[:2]))
            raise BadFile(what=str(path), expected=expected, found=is_)
        pixels[place] = picture.transpose(2, 0, 1)
    return pixels, np.array([label for _, label in items])
