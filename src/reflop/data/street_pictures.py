"""What the synthetic street of `reflop.data.traffic` is put together from: the street, and what crosses it."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from reflop.data import embedded

ROAD = (0.52, 0.97)  # top and bottom, in heights
Pixels = NDArray[np.float32]


def crossing(name: str, tall: int, long: int, rng: Generator) -> Pixels:
    """A thing from the side (tall, long, 4), colours 0 to 255 and opacity 0 to 1."""
    paint, other = (tuple(rng.integers(20, 235, 3).tolist()) for _ in range(2))
    glass, black = (60, 70, 80), (15, 15, 15)
    picture = Image.new("RGBA", (long, tall))
    canvas, x, y = ImageDraw.Draw(picture), long - 1, tall - 1
    if name == "person":
        canvas.rectangle((0, 0.25 * y, x, 0.6 * y), fill=paint)
        canvas.rectangle((0.15 * x, 0.6 * y, 0.85 * x, y), fill=other)
        canvas.ellipse((0.2 * x, 0, 0.8 * x, 0.25 * y), fill=(200, 160, 130))
    else:
        cabin = (0.2 * x, 0, 0.75 * x, 0.5 * y) if name == "car" else (0, 0, x, 0.5 * y)
        canvas.rectangle(cabin, fill=paint)
        canvas.rectangle((cabin[0] + 0.05 * x, 0.1 * y, cabin[2] - 0.05 * x, 0.4 * y), fill=glass)
        canvas.rectangle((0, 0.45 * y, x, 0.85 * y), fill=paint)
        for middle in (0.2 * x, 0.8 * x):
            canvas.ellipse((middle - 0.2 * y, 0.6 * y, middle + 0.2 * y, y), fill=black)
    drawn: Pixels = np.array(picture, np.float32)
    drawn[..., 3] /= 255
    return drawn


def street(rng: Generator, size: tuple[int, int]) -> Pixels:
    """A piece of a photograph (H, W, 3) with a road of two lanes across its lower half."""
    height, width = size
    photograph = Image.fromarray(embedded.photographs()["china"])
    tall = rng.uniform(0.5, 0.9) * min(photograph.height, photograph.width * height / width)
    wide = tall * width / height
    left, top = rng.uniform(0, photograph.width - wide), rng.uniform(0, photograph.height - tall)
    piece = photograph.resize(
        (width, height), Image.Resampling.BILINEAR, box=(left, top, left + wide, top + tall)
    )
    scenery: Pixels = np.array(piece, np.float32)
    scenery *= 0.8
    road = scenery[int(ROAD[0] * height) : int(ROAD[1] * height)]
    road += 0.85 * (rng.uniform(80, 110) - road)
    road[len(road) // 2, np.arange(width) % (width // 8) < width // 16] += 90  # the line between the lanes
    return scenery
