"""The original's layout, for those who need it: a folder for each part, `<out>/<part>/pictures/<name>`."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from reflop.errors import BadFile, BadParams
from reflop.files import require_writable
from reflop.progress import track
from reflop.systems.bulk.manifest import Manifest
from reflop.systems.bulk.ranges import partition

INNER = "pictures"  # an image-folder loader wants one level of class folders


def write(pictures: Manifest, out: Path, parts: int, *, copy: bool = False) -> list[int]:
    """Put every picture into exactly one of `parts` folders, by hard link or by copying; how many are in each.

    A name that comes twice (in different folders) gets its index in front. The folder appears when it is complete.

    Raises:
        BadParams: `out` exists, or lies inside the pictures' folder.
        BadFile: no room, or a hard link across file systems.
    """
    if out.exists():
        raise BadParams(what=str(out), expected="a new folder", found="one that exists")
    if out.resolve().is_relative_to(pictures.root.resolve()):
        raise BadParams(what=str(out), expected="a folder outside of the pictures", found="one inside")
    require_writable(out.parent)
    often = Counter(Path(name).name for name in pictures.names)
    ranges = partition(len(pictures), parts)
    staging = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name[:40]}-parts-"))
    try:
        inside = staging / "content"
        for part, positions in enumerate(track(ranges, "partition")):
            folder = inside / str(part) / INNER
            folder.mkdir(parents=True)
            for position in positions:
                base = Path(pictures.names[position]).name
                name = base if often[base] == 1 else f"{position:06d}-{base}"
                _place(pictures.path(position), folder / name, copy)
        inside.rename(out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [len(positions) for positions in ranges]


def _place(picture: Path, target: Path, copy: bool) -> None:
    try:
        shutil.copyfile(picture, target) if copy else target.hardlink_to(picture)
    except OSError as error:
        then = "" if copy else "--copy"
        found = str(error.strerror)
        raise BadFile(
            what=str(target), expected="a copy" if copy else "a hard link", found=found, then=then
        ) from None
