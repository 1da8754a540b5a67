"""Class folders: `<class>/<picture>`, with parts `train/` and `test/` (or `val/`), or split here as the original did.

A class's label is the position of its name in sorted order (the original took the order of the directory, which
differs between machines). Without parts, the first `int(n (1 - test_share))` pictures of each class, in sorted order
of their names, train and the others test: nothing random. Animals10 (a folder called `raw-img`) takes only what ends
in `.jpeg`, as the original does; elsewhere every usual picture ending counts, in capitals too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reflop import cache as caching
from reflop.data.archives import extract
from reflop.errors import BadFile, BadParams
from reflop.files import sha256

Item = tuple[Path, int]  # a picture and its label
ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
ANIMALS = "raw-img"  # the level of the class folders in Animals10
TOLD = 5  # offenders that an error lists


@dataclass(frozen=True)
class ImageFolder:
    """Labelled pictures in two parts.

    `digest` is the SHA-256 over part, class, name and content of every picture: it does not depend on where the
    folder lies. `ignored` counts files in class folders that were not taken, `shared` pictures of the test part whose
    content is also in the training part (0 unless these were let pass).
    """

    name: str
    classes: tuple[str, ...]
    train: list[Item]
    test: list[Item]
    digest: str
    split: str
    ignored: int = 0
    shared: int = 0


def load(
    root: Path,
    name: str = "",
    *,
    test_share: float = 0.2,
    overlap: Literal["refuse", "keep"] = "refuse",
    cache: Path | None = None,
) -> ImageFolder:
    """Find the class folders below `root`, a folder or an archive of one, and list their pictures.

    `root` may be the class level itself or lie above it (`DIR`, `DIR/animals10` and `DIR/animals10/raw-img` are the
    same), as long as one folder leads on, or `name` says which. An archive is unpacked under `cache`, once.

    Raises:
        BadParams: no such folder, `test_share` out of range.
        BadFile: fewer than two classes, a class without pictures, parts of different classes, or pictures of the test
            part that are also in the training part, by content (`overlap="keep"` counts them instead).
    """
    if not 0 < test_share < 1:
        raise BadParams(what="test_share", expected="between 0 and 1", found=str(test_share))
    place = _unpacked(root, cache or caching.place()) if root.is_file() else root
    if not place.is_dir():
        raise BadParams(what=str(root), expected="a folder of class folders", found="none")
    parts = _parts(place / name if name and (place / name).is_dir() else place)
    found = {part: _classes(folder) for part, folder in parts.items()}
    listed = {part: pictures for part, (pictures, _) in found.items()}
    classes = _agreed(listed, str(root))
    if len(parts) == 1:
        split = f"first {1 - test_share:.0%} of each class by name train"
        train, test = _split(listed["all"], test_share)
    else:
        split = "folders " + " and ".join(folder.name for folder in parts.values())
        train, test = _items(listed["train"]), _items(listed["test"])
    digests = {path: sha256(path) for path, _ in (*train, *test)}
    shared = _shared(train, test, digests)
    if shared and overlap == "refuse":
        raise listing(str(root), "no picture in both parts", shared, 'overlap="keep"')
    digest = _digest(classes, {"train": train, "test": test}, digests)
    ignored = sum(left for _, left in found.values())
    return ImageFolder(name or root.stem, classes, train, test, digest, split, ignored, len(shared))


def _unpacked(archive: Path, cache: Path) -> Path:
    return extract(archive, cache / f"{archive.stem[:40]}-{sha256(archive)[:12]}")


def _parts(place: Path) -> dict[str, Path]:
    """The folders whose children are classes: one for each part, or one for "all"."""
    while True:
        folders = {folder.name: folder for folder in _folders(place)}
        test = next((folders[name] for name in ("test", "val") if name in folders), None)
        if "train" in folders and test:
            return {"train": folders["train"], "test": test}
        if len(folders) != 1 or not _folders(inner := next(iter(folders.values()))):
            return {"all": place}
        place = inner


def _folders(place: Path) -> list[Path]:
    """Visible folders in sorted order; `__MACOSX` is what one system adds to its archives."""
    inside = (path for path in place.iterdir() if path.name[0] != "." and path.name != "__MACOSX")
    return sorted(path for path in inside if path.is_dir())


def _classes(level: Path) -> tuple[dict[str, list[Path]], int]:
    """Pictures of each class in sorted order, and how many visible files were not taken.

    Raises:
        BadFile: naming the classes that hold no picture.
    """
    found, ignored = dict[str, list[Path]](), 0
    for folder in _folders(level):
        files = [path for path in sorted(folder.iterdir()) if path.name[0] != "." and path.is_file()]
        found[folder.name] = [path for path in files if _is_picture(path, level.name == ANIMALS)]
        ignored += len(files) - len(found[folder.name])
    if empty := [name for name, pictures in found.items() if not pictures]:
        endings = ".jpeg" if level.name == ANIMALS else " ".join(ENDINGS)
        what = str(level)
        empty[0] = f"none in {empty[0]}"
        raise listing(what, f"pictures ({endings}) in every class folder", empty)
    return found, ignored


def _is_picture(path: Path, animals: bool) -> bool:
    return path.suffix == ".jpeg" if animals else path.suffix.lower() in ENDINGS


def _agreed(listed: dict[str, dict[str, list[Path]]], what: str) -> tuple[str, ...]:
    """The classes, in sorted order, that every part has.

    Raises:
        BadFile: fewer than two, or one that only one part has.
    """
    first, *others = (set(part) for part in listed.values())
    if odd := sorted({name for other in others for name in first ^ other}):
        raise listing(what, "the same classes in both parts", odd)
    if len(first) < 2:
        raise BadFile(what=what, expected="at least two class folders", found=", ".join(first) or "none")
    return tuple(sorted(first))


def _items(listed: dict[str, list[Path]]) -> list[Item]:
    return [(path, label) for label, name in enumerate(sorted(listed)) for path in listed[name]]


def _split(listed: dict[str, list[Path]], test_share: float) -> tuple[list[Item], list[Item]]:
    """The first of each class train, the others test.

    Raises:
        BadFile: naming the classes that are too small to be in both parts.
    """
    first = {name: int(len(pictures) * (1 - test_share)) for name, pictures in listed.items()}
    if small := [name for name, count in first.items() if not 0 < count < len(listed[name])]:
        what = "class folders"
        raise listing(what, f"enough pictures to split off {test_share:.0%}", small)
    train = {name: pictures[: first[name]] for name, pictures in listed.items()}
    test = {name: pictures[first[name] :] for name, pictures in listed.items()}
    return _items(train), _items(test)


def _shared(train: Sequence[Item], test: Sequence[Item], digests: dict[Path, str]) -> list[str]:
    """Pictures of the test part, each with a training picture of the same content."""
    known = {digests[path]: path for path, _ in train}
    pairs = [(path, known[digests[path]]) for path, _ in test if digests[path] in known]
    return [f"{a.parent.name}/{a.name} = {b.parent.name}/{b.name}" for a, b in pairs]


def _digest(classes: Sequence[str], parts: dict[str, list[Item]], digests: dict[Path, str]) -> str:
    total = hashlib.sha256()
    for part, items in parts.items():
        for path, label in items:
            total.update(
                f"{part}\0{classes[label]}\0{path.name}\0{digests[path]}\n".encode("utf-8", "surrogateescape")
            )
    return total.hexdigest()


def listing(what: str, expected: str, offenders: Iterable[str], then: str = "") -> BadFile:
    """An error that shows the first five offenders and how many there are."""
    names = list(offenders)
    more = f" and {len(names) - TOLD:,} more" if len(names) > TOLD else ""
    return BadFile(what=what, expected=expected, found=", ".join(names[:TOLD]) + more, then=then)
