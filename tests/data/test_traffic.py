"""The synthetic clip: the same from the seed, and its detections true of what the video shows."""

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest

from reflop.data import noscope, traffic

cv2 = pytest.importorskip("cv2")
COUNT, SIZE = 240, (48, 64)
Row = dict[str, str]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return traffic.write(tmp_path_factory.mktemp("clip"), COUNT, 3, SIZE)


@pytest.fixture(scope="module")
def rows(clip: tuple[Path, Path]) -> list[Row]:
    with clip[1].open(newline="") as file:
        return list(csv.DictReader(file))


def box(row: Row) -> list[int]:
    return [int(row[name]) for name in ("xmin", "ymin", "xmax", "ymax")]


def decoded(video: Path) -> list[np.ndarray]:
    """All frames, red, green, blue."""
    capture = cv2.VideoCapture(str(video))
    found = list(
        itertools.takewhile(lambda frame: frame is not None, (capture.read()[1] for _ in itertools.count()))
    )
    capture.release()
    return [frame[..., ::-1] for frame in found]


def test_the_same_seed_gives_the_same_clip(clip: tuple[Path, Path], tmp_path: Path) -> None:
    video, detections = traffic.write(tmp_path, COUNT, 3, SIZE)
    assert detections.read_text() == clip[1].read_text()
    assert all(np.array_equal(a, b) for a, b in zip(decoded(video), decoded(clip[0]), strict=True))
    (tmp_path / "other").mkdir()
    assert traffic.write(tmp_path / "other", COUNT, 4, SIZE)[1].read_text() != detections.read_text()


def test_boxes_lie_inside_the_picture_and_hold_something(rows: list[Row]) -> None:
    assert {row["object_name"] for row in rows} == set(traffic.KINDS)
    assert list(rows[0]) == list(traffic.COLUMNS)
    for left, top, right, bottom in map(box, rows):
        assert 0 <= left < right <= SIZE[1]
        assert 0 <= top < bottom <= SIZE[0]


def test_frames_of_the_detections_are_in_the_video(clip: tuple[Path, Path], rows: list[Row]) -> None:
    assert len(decoded(clip[0])) == COUNT
    assert {int(row["frame"]) for row in rows} <= set(range(COUNT))
    assert sum(len(part.frames) for part in noscope.parts(clip[1], "car", 1 / 8, 1)) <= COUNT * 3 / 8


def test_a_car_is_where_its_box_says(clip: tuple[Path, Path], rows: list[Row]) -> None:
    """There the decoded frame differs from the empty street more than anywhere without a box."""
    frames = np.stack(decoded(clip[0])).astype(float)
    away = np.abs(frames - np.median(frames, axis=0)).mean(-1)
    free = np.ones(away.shape, bool)
    for row in rows:
        left, top, right, bottom = box(row)
        free[int(row["frame"]), top:bottom, left:right] = False
    for row in rows:
        left, top, right, bottom = box(row)
        if row["object_name"] == "car" and right - left > 10:
            number = int(row["frame"])
            inside = away[number, top:bottom, left:right]
            assert inside.mean() > away[number][free[number]].mean() + 5, row


def test_things_enter_cross_and_leave(rows: list[Row]) -> None:
    """Some frames hold no car, some do, and a car's box moves on from frame to frame."""
    with_car = {int(row["frame"]) for row in rows if row["object_name"] == "car"}
    assert 0.1 < len(with_car) / COUNT < 0.9
    thing = traffic.Thing("car", np.zeros((4, 8, 4), np.float32), 10, 2.0, 20)
    assert [thing.box(frame, 64)[::2] for frame in (10, 12, 20, 45, 47)] == [
        (0, 0),
        (0, 4),
        (12, 20),
        (62, 64),
        (66, 64),
    ]
