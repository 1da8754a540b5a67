"""Digit scenes: reproducible, independent of count and size, parted before they are made; odd files as told."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reflop.data import embedded, pictures, scenes
from reflop.errors import BadFile
from reflop.systems.bulk import preprocess


def test_a_scene_depends_on_seed_part_and_index_only() -> None:
    many, labels = scenes.pictures(6, seed=3, size=(24, 32))
    few, first = scenes.pictures(2, seed=3, size=(24, 32))
    np.testing.assert_array_equal(many[:2], few)
    assert labels[:2].tolist() == first.tolist()
    for other in (scenes.pictures(2, 4, (24, 32)), scenes.pictures(2, 3, (24, 32), "train")):
        assert (other[0] != few).any(axis=(1, 2, 3)).all()


def test_no_digit_is_in_both_parts_and_none_is_lost() -> None:
    _, classes = embedded.digits()
    train, test = (np.concatenate(list(scenes._positions(classes, part))) for part in scenes.PARTS)
    assert sorted([*train, *test]) == list(range(len(classes)))
    for label, count in enumerate(np.bincount(classes)):
        assert (classes[train] == label).sum() == int(0.8 * count)
    for part, chosen in (("train", train), ("test", test)):
        assert scenes._digits(part)[1] == classes[np.sort(chosen)].tolist()


def test_labels_are_all_ten_about_equally_often() -> None:
    _, labels = scenes.pictures(2000, size=(6, 8))
    counts = np.bincount(labels, minlength=10)
    assert counts.min() > 140, counts  # 4.5 standard deviations below 200
    assert counts.max() < 260, counts


def test_the_same_scene_at_two_sizes_through_the_bulk_run_s_preprocessing(tmp_path: Path) -> None:
    """What a network is trained on (small scenes, cropped) and what it meets (JPEG files) are the same pictures."""
    small, labels = scenes.pictures(12, seed=5, size=(73, 97))
    scenes.write(tmp_path, 12, seed=5)
    for index, label in enumerate(labels):
        pixels = preprocess.read(tmp_path / str(label) / f"{index:06d}.jpg", 64).numpy()
        cropped = small[index, 4:68, 16:80]
        assert np.abs(pixels.astype(int) - cropped).mean() < 5  # of 255
        assert np.corrcoef(pixels.ravel(), cropped.ravel())[0, 1] > 0.98


@pytest.mark.parametrize("index", range(8))
def test_the_digit_lies_in_the_centre_square_that_preprocessing_keeps(index: int) -> None:
    """The scene differs from its background there, and only there."""
    size = (120, 160)
    rng = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(scenes.PARTS.index("test"), index)))
    rng.integers(len(scenes._digits("test")[1]))
    background = np.asarray(scenes._background(rng, size)).astype(int)
    changed = np.abs(np.asarray(scenes.scene(index, 0, size, "test")[0]) - background).max(axis=2) > 40
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    edge = 0.06 * size[0]  # a turned corner may reach out
    assert len(rows) > 0.2 * size[0]
    assert rows.min() >= 7.5 - edge
    assert rows.max() <= 112.5 + edge
    assert columns.min() >= 27.5 - edge
    assert columns.max() <= 132.5 + edge


def test_enlarging_by_a_whole_number_without_turning_keeps_the_pixels() -> None:
    digit = scenes._digits("train")[0][0]
    mask = np.asarray(scenes._enlarged(digit, side=24, turn=0.0, centre=(24, 24), patch=48))
    np.testing.assert_allclose(mask[13:36:3, 13:36:3], np.asarray(digit)[1:9, 1:9], atol=1)
    assert not mask[:8].any()
    assert not mask[:, :8].any()


def test_files_are_jpeg_in_folders_of_their_digit(tmp_path: Path) -> None:
    scenes.write(tmp_path, 3, seed=1, size=(48, 64))
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.jpg"))
    _, labels = scenes.pictures(3, seed=1, size=(48, 64))
    assert found == sorted(f"{label}/{index:06d}.jpg" for index, label in enumerate(labels))
    with Image.open(tmp_path / found[0]) as picture:
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (64, 48), "RGB")


def test_odd_files_are_what_they_are_said_to_be(tmp_path: Path) -> None:
    told = scenes.write_odd(tmp_path)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(told) == sorted(path.relative_to(tmp_path).as_posix() for path in written)
    assert set(told.values()) == {"ok", "error"}
    for name, verdict in told.items():
        if verdict == "ok":
            assert pictures.open_picture(tmp_path / name).mode == "RGB", name
        else:
            with pytest.raises(BadFile):
                pictures.open_picture(tmp_path / name)
    assert pictures.open_picture(tmp_path / "on its side.jpg").size == (240, 320)
    assert sum(path.stat().st_size for path in written) < 2_000_000
    with Image.open(tmp_path / "sixteen bits.png") as picture:
        assert picture.mode.startswith("I;16")
