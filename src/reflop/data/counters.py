"""Counters of games: a number in a fixed place over moving scenery, blurred and stored as JPEG, as in a recording.

The scenery is pieces of scikit-learn's photographs, the digits are a font that matplotlib brings; composing them is
synthetic, and no published data set looks like this. The class is the text shown; `other` is scenery without any, or
with letters. Training, validation and test frames show different parts of the photographs.

Everything about frame i is drawn from a generator of its own, so it does not depend on how many there are.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from reflop.data import embedded

Part = Literal["train", "val", "test"]
PARTS: dict[Part, tuple[float, float]] = {
    "train": (0, 0.5),
    "val": (0.5, 0.65),
    "test": (0.65, 1),
}  # of the width
OTHER, LETTERS = "other", "ABEHKLMNRSTUVXYZ"
FONT = "DejaVuSans-Bold.ttf"
TALL = 0.62  # height of a digit, in heights of the frame
JITTER = 2  # pixels by which the place differs
QUALITY = (30, 91)  # of the JPEG
BLUR, NOISE = 0.6, 6.0  # pixels, and levels of 255


def frames(
    classes: Sequence[str], size: tuple[int, int], count: int, seed: int = 0, part: Part = "test"
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Frames (count, H, W, 3), red, green, blue, and their classes (count,), all about equally often.

    >>> pixels, labels = frames(("0", "1", "other"), (19, 25), 6)
    >>> pixels.shape, sorted(labels.tolist())
    ((6, 19, 25, 3), [0, 0, 1, 1, 2, 2])
    """
    pixels = np.empty((count, *size, 3), np.uint8)
    labels = np.arange(count, dtype=np.int64) % len(classes)
    for index, label in enumerate(labels.tolist()):
        rng = np.random.default_rng(SeedSequence(seed, spawn_key=(list(PARTS).index(part), index)))
        pixels[index] = _frame(classes[label], size, rng, part)
    return pixels, labels


def _frame(name: str, size: tuple[int, int], rng: Generator, part: Part) -> NDArray[np.uint8]:
    """One frame: scenery, text, blur, noise, JPEG."""
    picture = _scenery(size, rng, part)
    text = name if name != OTHER else "".join(rng.choice(list(LETTERS), rng.integers(0, 3)))
    if text:
        tint = np.array([235.0, 225.0, 190.0]) + rng.uniform(-20, 20, 3)
        picture.paste(tuple(tint.astype(int).tolist()), (0, 0), _mask(text, size, rng))
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, BLUR)))
    noisy = np.asarray(picture) + rng.normal(0, rng.uniform(0, NOISE), (*size, 3))
    buffer = io.BytesIO()
    frame = Image.fromarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
    frame.save(buffer, "JPEG", quality=int(rng.integers(*QUALITY)))
    return np.asarray(Image.open(buffer))


def _scenery(size: tuple[int, int], rng: Generator, part: Part) -> Image.Image:
    """A darkened piece of the part's share of one photograph."""
    height, width = size
    photographs = _photographs()
    photograph = photographs[int(rng.integers(len(photographs)))]
    first, last = (share * photograph.width for share in PARTS[part])
    tall = rng.uniform(0.15, 0.5) * min(photograph.height, (last - first) * height / width)
    wide = tall * width / height
    left, top = rng.uniform(first, last - wide), rng.uniform(0, photograph.height - tall)
    box = (left, top, left + wide, top + tall)
    piece = photograph.resize((width, height), Image.Resampling.BILINEAR, box=box)
    dim = rng.uniform(0.3, 0.75)
    return piece.point([int(dim * level) for level in range(256)] * 3)


def _mask(text: str, size: tuple[int, int], rng: Generator) -> Image.Image:
    """The text in the middle of an empty frame, up to JITTER pixels from there."""
    height, width = size
    mask = Image.new("L", (width, height))
    canvas, font = ImageDraw.Draw(mask), _font(_points(text, size))
    across, down = rng.integers(-JITTER, JITTER + 1, 2).tolist()
    canvas.text((width / 2 + across, height / 2 + down), text, fill=255, font=font, anchor="mm")
    return mask


def _points(text: str, size: tuple[int, int]) -> int:
    """Font size at which digits are TALL, or smaller where the frame is narrow."""
    height, width = size
    return int(min(TALL * height / 0.73, (width - 2 * JITTER) / (0.7 * max(2, len(text)))))


@cache
def _font(points: int) -> ImageFont.FreeTypeFont:
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / FONT, points)


@cache
def _photographs() -> tuple[Image.Image, ...]:
    return tuple(Image.fromarray(pixels) for _, pixels in sorted(embedded.photographs().items()))
