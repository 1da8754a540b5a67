from pathlib import Path

import pytest

from reflop.errors import RunFailed
from reflop.execute import execute
from tests import project


@pytest.mark.parametrize("cell", ["import sys; sys.exit(0)", "raise SystemExit", "import os; os._exit(0)"])
def test_fault_03_leaving_in_a_cell_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: str
) -> None:
    root = project.enter(monkeypatch, project.make(tmp_path / "checkout", cell))
    with pytest.raises(RunFailed, match=r"notebooks/page\.ipynb cell 5") as caught:
        execute("page", "smoke")
    assert caught.value.exit_code == 1
    assert not project.published(root).exists()
    assert project.leftovers(root) == []
