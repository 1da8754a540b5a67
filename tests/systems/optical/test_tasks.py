"""Halves of a data set: disjoint classes, labels from 0, the same pictures for the same seed."""

import numpy as np
import pytest
import torch
from PIL import Image

from reflop.errors import BadFile, BadParams, Unavailable
from reflop.systems.optical.tasks import Task, halves, load


def test_digits_are_split_by_seed_and_share():
    (first, _), (again, _), (other, _) = (load("digits", (8, 8), seed, 0.3) for seed in (0, 0, 1))
    assert torch.equal(first.train, again.train)
    assert not torch.equal(first.train, other.train)
    assert len(first.test) == int(0.3 * 1797)
    assert first.train.dtype == torch.uint8


def test_halves_share_no_class_and_lose_no_picture():
    task, _ = load("digits", (8, 8), 0, 0.3)
    source, target = halves(task)
    assert (source.n_classes, target.n_classes) == (5, 5)
    assert len(source.train) + len(target.train) == len(task.train)
    assert set(source.labels.tolist()) == set(target.labels.tolist()) == set(range(5))


def test_fewer_takes_the_first_of_each_class():
    labels = torch.tensor([0, 1, 0, 1, 0])
    task = Task(torch.arange(5)[:, None], labels, torch.zeros(1, 1), torch.zeros(1), 2)
    assert task.fewer(1).train.flatten().tolist() == [0, 1]
    assert task.fewer(None) is task


def test_three_classes_cannot_be_halved():
    labels = torch.tensor([0, 1, 2])
    with pytest.raises(BadParams, match="four or more"):
        halves(Task(torch.zeros(3, 1), labels, torch.zeros(3, 1), labels, 3))


def folder(root, names, count=5):
    for c, name in enumerate(names):
        (root / name).mkdir(parents=True)
        for i in range(count):
            pixels = np.random.default_rng((c, i)).integers(0, 256, (20, 30, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / f"{i}.png")


def test_any_folder_of_class_folders(tmp_path, monkeypatch):
    folder(tmp_path, ["cat", "dog", "elk", "fox"])
    monkeypatch.setenv("REFLOP_DATA", f"image_folder={tmp_path}")
    task, seconds = load("image_folder", (32, 32), 0, 0.2)
    assert tuple(task.train.shape) == (16, 3, 32, 32)
    assert task.test_labels.tolist() == [0, 1, 2, 3]
    assert seconds > 0


def test_an_empty_class_is_named_and_a_missing_folder_is_a_skip(tmp_path, monkeypatch):
    folder(tmp_path, ["cat", "dog"])
    (tmp_path / "elk").mkdir()
    monkeypatch.setenv("REFLOP_DATA", f"image_folder={tmp_path}")
    with pytest.raises(BadFile, match="elk"):
        load("image_folder", (8, 8), 0, 0.2)
    with pytest.raises(Unavailable, match="animals10"):
        load("animals10", (8, 8), 0, 0.2)
