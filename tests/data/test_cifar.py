"""CIFAR's binary files: pixels and classes where they belong, damage named, the original's held-out part."""

import random
from pathlib import Path

import numpy as np
import pytest

from reflop.data import cifar
from reflop.errors import BadFile


def write(folder: Path, name: str, count: int = 4) -> None:
    train, test, head, n = cifar.FILES[name]
    for place, file in enumerate([*train, *test]):
        records = np.zeros((count, head + 3072), np.uint8)
        records[:, :head] = (np.arange(count)[:, None] + place) % n
        records[:, head] = 10 + place  # red, first row, first column
        records[:, head + 1024 + 33] = 77  # green, second row, second column
        records.tofile(folder / file)


@pytest.mark.parametrize("name", cifar.FILES)
def test_pixels_and_classes(name: str, tmp_path: Path) -> None:
    write(tmp_path, name)
    found = cifar.read(name, tmp_path)
    pixels, labels = found["train"]
    files = len(cifar.FILES[name][0])
    assert pixels.shape == (4 * files, 3, 32, 32)
    assert labels[:5].tolist() == ([0, 1, 2, 3, 1] if files > 1 else [0, 1, 2, 3])
    assert pixels[0, 0, 0, 0] == 10
    assert pixels[3, 1, 1, 1] == 77
    assert found["test"][0][0, 0, 0, 0] == 10 + files


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    write(tmp_path, "cifar10")
    (tmp_path / "data_batch_3.bin").write_bytes(b"\0" * 3074)
    with pytest.raises(BadFile, match=r"data_batch_3\.bin.*3,073 bytes.*3,074"):
        cifar.read("cifar10", tmp_path)
    (tmp_path / "data_batch_3.bin").write_bytes(b"\x0b" + b"\0" * 3072)
    with pytest.raises(BadFile, match="classes 0 to 9, found class 11"):
        cifar.read("cifar10", tmp_path)
    (tmp_path / "data_batch_3.bin").unlink()
    with pytest.raises(BadFile, match=r"binary form of cifar10, found no file.*reflop data list cifar10"):
        cifar.read("cifar10", tmp_path)


def test_the_held_out_part_is_the_originals() -> None:
    random.seed(19)  # as the original does it, with Python's one generator
    order = list(range(50_000))
    random.shuffle(order)
    train, held_out = cifar.held_out(50_000, 2)
    assert held_out == order[-5002:]
    assert sorted(train + held_out) == list(range(50_000))
