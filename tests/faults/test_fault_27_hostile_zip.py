"""Fault 27: a zip with names that lead out, links, or one name twice is refused whole."""

import stat
from pathlib import Path

import pytest

from reflop.data.archives import extract
from reflop.errors import BadFile
from tests.data.samples import write_zip


def assert_nothing_written(archive: Path, out: Path, found: str) -> None:
    before = set(archive.parent.rglob("*"))
    with pytest.raises(BadFile, match=found):
        extract(archive, out)
    assert set(archive.parent.rglob("*")) == before


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/tmp/x", "C:/x", "c:x", "..\\x", "a\0b"])
def test_fault_27_names_that_lead_out(tmp_path: Path, name: str) -> None:
    archive = write_zip(tmp_path / "a.zip", {"fine.txt": b"fine", name: b"evil"})
    assert_nothing_written(archive, tmp_path / "deep" / "out", "names inside its own folder")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_fault_27_links_and_special_files(tmp_path: Path, mode: int) -> None:
    archive = write_zip(tmp_path / "a.zip", {"link": b"/etc/passwd"}, mode | 0o777)
    assert_nothing_written(archive, tmp_path / "out", "files and folders only")


@pytest.mark.parametrize(
    "pair",
    [
        ("a.txt", "A.TXT"),
        ("b/c", "b//c"),
        ("b/c", "./b/c"),
        ("e\u0301", "\u00e9"),
        ("stra\u00dfe", "STRASSE"),
    ],
)
def test_fault_27_one_name_twice(tmp_path: Path, pair: tuple[str, str]) -> None:
    archive = write_zip(tmp_path / "a.zip", dict.fromkeys(pair, b"x"))
    assert_nothing_written(archive, tmp_path / "out", "every name once")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_fault_27_the_very_same_name_twice(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("a", b"first")
        file.writestr("a", b"second")
    assert_nothing_written(tmp_path / "a.zip", tmp_path / "out", "'a' twice")


def test_fault_27_file_that_is_a_folder_too(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", {"a/b": b"x", "A": b"y"})
    assert_nothing_written(archive, tmp_path / "out", "as a file and as a folder")


def test_fault_27_encrypted_member(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", {"a": b"x"})
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    archive.write_bytes(content)
    assert_nothing_written(archive, tmp_path / "out", "encrypted")
