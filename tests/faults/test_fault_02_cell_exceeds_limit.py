from pathlib import Path

import pytest

from reflop.errors import RunFailed
from reflop.execute import execute
from tests import project


def test_fault_02_a_cell_over_its_limit_fails_the_run_and_the_limit_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project.enter(monkeypatch, project.make(tmp_path / "checkout"))
    execute("page", "smoke")
    before = project.state(root)
    project.write(root, "page", project.notebook("import time; time.sleep(600)"))
    with pytest.raises(
        RunFailed, match=r"page\.ipynb cell \d: expected an end within 3 s, found none"
    ) as caught:
        execute("page", "smoke", timeout_s=3)
    assert caught.value.exit_code == 1
    assert project.state(root) == before
    assert project.leftovers(root) == []
