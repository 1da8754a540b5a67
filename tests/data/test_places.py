"""A user's own folders: how they are named, resolved, required and identified."""

import os
from pathlib import Path

import pytest

from reflop.data import places
from reflop.errors import BadFile, BadParams, Unavailable


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder laid out like ucf101_splits."""
    monkeypatch.delenv("REFLOP_DATA", raising=False)
    folder = tmp_path / "my lists"
    folder.mkdir()
    for name in ("classInd.txt", *(f"{part}list0{k}.txt" for part in ("train", "test") for k in (1, 2, 3))):
        (folder / name).write_text(name)
    return folder


def test_command_line_comes_before_the_environment(lists: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert places.folder("ucf101_splits") is None
    monkeypatch.setenv("REFLOP_DATA", os.pathsep.join([f"ucf101_splits={lists.parent}", f"coco={lists}"]))
    places.add([f"ucf101_splits={lists}"])
    assert places.given() == {"ucf101_splits": lists, "coco": lists}
    assert places.require("ucf101_splits") == lists


def test_nothing_named_changes_nothing(lists: Path) -> None:
    places.add([])
    assert "REFLOP_DATA" not in os.environ


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        (["coco"], "NAME=DIR"),
        (["coco="], "NAME=DIR"),
        (["koko=/"], r"'coco' \(nearest\)"),
        (["coco=/", "coco=/"], "expected one folder, found two"),
        (["coco=/no/such/folder"], "expected a folder, found /no/such/folder"),
    ],
)
def test_bad_pairs_are_refused(pairs: list[str], told: str) -> None:
    with pytest.raises(BadParams, match=told) as caught:
        places.parse(pairs)
    assert caught.value.exit_code == 2


def test_required_but_not_named_says_where_to_get_it(lists: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        places.require("animals10")
    for part in (
        "raw-img/<class>/*.jpeg",
        "https://www.kaggle.com/alessiocorrado99/animals10",
        "--data animals10=DIR",
    ):
        assert part in str(caught.value)


def test_required_but_laid_out_otherwise(lists: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (lists / "classInd.txt").unlink()
    monkeypatch.setenv("REFLOP_DATA", f"ucf101_splits={lists}")
    with pytest.raises(BadFile, match=r"no classInd\.txt; try: reflop data check ucf101_splits"):
        places.require("ucf101_splits")


def test_manifest_digest_follows_names_and_bytes_only(lists: Path, tmp_path: Path) -> None:
    first = places.manifest_digest(lists)
    os.utime(lists / "classInd.txt", (0, 0))
    (lists / ".DS_Store").write_text("hidden")
    assert places.manifest_digest(lists.rename(tmp_path / "moved")) == first
    moved = tmp_path / "moved"
    (moved / "classInd.txt").write_text("classInd.txT")
    changed = places.manifest_digest(moved)
    (moved / "classInd.txt").rename(moved / "class.txt")
    assert len({first, changed, places.manifest_digest(moved)}) == 3
