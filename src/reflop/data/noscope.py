"""The two tools of NoScope's data: frames of a video as pictures, and frames parted by what a CSV says is in them.

Detections are rows `frame,object_name,confidence,xmin,ymin,xmax,ymax`, several for a frame or none; only the first two
columns count. A frame's class is 1 if any row names the object. Parts are contiguous in time: neighbours at a boundary
look alike, and classes are uneven, so the share of positive frames is told.
"""

from __future__ import annotations

import csv
import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from reflop.data.pictures import PIXEL_LIMIT
from reflop.errors import BadFile, BadParams
from reflop.files import new_folder
from reflop.progress import note

SIDE = 50  # pixels; nearest neighbour, as the original resizes
TOLD_EVERY = 1000
PARTS = ("train", "val", "test")


@dataclass(frozen=True)
class Part:
    """Consecutive frames of one part, and which of them hold the object."""

    name: str
    frames: range
    positive: frozenset[int]

    @property
    def share(self) -> float:
        """Share of the frames that hold the object."""
        return sum(frame in self.positive for frame in self.frames) / len(self.frames) if self.frames else 0.0


def frames(video: Path, folder: Path, start: int = 0, end: int | None = None) -> int:
    """Write frames `start` to `end` (left out) of a video as `<number>.png` of 50 x 50; returns how many.

    Numbers are those of the video, so they fit the CSV whatever `start` is.

    Raises:
        BadParams: `folder` exists, or a range without frames.
        BadFile: no video, or one that breaks off before the end it promises; nothing is written then.
    """
    import cv2

    if start < 0 or (end is not None and end <= start):
        raise BadParams(what="frames", expected="0 <= start < end", found=f"{start} to {end}")
    if not video.is_file():
        raise BadFile(what=str(video), expected="a video", found="none")
    capture = cv2.VideoCapture(str(video))
    try:
        promised = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        if not capture.isOpened() or promised < 1:
            raise BadFile(what=str(video), expected="a video", found="no frame that can be read")
        width, height = (
            int(capture.get(which)) for which in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        if width * height > PIXEL_LIMIT:
            expected = f"frames of at most {PIXEL_LIMIT:,} pixels"
            raise BadFile(what=str(video), expected=expected, found=f"{width} x {height}")
        last = promised if end is None else min(end, promised)
        if start >= last:
            raise BadParams(
                what="start", expected=f"below {promised}, the frames of {video}", found=str(start)
            )
        with new_folder(folder) as inside:
            number = -1
            for number, picture in enumerate(itertools.islice(_read(capture), last)):
                if number >= start:
                    small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
                    (inside / f"{number}.png").write_bytes(cv2.imencode(".png", small)[1].tobytes())
                if (number + 1) % TOLD_EVERY == 0:
                    note(f"{video.name}: frame {number + 1:,} of {last:,}")
            if number + 1 < last:
                found = f"{number + 1:,} that can be read"
                then = f"--end {number + 1}" if number >= start else ""
                raise BadFile(what=str(video), expected=f"{last:,} frames", found=found, then=then)
    finally:
        capture.release()
    return last - start


def _read(capture: Any) -> Iterator[Any]:
    """Frames in decoded order, until there is none."""
    while True:
        whole, picture = capture.read()
        if not whole:
            return
        yield picture


def parts(detections: Path, label: str, fraction: float, start: int) -> list[Part]:
    """Training, validation and test frames: `fraction` of the video each, from `start` fractions on.

    The video's length is taken from the CSV: its last frame and one.

    Raises:
        BadParams: parts beyond the end of the video.
        BadFile: no CSV of detections, or one that names no frame.
    """
    if not 0 < fraction <= Fraction(1, 3) or not 0 <= start <= 1 / fraction - len(PARTS):
        expected = f"start fractions and three more within the video, so 0 to {max(0, int(1 / fraction) - 3)}"
        raise BadParams(what="start", expected=expected, found=f"{start} with {fraction:g}")
    seen, positive = _detected(detections, label)
    each = int((max(seen) + 1) * fraction)
    if each == 0:
        raise BadFile(
            what=str(detections), expected=f"{int(1 / fraction)} frames or more", found=f"{max(seen) + 1}"
        )
    return [
        Part(name, range((start + place) * each, (start + place + 1) * each), positive)
        for place, name in enumerate(PARTS)
    ]


def _detected(path: Path, label: str) -> tuple[set[int], frozenset[int]]:
    """Frames with any detection, and those with the object."""
    if not path.is_file():
        raise BadFile(what=str(path), expected="a CSV of detections", found="none")
    seen, positive = set[int](), set[int]()
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = csv.DictReader(file)
        if not {"frame", "object_name"} <= set(rows.fieldnames or ()):
            found = ", ".join(rows.fieldnames or ())[:80] or "nothing"
            raise BadFile(what=str(path), expected="columns frame and object_name", found=found)
        for row in rows:
            if not (row["frame"] or "").strip().isdecimal():
                where = f"{path}, line {rows.line_num}"
                raise BadFile(what=where, expected="the number of a frame", found=repr(row["frame"])[:40])
            seen.add(int(row["frame"]))
            if row["object_name"] == label:
                positive.add(int(row["frame"]))
    if not seen:
        raise BadFile(what=str(path), expected="detections", found="none")
    return seen, frozenset(positive)


def split(found: list[Part], pictures: Path, folder: Path) -> int:
    """Copy the frames of each part to `<part>/<0 or 1>/<number>.png` below `folder`; returns how many.

    Raises:
        BadParams: `folder` exists.
        BadFile: a frame that is not among `pictures`; nothing is written then.
    """
    there = {int(path.stem) for path in pictures.glob("*.png") if path.stem.isdecimal()}
    missing = sum(len(part.frames) - sum(n in part.frames for n in there) for part in found)
    if missing:
        first = next(n for part in found for n in part.frames if n not in there)
        told = f"none, as {missing - 1:,} others" if missing > 1 else "none"
        then = "reflop data noscope-frames VIDEO DIR"
        raise BadFile(
            what=str(pictures / f"{first}.png"), expected="a frame of the split", found=told, then=then
        )
    with new_folder(folder) as inside:
        for part in found:
            for kind in ("0", "1"):
                (inside / part.name / kind).mkdir(parents=True)
            for number in part.frames:
                kind = "1" if number in part.positive else "0"
                shutil.copyfile(pictures / f"{number}.png", inside / part.name / kind / f"{number}.png")
    return sum(len(part.frames) for part in found)
