"""A folder of extracted features: written on one machine, learnt from on another, refused where it does not fit.

Layout of the original: `<folder>/<model>_<block>.<layer>/<data>/features.npz` (train, test), `labels.npz` (train,
test) and `data.csv`; here with `key.json`, which says exactly which network, cut, precision and data they come from.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reflop.errors import BadFile
from reflop.files import canonical, read_json, sha256, write_atomic

LIMIT_BYTES = 16 * 2**30


@dataclass(frozen=True)
class Extracted:
    """Features (N, F) and labels (N,) of both parts."""

    train: NDArray[Any]
    test: NDArray[Any]
    labels: NDArray[np.int64]
    test_labels: NDArray[np.int64]


def place(folder: Path, key: Mapping[str, Any]) -> Path:
    """Where the features of this key lie below `folder`.

    >>> key = {"model": "resnet50", "block": 6, "layer": 2, "data": "animals10"}
    >>> place(Path("out"), key).as_posix()
    'out/resnet50_6.2/animals10'
    """
    block = "full" if key["block"] is None else f"{key['block']}.{key['layer']}"
    return folder / f"{key['model']}_{block}" / str(key["data"])


def write(folder: Path, key: Mapping[str, Any], found: Extracted, seconds: Mapping[str, float]) -> Path:
    """Write features, labels, the original's `data.csv` and the key; returns their folder.

    The key is written last and holds the digests of the others: a folder without a fitting key is unfinished.
    """
    inside = place(folder, key)
    write_atomic(inside / "features.npz", _packed(train=found.train, test=found.test))
    write_atomic(inside / "labels.npz", _packed(train=found.labels, test=found.test_labels))
    row = {"model": key["model"], "model options": key["option"], "dataset": key["data"],
           "dtype-train": key["dtype"], "dtype-test": key["dtype"], **seconds}  # fmt: skip
    table = io.StringIO()
    writer = csv.DictWriter(table, list(row), delimiter="\t")
    writer.writeheader()
    writer.writerow(row)
    write_atomic(inside / "data.csv", table.getvalue())
    digests = {name: sha256(inside / name) for name in ("features.npz", "labels.npz")}
    write_atomic(inside / "key.json", canonical({**key, "files": digests}) + "\n")
    return inside


def holds(inside: Path, key: Mapping[str, Any]) -> bool:
    """Whether `inside` holds whole features of this key."""
    try:
        read(inside, key)
    except BadFile:
        return False
    return True


def read(inside: Path, expected: Mapping[str, Any] | None = None) -> tuple[Extracted, dict[str, Any]]:
    """The features in a folder that `write` made, and their key.

    Raises:
        BadFile: unfinished or damaged, or made from another model, cut, precision or data than `expected`; says which.
    """
    key = read_json(inside / "key.json")
    if not isinstance(key, dict) or not isinstance(key.get("files"), dict):
        raise BadFile(
            what=str(inside / "key.json"), expected="the key of extracted features", found="something else"
        )
    for name, value in (expected or {}).items():
        if key.get(name) != value:
            raise BadFile(what=f"features in {inside}: {name}", expected=str(value), found=str(key.get(name))[:80],
                          then="reflop optical extract")  # fmt: skip
    for name in ("features.npz", "labels.npz"):
        path = inside / name
        if not path.is_file() or path.stat().st_size > LIMIT_BYTES or sha256(path) != key["files"].get(name):
            raise BadFile(what=str(path), expected=f"digest {str(key['files'].get(name))[:12]}", found="another",
                          then="reflop optical extract")  # fmt: skip
    with np.load(inside / "features.npz", allow_pickle=False) as features:
        train, test = features["train"], features["test"]
    with np.load(inside / "labels.npz", allow_pickle=False) as labels:
        return Extracted(train, test, labels["train"], labels["test"]), key


def _packed(**arrays: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
