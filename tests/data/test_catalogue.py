"""The catalogue is complete, consistent and checks folders by layout, counts and digests."""

import os
import re
from pathlib import Path

import pytest

from reflop import catalog
from reflop.data.catalogue import DATASETS, check, dataset
from reflop.data.dataset import Dataset, alternatives
from reflop.errors import BadParams
from reflop.files import NAME, sha256

SYSTEMS = {"optical", "folded", "predictor", "video", "bulk"}


@pytest.mark.parametrize("entry", DATASETS.values(), ids=DATASETS)
def test_every_entry_is_well_formed(entry: Dataset) -> None:
    assert NAME.fullmatch(entry.name)
    assert DATASETS[entry.name] is entry
    assert entry.what
    assert entry.page is None or re.match(r"https?://\S+$", entry.page)
    assert entry.page or entry.note, "without a page, a note says where it comes from"
    assert entry.licence
    assert entry.size
    for digest in entry.files.values():
        assert digest is None or re.fullmatch("[0-9a-f]{64}", digest)
    for pattern in (*entry.layout, *entry.counts):
        assert not pattern.startswith("/")
        assert ".." not in pattern
        assert all("{" not in one for one in alternatives(pattern))


@pytest.mark.parametrize("entry", DATASETS.values(), ids=DATASETS)
def test_sections_exist(entry: Dataset) -> None:
    assert entry.sections
    assert all(name in SYSTEMS or name in catalog.sections() for name in entry.sections)


def test_every_system_has_data_and_weights_where_its_source_names_them() -> None:
    for kind in ("data", "weights"):
        used = {
            name.partition(".")[0]
            for entry in DATASETS.values()
            if entry.kind == kind
            for name in entry.sections
        }
        assert used == SYSTEMS


def test_download_only_under_a_stated_licence_with_every_digest_known() -> None:
    fetched = [entry for entry in DATASETS.values() if entry.url]
    assert fetched
    for entry in fetched:
        assert entry.licence != "not stated"
        assert all(entry.files.values())


def test_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(BadParams, match="'animals10' \\(nearest\\)"):
        dataset("animals_10")


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


TOY = Dataset(
    "toy",
    "",
    None,
    (),
    layout=("{train,test}/<class>/*.png", "labels.txt"),
    counts={"train/<class>/": 2, "{train,test}/<class>/*.png": 3},
)


def test_folder_as_published_has_no_problems(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "train/a/1.png",
        "train/b c/2.png",
        "test/a/3.png",
        "labels.txt",
        "train/.hidden/x",
        ".complete",
    )
    assert TOY.problems(tmp_path) == []


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["train/a/1.png", "train/b/2.png", "train/b/3.png", "labels.txt"], ["no test/<class>/*.png"]),
        (
            ["train/a/1.png", "test/a/2.png", "test/a/3.png", "labels.txt"],
            ["train/<class>/: expected 2, found 1"],
        ),
        (
            ["train/a/1.png", "train/b/2.jpg", "test/a/3.png"],
            ["no labels.txt", "{train,test}/<class>/*.png: expected 3, found 2"],
        ),
    ],
)
def test_problems_are_told(tmp_path: Path, names: list[str], told: list[str]) -> None:
    assert TOY.problems(fill(tmp_path, *names)) == told


def test_empty_file_damaged_file_and_missing_folder(tmp_path: Path) -> None:
    fill(tmp_path, "model.bin", "labels.txt")
    (tmp_path / "labels.txt").write_text("")
    digest = sha256(fill(tmp_path / "other", "model.bin") / "model.bin")
    toy = Dataset("toy", "", None, (), layout=("labels.txt", "model.bin"), files={"model.bin": digest})
    assert toy.problems(tmp_path) == ["labels.txt is empty"]
    (tmp_path / "model.bin").write_text("model.bim")
    assert toy.problems(tmp_path)[1].startswith(f"model.bin: expected SHA-256 {digest[:12]}, found ")
    assert toy.problems(tmp_path / "absent") == [f"{tmp_path / 'absent'} is not a folder"]


def test_only_the_first_five_problems(tmp_path: Path) -> None:
    toy = Dataset("toy", "", None, (), layout=tuple(f"{i}.txt" for i in range(9)))
    assert toy.problems(tmp_path) == [f"no {i}.txt" for i in range(5)]


def test_check_by_name(tmp_path: Path) -> None:
    assert check("ucf101_splits", tmp_path)[0] == "no classInd.txt"
    with pytest.raises(BadParams):
        check("ucf", tmp_path)


def test_official_ucf101_splits_pass() -> None:
    samples = os.environ.get("REFLOP_SAMPLES")
    if not samples:
        pytest.skip("REFLOP_SAMPLES is not set")
    assert check("ucf101_splits", Path(samples, "ucf101_splits")) == []
