"""Where a user's own copy of a real data set lies: `--data NAME=DIR`, or NAME=DIR pairs in `REFLOP_DATA`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from reflop.errors import BadFile, BadParams, Unavailable
from reflop.files import sha256

VARIABLE = "REFLOP_DATA"


def parse(pairs: Iterable[str]) -> dict[str, Path]:
    """`["coco=/data/coco"]` as name and folder.

    Raises:
        BadParams: not `NAME=DIR`, a name that the catalogue does not know or that comes twice, no such folder.
    """
    from reflop.data.catalogue import dataset

    places: dict[str, Path] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not text:
            raise BadParams(what="data", expected="NAME=DIR", found=repr(pair[:80]), then="reflop data list")
        if dataset(name).name in places:
            raise BadParams(what=f"data {name}", expected="one folder", found="two")
        places[name] = Path(text).expanduser().resolve()
        if not places[name].is_dir():
            raise BadParams(what=f"data {name}", expected="a folder", found=text)
    return places


def add(pairs: Iterable[str]) -> None:
    """Put the pairs of a command line before those of `REFLOP_DATA`, for this process and its children."""
    told = {**given(), **parse(pairs)}
    if told:
        os.environ[VARIABLE] = os.pathsep.join(f"{name}={folder}" for name, folder in told.items())


def given() -> dict[str, Path]:
    """The folders that `REFLOP_DATA` names."""
    return parse(pair for pair in os.environ.get(VARIABLE, "").split(os.pathsep) if pair)


def folder(name: str) -> Path | None:
    """The user's folder of the data set, or None where none was named."""
    return given().get(name)


def require(name: str) -> Path:
    """The user's folder of the data set, its layout checked.

    Raises:
        Unavailable: none was named; says where to get it and how to lay it out.
        BadFile: the folder is not laid out as published.
    """
    from reflop.data.catalogue import dataset

    entry, place = dataset(name), folder(name)
    if place is None:
        raise Unavailable(
            what=f"data set {name}",
            expected=f"a folder of {', '.join(entry.layout)} (from {entry.page or 'your own work'})",
            found="none",
            then=f"--data {name}=DIR",
        )
    if problems := entry.problems(place):
        raise BadFile(
            what=f"{name} in {place}", found="; ".join(problems), then=f"reflop data check {name} {place}"
        )
    return place


def manifest(folder: Path) -> Iterator[tuple[str, int, str]]:
    """Relative path, bytes and SHA-256 of every file below `folder`, in order; hidden ones are left out."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        inside = path.relative_to(folder)
        if not any(part.startswith(".") for part in inside.parts):
            yield inside.as_posix(), path.stat().st_size, sha256(path)


def manifest_digest(folder: Path) -> str:
    """SHA-256 that changes with the name or a byte of any file below `folder`, and with nothing else."""
    total = hashlib.sha256()
    for name, size, digest in manifest(folder):
        total.update(os.fsencode(name) + f"\0{size}\0{digest}\n".encode())
    return total.hexdigest()
