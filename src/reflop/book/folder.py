"""A folder of generated files in which what did not change is not touched, and what is no longer made goes."""

from __future__ import annotations

import shutil
from pathlib import Path

from reflop.files import write_atomic


class Folder:
    """Generated files below `path`: an unchanged file keeps its time stamp, so Sphinx does not read it again.

    >>> import tempfile
    >>> folder = Folder(Path(tempfile.mkdtemp()))
    >>> folder.write("a.md", "text").name, folder.kept("b.svg")
    ('a.md', False)
    """

    def __init__(self, path: Path) -> None:
        """Take up the folder at `path` as it is."""
        self.path = path
        self._made: set[Path] = set()

    def write(self, name: str, content: str | bytes) -> Path:
        """Write `content` unless the file holds it already."""
        path, data = self.path / name, content.encode() if isinstance(content, str) else content
        self._made.add(path)
        if not path.is_file() or path.read_bytes() != data:
            write_atomic(path, data)
        return path

    def kept(self, name: str) -> bool:
        """Whether a file of an earlier staging is there; it then counts as made."""
        path = self.path / name
        if path.is_file():
            self._made.add(path)
        return path.is_file()

    def prune(self) -> None:
        """Remove every file that was neither written nor kept since this object was made."""
        for path in sorted(self.path.rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    shutil.rmtree(path)
            elif path not in self._made:
                path.unlink()
