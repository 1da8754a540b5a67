"""The two halves of an image data set: classes a backbone is trained on, and classes that are then learnt from it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from reflop.data import embedded, image_folders, picture_batches, places
from reflop.errors import BadParams, Unavailable


@dataclass(frozen=True)
class Task:
    """Pictures (N, C, H, W) of type uint8 and labels (N,) from 0, for training and for one look at the end."""

    train: Tensor
    labels: Tensor
    test: Tensor
    test_labels: Tensor
    n_classes: int

    def only(self, classes: range) -> Task:
        """The pictures of these classes, labelled from 0."""
        kept, kept_test = ((y >= classes.start) & (y < classes.stop) for y in (self.labels, self.test_labels))
        return Task(
            self.train[kept],
            self.labels[kept] - classes.start,
            self.test[kept_test],
            self.test_labels[kept_test] - classes.start,
            len(classes),
        )

    def fewer(self, per_class: int | None) -> Task:
        """At most `per_class` training pictures of each class, the first ones."""
        if per_class is None:
            return self
        ranks = torch.zeros_like(self.labels)
        for c in range(self.n_classes):
            mine = self.labels == c
            ranks[mine] = torch.arange(int(mine.sum()))
        kept = ranks < per_class
        return Task(self.train[kept], self.labels[kept], self.test, self.test_labels, self.n_classes)


def load(name: str, size: tuple[int, int], seed: int, test_share: float) -> tuple[Task, float]:
    """The whole data set, and the seconds that reading and decoding it took.

    "digits" is scikit-learn's, split at random by `seed`; every other name is a folder that the user has named, with
    its own split (see `image_folders`).

    Raises:
        Unavailable: no folder was named for this data set.
        BadFile: a picture or a folder that cannot be used.
    """
    start = time.perf_counter()
    task = _digits(seed, test_share) if name == "digits" else _folder(name, size, test_share)
    return task, time.perf_counter() - start


def halves(task: Task) -> tuple[Task, Task]:
    """The first half of the classes (to train a backbone on) and the second (to transfer to).

    Raises:
        BadParams: fewer than four classes: a half must hold two.
    """
    middle = task.n_classes // 2
    if middle < 2:
        raise BadParams(what="classes to halve", expected="four or more", found=str(task.n_classes))
    return task.only(range(middle)), task.only(range(middle, task.n_classes))


def _digits(seed: int, test_share: float) -> Task:
    images, classes = embedded.digits()
    pictures = torch.from_numpy(images)[:, None] * 15  # 0 to 16 -> 0 to 240: bytes like any other picture
    labels = torch.from_numpy(classes)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(labels)))
    test, train = order[: int(test_share * len(order))], order[int(test_share * len(order)) :]
    return Task(pictures[train], labels[train], pictures[test], labels[test], 10)


def _folder(name: str, size: tuple[int, int], test_share: float) -> Task:
    place = places.folder(name)
    if place is None:
        then = f"reflop --data {name}=DIR ..., or REFLOP_DATA={name}=DIR"
        raise Unavailable(
            what=f"data set {name}", expected="a folder of class folders", found="none", then=then
        )
    found = image_folders.load(place, name, test_share=test_share, overlap="keep")
    train, labels = picture_batches.whole(found.train, size)
    test, test_labels = picture_batches.whole(found.test, size)
    return Task(train, labels, test, test_labels, len(found.classes))
