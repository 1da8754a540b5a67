"""Embedded sets written out pass their own layout check, and can be taken back."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reflop.data import embedded, make, noscope
from reflop.data.catalogue import check
from reflop.errors import BadParams


def test_digits_come_back_from_their_folders(tmp_path: Path) -> None:
    told = make.make("digits", tmp_path / "my digits")
    assert told == f"digits: 1,797 files in {tmp_path / 'my digits'}"
    assert check("digits", tmp_path / "my digits") == []
    images, labels = embedded.digits()
    paths = sorted((tmp_path / "my digits").rglob("*.png"), key=lambda path: path.name)
    for path, image, label in list(zip(paths, images, labels, strict=True))[::40]:
        with Image.open(path) as picture:
            np.testing.assert_array_equal(np.rint(np.asarray(picture) / 255 * 16), image)
        assert path.parent.name == str(label)


def test_photographs_are_copied(tmp_path: Path) -> None:
    make.make("photographs", tmp_path / "out")
    assert check("photographs", tmp_path / "out") == []


def test_digit_scenes_are_written_in_their_layout(tmp_path: Path) -> None:
    told = make.make("digit_scenes", tmp_path / "scenes")
    assert told == f"digit_scenes: 500 files in {tmp_path / 'scenes'}"
    assert check("digit_scenes", tmp_path / "scenes") == []


def test_a_clip_is_cut_by_the_tools_for_real_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "N_TRAFFIC", 240)
    assert make.make("traffic_clip", tmp_path / "clip") == f"traffic_clip: 2 files in {tmp_path / 'clip'}"
    assert check("traffic_clip", tmp_path / "clip") == []
    parts = noscope.parts(tmp_path / "clip" / "clip.csv", "car", 1 / 8, 1)
    noscope.frames(tmp_path / "clip" / "clip.mp4", tmp_path / "frames")
    assert noscope.split(parts, tmp_path / "frames", tmp_path / "split") == sum(
        len(part.frames) for part in parts
    )


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(BadParams, match="a new folder"):
        make.make("digits", tmp_path)
    with pytest.raises(
        BadParams, match="one of digits, photographs, digit_scenes, traffic_clip, found a set to fetch"
    ):
        make.make("coco", tmp_path / "out")


def test_interrupted_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(folder: Path) -> int:
        (folder / "half.png").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setitem(make._WRITERS, "digits", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make.make("digits", tmp_path / "data" / "out")
    assert list((tmp_path / "data").iterdir()) == []
