"""Real pictures that come with scikit-learn, read from the installed package without importing it.

digits        1,797 handwritten digits of 8 x 8 pixels, ten classes (UCI, Alpaydin and Kaynak 1998)
photographs   two colour photographs of 427 x 640 pixels, a temple in China and a flower
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from reflop.errors import Unavailable
from reflop.params import unknown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILES = {
    "digits": ("data/digits.csv.gz",),
    "photographs": ("images/china.jpg", "images/flower.jpg"),
}


def digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images (1797, 8, 8) with values 0 to 16, and labels (1797,) 0 to 9, in the published order.

    >>> images, labels = digits()
    >>> images.shape, int(images.max()), labels[:5].tolist()
    ((1797, 8, 8), 16, [0, 1, 2, 3, 4])
    """
    import numpy as np

    rows = np.loadtxt(files("digits")[0], delimiter=",").astype(np.int64)  # 64 pixels and the label
    return rows[:, :-1].astype(np.uint8).reshape(-1, 8, 8), rows[:, -1]


def photographs() -> dict[str, NDArray[np.uint8]]:
    """The photographs under the names "china" and "flower", each (427, 640, 3), red, green, blue."""
    import numpy as np
    from PIL import Image

    pictures = {}
    for path in files("photographs"):
        with Image.open(path) as picture:
            pictures[path.stem] = np.asarray(picture.convert("RGB"))
    return pictures


def files(name: str) -> list[Path]:
    """The files of an embedded set, where scikit-learn is installed.

    Raises:
        Unavailable: scikit-learn is not installed, or came without its data.
    """
    if name not in FILES:
        raise unknown(name, list(FILES), "embedded data set")
    package = find_spec("sklearn")
    places = list(package.submodule_search_locations or []) if package else []
    found = [Path(place, "datasets", file) for place in places for file in FILES[name]]
    if not found or not all(path.is_file() for path in found):
        raise Unavailable(
            what=f"data set {name}",
            expected="scikit-learn with its data",
            found="none",
            then="pip install scikit-learn",
        )
    return found


def digest(name: str) -> str:
    """SHA-256 over the files of an embedded set: what a section states as its data."""
    total = hashlib.sha256()
    for path in files(name):
        total.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
