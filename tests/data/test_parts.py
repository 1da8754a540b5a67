"""Class folders in three parts: what is read, and what is wrong with those that cannot be."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reflop.data import parts
from reflop.errors import BadFile

CLASSES = ("0", "1", "other")


def write(root: Path, size: tuple[int, int] = (6, 9)) -> Path:
    for number, part in enumerate(parts.PARTS):
        for label, name in enumerate(CLASSES[:2]):  # no picture of "other": allowed
            folder = root / part / name
            folder.mkdir(parents=True)
            for copy in range(2):
                pixels = np.full((*size, 3), 100 * label + 10 * number + copy, np.uint8)
                Image.fromarray(pixels).save(folder / f"{copy}.png")
    return root


def test_pictures_come_class_by_class(tmp_path: Path) -> None:
    found = parts.read(write(tmp_path), CLASSES, (6, 9))
    pixels, labels = found["val"]
    assert pixels.shape == (4, 3, 6, 9)
    assert pixels[:, 0, 0, 0].tolist() == [10, 11, 110, 111]
    assert labels.tolist() == [0, 0, 1, 1]


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    root = write(tmp_path)
    with pytest.raises(BadFile, match="12 x 9 pixels, found 6 x 9 pixels"):
        parts.read(root, CLASSES, (12, 9))
    (root / "test" / "1" / "same.png").write_bytes((root / "train" / "0" / "0.png").read_bytes())
    with pytest.raises(
        BadFile, match=r"no picture in two parts, found test/1/same\.png = train/0/0\.png.*--overlap"
    ):
        parts.read(root, CLASSES, (6, 9))
    assert len(parts.read(root, CLASSES, (6, 9), overlap=True)["test"][1]) == 5
    (root / "val" / "2").mkdir()
    with pytest.raises(BadFile, match=r"the 3 classes \(0, 1, other, \.\.\.\), found 2"):
        parts.read(root, CLASSES, (6, 9), overlap=True)
    (root / "val").rename(root / "validation")
    with pytest.raises(BadFile, match="folders train, val, test, found test, train, validation"):
        parts.read(root, CLASSES, (6, 9), overlap=True)
    (root / "val").mkdir()
    with pytest.raises(BadFile, match="pictures below class folders, found none"):
        parts.read(root, CLASSES, (6, 9), overlap=True)
