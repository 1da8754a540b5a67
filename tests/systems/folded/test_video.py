"""A detector served frame by frame: every answer once and in order, and scores as worked by hand."""

from pathlib import Path

import pytest
import torch

from reflop.systems.folded import build, video
from reflop.systems.folded.folding import FoldedClassifier
from reflop.systems.folded.frames import scaled
from reflop.systems.folded.params import NoScope
from reflop.systems.folded.video_figures import runs
from tests.contract import smoke

FOLDED = "folded.noscope"
smoked = pytest.mark.xdist_group("smoke-folded")


def test_scores_of_a_case_worked_by_hand() -> None:
    truth, answers = torch.tensor([1, 1, 1, 0, 0, 0, 0, 0]), torch.tensor([1, 1, 0, 1, 1, 0, 0, 0])
    found = video.scores(truth, answers)
    assert {name: (metric.value, metric.n) for name, metric in found.items()} == {
        "accuracy": (62.5, 8), "precision": (50.0, 4), "recall": (pytest.approx(200 / 3), 3),
    }  # fmt: skip
    assert video.commoner(truth)["accuracy_commoner"].value == 62.5
    assert video.commoner(1 - truth)["accuracy_commoner"].value == 62.5
    assert "precision" not in video.scores(truth, torch.zeros(8, dtype=torch.int64))


@pytest.mark.parametrize("n", [1, 4, 11])
def test_serving_answers_every_frame_once_and_in_order(n: int) -> None:
    """Groups of f, the last one short: the same answers as all frames at once."""
    model = FoldedClassifier(build("noscope_night", 4, seed=5), 4).eval()
    torch.nn.init.normal_(model.network[-1].weight, generator=torch.Generator().manual_seed(0))
    pixels = torch.randint(
        0, 256, (n, 3, 50, 50), dtype=torch.uint8, generator=torch.Generator().manual_seed(1)
    )
    answers = video.served(model, pixels)
    assert answers.shape == (n,)
    with torch.no_grad():
        assert torch.equal(answers, model(scaled(pixels)).argmax(1))
    if n == 11:
        assert 0 < int(answers.sum()) < n


def test_stretches_of_a_strip() -> None:
    assert runs("") == []
    assert runs("1101") == [(0, 2), (3, 1)]
    assert runs("0110", "0") == [(0, 1), (3, 1)]


@smoked
def test_the_record_has_every_score_of_every_fold() -> None:
    record = smoke.record(FOLDED)
    folds = NoScope.of("smoke").folds
    wanted = {f"{score}_fold{f}" for score in ("accuracy", "precision", "recall", "rate") for f in folds}
    assert wanted | {"positive_share", "accuracy_commoner", "ratio_fold2"} == set(record.metrics)
    assert [(row["fold"], row["frames"]) for row in record.rows] == [
        (f, frames) for f in folds for frames in ("test", "test shuffled", "validation")
    ]


@smoked
def test_the_strip_agrees_with_the_metrics() -> None:
    record = smoke.record(FOLDED)
    for row in record.rows[::3]:
        truth, answers = row["truth"], row["answers"]
        n = len(truth)
        assert len(answers) == n == row["accuracy_n"]
        right = sum(a == b for a, b in zip(truth, answers, strict=True))
        assert record.metrics[f"accuracy_fold{row['fold']}"].value == pytest.approx(100 * right / n)
        assert record.metrics["positive_share"].value == pytest.approx(100 * truth.count("1") / n)
        assert row["wait_ms"] == pytest.approx((row["fold"] - 1) * 1000 / 30)


@smoked
def test_parts_follow_each_other_and_do_not_overlap(tmp_path: Path) -> None:
    train, validation, test = video.parted(NoScope.of("smoke"), tmp_path)
    assert len(train.labels) == len(validation.labels) == len(test.labels)
    numbers = sorted(int(path.stem) for path in (tmp_path / "frames").iterdir())
    first, each = numbers[0], len(train.labels)
    assert numbers == list(range(first, first + 3 * each))
    assert first == each  # the video "night" starts at the second eighth
    assert train.pixels.shape == (each, 3, 50, 50)
