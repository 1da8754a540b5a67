"""The small ResNeXt is trained on scenes: stored, tested as stored, resumable, and it learns."""

from pathlib import Path

import pytest
import torch

from reflop import cache
from reflop.data import scenes
from reflop.systems.bulk import networks, training
from reflop.systems.bulk.examples import digit_scenes
from reflop.systems.bulk.params import Training

TINY = Training.of("smoke", {"n_train": 48, "n_test": 20, "epochs": 2, "batch_size": 16})


def test_training_measures_the_network_that_it_stores(tmp_path: Path) -> None:
    measured = training.training(TINY, tmp_path).checked("bulk.training")
    assert [row["epoch"] for row in measured.rows] == [1, 2]
    assert measured.metrics["params"].value == 1_823_050
    assert measured.metrics["macs"].value == 94_971_904  # 95,985,664 with 1000 classes, less 990 x 1024
    path = measured.artefacts["network"]
    assert path.stat().st_size == measured.metrics["size_bytes"].value < 5_000_000
    loaded = networks.load("resnext_small", path)
    pixels, labels = digit_scenes(20, 0, "test")
    with torch.inference_mode():
        right = int((loaded.module(pixels).argmax(1) == labels).sum())
    assert measured.metrics["accuracy"].value == 100 * right / 20
    assert not list(cache.place().glob("bulk-training-*")), "the state of a finished training is not kept"


def test_a_training_that_was_stopped_goes_on_and_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = training.training(TINY, tmp_path)
    expected = whole.artefacts["network"].read_bytes()
    epoch, calls = training.batches.shuffled, []

    def stopped(*given):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return epoch(*given)

    monkeypatch.setattr(training.batches, "shuffled", stopped)
    with pytest.raises(KeyboardInterrupt):
        training.training(TINY, tmp_path)
    again = training.training(TINY, tmp_path)
    assert len(calls) == 3, "the first epoch was not done again"
    assert again.artefacts["network"].read_bytes() == expected
    assert [row["train_loss"] for row in again.rows] == [row["train_loss"] for row in whole.rows]


def test_a_few_scenes_are_learnt_by_heart(tmp_path: Path) -> None:
    params = Training.of("smoke", {"n_train": 16, "n_test": 4, "epochs": 20, "batch_size": 16})
    rows = training.training(params, tmp_path).rows
    assert rows[-1]["train_accuracy"] == 100
    assert rows[-1]["train_loss"] < 0.1 * rows[0]["train_loss"]


def test_examples_are_the_scenes_cropped() -> None:
    pixels, labels = digit_scenes(3, 7, "train")
    whole, expected = scenes.pictures(3, 7, (73, 97), "train")
    assert labels.tolist() == expected.tolist()
    assert (pixels.numpy() == whole[:, 4:68, 16:80]).all()
