"""Download a data set whose licence permits it; say where the others are. The only module that opens a connection."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from reflop.data.archives import extract
from reflop.data.catalogue import dataset
from reflop.data.dataset import Dataset
from reflop.data.verify import verify
from reflop.errors import BadParams, Unavailable
from reflop.files import require_writable
from reflop.progress import track

TIMEOUT_S = 30  # of one read
BLOCK = 2**20


def fetch(name: str, folder: Path) -> str:
    """Download the data set as `folder`, every digest checked; returns one line on what was done.

    The folder appears only when it is complete. Archives are unpacked with the guards of `archives.extract`.

    Raises:
        Unavailable: Reflop may not download it (says where to get it and how to lay it out), or no network.
        BadFile: what came is not what was published; it is set aside.
        BadParams: unknown name, or `folder` exists and is not a complete copy.
    """
    entry = dataset(name)
    if entry.load is not None:
        return f"{name} comes with Reflop, nothing to fetch; try: reflop data make {name} {folder}"
    if not entry.url or not all(entry.files.values()):
        raise _elsewhere(entry, f"no download by Reflop, licence {entry.licence}")
    if folder.exists():
        if problems := entry.problems(folder):
            found = f"{problems[0]} (and what else is there)"
            raise BadParams(what=str(folder), expected=f"a new folder, or a complete {name}", found=found)
        return f"{name}: already complete in {folder}"
    require_writable(folder.parent)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:40]}-fetch-"))
    try:
        for file, digest in entry.files.items():
            if _download(entry, file, staging / file) != digest:
                verify((staging / file).replace(folder.parent / file), str(digest))  # keeps it, and raises
        archive = staging / next(iter(entry.files))
        if archive.name.endswith((".zip", ".tar.gz")):
            extract(archive, folder)
        else:
            staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return f"{name}: complete in {folder}; licence: {entry.licence}"


def _elsewhere(entry: Dataset, found: str) -> Unavailable:
    """One line: why not, where it is, how to lay it out, how to check it."""
    page = entry.page or entry.note or "its makers"
    expected = f"{', '.join(entry.layout) or 'its files'} from {page}"
    return Unavailable(what=f"data set {entry.name}", expected=expected, found=found, then=entry.command)


def _download(entry: Dataset, file: str, path: Path) -> str:
    """Write one file of the data set; returns the SHA-256 of what came."""
    digest = hashlib.sha256()
    try:
        with path.open("wb") as target:
            for block in track(_blocks(entry.url + file), f"{entry.name} {file}, blocks of 1 MiB"):
                target.write(block)
                digest.update(block)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise _elsewhere(entry, f"no download, {type(error).__name__}: {reason}") from None
    return digest.hexdigest()


def _blocks(address: str) -> Iterator[bytes]:
    with urlopen(address, timeout=TIMEOUT_S) as answer:
        while block := answer.read(BLOCK):
            yield block
