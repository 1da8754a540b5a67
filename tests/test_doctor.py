"""The doctor finds what is missing, says how to get it, and loads nothing heavy unless asked to measure."""

import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from reflop import doctor, machine
from reflop.doctor import OPTIONAL, REQUIRED, Finding, report
from reflop.engines import ENGINES
from reflop.measure import peaks
from reflop.record import Metric


def found() -> dict[str, Finding]:
    findings = report()
    by_name = {finding.name: finding for finding in findings}
    assert len(by_name) == len(findings)
    return by_name


def test_the_twelve_packages_of_the_project_are_reported() -> None:
    expected = {
        "jupyter-book", "papermill", "nbclient", "torch", "torchvision", "matplotlib", "seaborn", "scikit-learn",
        "tensorrt", "lightonml", "detectron2", "graphviz",
    }  # fmt: skip
    assert REQUIRED.keys() | OPTIONAL.keys() == expected
    assert found().keys() >= expected | {f"engine {name}" for name in ENGINES}


def test_versions_are_told() -> None:
    assert found()["torch"] == Finding("torch", "ok", str(machine.version("torch")))


def test_bare_machine_says_how_to_get_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "version", lambda name: None)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    monkeypatch.setattr(machine, "gpu_list", list)
    findings = found()
    for name in REQUIRED:
        assert (findings[name].state, findings[name].how) == ("missing", REQUIRED[name])
    for name in (*OPTIONAL, "dot", "g++", "git", "chromium", "GPU"):
        assert findings[name].state == "optional"
        assert findings[name].how
    assert findings["lightonml"].how == "pip install --no-deps lightonml==1.4.3"


def test_jupyter_book_2_is_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "version", lambda name: "2.1.0")
    assert found()["jupyter-book"].state == "missing"
    assert found()["jupyter-book"].how == "pip install 'jupyter-book<2'"


def test_gpus_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "gpu_list", lambda: [{"name": "NVIDIA H200", "driver": "580.1"}])
    assert found()["GPU"] == Finding("GPU", "ok", "NVIDIA H200, driver 580.1")


def test_full_disk_is_missing_room(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage(100, 99, 2**30))
    assert found()["disk"] == Finding("disk", "missing", "1.0 GiB free", "free 4 GiB")


def test_records_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in the way").write_text("")
    monkeypatch.setenv("REFLOP_RECORDS", str(tmp_path / "in the way"))
    assert found()["records"].state == "missing"
    assert "REFLOP_RECORDS" in found()["records"].how


def test_real_data_that_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found()["real data"].state == "ok"
    monkeypatch.setenv("REFLOP_DATA", os.pathsep.join([f"coco={tmp_path}", f"mpii={tmp_path}"]))
    assert found()["real data"].detail == "coco, mpii"
    monkeypatch.setenv("REFLOP_DATA", "coco=/no/such/folder")
    assert found()["real data"].state == "missing"


def test_peaks_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    rate = Metric(2.5e12, "FLOP/s", 2e12, 3e12, 7)
    monkeypatch.setattr(peaks, "peaks", lambda device: {"matmul_float32": rate})
    assert not [finding for finding in report() if finding.name.startswith("peak")]
    measured = [finding for finding in report(peaks=True) if finding.name.startswith("peak")]
    assert measured[0] == Finding("peak cpu matmul_float32", "ok", "2.5 TFLOP/s (2 to 3, n = 7)")


def test_asking_loads_no_torch() -> None:
    code = "import sys; from reflop.doctor import report; report(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
