"""Fault 24: a truncated or empty archive gives BadFile and no folder."""

from pathlib import Path

import numpy as np
import pytest

from reflop.data.archives import extract
from reflop.errors import BadFile
from tests.data.samples import FILES, write_tar, write_zip


def assert_refused(archive: Path, folder: Path) -> None:
    before = set(folder.parent.iterdir())
    with pytest.raises(BadFile, match="zip or tar"):
        extract(archive, folder)
    assert set(folder.parent.iterdir()) == before


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tar.xz"])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.4])
def test_fault_24_truncated_archive(tmp_path: Path, name: str, kept: float) -> None:
    archive = (write_zip if name == "a.zip" else write_tar)(tmp_path / name, FILES)
    content = archive.read_bytes()
    archive.write_bytes(content[: int(kept * len(content))])
    assert_refused(archive, tmp_path / "out")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar.xz", "a.tar.bz2"])
def test_fault_24_last_byte_missing(tmp_path: Path, name: str) -> None:
    archive = (write_zip if name == "a.zip" else write_tar)(tmp_path / name, FILES)
    archive.write_bytes(archive.read_bytes()[:-1])
    assert_refused(archive, tmp_path / "out")


def test_fault_24_tar_cut_between_two_members(tmp_path: Path) -> None:
    archive = write_tar(tmp_path / "a.tar", {"a": b"1", "b": b"2"})
    archive.write_bytes(archive.read_bytes()[:1024])  # header and content of "a"
    assert_refused(archive, tmp_path / "out")


def test_fault_24_flipped_byte_in_a_member(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", {"a": bytes(1000)})
    content = bytearray(archive.read_bytes())
    content[content.index(b"a", 26) + 2] ^= 0xFF  # inside the compressed data
    archive.write_bytes(content)
    assert_refused(archive, tmp_path / "out")


@pytest.mark.parametrize("suffix", ["tar.gz", "tar.xz", "tar.bz2"])
def test_fault_24_flipped_byte_in_a_compressed_tar(tmp_path: Path, suffix: str) -> None:
    archive = write_tar(tmp_path / f"a.{suffix}", {"a": np.random.default_rng(0).bytes(5000)})
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    assert_refused(archive, tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"PK\5\6", b"<html>not found</html>", bytes(100)])
def test_fault_24_not_an_archive(tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(content)
    assert_refused(archive, tmp_path / "out")


def test_fault_24_missing_archive(tmp_path: Path) -> None:
    assert_refused(tmp_path / "a.zip", tmp_path / "out")
