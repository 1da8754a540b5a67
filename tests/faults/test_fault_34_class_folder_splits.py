"""Fault 34, as far as class folders are a split: overlap, unknown class, empty class; the first five are listed."""

import shutil
from pathlib import Path

import pytest

from reflop.data.image_folders import load
from reflop.errors import BadFile
from tests.data.pictures_made import write_classes


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_classes(tmp_path / "train", ["a", "b"], 8)
    write_classes(tmp_path / "test", ["a", "b"], 2)
    return tmp_path


def test_fault_34_overlap_by_content_lists_five(root: Path) -> None:
    for number in range(7):
        shutil.copy(root / "train" / "a" / f"{number}.png", root / "test" / "b" / f"copy{number}.png")
    with pytest.raises(
        BadFile, match=r"found (b/copy\d\.png = a/\d\.png, ){4}b/copy4\.png = a/4\.png and 2 more"
    ):
        load(root)
    kept = load(root, overlap="keep")
    assert (kept.shared, len(kept.test)) == (7, 11)


def test_fault_34_overlap_inside_a_split_of_our_own(tmp_path: Path) -> None:
    write_classes(tmp_path, ["a", "b"], 5)
    shutil.copy(tmp_path / "a" / "0.png", tmp_path / "a" / "9.png")
    with pytest.raises(BadFile, match=r"no picture in both parts, found a/9\.png = a/0\.png"):
        load(tmp_path)


def test_fault_34_equal_names_in_both_parts_are_no_overlap(root: Path) -> None:
    assert load(root).shared == 0


def test_fault_34_class_that_one_part_lacks(root: Path) -> None:
    write_classes(root / "test", [f"only{i}" for i in range(7)], 1)
    with pytest.raises(
        BadFile, match="same classes in both parts, found only0, only1, only2, only3, only4 and 2 more"
    ):
        load(root)


def test_fault_34_empty_class(root: Path) -> None:
    shutil.rmtree(root / "test" / "b")
    (root / "test" / "b").mkdir()
    with pytest.raises(BadFile, match=r"test: expected pictures .* in every class folder, found none in b$"):
        load(root)
