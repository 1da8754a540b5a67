"""Fault 57: not a git checkout, a dirty tree, tools missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reflop import machine
from reflop.experiment import run
from tests import toy


def checkout(folder: Path) -> Path:
    """A git checkout with one commit of one file, the place of the package."""
    folder.mkdir()
    (folder / "machine.py").write_text("")
    name = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "."], [*name, "commit", "-qm", "one"]):
        subprocess.run(["git", "-C", folder, *words], check=True)
    return folder


def place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "__file__", str(folder / "machine.py"))


def test_fault_57_outside_a_checkout_the_commit_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(tmp_path, monkeypatch)
    with toy.installed():
        record = run("toy.draw", "smoke")
    assert (record.provenance["commit"], record.provenance["dirty"]) == ("unknown", None)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_fault_57_dirty_tree_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = checkout(tmp_path / "checkout")
    place(folder, monkeypatch)
    clean = machine.commit()
    assert len(clean["commit"]) == 40
    assert clean["dirty"] is False
    (folder / "machine.py").write_text("# changed\n")
    assert machine.commit() == clean | {"dirty": True}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_fault_57_a_foreign_checkout_around_the_package_lends_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = checkout(tmp_path / "theirs") / "site-packages"
    installed.mkdir()
    (installed / "machine.py").touch()
    place(installed, monkeypatch)
    assert machine.commit() == {"commit": "unknown", "dirty": None}


def test_fault_57_without_any_tool_a_section_still_runs(tmp_path: Path) -> None:
    code = (
        "from reflop import run\nfrom tests import toy\n"
        "with toy.installed(): told = run('toy.draw', 'smoke').provenance\n"
        "print(told['commit'], told['machine']['gpus'])"
    )
    environment = os.environ | {"PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "unknown []\n"
