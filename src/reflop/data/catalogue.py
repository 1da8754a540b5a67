"""The one catalogue of data sets and weight files: `DATASETS`, a plain mapping of name to value."""

from __future__ import annotations

from pathlib import Path

from reflop.data.dataset import Dataset
from reflop.data.known.pictures import PICTURES
from reflop.data.known.tasks import TASKS
from reflop.data.known.videos import VIDEOS
from reflop.data.known.weights import WEIGHTS
from reflop.data.places import manifest_digest
from reflop.params import unknown

DATASETS: dict[str, Dataset] = {entry.name: entry for entry in (*PICTURES, *VIDEOS, *TASKS, *WEIGHTS)}


def dataset(name: str) -> Dataset:
    """The entry called `name`.

    Raises:
        BadParams: with the nearest known name.
    """
    if name not in DATASETS:
        raise unknown(name, list(DATASETS), "data set")
    return DATASETS[name]


def check(name: str, folder: Path) -> list[str]:
    """What is missing, empty, miscounted or damaged in a folder of the data set; the first five problems."""
    return dataset(name).problems(folder)


__all__ = ["DATASETS", "check", "dataset", "manifest_digest"]
