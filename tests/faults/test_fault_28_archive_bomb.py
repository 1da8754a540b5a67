"""Fault 28: archive bombs are refused from the member list, before anything is written."""

import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from reflop.data import archives
from reflop.data.archives import extract
from reflop.data.members import Limits
from reflop.errors import BadFile
from tests.data.samples import special, write_tar, write_zip


@pytest.fixture(autouse=True)
def _nothing_may_be_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_unpack", lambda *_: pytest.fail("unpacked before it was judged"))


def test_fault_28_two_hundred_megabytes_in_200_kilobytes(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "bomb.zip", {"zeros": bytes(200 * 10**6)})
    assert archive.stat().st_size < 200_000
    with pytest.raises(BadFile, match=r"bytes unpacked, found 200,000,000 after 1 member"):
        extract(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_fault_28_many_members_that_add_up(tmp_path: Path) -> None:
    archive = write_tar(tmp_path / "bomb.tar.gz", {f"{i}": bytes(2**20) for i in range(8)})
    with pytest.raises(BadFile, match=r"found 3,145,728 after 3 members"):
        extract(archive, tmp_path / "out", Limits(total_bytes=2**21, ratio=10**6))


def test_fault_28_size_that_only_the_header_claims(tmp_path: Path) -> None:
    huge = special("huge", tarfile.REGTYPE)
    huge.size = 2**50
    archive = tmp_path / "bomb.tar"
    archive.write_bytes(huge.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    with pytest.raises(BadFile, match="bytes unpacked"):
        extract(archive, tmp_path / "out")


@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_fault_28_too_many_members(tmp_path: Path, write) -> None:
    archive = write(tmp_path / "bomb", {f"{i}": b"" for i in range(101)})
    with pytest.raises(BadFile, match="at most 100 members, found 101"):
        extract(archive, tmp_path / "out", Limits(members=100, ratio=10**6))


def test_fault_28_a_million_members_are_not_even_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10**6, 10**6, 0, 0)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, 0, 1)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0, 0, 0)
    archive = tmp_path / "bomb.zip"
    archive.write_bytes(directory + locator + end)
    assert zipfile.is_zipfile(archive)
    monkeypatch.setattr(archives, "_zip_members", lambda _: pytest.fail("listed"))
    with pytest.raises(BadFile, match="at most 200,000 members, found 1,000,000"):
        extract(archive, tmp_path / "out")
