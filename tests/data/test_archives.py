"""Guarded extraction: what goes in comes out, once, and only as a whole."""

import os
from pathlib import Path

import pytest

from reflop.data import archives
from reflop.data.archives import extract
from reflop.errors import BadFile, BadParams
from tests.data.samples import FILES, contents, write_tar, write_zip


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tar.xz", "a.tar.bz2", "no suffix"])
def test_contents_come_out_unchanged(tmp_path: Path, name: str) -> None:
    write = write_zip if name.endswith("zip") else write_tar
    folder = extract(write(tmp_path / name, FILES), tmp_path / "out" / "set of mine")
    assert contents(folder) == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["set of mine"]


def test_complete_folder_is_not_extracted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_zip(tmp_path / "a.zip", FILES)
    extract(archive, tmp_path / "out")
    monkeypatch.setattr(archives, "_unpack", None)
    assert extract(archive, tmp_path / "out") == tmp_path / "out"


@pytest.mark.parametrize("change", ["other archive", "removed file", "grown file", "own folder"])
def test_other_folder_is_left_alone(tmp_path: Path, change: str) -> None:
    archive, out = write_zip(tmp_path / "a.zip", FILES), tmp_path / "out"
    if change == "own folder":
        out.mkdir()
        (out / "thesis.tex").write_text("precious")
    else:
        extract(archive, out)
    if change == "other archive":
        write_zip(archive, {"x": b"x"})
    if change == "removed file":
        (out / "set/a.txt").unlink()
    if change == "grown file":
        (out / "set/a.txt").write_bytes(b"alpha" * 51)
    before = contents(out)
    with pytest.raises(BadParams, match="move it away"):
        extract(archive, out)
    assert contents(out) == before


def test_second_process_finishing_first_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, out, unpack = write_zip(tmp_path / "a.zip", FILES), tmp_path / "out", archives._unpack

    def race(archive: Path, folder: Path, is_zip: bool) -> None:
        monkeypatch.setattr(archives, "_unpack", unpack)
        extract(archive, out)  # the other process
        unpack(archive, folder, is_zip)

    monkeypatch.setattr(archives, "_unpack", race)
    assert contents(extract(archive, out)) == FILES
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "records") == ["a.zip", "out"]


def test_full_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archives, "_unpack", full)
    with pytest.raises(BadFile, match="expected room to write, found No space left"):
        extract(write_zip(tmp_path / "a.zip", FILES), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_real_archive_of_photographs(tmp_path: Path) -> None:
    samples = os.environ.get("REFLOP_SAMPLES")
    if not samples:
        pytest.skip("REFLOP_SAMPLES is not set")
    folder = extract(Path(samples, "imagenet_samples_256.zip"), tmp_path / "out")
    assert len(list(folder.glob("imagenet_samples/*.JPEG"))) == 256
