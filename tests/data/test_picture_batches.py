"""Batches of decoded pictures, and the original's channel statistics, against torchvision and by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from reflop.data import image_folders
from reflop.data.picture_batches import batches, channel_statistics, whole
from reflop.errors import BadFile, BadParams
from tests.data.pictures_made import write_classes, write_picture


@pytest.fixture
def items(tmp_path: Path) -> list[image_folders.Item]:
    return [(write_picture(tmp_path / f"{i}.png", i, (4 + i, 9)), i % 3) for i in range(7)]


def test_batches_are_the_pictures_in_order(items: list[image_folders.Item]) -> None:
    found = list(batches(items, (4, 6), 3))
    assert [tuple(images.shape) for images, _ in found] == [(3, 3, 4, 6), (3, 3, 4, 6), (1, 3, 4, 6)]
    assert torch.cat([labels for _, labels in found]).tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert found[0][0].dtype == torch.uint8
    first = np.asarray(Image.open(items[0][0]).resize((6, 4), Image.Resampling.BILINEAR))
    assert np.array_equal(found[0][0][0].permute(1, 2, 0).numpy(), first)


def test_threads_and_batch_size_change_nothing(items: list[image_folders.Item]) -> None:
    images, labels = whole(items, (5, 5))
    for size, threads in ((1, 1), (2, 3), (100, 2)):
        parts = list(batches(items, (5, 5), size, threads=threads))
        assert torch.equal(torch.cat([x for x, _ in parts]), images)
        assert torch.equal(torch.cat([y for _, y in parts]), labels)


def test_a_bad_picture_stops_or_is_counted(items: list[image_folders.Item]) -> None:
    items[2][0].write_bytes(b"text")
    items[5][0].write_bytes(items[5][0].read_bytes()[:60])
    with pytest.raises(BadFile, match=r"picture 2, .*2\.png"):
        list(batches(items, (4, 4), 2, threads=2))
    skipped: list[BadFile] = []
    _, labels = whole(items, (4, 4), skipped=skipped)
    assert labels.tolist() == [0, 1, 0, 1, 0]
    assert [str(error).split(",")[0] for error in skipped] == ["picture 2", "picture 5"]
    with pytest.raises(BadParams, match="2 bad ones"):
        whole([items[2], items[5]], (4, 4), skipped=[])
    with pytest.raises(BadParams, match="at least one"):
        list(batches([], (4, 4)))


def test_channel_statistics_by_hand() -> None:
    """Batches of values (0, 1) and (0, 0, 1): means 1/2 and 1/3, deviations sqrt(1/2) and sqrt(1/3), equal weight."""
    bits = [torch.tensor([0, 255]), torch.tensor([0, 0, 255])]
    stream = [(b.to(torch.uint8).reshape(-1, 1, 1, 1), b) for b in bits]
    mean, deviation = channel_statistics(stream)
    assert mean.item() == pytest.approx((1 / 2 + 1 / 3) / 2)
    assert deviation.item() == pytest.approx((math.sqrt(1 / 2) + math.sqrt(1 / 3)) / 2)


def test_channel_statistics_are_those_of_the_original(tmp_path: Path) -> None:
    found = image_folders.load(write_classes(tmp_path, ["a", "b"], 6))
    stream = list(batches(found.train, (8, 8), 3))
    mean, deviation = torch.zeros(3), torch.zeros(3)
    for images, _ in stream:  # the original's loop, over float32 pictures of 0 to 1
        mean += torch.mean(images.float() / 255, dim=(0, 2, 3))
        deviation += torch.std(images.float() / 255, dim=(0, 2, 3))
    ours = channel_statistics(stream)
    torch.testing.assert_close(ours[0], mean / len(stream))
    torch.testing.assert_close(ours[1], deviation / len(stream))
    with pytest.raises(BadParams):
        channel_statistics([])
