"""A synthetic clip of a street before a fixed camera, with the CSV of detections that belongs to it.

The scenery is a piece of one of scikit-learn's photographs with a road across it; cars, now and then a bus, and
pedestrians are drawn, enter at random, cross at a pace of their own and leave. Brightness drifts and every frame is
noisy. Composing them is synthetic, and no published clip looks like this. Neighbouring frames look alike and classes
are uneven, as in a real one; unlike in a real one the detections are true.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from reflop.data import street_pictures
from reflop.data.street_pictures import Pixels
from reflop.errors import Unavailable

COLUMNS = ("frame", "object_name", "confidence", "xmin", "ymin", "xmax", "ymax")  # of NoScope's CSV
FRAMES_PER_SECOND = 30
SIZE = (96, 128)  # height and width
VISIBLE = 0.5  # share of a box that must lie inside the picture to be detected
DRIFT, PERIOD = 0.15, 2000  # of the brightness: share, and frames
NOISE = 7.0  # levels of 255
Box = tuple[int, int, int, int]  # xmin, ymin, and the first column and row behind it


@dataclass(frozen=True)
class Kind:
    """What crosses the street: height, length and pace in heights of the picture, and frames between two of them."""

    tall: float
    long: float
    pace: tuple[float, float]
    gap: float
    lanes: tuple[float, float]  # where it stands; leftwards on the first, rightwards on the second


KINDS = {
    "car": Kind(0.14, 0.30, (0.06, 0.12), 30, (0.66, 0.84)),
    "bus": Kind(0.25, 0.62, (0.04, 0.07), 150, (0.66, 0.84)),
    "person": Kind(0.17, 0.07, (0.012, 0.03), 150, (0.56, 0.97)),
}


@dataclass(frozen=True)
class Thing:
    """One of a kind: its picture (h, w, 4) with opacity 0 to 1, the frame it enters in, columns a frame, lowest row."""

    name: str
    picture: Pixels
    enters: int
    speed: float
    bottom: int

    def left(self, frame: int, width: int) -> int:
        """Its first column, which may lie outside."""
        moved = round(self.speed * (frame - self.enters))
        return moved - self.picture.shape[1] if self.speed > 0 else width + moved

    def box(self, frame: int, width: int) -> Box:
        """What of it lies inside the picture; empty before it enters and after it left."""
        tall, long, _ = self.picture.shape
        left = self.left(frame, width)
        return max(0, left), self.bottom - tall, min(width, left + long), self.bottom


@dataclass(frozen=True)
class Scene:
    """A street (H, W, 3), what is in each frame from back to front, and noise with its place in each frame."""

    street: Pixels
    present: list[list[Thing]]
    noise: Pixels
    places: NDArray[np.int64]
    phase: float

    def boxes(self, frame: int) -> Iterator[tuple[str, Box]]:
        """Names and boxes of what is visible well enough in a frame."""
        width = self.street.shape[1]
        for thing in self.present[frame]:
            box = thing.box(frame, width)
            if box[2] - box[0] >= VISIBLE * thing.picture.shape[1]:
                yield thing.name, box

    def picture(self, frame: int) -> NDArray[np.uint8]:
        """Frame (H, W, 3), red, green, blue."""
        pixels = self.street.copy()
        height, width, _ = pixels.shape
        for thing in self.present[frame]:
            first, top, last, bottom = thing.box(frame, width)
            left = thing.left(frame, width)
            piece = thing.picture[:, first - left : last - left]
            under = pixels[top:bottom, first:last]
            under += piece[..., 3:] * (piece[..., :3] - under)
        pixels *= 1 + DRIFT * math.sin(2 * math.pi * (frame / PERIOD + self.phase))
        down, across = self.places[frame]
        pixels += self.noise[down : down + height, across : across + width]
        return np.clip(pixels, 0, 255).astype(np.uint8)


def scene(n_frames: int, rng: Generator, size: tuple[int, int] = SIZE) -> Scene:
    """A street and all that crosses it within so many frames.

    >>> street = scene(300, np.random.default_rng(0))
    >>> street.picture(7).shape, sorted({name for frame in range(300) for name, _ in street.boxes(frame)})
    ((96, 128, 3), ['bus', 'car', 'person'])
    """
    height, width = size
    present: list[list[Thing]] = [[] for _ in range(n_frames)]
    for thing in sorted(_things(n_frames, rng, size), key=lambda thing: thing.bottom):
        crossing = math.ceil((width + thing.picture.shape[1]) / abs(thing.speed))
        for frame in range(max(0, thing.enters), min(n_frames, thing.enters + crossing)):
            box = thing.box(frame, width)
            if box[0] < box[2]:
                present[frame].append(thing)
    noise = rng.normal(0, NOISE, (2 * height, 2 * width, 3)).astype(np.float32)
    return Scene(
        street_pictures.street(rng, size),
        present,
        noise,
        rng.integers((height, width), size=(n_frames, 2)),
        rng.random(),
    )


def write(folder: Path, n_frames: int, seed: int = 0, size: tuple[int, int] = SIZE) -> tuple[Path, Path]:
    """Write `clip.mp4` and its detections `clip.csv`; returns both paths.

    The CSV has a row for each visible thing in a frame, or none; boxes are pixels, the last column and row left out.

    Raises:
        Unavailable: OpenCV is not installed, or cannot write MPEG-4.
    """
    if find_spec("cv2") is None:
        raise Unavailable(
            what="a clip", expected="OpenCV", found="none", then="pip install opencv-python-headless"
        )
    import cv2

    found, (height, width) = scene(n_frames, np.random.default_rng(seed), size), size
    video, detections = folder / "clip.mp4", folder / "clip.csv"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"mp4v"), FRAMES_PER_SECOND, (width, height))
    if not writer.isOpened():
        raise Unavailable(what=str(video), expected="OpenCV with MPEG-4", found="a writer that does not open")
    with detections.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for frame in range(n_frames):
            writer.write(np.ascontiguousarray(found.picture(frame)[..., ::-1]))
            table.writerows((frame, name, 1, *box) for name, box in found.boxes(frame))
    writer.release()
    return video, detections


def _things(n_frames: int, rng: Generator, size: tuple[int, int]) -> Iterator[Thing]:
    """All that crosses, each kind at random times with its mean gap; some are under way when the clip begins."""
    height, width = size
    for name, kind in KINDS.items():
        slowest = (width / height + kind.long) / kind.pace[0]  # frames of a crossing
        enters = -slowest
        while (enters := enters + rng.exponential(kind.gap)) < n_frames:
            lane, scale = int(rng.integers(2)), rng.uniform(0.85, 1.15)
            tall, long = (max(3, round(height * share * scale)) for share in (kind.tall, kind.long))
            speed = (2 * lane - 1) * height * rng.uniform(*kind.pace)
            yield Thing(
                name,
                street_pictures.crossing(name, tall, long, rng),
                int(enters),
                speed,
                int(height * kind.lanes[lane]),
            )
