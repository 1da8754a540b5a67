"""`reflop folded train`: from folders of pictures to weights, scores and the original's text files."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from reflop.errors import BadFile, BadParams
from reflop.models import checkpoints
from reflop.systems.folded import build, runs, sources, tasks
from reflop.systems.folded.folding import FoldedClassifier
from reflop.systems.folded.frames import Frames, synthetic
from reflop.systems.folded.recipes import RECIPES
from reflop.train.evaluating import evaluate
from tests.data.test_cifar import write as write_cifar

APEX = "apex/squad_count_v2"


def test_from_folders_to_files(tmp_path: Path) -> None:
    (tmp_path / "data" / "apex").mkdir(parents=True)
    assert sources.write(APEX, tmp_path / "data" / APEX, 66) == 66 + 14 + 14
    parts = sources.frames(APEX, tmp_path / "data", 2, count=0, seed=0, overlap=False)
    assert {part: len(frames.labels) for part, frames in parts.items()} == {
        "train": 66,
        "val": 14,
        "test": 14,
    }
    assert len(set(parts["val"].labels[:8].tolist())) > 2  # not class by class
    told = runs.train(APEX, 2, RECIPES["grown"], parts, tmp_path / "out", epochs=3)
    run = tmp_path / "out" / APEX / "fold2"
    rows = list(csv.DictReader((run / "epochs.csv").read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [row["all_classes"] for row in rows] == ["0.0", "1.0", "1.0"]  # the first is of the narrow network
    assert [float(line) for line in (run / "val_top1.txt").read_text().split()] == [
        pytest.approx(float(row["val_top1"])) for row in rows
    ]
    last = rows[-1]
    assert float(last["val_top1"]) == pytest.approx((float(last["val_slot0"]) + float(last["val_slot1"])) / 2)
    assert len((run / "test_top5.txt").read_text().split()) == 1
    best = max(rows[1:], key=lambda row: float(row["val_top1"]))
    model = build(APEX, 2, weights=run / "best.safetensors")
    logits, labels = evaluate(FoldedClassifier(model, 2), parts["val"].batches())
    assert runs.scores(logits, labels)["top1"] == pytest.approx(float(best["val_top1"]))
    assert (
        json.loads((run / "summary.json").read_text())["test_accuracy_percent"]
        == told["test_accuracy_percent"]
    )
    other = {**parts, "train": Frames(parts["train"].pixels[:64], parts["train"].labels[:64])}
    with pytest.raises(BadParams, match=r"a training with frames '.*', found frames '.*--out DIR"):
        runs.train(APEX, 2, RECIPES["grown"], other, tmp_path / "out", epochs=3)
    with pytest.raises(BadParams, match="a training with recipe 'published, no"):
        runs.train(APEX, 2, RECIPES["flat"], parts, tmp_path / "out", epochs=3)
    assert runs.train(APEX, 2, RECIPES["grown"], parts, tmp_path / "out", epochs=3) == told


def test_weights_of_an_unfinished_curriculum_are_not_the_best(tmp_path: Path) -> None:
    frames = synthetic(tasks.game(APEX), 66, 0, "train")
    parts = dict.fromkeys(("train", "val", "test"), frames)
    runs.train(APEX, 4, RECIPES["published"], parts, tmp_path, epochs=10)
    rows = list(csv.DictReader((tmp_path / APEX / "fold4" / "epochs.csv").read_text().splitlines()))
    # 22 classes are all in from epoch 540 of 1500: the fourth of ten
    assert [row["all_classes"] for row in rows] == ["0.0"] * 4 + ["1.0"] * 6


def test_a_teacher_by_its_logits_from_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "cifar"
    folder.mkdir()
    write_cifar(folder, "cifar10", count=1200)
    parts = sources.frames("cifar10_resnet18", folder, 2, count=0, seed=0, overlap=False)
    assert (len(parts["train"].labels), len(parts["val"].labels)) == (998, 5002)


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    ask = {"count": 64, "seed": 0, "overlap": False}
    with pytest.raises(
        BadParams, match=r"noscope_coral: expected a folder of frames.*reflop data list noscope_subset"
    ):
        sources.frames("noscope_coral", None, 2, **ask)
    with pytest.raises(BadParams, match="a network that can be folded, found a scaled one"):
        sources.frames(f"efficientnet-game_{APEX}", None, 2, **ask)
    with pytest.raises(BadFile, match="folders train, val, test, found no folder"):
        sources.frames("noscope_coral", tmp_path, 2, **ask)
    checkpoints.save(build(APEX, 2), tmp_path / "fold2.safetensors")
    frames = synthetic(tasks.game(APEX), 66, 0, "train")
    with pytest.raises(BadFile, match=r"\(22, 96\) for apex.*found \(44, 132\).*the fold it was"):
        runs.train(
            APEX, 2, RECIPES["distilled"], dict.fromkeys(("train", "val", "test"), frames), tmp_path, epochs=1,
            teacher=tmp_path / "fold2.safetensors",
        )  # fmt: skip


PLAIN = """
import sys
from pathlib import Path
from reflop.systems.folded import runs, sources
from reflop.systems.folded.recipes import Recipe
from reflop.train import evaluating
from reflop.train.distributed import joined
evaluating.has_bfloat16 = lambda device="cpu": False  # whose rounding depends on how a batch is cut
sources.SYNTHETIC |= {"val": 64, "test": 64}
with joined() as place:
    parts = sources.frames("apex/squad_count_v2", None, 2, count=128, seed=0, overlap=False)
    plain = Recipe("plain", "sgd", 0.05, norm=False)
    runs.train("apex/squad_count_v2", 2, plain, parts, Path(sys.argv[1]), epochs=2, place=place)
"""


def test_two_processes_train_what_one_does(tmp_path: Path) -> None:
    """Without batch norm, the mean of two halves' gradients is the gradient of the whole batch."""
    script = tmp_path / "plain.py"
    script.write_text(PLAIN)
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    for name, before in (("one", []), ("two", torchrun)):
        command = [sys.executable, *before, str(script), str(tmp_path / name)]
        subprocess.run(command, check=True, env=env, capture_output=True, timeout=300)
    one, two = (
        checkpoints.read(tmp_path / name / APEX / "fold2" / "best.safetensors") for name in ("one", "two")
    )
    start = build(APEX, 2, seed=0).state_dict()
    moved = max(float((one[name] - start[name]).abs().max()) for name in one)
    apart = max(float((one[name] - two[name]).abs().max()) for name in one)
    assert apart < 1e-3 * moved, (apart, moved)


def test_only_game_networks_begin_from_unfolded_weights(tmp_path: Path) -> None:
    checkpoints.save(build("noscope_coral", 1), tmp_path / "unfolded.safetensors")
    pixels = torch.zeros(4, 3, 50, 50, dtype=torch.uint8)
    parts = dict.fromkeys(("train", "val", "test"), Frames(pixels, torch.tensor([0, 1, 0, 1])))
    with pytest.raises(BadParams, match="a game network, found Sequential"):
        runs.train(
            "noscope_coral",
            2,
            RECIPES["started"],
            parts,
            tmp_path,
            epochs=1,
            teacher=tmp_path / "unfolded.safetensors",
        )
