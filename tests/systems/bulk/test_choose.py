"""The choice of an engine: the fastest among those that keep the answers, and nothing else."""

from pathlib import Path

import pytest
import torch
from torch import nn

from reflop.engines.session import Described, Session
from reflop.errors import Unavailable
from reflop.systems.bulk import choose
from reflop.systems.bulk.sessions import Source

N = 200


def answers(wrong):
    """Logits for pictures whose first pixel tells their class; the last `wrong` of the batch are mistaken."""

    def run(batch):
        classes = batch[:, 0, 0, 0].long() % 4
        if wrong:
            classes[-wrong:] = (classes[-wrong:] + 1) % 4
        return torch.nn.functional.one_hot(classes, 4).float()

    return run


WRONG = {
    ("torch", "float32"): 0,
    ("openvino", "int8"): 1,
    ("onnxruntime", "int8"): 9,
    ("openvino", "bfloat16"): 0,
}
SPEED = {
    ("torch", "float32"): 4.0,
    ("openvino", "int8"): 1.0,
    ("onnxruntime", "int8"): 0.5,
    ("openvino", "bfloat16"): 2.0,
}


@pytest.fixture
def sample():
    labels = torch.arange(N) % 4
    pixels = labels.to(torch.uint8).reshape(N, 1, 1, 1).expand(N, 2, 2, 3).contiguous()
    return [pixels], labels


@pytest.fixture
def engines(monkeypatch):
    """Sessions of known speed and known mistakes."""

    def prepared(_, engine, precision, *__, **___):
        if engine == "torch_compile":
            raise Unavailable(what="engine torch_compile", found="no compiler")
        run = answers(WRONG[engine, precision])
        return Session(engine, precision, run, lambda: Described(precision, {}))

    def interleaved(turns, rounds):
        return {name: [SPEED[tuple(name.split("-"))]] * rounds for name in turns}

    monkeypatch.setattr(choose, "prepared", prepared)
    monkeypatch.setattr(choose.timing, "interleaved", interleaved)
    monkeypatch.setattr(choose.timing, "seconds", lambda *_, **__: [1.0, 1.0])


def chosen(trained, sample, labels=None):
    source = Source(nn.Identity(), "", 2, trained)
    pairs = [*WRONG, ("torch_compile", "float32")]
    return choose.measured(source, pairs, sample, calibration=[], labels=labels)


@pytest.mark.usefixtures("engines")
def test_the_fastest_that_keeps_the_answers(sample):
    found = chosen(True, sample[0])
    assert [(one.engine, one.precision) for one in found if not one.why] == [
        ("openvino", "int8"), ("openvino", "bfloat16"), ("torch", "float32"),
    ]  # fmt: skip
    refused = {(one.engine, one.precision): one.why for one in found if one.why}
    assert "keeps 95.5 %" in refused["onnxruntime", "int8"]
    assert "no compiler" in refused["torch_compile", "float32"]


@pytest.mark.usefixtures("engines")
def test_with_labels_the_accuracy_counts(sample):
    pixels, labels = sample
    labels = labels.clone()
    labels[-9:] = (labels[-9:] + 1) % 4  # what the most mistaken engine says is right
    found = {(one.engine, one.precision): one for one in chosen(True, pixels, labels)}
    assert found["onnxruntime", "int8"].kept > 1
    assert not found["onnxruntime", "int8"].why


@pytest.mark.usefixtures("engines")
def test_random_weights_admit_float32_only(sample):
    found = chosen(False, sample[0])
    assert (found[0].engine, found[0].precision) == ("torch", "float32")
    assert all("random weights" in one.why for one in found if one.precision != "float32")


def test_candidates_leave_out_what_takes_minutes_unless_it_is_named():
    source = Source(nn.Identity(), "", 2, trained=True)
    assert "torch_compile" not in dict(choose.candidates(source))
    assert set(choose.candidates(source, engine="torch")) <= {("torch", "float32"), ("torch", "bfloat16")}
    assert {kind for _, kind in choose.candidates(source, precision="float32")} == {"float32"}


def test_a_file_goes_to_engines_that_read_files():
    pytest.importorskip("onnxruntime")
    source = Source(Path("network.onnx"), "", 2, trained=True)
    assert {name for name, _ in choose.candidates(source)} <= {"onnxruntime", "openvino"}


def test_nothing_that_runs_is_said_with_the_reason():
    with pytest.raises(Unavailable, match="GPU"):
        choose.candidates(Source(nn.Identity(), "", 2, trained=True), device="cuda", engine="tensorrt")
