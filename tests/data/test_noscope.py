"""Frames out of a video, and frames parted by a CSV: exact numbers, and nothing written when something is wrong."""

from pathlib import Path

import numpy as np
import pytest

from reflop.data import noscope
from reflop.errors import BadFile, BadParams

cv2 = pytest.importorskip("cv2")


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Thirty frames of 64 x 48; frame i is grey 8 i."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for i in range(30):
        writer.write(np.full((48, 64, 3), 8 * i, np.uint8))
    writer.release()
    return path


def detections(path: Path, *rows: tuple[object, str]) -> Path:
    lines = ["frame,object_name,confidence,xmin,ymin,xmax,ymax"]
    path.write_text("\n".join([*lines, *(f"{frame},{name},0.5,0,0,1,1" for frame, name in rows)]))
    return path


def test_every_frame_under_its_number(video: Path, tmp_path: Path) -> None:
    assert noscope.frames(video, tmp_path / "all") == 30
    picture = cv2.imread(str(tmp_path / "all" / "20.png"))
    assert picture.shape == (50, 50, 3)
    assert abs(float(picture.mean()) - 160) < 4


def test_a_piece_keeps_the_numbers_of_the_video(video: Path, tmp_path: Path) -> None:
    assert noscope.frames(video, tmp_path / "piece", 5, 8) == 3
    assert sorted(path.name for path in (tmp_path / "piece").iterdir()) == ["5.png", "6.png", "7.png"]


def test_a_video_that_breaks_off(video: Path, tmp_path: Path) -> None:
    whole = video.read_bytes()
    broken = tmp_path / "broken.avi"
    for share, told in (
        (3, "expected a video, found no frame that can be read"),
        (1.1, "expected .* frames, found .* that can"),
    ):
        broken.write_bytes(whole[: int(len(whole) / share)])
        with pytest.raises(BadFile, match=rf"broken\.avi: {told}"):
            noscope.frames(broken, tmp_path / "none")
        assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(("start", "end"), [(-1, None), (3, 3), (30, None)])
def test_ranges_without_frames(start: int, end: int | None, video: Path, tmp_path: Path) -> None:
    with pytest.raises(BadParams):
        noscope.frames(video, tmp_path / "none", start, end)


def test_the_example_of_the_original(tmp_path: Path) -> None:
    """Coral with 1,000,003 frames: the last three belong to no part."""
    table = detections(tmp_path / "coral.csv", (1_000_002, "fish"), (625_000, "person"), (7, "person"))
    found = noscope.parts(table, "person", 1 / 8, 5)
    assert [part.frames for part in found] == [
        range(625_000, 750_000), range(750_000, 875_000), range(875_000, 1_000_000),
    ]  # fmt: skip
    assert [part.share for part in found] == [1 / 125_000, 0, 0]


def test_frames_go_where_the_csv_says(video: Path, tmp_path: Path) -> None:
    noscope.frames(video, tmp_path / "frames")
    table = detections(tmp_path / "t.csv", (0, "bus"), (0, "car"), (1, "car"), (29, "bus"), (4, "bus"))
    found = noscope.parts(table, "bus", 1 / 5, 0)
    assert noscope.split(found, tmp_path / "frames", tmp_path / "out") == 18
    assert sorted(p.name for p in (tmp_path / "out" / "train" / "1").iterdir()) == ["0.png", "4.png"]
    assert len(list((tmp_path / "out" / "val" / "0").iterdir())) == 6
    one, other = tmp_path / "out" / "test" / "0" / "17.png", tmp_path / "frames" / "17.png"
    assert one.read_bytes() == other.read_bytes()


def test_frames_that_do_not_exist_are_named(video: Path, tmp_path: Path) -> None:
    noscope.frames(video, tmp_path / "frames", 0, 3)
    table = detections(tmp_path / "t.csv", (29, "bus"))
    with pytest.raises(BadFile, match=r"3\.png: expected a frame of the split, found none, as 14 others"):
        noscope.split(noscope.parts(table, "bus", 1 / 5, 0), tmp_path / "frames", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("frame,object_name\n", "expected detections, found none"),
        ("a,b\n1,2\n", "columns frame and object_name, found a, b"),
        ("", "columns frame and object_name, found nothing"),
        ("frame,object_name\n1,car\n-2,car\n", "line 3: expected the number of a frame, found '-2'"),
        ("frame,object_name\n1,car\n", "expected 8 frames or more, found 2"),
    ],
)
def test_a_bad_table(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(BadFile, match=told):
        noscope.parts(tmp_path / "t.csv", "car", 1 / 8, 1)


def test_parts_end_with_the_video(tmp_path: Path) -> None:
    table = detections(tmp_path / "t.csv", (799, "car"))
    assert noscope.parts(table, "car", 1 / 8, 5)[-1].frames == range(700, 800)
    with pytest.raises(BadParams, match="0 to 5, found 6"):
        noscope.parts(table, "car", 1 / 8, 6)
