"""Fault 12: the results folder is read-only, or a file is in its place."""

import os
from pathlib import Path

import pytest

from reflop.errors import BadParams
from reflop.experiment import run
from reflop.record import Measured
from tests import toy


def _never(params: toy.Draw, work: Path) -> Measured:
    message = "computed although nothing can be saved"
    raise AssertionError(message)


@pytest.mark.parametrize("place", ["", "below"])
def test_fault_12_file_in_its_place_is_refused_before_any_compute(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("mine")
    monkeypatch.setenv("REFLOP_RECORDS", str(tmp_path / "taken" / place))
    with toy.installed(function=_never), pytest.raises(BadParams, match="expected a writable folder") as told:
        run("toy.draw", "smoke")
    assert told.value.exit_code == 2
    assert "REFLOP_RECORDS" in told.value.then
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_fault_12_read_only_folder_is_refused_before_any_compute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    monkeypatch.setenv("REFLOP_RECORDS", str(folder))
    with toy.installed(function=_never), pytest.raises(BadParams, match="expected a writable folder"):
        run("toy.draw", "smoke")


def test_fault_12_elsewhere_works_for_a_checkout_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = toy.checkout(tmp_path / "checkout", monkeypatch)
    (root / "build").write_text("no folder")
    with toy.installed():
        monkeypatch.delenv("REFLOP_RECORDS")
        with pytest.raises(BadParams, match="build/records"):
            run("toy.draw", "smoke")
        monkeypatch.setenv("REFLOP_RECORDS", str(tmp_path / "elsewhere"))
        assert run("toy.draw", "smoke").status == "done"
