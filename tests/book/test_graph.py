import json
import shutil
from pathlib import Path

import pytest

from reflop.book import graph
from reflop.book.folder import Folder
from reflop.errors import RunFailed
from reflop.figures import INK
from tests.book.made import ROOT

DRAWINGS = sorted((ROOT / "book/drawings").glob("*.dot"))


def told(folder: Path, path: Path) -> dict:
    graph.stage(Folder(folder), path)
    return json.loads((folder / f"figures/{path.stem}.json").read_text())


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_drawings_follow_the_theme(tmp_path: Path, path: Path) -> None:
    found = told(tmp_path, path)
    for theme, ink in INK.items():
        svg = (tmp_path / "figures" / found[theme]).read_text()
        assert ink in svg
        assert "INK" not in svg
    assert found["alt"]
    assert found["caption"]


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_without_graphviz_the_drawing_is_told_in_words(tmp_path: Path, monkeypatch, path: Path) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    found = told(tmp_path, path)
    assert (found["light"], found["dark"]) == (None, None)
    assert "in words" in found["caption"]


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_a_bad_drawing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.dot"
    path.write_text("// caption: c\n// alt: a\ndigraph {")
    with pytest.raises(RunFailed, match=r"bad\.dot"):
        told(tmp_path, path)
