import signal
import tempfile
from pathlib import Path

import psutil
import pytest

from reflop import staging
from reflop.execute import execute
from tests import project
from tests.faults import interrupted


def test_fault_07_the_next_run_succeeds_and_cleans_up_after_a_killed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project.make(tmp_path / "checkout", interrupted.SLEEP)
    command, kernel = interrupted.start(root)
    assert interrupted.end(command, signal.SIGKILL) == -signal.SIGKILL
    assert psutil.pid_exists(kernel)
    [left] = project.leftovers(root)
    assert left.startswith(f"{staging.PREFIX}{command.pid}-")
    sockets = Path((project.published(root).parent / left / "sockets").read_text())
    assert sockets.parent == Path(tempfile.gettempdir())
    project.enter(monkeypatch, root)
    project.write(root, "page", project.notebook())
    assert execute("page", "smoke") == project.published(root)
    assert interrupted.gone(kernel)
    interrupted.said(command)
    assert project.leftovers(root) == []
    assert not sockets.exists()
