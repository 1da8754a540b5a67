import signal
from pathlib import Path

from tests import project
from tests.faults import interrupted


def test_fault_05_ctrl_c_publishes_nothing_and_ends_the_kernel(tmp_path: Path) -> None:
    root = project.make(tmp_path / "checkout", interrupted.SLEEP)
    command, kernel = interrupted.start(root)
    code = interrupted.end(command, signal.SIGINT)
    assert code == 130
    assert interrupted.gone(kernel)
    assert "Traceback" not in interrupted.said(command)
    assert not project.published(root).exists()
    assert project.leftovers(root) == []
