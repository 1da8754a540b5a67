"""Which pictures there are: every picture file below a folder, in sorted order, written down once.

The position of a file in this list is its index in the results; the digest of the list names the data set.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reflop.data.image_folders import ENDINGS
from reflop.errors import BadFile, BadParams
from reflop.files import write_atomic

FILE = "manifest.parquet"


@dataclass(frozen=True)
class Manifest:
    """Names relative to `root`, and their sizes in bytes; a name that is not UTF-8 is kept as the system spells it.

    `ignored` counts visible files that are no pictures by their ending.
    """

    root: Path
    names: list[str]
    sizes: list[int]
    ignored: int = 0

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.names)

    @property
    def digest(self) -> str:
        """SHA-256 over names and sizes in order."""
        total = hashlib.sha256()
        for name, size in zip(self.names, self.sizes, strict=True):
            total.update(os.fsencode(name) + b"\0%d\n" % size)
        return total.hexdigest()

    def path(self, index: int) -> Path:
        """Where picture `index` lies."""
        return self.root / self.names[index]

    def text(self, index: int) -> str:
        """Its name for a table: bytes that are not UTF-8 are written out."""
        return os.fsencode(self.names[index]).decode("utf-8", "backslashreplace")


def listed(root: Path) -> Manifest:
    """Every picture file below `root`, hidden ones and links to folders left out.

    Raises:
        BadParams: no such folder, or no picture in it.
    """
    if not root.is_dir():
        raise BadParams(what=str(root), expected="a folder of pictures", found="none")
    found, ignored = list[tuple[str, int]](), 0
    for path, size in _files(str(root)):
        if Path(path).suffix.lower() in ENDINGS:
            found.append((path[len(str(root)) :].lstrip("/"), size))
        else:
            ignored += 1
    if not found:
        told = f"none, and {ignored:,} other files" if ignored else "an empty folder"
        raise BadParams(what=str(root), expected=f"pictures ({' '.join(ENDINGS)})", found=told)
    found.sort(key=lambda item: os.fsencode(item[0]))
    return Manifest(root, [name for name, _ in found], [size for _, size in found], ignored)


def _files(folder: str) -> Iterator[tuple[str, int]]:
    """Path and size of the visible regular files below `folder`."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif entry.is_file():
                yield entry.path, entry.stat().st_size


def invented(count: int) -> Manifest:
    """A manifest of pictures that do not exist, for a synthetic run."""
    return Manifest(Path(), [f"synthetic/{index}" for index in range(count)], [0] * count)


def write(manifest: Manifest, folder: Path) -> None:
    """Write the list as Parquet (index, name, bytes) with its root and digest in the file's own notes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    notes = {
        b"root": os.fsencode(manifest.root),
        b"digest": manifest.digest.encode(),
        b"ignored": b"%d" % manifest.ignored,
    }
    columns: dict[str, Any] = {
        "index": pa.array(range(len(manifest)), pa.int64()),
        "name": pa.array(map(os.fsencode, manifest.names), pa.binary()),
        "bytes": pa.array(manifest.sizes, pa.int64()),
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns).replace_schema_metadata(notes), buffer)
    write_atomic(folder / FILE, buffer.getvalue())


def read(folder: Path) -> Manifest:
    """The list that `write` wrote.

    Raises:
        BadFile: missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / FILE
    try:
        table = pq.read_table(path)
        notes = table.schema.metadata or {}
        names, sizes = (table.column(name).to_pylist() for name in ("name", "bytes"))
        found = Manifest(
            Path(os.fsdecode(notes[b"root"])), list(map(os.fsdecode, names)), sizes, int(notes[b"ignored"])
        )
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise BadFile(what=str(path), expected="the list of pictures", found=type(error).__name__) from None
    if found.digest != notes[b"digest"].decode():
        raise BadFile(what=str(path), expected="the list as it was written", found="another digest")
    return found
