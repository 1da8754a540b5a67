"""Every picture once, moved and mirrored as drawn, against one picture at a time."""

import pytest
import torch
from torch import Tensor

from reflop.train import batches


def bytes_of(count: int, channels: int = 3, height: int = 9, width: int = 11) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, channels, height, width), generator=generator, dtype=torch.uint8)


def test_an_epoch_shows_every_picture_once_and_the_seed_decides_the_order() -> None:
    images, labels = torch.arange(10).reshape(10, 1, 1, 1), torch.arange(10)

    def order(seed: int) -> list[int]:
        generator = torch.Generator().manual_seed(seed)
        parts = list(batches.shuffled(images, labels, 4, generator))
        assert [len(y) for _, y in parts] == [4, 4, 2]
        assert all(torch.equal(x.flatten(), y) for x, y in parts)
        return torch.cat([y for _, y in parts]).tolist()

    assert sorted(order(0)) == list(range(10))
    assert order(0) == order(0) != order(1)


def test_in_order_is_in_order() -> None:
    parts = list(batches.in_order(torch.arange(5)[:, None], torch.arange(5), 2))
    assert [y.tolist() for _, y in parts] == [[0, 1], [2, 3], [4]]


def test_a_shift_is_a_window_of_the_reflected_picture() -> None:
    """Each result must be one of the 49 windows of the reflection-padded picture, plain or mirrored."""
    images = bytes_of(40)
    moved = batches.shift_and_flip(images, torch.Generator().manual_seed(1), 3)
    assert moved.dtype == torch.uint8
    padded = torch.nn.functional.pad(images.float(), (3, 3, 3, 3), mode="reflect").to(torch.uint8)
    seen = set()
    for whole, result in zip(padded, moved, strict=True):
        windows = {
            (down, right, flip): whole[:, down : down + 9, right : right + 11].flip([2] if flip else [])
            for down in range(7)
            for right in range(7)
            for flip in (False, True)
        }
        fits = [place for place, window in windows.items() if torch.equal(window, result)]
        assert len(fits) == 1
        seen.add(fits[0])
    assert len({down for down, _, _ in seen}) == len({right for _, right, _ in seen}) == 7
    assert {flip for _, _, flip in seen} == {False, True}


def test_no_shift_leaves_the_picture_or_its_mirror_image() -> None:
    images = bytes_of(30)
    moved = batches.shift_and_flip(images, torch.Generator().manual_seed(0), 0)
    kinds = [(torch.equal(a, b), torch.equal(a, b.flip(2))) for a, b in zip(images, moved, strict=True)]
    assert set(kinds) == {(True, False), (False, True)}


def test_a_shift_beyond_the_picture_is_an_error() -> None:
    with pytest.raises(IndexError):
        batches.shift_and_flip(bytes_of(50, 1, 2, 2), torch.Generator().manual_seed(0), 4)


def test_normalised_pictures_have_mean_0_and_deviation_1() -> None:
    from reflop.data.picture_batches import channel_statistics

    images = bytes_of(20)
    images[:, 1] //= 3
    mean, deviation = channel_statistics([(images, torch.zeros(20))])
    values = batches.normalised(images, mean, deviation)
    assert values.dtype == torch.float32
    torch.testing.assert_close(values.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(values.std((0, 2, 3)), torch.ones(3))
