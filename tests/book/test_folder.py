from pathlib import Path

from reflop.book.folder import Folder


def test_what_did_not_change_is_not_touched(tmp_path: Path) -> None:
    path = Folder(tmp_path).write("a/b.md", "text")
    before = path.stat()
    assert Folder(tmp_path).write("a/b.md", b"text") == path
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    Folder(tmp_path).write("a/b.md", "other")
    assert path.read_text() == "other"


def test_prune_removes_only_what_was_not_made(tmp_path: Path) -> None:
    for name in ("old/x.md", "kept.svg", "made.md"):
        Folder(tmp_path).write(name, "")
    folder = Folder(tmp_path)
    assert folder.kept("kept.svg")
    assert not folder.kept("absent.svg")
    folder.write("made.md", "")
    folder.prune()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["kept.svg", "made.md"]
