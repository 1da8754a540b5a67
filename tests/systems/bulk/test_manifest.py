"""The list of pictures: sorted, complete, written and read back; nothing that is no picture."""

import os

import pytest

from reflop.errors import BadFile, BadParams
from reflop.systems.bulk import manifest


def files(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * len(name))


def test_nested_mixed_endings_and_same_names_in_sorted_order(tmp_path):
    names = ["b/one.jpg", "a/one.jpg", "a/Two.JpEg", "a/deep/three.PNG", "été.jpg", "z.webp"]
    files(tmp_path, *names, "notes.txt", ".hidden.jpg", ".git/four.jpg", "__MACOSX/five.jpg")
    found = manifest.listed(tmp_path)
    assert found.names == sorted(names, key=str.encode)
    assert found.sizes == [len(name) for name in found.names]
    assert found.ignored == 1
    assert found.path(0).read_bytes()


def test_the_digest_changes_with_names_and_sizes_only(tmp_path):
    files(tmp_path / "a", "one.jpg", "two.jpg")
    files(tmp_path / "b", "two.jpg", "one.jpg")
    assert manifest.listed(tmp_path / "a").digest == manifest.listed(tmp_path / "b").digest
    (tmp_path / "b" / "one.jpg").write_bytes(b"longer than before")
    assert manifest.listed(tmp_path / "a").digest != manifest.listed(tmp_path / "b").digest


def test_written_and_read_back_with_names_that_are_not_utf8(tmp_path):
    odd = os.fsdecode(b"caf\xe9.jpg")
    files(tmp_path / "in", "one.jpg", odd)
    found = manifest.listed(tmp_path / "in")
    manifest.write(found, tmp_path)
    again = manifest.read(tmp_path)
    assert again == found
    assert [again.text(i) for i in range(2)] == ["caf\\xe9.jpg", "one.jpg"]
    assert again.path(0).is_file()


def test_links_to_folders_are_not_followed_and_links_to_files_are(tmp_path):
    files(tmp_path / "in", "one.jpg")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "two.jpg").symlink_to(tmp_path / "in" / "one.jpg")
    assert manifest.listed(tmp_path / "in").names == ["one.jpg", "two.jpg"]


def test_nothing_to_do(tmp_path):
    with pytest.raises(BadParams, match="empty folder"):
        manifest.listed(tmp_path)
    files(tmp_path, "notes.txt")
    with pytest.raises(BadParams, match="1 other files"):
        manifest.listed(tmp_path)
    with pytest.raises(BadParams, match="a folder of pictures"):
        manifest.listed(tmp_path / "missing")


@pytest.mark.parametrize("damage", [b"", b"PAR1", None])
def test_a_damaged_list_is_refused(tmp_path, damage):
    files(tmp_path / "in", "one.jpg")
    manifest.write(manifest.listed(tmp_path / "in"), tmp_path)
    if damage is None:
        (tmp_path / manifest.FILE).unlink()
    else:
        (tmp_path / manifest.FILE).write_bytes(damage)
    with pytest.raises(BadFile):
        manifest.read(tmp_path)
