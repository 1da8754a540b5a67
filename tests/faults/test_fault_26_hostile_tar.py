"""Fault 26: a tar that writes outside its folder, or makes links or devices, is refused whole."""

import tarfile
from pathlib import Path

import pytest

from reflop.data.archives import extract
from reflop.errors import BadFile
from tests.data.samples import special, write_tar

LINKS = {
    "symbolic link": special("link", tarfile.SYMTYPE, "../../outside"),
    "symbolic link inside": special("link", tarfile.SYMTYPE, "fine.txt"),
    "hard link": special("link", tarfile.LNKTYPE, "../../outside"),
    "hard link inside": special("link", tarfile.LNKTYPE, "fine.txt"),
    "character device": special("null", tarfile.CHRTYPE),
    "block device": special("disk", tarfile.BLKTYPE),
    "pipe": special("pipe", tarfile.FIFOTYPE),
}


def assert_nothing_written(archive: Path, out: Path, found: str) -> None:
    before = set(archive.parent.rglob("*"))
    with pytest.raises(BadFile, match=found):
        extract(archive, out)
    assert set(archive.parent.rglob("*")) == before


@pytest.mark.parametrize("suffix", ["tar", "tar.gz"])
@pytest.mark.parametrize("kind", LINKS)
def test_fault_26_links_and_devices(tmp_path: Path, kind: str, suffix: str) -> None:
    archive = write_tar(tmp_path / f"a.{suffix}", {"fine.txt": b"fine"}, LINKS[kind])
    assert_nothing_written(
        archive, tmp_path / "deep" / "out", "found (symbolic link|hard link|device or pipe)"
    )


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "a/..", "..", "/tmp/x", "//x", "C:x", "a\\..\\x", "a\nb"]
)
def test_fault_26_names_that_lead_out(tmp_path: Path, name: str) -> None:
    archive = write_tar(tmp_path / "a.tar", {"fine.txt": b"fine", name: b"evil"})
    assert_nothing_written(archive, tmp_path / "deep" / "out", "names inside its own folder")


def test_fault_26_absolute_name_of_an_existing_folder(tmp_path: Path) -> None:
    target = tmp_path / "victim"
    archive = write_tar(tmp_path / "a.tar", {str(target): b"evil"})
    assert_nothing_written(archive, tmp_path / "out", "absolute")
    assert not target.exists()


def test_fault_26_negative_size(tmp_path: Path) -> None:
    header = bytearray(special("a", tarfile.REGTYPE).tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 11 + b"\x00"  # base-256, negative
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    archive = tmp_path / "a.tar"
    archive.write_bytes(bytes(header) + bytes(1024))
    assert_nothing_written(archive, tmp_path / "out", "expected")


def test_fault_26_forged_completion_marker(tmp_path: Path) -> None:
    archive = write_tar(tmp_path / "a.tar", {"./.Complete": b"{}"})
    assert_nothing_written(archive, tmp_path / "out", "marker")
