from pathlib import Path

import pytest

from reflop.errors import RunFailed
from reflop.execute import execute
from tests import project


def test_fault_04_an_exception_fails_the_run_and_its_copy_is_kept_away_from_the_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project.enter(monkeypatch, project.make(tmp_path / "checkout"))
    execute("page", "smoke")
    before = project.state(root)
    project.write(root, "page", project.notebook('raise ValueError("first line\\nsecond line")'))
    kept = root / "build" / "failed" / "smoke" / "page.ipynb"
    with pytest.raises(RunFailed) as caught:
        execute("page", "smoke")
    told = f"notebooks/page.ipynb cell 5: found ValueError: first line; try: jupyter lab {kept}"
    assert str(caught.value) == told
    assert caught.value.exit_code == 1
    assert project.state(root) == before
    assert project.leftovers(root) == []
    assert [
        o.ename for cell in project.read(kept).cells for o in cell.get("outputs", []) if "ename" in o
    ] == ["ValueError"]
