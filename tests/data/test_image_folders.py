"""Class folders: splits worked out by hand, labels in sorted order, archives, and what is refused."""

import os
import shutil
import zipfile
from pathlib import Path

import pytest

from reflop.data import image_folders
from reflop.data.image_folders import ImageFolder, load
from reflop.errors import BadFile, BadParams
from tests.data.pictures_made import write_classes, write_picture


def names(items: list[image_folders.Item]) -> list[tuple[str, int]]:
    return [(f"{path.parent.name}/{path.name}", label) for path, label in items]


def test_split_of_the_original_by_hand(tmp_path: Path) -> None:
    """Sorted names, the first int(n * 0.8) of each class train: of 5, 4; of 7, int(5.6) = 5."""
    write_classes(tmp_path / "raw-img", ["gatto"], 7, ".jpeg")
    write_classes(tmp_path / "raw-img" / "cane", [""], 5, ".jpeg")
    write_picture(tmp_path / "raw-img" / "cane" / "9.jpg", 99)  # another ending: not taken
    write_picture(tmp_path / "raw-img" / "cane" / "8.JPEG", 98)
    found = load(tmp_path)
    assert found.classes == ("cane", "gatto")
    assert names(found.train) == [(f"cane/{i}.jpeg", 0) for i in range(4)] + [
        (f"gatto/{i}.jpeg", 1) for i in range(5)
    ]
    assert names(found.test) == [("cane/4.jpeg", 0), ("gatto/5.jpeg", 1), ("gatto/6.jpeg", 1)]
    assert (found.ignored, found.shared) == (2, 0)


@pytest.mark.parametrize("above", ["", "animals10", "animals10/raw-img"])
def test_any_level_above_the_classes_will_do(tmp_path: Path, above: str) -> None:
    write_classes(tmp_path / "animals10" / "raw-img", ["a", "b"], 2, ".jpeg")
    (tmp_path / "animals10" / "translate.py").write_text("translate = {}")
    assert len(load(tmp_path / above).train) == 2


def test_a_name_says_which_of_several_sets(tmp_path: Path) -> None:
    write_classes(tmp_path / "one" / "raw-img", ["a", "b"], 2, ".jpeg")
    write_classes(tmp_path / "two", ["c", "d"], 2)
    assert load(tmp_path, "one").classes == ("a", "b")
    assert load(tmp_path, "two").classes == ("c", "d")


def test_labels_follow_sorted_names_and_not_the_directory(tmp_path: Path) -> None:
    write_classes(tmp_path, ["zebra", "Ape", "ape", "10", "9"], 2)
    assert load(tmp_path).classes == ("10", "9", "Ape", "ape", "zebra")


@pytest.mark.parametrize("second", ["test", "val"])
def test_parts_are_taken_as_they_are(tmp_path: Path, second: str) -> None:
    write_classes(tmp_path / "cifar10" / "train", ["a", "b"], 3, ".JPG")
    write_classes(tmp_path / "cifar10" / second, ["a", "b"], 1)
    found = load(tmp_path)
    assert (len(found.train), len(found.test), found.split) == (6, 2, f"folders train and {second}")


def test_an_archive_is_the_folder_it_holds(tmp_path: Path, records_folder: Path) -> None:
    folder = write_classes(tmp_path / "sets" / "mine", ["a", "b"], 3)
    archive = Path(shutil.make_archive(str(tmp_path / "mine"), "zip", tmp_path / "sets"))
    found = load(archive, cache=tmp_path / "here")
    assert found.digest == load(folder).digest
    assert found == load(archive, cache=tmp_path / "here")
    assert load(archive).digest == found.digest  # unpacked into the cache, beside the records
    assert [path.name[:5] for path in (records_folder.parent / "cache").iterdir()] == ["mine-"]


def test_a_hostile_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../a/b.png", b"x")
    with pytest.raises(BadFile, match=r"\.\."):
        load(tmp_path / "a.zip", cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists() or not list((tmp_path / "cache").glob("[!.]*"))


def test_the_digest_belongs_to_names_and_contents_and_not_to_the_place(tmp_path: Path) -> None:
    write_classes(tmp_path / "x" / "set", ["a", "b"], 3)
    shutil.copytree(tmp_path / "x" / "set", tmp_path / "y" / "set")
    before = load(tmp_path / "x" / "set").digest
    assert load(tmp_path / "y" / "set").digest == before
    write_picture(tmp_path / "y" / "set" / "a" / "0.png", 12345)
    assert load(tmp_path / "y" / "set").digest != before
    (tmp_path / "x" / "set" / "a").rename(tmp_path / "x" / "set" / "aa")
    assert load(tmp_path / "x" / "set").digest != before


def test_hidden_files_and_those_of_archivers_do_not_count(tmp_path: Path) -> None:
    write_classes(tmp_path / "set", ["a", "b"], 2)
    before = load(tmp_path / "set")
    (tmp_path / "set" / ".complete").write_text("{}")
    (tmp_path / "set" / "a" / "._0.png").write_bytes(b"")
    write_classes(tmp_path / "set" / "__MACOSX", ["a"], 1)
    assert load(tmp_path / "set") == before


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadParams, match="nowhere: expected a folder of class folders, found none"):
        load(tmp_path / "nowhere")
    with pytest.raises(BadParams, match="test_share"):
        load(tmp_path, test_share=1.0)


def test_an_empty_class_is_named(tmp_path: Path) -> None:
    write_classes(tmp_path, ["a", "b"], 2)
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("no picture")
    with pytest.raises(BadFile, match=r"found none in empty, notes$"):
        load(tmp_path)


def test_one_class_or_none_is_no_task(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="at least two class folders, found none"):
        load(tmp_path)
    write_classes(tmp_path, ["only"], 4)
    with pytest.raises(BadFile, match="at least two class folders, found only"):
        load(tmp_path)


def test_a_class_too_small_to_split_is_named(tmp_path: Path) -> None:
    write_classes(tmp_path, ["a", "b"], 3)
    write_classes(tmp_path, ["single"], 1)
    with pytest.raises(BadFile, match="enough pictures to split off 20%, found single"):
        load(tmp_path)


def test_a_folder_that_may_not_be_changed_is_only_read(tmp_path: Path) -> None:
    write_classes(tmp_path, ["a", "b"], 2)
    before = sorted(os.walk(tmp_path))
    assert isinstance(load(tmp_path), ImageFolder)
    assert sorted(os.walk(tmp_path)) == before


def test_real_cifar_pictures(tmp_path: Path) -> None:
    samples = os.environ.get("REFLOP_SAMPLES")
    if not samples:
        pytest.skip("REFLOP_SAMPLES is not set: no real pictures here")
    archive = Path(samples) / "cifar10_subset.zip"
    with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(tmp_path / "few.zip", "w") as few:
        for name in whole.namelist():
            if int(Path(name).stem) <= 30 and name.endswith(".jpg"):
                few.writestr(name, whole.read(name))
    found = load(tmp_path / "few.zip", cache=tmp_path)
    assert (found.classes[0], found.classes[-1], len(found.classes)) == ("airplane", "truck", 10)
    assert found.split == "folders train and test"
    assert found.train
    assert found.test
