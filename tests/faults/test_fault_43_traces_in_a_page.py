"""Fault 43 at its first gate: what a notebook showed of this machine is gone from the published page."""

import os
import socket
from pathlib import Path

import pytest

from reflop.execute import execute
from tests import project

TELLTALE = "\n".join(
    [
        "import os, pathlib, sys",
        "print(os.getcwd(), pathlib.Path.home() / 'x', 'on quiet' + '-badger')",
        "print(os.environ['SECRET_OF_MINE'], file=sys.stderr)",
    ]
)
SHOWN = "import pathlib\npathlib.Path.cwd()"
WIDGET = "import ipywidgets\nipywidgets.IntSlider(41)"
WARNING = "import warnings\nwarnings.warn('noise')"


def test_fault_43_a_published_page_tells_nothing_of_the_machine_or_the_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home" / "ada-lovelace"
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(socket, "gethostname", lambda: "quiet-badger")
    monkeypatch.setenv("SECRET_OF_MINE", "sesame")
    root = project.enter(monkeypatch, project.make(home / "checkout", TELLTALE, SHOWN, WIDGET, WARNING))
    text = execute("page", "smoke").read_text(encoding="utf-8")
    places = (str(root), str(home), str(tmp_path), "ada-lovelace", os.environ["REFLOP_RECORDS"])
    kinds = ("output_path", "environment_variables", "widget-state", "widget-view", '"name": "stderr"')
    for trace in (*places, "quiet-badger", "sesame", "noise", *kinds):
        assert trace not in text.replace("warnings.warn('noise')", ""), trace
    assert '"input_path": "notebooks/page.ipynb"' in text
