"""Fault 46: a GPU is asked for and none is there; a package is absent or fails when it is imported."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from reflop import catalog
from reflop import record as recording
from reflop.experiment import run

WITH_DEVICE = [
    pytest.param(name, marks=pytest.mark.xdist_group(f"smoke-{entry.system}"))
    for name, entry in catalog.sections().items()
    if "device" in entry.params.model_fields
]


@pytest.mark.parametrize("name", WITH_DEVICE)
@pytest.mark.parametrize("device", ["cuda", "cuda:0", "cuda:7"])
def test_fault_46_gpu_that_is_not_there_is_a_skip_with_its_reason(
    name: str, device: str, records_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(
        torch.cuda, "is_available", lambda: False
    )  # as without a card, or with too old a driver
    record = run(name, "smoke", device=device)
    assert record.status == "skipped"
    assert device in record.reason
    assert record.metrics == {}
    assert record.rows == []
    assert record.params["device"] == device
    assert recording.read(records_folder / record.file_name) == record


class _Fails:
    """An import hook under which a package is there but breaks, as one built for another numpy does."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> None:
        if name.partition(".")[0] == self.package:
            message = f"module 'numpy' has no attribute 'float' (while {name} was imported)"
            raise AttributeError(message)


@pytest.fixture(params=["absent", "broken"])
def without_lightonml(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in {"lightonml", "lightonopu"}]:
        monkeypatch.delitem(sys.modules, name)
    if request.param == "absent":
        monkeypatch.setitem(sys.modules, "lightonml", None)  # type: ignore[arg-type]
    else:
        monkeypatch.setattr(sys, "meta_path", [_Fails("lightonml"), *sys.meta_path])


@pytest.mark.xdist_group("smoke-optical")
def test_fault_46_only_engine_without_its_package_is_a_skip(without_lightonml: None) -> None:
    record = run("optical.speckle", "smoke", engines=["lightonml"])
    assert record.status == "skipped"
    assert "lightonml" in record.reason
    assert record.metrics == {}


@pytest.mark.xdist_group("smoke-optical")
def test_fault_46_other_engines_go_on_and_the_missing_one_is_named(without_lightonml: None) -> None:
    record = run("optical.speckle", "smoke", engines=["structured", "lightonml"], draws=2)
    assert record.status == "done"
    assert not [name for name in record.metrics if "lightonml" in name]
    (row,) = [row for row in record.rows if row.get("engine") == "lightonml"]
    assert "lightonml" in row["unavailable"]


@pytest.mark.xdist_group("smoke-optical")
def test_fault_46_device_that_is_not_there_is_never_simulated() -> None:
    record = run("optical.cost", "smoke", engines=["opu"])
    assert record.status == "skipped"
    assert "lightonopu" in record.reason
