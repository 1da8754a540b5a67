"""Write an embedded data set out in its published folder layout."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from reflop.data import embedded
from reflop.data.catalogue import DATASETS, dataset
from reflop.data.known.pictures import N_SCENES, N_TRAFFIC
from reflop.errors import BadParams
from reflop.files import new_folder


def make(name: str, folder: Path) -> str:
    """Write the data set as `folder`, which appears when it is complete; returns one line on what was done.

    Raises:
        BadParams: not an embedded data set, or `folder` exists.
    """
    if dataset(name).load is None:
        bundled = ", ".join(known for known, entry in DATASETS.items() if entry.load is not None)
        raise BadParams(
            what=f"data make {name}",
            expected=f"one of {bundled}",
            found="a set to fetch",
            then=f"reflop data fetch {name} DIR",
        )
    with new_folder(folder) as inside:
        count = _WRITERS[name](inside)
    return f"{name}: {count:,} files in {folder}"


def _digits(folder: Path) -> int:
    """Class folders of 8-bit grey PNG files; a pixel of 0 to 16 becomes 0 to 255 and can be taken back."""
    import numpy as np
    from PIL import Image

    images, labels = embedded.digits()
    pixels = np.rint(images * (255 / 16)).astype(np.uint8)
    for label in range(10):
        (folder / str(label)).mkdir()
    for index, (picture, label) in enumerate(zip(pixels, labels, strict=True)):
        Image.fromarray(picture).save(folder / str(label) / f"{index:04d}.png")
    return len(labels)


def _photographs(folder: Path) -> int:
    """The JPEG files as they are."""
    sources = embedded.files("photographs")
    for source in sources:
        shutil.copyfile(source, folder / source.name)
    return len(sources)


def _digit_scenes(folder: Path) -> int:
    """JPEG files in folders of their digit, made of digits that the small ResNeXt is not trained on."""
    from reflop.data import scenes

    scenes.write(folder, N_SCENES)
    return N_SCENES


def _traffic_clip(folder: Path) -> int:
    """A video and its CSV of detections."""
    from reflop.data import traffic

    return len(traffic.write(folder, N_TRAFFIC))


_WRITERS: dict[str, Callable[[Path], int]] = {
    "digits": _digits,
    "photographs": _photographs,
    "digit_scenes": _digit_scenes,
    "traffic_clip": _traffic_clip,
}
