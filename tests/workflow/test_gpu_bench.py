import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from reflop import kept
from reflop.record import Measured
from tests import toy
from tests.repository.tracked import ROOT

SCRIPT = ROOT / "workflow" / "gpu_bench.py"


@pytest.fixture
def bench() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("gpu_bench", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    before = signal.getsignal(signal.SIGALRM)
    yield module
    signal.signal(signal.SIGALRM, before)


def test_without_a_gpu_it_says_so_in_one_line(tmp_path: Path) -> None:
    environment = os.environ | {"OUT": str(tmp_path), "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, SCRIPT, "--system", "optical"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "gpu_bench: no CUDA GPU that torch can use here\n"
    assert list(tmp_path.iterdir()) == []


def test_records_of_every_preset_come_back_as_lines(bench: ModuleType, tmp_path: Path) -> None:
    with toy.installed():
        assert bench.measured("toy", ["smoke", "book", "long"], "cpu", tmp_path / "records.jsonl")
        found = kept.read_lines(tmp_path / "records.jsonl")
    assert [(record.name, record.preset) for record in found] == [("toy.draw", "smoke"), ("toy.draw", "book")]


def test_failed_section_is_told_and_the_others_are_kept(
    bench: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(params: toy.Draw, work: Path) -> Measured:
        if params.n == 2:
            raise KeyError(params.n)
        return toy.draw(params, work)

    with toy.installed(function=breaks):
        assert not bench.measured("toy", ["smoke", "book"], "cpu", tmp_path / "records.jsonl")
    assert "toy.draw (smoke): failed toy.draw failed" in capsys.readouterr().out
    assert [record.preset for record in kept.read_lines(tmp_path / "records.jsonl")] == ["book"]


def test_time_limit_ends_a_section_and_leaves_out_the_rest(
    bench: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def sleeps(params: toy.Draw, work: Path) -> Measured:
        time.sleep(60)
        return toy.draw(params, work)

    with toy.installed(function=sleeps):
        assert not bench.measured("toy", ["smoke", "book"], "cpu", tmp_path / "records.jsonl", limit_s=1)
    (told,) = capsys.readouterr().out.splitlines()  # the second section did not begin
    assert told.startswith("toy.draw (smoke): failed")
    assert "the time of the whole bench is over" in told


def test_check_holds_on_the_processor_and_sees_short_arithmetic(
    bench: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = bench.CHECKS["optical"]("cpu")
    assert errors.keys() == {"dense", "blocked", "structured"}
    assert 0 < errors["dense"] <= bench.TOLERANCE  # float32 and float64 do differ
    for error, sound in ((1e-6, True), (1e-3, False)):
        monkeypatch.setitem(bench.CHECKS, "optical", lambda device, error=error: {"dense": error})
        assert bench.checked("optical", "cpu") == sound


def test_check_of_bulk_inference_holds_on_the_processor_and_sees_other_weights(
    bench: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from reflop.engines import eager

    errors = bench.CHECKS["bulk"]("cpu")
    assert errors.keys() == {"torch, run", "torch, stream"}
    assert all(0 < error <= bench.TOLERANCE for error in errors.values())
    monkeypatch.setitem(eager.DTYPES, "float32", torch.bfloat16)  # a session that is not what it says
    assert min(bench.CHECKS["bulk"]("cpu").values()) > bench.TOLERANCE
