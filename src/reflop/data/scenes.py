"""Digit scenes: a real handwritten digit, enlarged, tinted and turned, somewhere on a piece of a real photograph.

Digits and photographs are scikit-learn's (`reflop.data.embedded`); composing them is synthetic, and no published data
set looks like this. The label is the digit. Digits are parted before scenes are made: the first 80 % of each class for
training, the others, mostly by other writers, for testing, so no digit is in both.

Everything about scene i is drawn from a generator of its own and in shares of the picture's height, so it depends
neither on how many there are nor on the size: the scene of 480 x 640 and that of 73 x 97 show the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray
from PIL import Image

from reflop.data import embedded
from reflop.data.odd_pictures import write_odd

__all__ = ["pictures", "scene", "write", "write_odd"]

Part = Literal["train", "test"]
PARTS: tuple[Part, ...] = ("train", "test")
SHARE = 0.8  # of each class that is trained on
SIZE = (480, 640)  # height and width of a file
QUALITY = 90  # of its JPEG
KEPT = 0.875  # the centre square, as a share of the height, that preprocessing keeps: the digit lies in it
DIGIT = (0.35, 0.6)  # side of the digit, in heights
TURN_DEGREES = 15.0


def pictures(
    count: int, seed: int = 0, size: tuple[int, int] = SIZE, part: Part = "test"
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Scenes (count, H, W, 3), red, green, blue, and their labels (count,).

    >>> scenes, labels = pictures(2, size=(24, 32))
    >>> scenes.shape, bool((pictures(3, size=(24, 32))[0][:2] == scenes).all())
    ((2, 24, 32, 3), True)
    """
    scenes = np.empty((count, *size, 3), np.uint8)
    labels = np.empty(count, np.int64)
    for index in range(count):
        picture, labels[index] = scene(index, seed, size, part)
        scenes[index] = np.asarray(picture)
    return scenes, labels


def write(folder: Path, count: int, seed: int = 0, size: tuple[int, int] = SIZE, part: Part = "test") -> None:
    """The same scenes as JPEG files `<digit>/<index>.jpg` below `folder`."""
    for index in range(count):
        picture, label = scene(index, seed, size, part)
        target = folder / str(label)
        target.mkdir(parents=True, exist_ok=True)
        picture.save(target / f"{index:06d}.jpg", quality=QUALITY)


def scene(index: int, seed: int, size: tuple[int, int], part: Part) -> tuple[Image.Image, int]:
    """Scene `index` of `seed` and `part`, and its label."""
    rng = np.random.default_rng(SeedSequence(seed, spawn_key=(PARTS.index(part), index)))
    digits, labels = _digits(part)
    which = int(rng.integers(len(labels)))
    picture = _background(rng, size)
    _draw(picture, digits[which], rng)
    return picture, int(labels[which])


@cache
def _digits(part: Part) -> tuple[list[Image.Image], list[int]]:
    """The digits of a part as grey pictures of 10 x 10, an empty border around each, and their labels."""
    images, classes = embedded.digits()
    chosen = np.sort(np.concatenate(list(_positions(classes, part))))
    grey = np.pad(np.rint(images[chosen] * (255 / 16)).astype(np.uint8), ((0, 0), (1, 1), (1, 1)))
    return [Image.fromarray(image) for image in grey], classes[chosen].tolist()


def _positions(classes: NDArray[np.int64], part: Part) -> Iterator[NDArray[np.int64]]:
    """Where the digits of a part are, class by class."""
    for label in range(10):
        places = np.flatnonzero(classes == label)
        first = int(SHARE * len(places))
        yield places[:first] if part == "train" else places[first:]


@cache
def _photographs() -> tuple[Image.Image, ...]:
    return tuple(Image.fromarray(pixels) for _, pixels in sorted(embedded.photographs().items()))


def _background(rng: Generator, size: tuple[int, int]) -> Image.Image:
    """A piece of one photograph, of random size and place, sometimes mirrored."""
    height, width = size
    photographs = _photographs()
    photograph = photographs[int(rng.integers(len(photographs)))]
    largest = min(photograph.height, photograph.width * height / width)
    tall = rng.uniform(0.3, 1.0) * largest
    wide = tall * width / height
    top, left = rng.uniform(0, 1, 2) * (photograph.height - tall, photograph.width - wide)
    box = (float(left), float(top), float(left + wide), float(top + tall))
    piece = photograph.resize((width, height), Image.Resampling.BILINEAR, box=box)
    return piece.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else piece


def _draw(picture: Image.Image, digit: Image.Image, rng: Generator) -> None:
    """Paint `digit` into the centre square of `picture`: light where that is dark, dark where it is light."""
    height = picture.height
    side, turn = rng.uniform(*DIGIT) * height, math.radians(rng.uniform(-TURN_DEGREES, TURN_DEGREES))
    room = KEPT * height - side  # for its centre, in the square
    across, down = rng.uniform(-0.5, 0.5, 2) * room
    centre = (picture.width / 2 + across, height / 2 + down)
    reach = math.ceil(side)  # half of the patch that holds the turned digit, its border included
    left, top = math.floor(centre[0]) - reach, math.floor(centre[1]) - reach
    mask = _enlarged(digit, side, turn, (centre[0] - left, centre[1] - top), 2 * reach)
    x, y, half = (float(value) for value in (*centre, side / 2))
    below = picture.resize((1, 1), Image.Resampling.BOX, box=(x - half, y - half, x + half, y + half))
    extreme = 255 if np.asarray(below).mean() < 128 else 0
    tint = (0.35 * rng.uniform(0, 255, 3) + 0.65 * extreme).astype(int).tolist()
    opacity = rng.uniform(0.85, 1.0)
    picture.paste(tuple(tint), (left, top), mask.point([int(opacity * value) for value in range(256)]))


def _enlarged(
    digit: Image.Image, side: float, turn: float, centre: tuple[float, float], patch: int
) -> Image.Image:
    """The digit's 8 x 8 pixels as `side` pixels around `centre` of a square patch, turned by `turn` radians."""
    step = 8 / side  # pixels of the digit for one of the patch
    cosine, sine = step * math.cos(turn), step * math.sin(turn)
    x, y = centre
    middle = digit.width / 2
    affine = (
        cosine, sine, middle - cosine * x - sine * y,
        -sine, cosine, middle + sine * x - cosine * y,
    )  # fmt: skip
    return digit.transform((patch, patch), Image.Transform.AFFINE, affine, Image.Resampling.BICUBIC)
