"""What precision does to answers: the judgement by hand, and the section on a network that is kept."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from reflop.engines import ENGINES
from reflop.engines.asked import asked
from reflop.errors import BadParams, Unavailable
from reflop.figures import style
from reflop.measure import statistics
from reflop.record import SCHEMA, Metric, Record, record_id
from reflop.systems.bulk import networks, precision, precision_figures
from reflop.systems.bulk.params import Precision, Training
from tests import toy
from tests.systems.bulk import kept_network

TINY = {"n_test": 10, "n_calibration": 4, "batch_size": 4}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return toy.checkout(tmp_path / "checkout", monkeypatch)


def answers(logits: torch.Tensor) -> precision.Answers:
    return precision.Answers(logits, "int8", "1")


def test_a_contender_judged_by_hand() -> None:
    """Four pictures of three classes: one answer lost, one won, one wrong both times, one right both times."""
    reference = torch.eye(3)[[0, 1, 2, 0]] * 4
    labels = torch.tensor([0, 2, 1, 1])  # right, wrong, wrong, wrong
    found = reference.clone()
    found[0] = torch.tensor([0.0, 4.0, 0.0])  # lost
    found[1] = torch.tensor([0.0, 4.0, 5.0])  # won
    found[3] = torch.tensor([0.0, 1.0, 0.0])  # won
    row = precision.judged(answers(found), reference, labels)
    assert row["accuracy"] == 50
    assert row["change"] == 25  # from 1 of 4 to 2 of 4
    assert row["change_low"] < 0 < row["change_high"]
    assert row["agreement"] == 25
    assert row["max_error"] == 5
    assert row["mean_error"] == pytest.approx((8 + 5 + 5) / 12)
    assert row["relative_error"] == pytest.approx((32 + 25 + 17) ** 0.5 / 8)
    assert (row["kept"], row["holds_gate"]) == (200, True)


@pytest.mark.parametrize(("lost", "holds"), [(1, True), (2, False)])
def test_the_gate_is_99_percent_of_float32_s_accuracy_not_of_the_pictures(lost: int, holds: bool) -> None:
    """Of 150 pictures 100 are right in float32: one may be lost, two may not."""
    labels, reference = torch.zeros(150, dtype=torch.int64), torch.zeros(150, 2)
    reference[:100, 0], reference[100:, 1] = 1, 1
    found = reference.clone()
    found[:lost] = torch.tensor([0.0, 1.0])
    row = precision.judged(answers(found), reference, labels)
    assert row["kept"] == pytest.approx(100 - lost)
    assert row["holds_gate"] is holds


def test_the_five_likeliest_classes() -> None:
    reference = torch.arange(10.0).repeat(2, 1)
    found = reference.clone()
    found[1, 0] = 100  # 0 comes in, 5 goes out
    assert precision._shared(found, reference) == 90


@pytest.mark.parametrize(("gained", "lost", "n"), [(0, 0, 10), (3, 1, 50), (0, 10, 10), (40, 60, 100)])
def test_a_paired_difference_mirrors_and_holds_its_value(gained: int, lost: int, n: int) -> None:
    one, other = statistics.difference(gained, lost, n), statistics.difference(lost, gained, n)
    assert one.value == 100 * (gained - lost) / n
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert -100 <= one.low <= one.value <= one.high <= 100


def test_the_interval_of_a_paired_difference_covers_the_truth_in_95_of_100_cases() -> None:
    generator = torch.Generator().manual_seed(0)
    covered = 0
    for _ in range(2000):
        draw = torch.rand(200, generator=generator)
        metric = statistics.difference(int((draw < 0.05).sum()), int((draw > 0.98).sum()), 200)
        covered += metric.low <= 3.0 <= metric.high
    assert 1860 <= covered <= 1960


def test_the_section_compares_torch_with_itself(root: Path, tmp_path: Path) -> None:
    kept_network.keep(root)
    params = Precision.of("smoke", {**TINY, "contenders": ["torch-float32", "torch-bfloat16", "ipu-float16"]})
    measured = precision.precision(params, tmp_path).checked("bulk.precision")
    same, half, missing = measured.rows
    assert (same["agreement"], same["max_error"], same["computed"]) == (100, 0, "float32")
    assert half["computed"] == "bfloat16"
    assert 1e-4 < half["relative_error"] < 0.5
    assert "discontinued" in missing["unavailable"]
    assert measured.metrics["accuracy"] == measured.metrics["accuracy_torch_float32"]
    assert measured.metrics["contenders"].value == 2
    worst = measured.metrics["worst_kept"]
    assert worst.value == pytest.approx(min(same["kept"], half["kept"]))


def test_every_batch_has_the_same_size() -> None:
    batches = precision._whole(torch.ones(10, 2, 2, 3, dtype=torch.uint8), 4)
    assert [len(batch) for batch in batches] == [4, 4, 4]
    assert batches[-1].sum() == 2 * 12


def named(params: Precision) -> list[tuple[str, str]]:
    """The contenders of the section."""
    return asked(params.contenders, params.device)


def test_random_networks_missing_weights_and_unknown_engines_are_refused(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "CODE", root)
    with pytest.raises(BadParams, match="resnext_small, trained by this project"):
        precision.precision(Precision.of("smoke", {"model": "resnext50_32x4d"}), tmp_path)
    with pytest.raises(Unavailable, match=r"reflop keep bulk\.training"):
        precision.precision(Precision.of("smoke"), tmp_path)
    with pytest.raises(BadParams, match="'openvino' \\(nearest\\)"):
        named(Precision.of("smoke", {"contenders": ["open_vino-int8"]}))


def test_nothing_that_can_run_is_a_skip(root: Path, tmp_path: Path) -> None:
    kept_network.keep(root)
    with pytest.raises(Unavailable, match="discontinued"):
        precision.precision(Precision.of("smoke", {**TINY, "contenders": ["ipu-float16"]}), tmp_path)


def test_presets_ask_for_contenders_that_exist() -> None:
    for preset in Precision.presets():
        for engine, kind in named(Precision.of(preset)):
            assert kind in ENGINES[engine].precisions
    compiled = [engine for engine, _ in named(Precision.of("smoke")) if "compile" in engine]
    assert compiled == []


def record(section: str, params: Precision | Training, metrics: dict, rows: list) -> Record:
    asked = params.model_dump(mode="json")
    return Record(
        schema=SCHEMA, id=record_id("bulk", section, asked), system="bulk", section=section, preset="book",
        status="done", reason="", params=asked, metrics=metrics, rows=rows, nature="measured", scale="reduced",
        source="", artefacts={},
        provenance={"command": "", "machine": {"slug": "box-x2"}, "seconds": 1.0, "start": kept_network.START},
    )  # fmt: skip


def made() -> Record:
    """Of 200 scenes 190 are right in float32; int8 loses four of them and an engine has gone."""
    labels, reference = torch.zeros(200, dtype=torch.int64), torch.zeros(200, 2)
    reference[:190, 0], reference[190:, 1] = 1, 1
    worse = reference.clone()
    worse[:4] = torch.tensor([0.0, 1.0])
    rows = [
        {
            "engine": "torch",
            "precision": "float32",
            **precision.judged(answers(reference), reference, labels),
        },
        {"engine": "openvino", "precision": "int8", **precision.judged(answers(worse), reference, labels)},
        {"engine": "cuda", "precision": "float16", "unavailable": "no NVIDIA GPU"},
    ]
    rows[0]["computed"] = "float32"
    return record("precision", Precision(), precision._metrics(rows, reference, labels), rows)


def test_the_caption_says_who_falls_below_the_gate() -> None:
    with style("light"):
        drawing = precision_figures.precision([made()])
        assert drawing.svg()
    assert "All but openvino, int8 keep 99 % of float32's accuracy" in drawing.caption
    assert "97.9 [" in drawing.caption
    rows = [row | {"holds_gate": True} for row in made().rows]
    with style("dark"):
        drawing = precision_figures.precision([replace(made(), rows=rows)])
    assert "All 2 contenders keep" in drawing.caption


def test_training_figure_tells_accuracy_and_time() -> None:
    rows = [{"epoch": n, "train_accuracy": 50.0 * n, "train_s": 3.0} for n in (1, 2)]
    metrics = {"accuracy": statistics.proportion(480, 500), "train_s": Metric.exact(6.0, "s")}
    with style("light"):
        drawing = precision_figures.training([record("training", Training(epochs=2), metrics, rows)])
        assert drawing.svg()
    assert "After 2 epochs" in drawing.caption
    assert "(6 s)" in drawing.caption
    assert "96.0 [" in drawing.caption
