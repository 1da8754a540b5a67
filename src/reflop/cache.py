"""Arrays kept on disk under everything they follow from; a doubtful entry is computed again."""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reflop.errors import BadFile, BadParams
from reflop.files import canonical, records_folder, write_atomic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

VERSION = 1
ABOUT = "__about__"  # the member that says which version wrote the entry, and under which key


def arrays(
    follows: Mapping[str, object], compute: Callable[[], Arrays], folder: Path | None = None
) -> Arrays:
    """The arrays of `compute`, from the cache if an entry of the same `follows` is whole, else computed and kept.

    `follows` names all that the arrays follow from: the source fingerprint of the code, the digests of weights
    and data, the preprocessing, the dtype. What is left out there is what will be stale one day. A note on
    stderr tells of an entry that was discarded, and of one that could not be kept.

    Raises:
        BadParams: `compute` returned objects, which would need pickle.
    """
    about = canonical({"version": VERSION, "follows": follows})
    path = (folder or place()) / f"{hashlib.sha256(about.encode()).hexdigest()}.npz"
    if path.is_file():
        found = _read(path, about)
        if found is not None:
            return found
        _note(path, "damaged or of another version, computed again")
    made = compute()
    content = _packed(made, about)
    try:
        write_atomic(path, content)
    except BadFile as error:  # a full or read-only disk costs the time of the next run, not this result
        _note(path, f"not kept: {error.found}")
    return made


def place() -> Path:
    """The cache folder: beside the records, so that a redirected run writes nothing into the checkout."""
    return records_folder().parent / "cache"


def _packed(made: Arrays, about: str) -> bytes:
    import numpy as np

    for name, array in made.items():
        if name == ABOUT or not isinstance(array, np.ndarray) or array.dtype.hasobject:
            raise BadParams(what=f"cache {name}", expected="an array of numbers", found=type(array).__name__)
    buffer = io.BytesIO()
    members = {**made, ABOUT: np.frombuffer(about.encode(), dtype=np.uint8)}
    np.savez(buffer, allow_pickle=False, **members)  # type: ignore[arg-type]
    return buffer.getvalue()


def _read(path: Path, about: str) -> Arrays | None:
    """The arrays of an entry; None if a byte of it is missing or changed, or if it says another key or version."""
    import numpy as np

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as entry:
            if entry[ABOUT].tobytes() != about.encode():
                return None
            return {
                name: entry[name] for name in entry.files if name != ABOUT
            }  # zip checks each member's CRC
    except (EOFError, KeyError, NotImplementedError, OSError, TypeError, ValueError, zipfile.BadZipFile):
        return None


def _note(path: Path, told: str) -> None:
    print(f"cache entry {path.name[:12]}: {told}", file=sys.stderr)
