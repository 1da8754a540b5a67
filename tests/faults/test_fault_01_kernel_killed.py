from pathlib import Path

import pytest

from reflop.errors import RunFailed
from reflop.execute import execute
from tests import project

KILL = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


def test_fault_01_a_killed_kernel_fails_the_run_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project.enter(monkeypatch, project.make(tmp_path / "checkout"))
    execute("page", "smoke")
    before = project.state(root)
    project.write(root, "page", project.notebook(KILL))
    with pytest.raises(RunFailed, match=r"^notebooks/page\.ipynb cell 5: found the kernel died$") as caught:
        execute("page", "smoke")
    assert caught.value.exit_code == 1
    assert project.state(root) == before
    assert project.leftovers(root) == []
