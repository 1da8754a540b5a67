"""Transfer and block sweep: what is refused, what is counted, what must not depend on what."""

from pathlib import Path

import pytest
import torch

from reflop import run
from reflop.errors import BadParams
from reflop.systems.optical import backprop, tasks
from reflop.systems.optical import transfer_sections as sections
from reflop.systems.optical.image_params import Blocks, Transfer
from tests.contract import smoke


def test_smoke_records_hold_every_method_and_stage():
    record = smoke.record("optical.transfer")
    methods = {row["method"] for row in record.rows if "method" in row}
    assert methods == {
        "optical ridge",
        "plain ridge",
        "back-propagation, original",
        "back-propagation, modern",
    }
    assert [row["stage"] for row in record.rows if "stage" in row] == list(sections.STAGES)
    assert record.metrics["accuracy_ridge"].value > 70
    assert all(
        0 <= row["accuracy_low"] <= row["accuracy_high"] <= 100 for row in record.rows if "method" in row
    )


def test_blocks_sweep_every_cut_in_both_precisions():
    record = smoke.record("optical.blocks")
    cuts = {(row["block"], row["layer"]) for row in record.rows}
    assert len(record.rows) == 2 * len(cuts)
    assert all(row["overflows"] == 0 for row in record.rows)
    halves = [row for row in record.rows if row["dtype"] == "float16"]
    wholes = [row for row in record.rows if row["dtype"] == "float32"]
    assert [2 * row["size_mib"] for row in halves] == [row["size_mib"] for row in wholes]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ratio": 2.0}, "ratio"),
        ({"n_components": None, "ratio": None}, "ratio"),
        ({"backbone": "resnet50"}, "weights file or random"),
        ({"encoder": "postive"}, "positive"),
        ({"data": "../etc"}, "text like"),
        ({"ratio": 0.0, "n_components": None}, "more than 0"),
    ],
)
def test_refused_before_anything_runs(given, told):
    with pytest.raises(BadParams, match=told):
        Transfer.of("smoke", given)


def test_a_ratio_that_leaves_no_component_is_refused():
    params = Transfer.of("smoke", {"n_components": None, "ratio": 1e6})
    with pytest.raises(BadParams, match="at least one component"):
        sections.optics(params, 64)


def test_missing_data_or_weights_are_a_skip():
    assert run("optical.transfer", preset="smoke", data="animals10").status == "skipped"
    record = run("optical.transfer", preset="smoke", backbone="resnet18", weights="file", option="full")
    assert record.status == "skipped"
    assert "resnet18" in record.reason


def test_float16_overflow_is_counted_and_held_at_the_limit():
    class Loud(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * 1e6

    task, _ = tasks.load("digits", (8, 8), 0, 0.3)
    scaling = backprop.Scaling.of(task.train)
    train, _, _, overflows = sections.network_features(Loud(), task.fewer(5), scaling, "float16")
    assert overflows > 0
    assert bool(torch.isfinite(train).all())
    assert float(train.abs().max()) == torch.finfo(torch.float16).max
    assert sections.network_features(Loud(), task.fewer(5), scaling, "float32")[3] == 0


def test_the_backbone_never_sees_the_new_classes():
    params = Blocks.of("smoke")
    task, body, _, _, accuracy = sections.prepared(params, 0, option="noavgpool")
    assert task.n_classes == 5
    assert accuracy > 20  # percent, of five classes it was trained on
    assert not body.training


@pytest.mark.parametrize("option", ["full", "noavgpool"])
def test_the_body_of_a_trained_network_is_the_backbone_of_that_option(option):
    from reflop.models import backbones, cutting, small_cnn

    ours = backprop.body(small_cnn.build("small_digits", 5), option)
    theirs = backbones.build("small_digits", option)
    assert [name for name, _ in ours.named_children()] == [name for name, _ in theirs.named_children()]
    assert cutting.feature_shape(ours, (1, 8, 8)) == cutting.feature_shape(theirs, (1, 8, 8))


def test_scratch_is_not_needed(tmp_path: Path):
    sections.blocks(Blocks.of("smoke", {"draws": 2, "dtypes": ["float32"], "per_class": 10}), tmp_path)
    assert not list(tmp_path.iterdir())
