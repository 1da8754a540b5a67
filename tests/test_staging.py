import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from reflop import staging

ENDED = "import os; from reflop import staging; print(staging.owner(os.getpid()))"


@pytest.fixture
def dead() -> str:
    """The owner text of a process of this computer that has ended."""
    return subprocess.run(
        [sys.executable, "-c", ENDED], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_place_is_gone_afterwards(tmp_path: Path) -> None:
    with staging.place(tmp_path) as stage:
        assert stage.folder.parent == tmp_path
        assert len(os.fsencode(stage.sockets)) <= staging.SOCKET_LIMIT + 20
        (stage.sockets / "file").touch()
    assert not stage.folder.exists()
    assert not stage.sockets.exists()


def test_a_place_is_gone_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), staging.place(tmp_path) as stage:
        1 / 0  # noqa: B018
    assert list(tmp_path.iterdir()) == []
    assert not stage.sockets.exists()


def test_sockets_stay_short_where_the_temporary_folder_is_deep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with staging.place(tmp_path) as stage:
        assert len(os.fsencode(stage.sockets)) < staging.SOCKET_LIMIT


def test_sweep_removes_only_what_dead_processes_of_this_computer_left(tmp_path: Path, dead: str) -> None:
    mine = f"{staging.PREFIX}{staging.owner(os.getpid())}-a"
    pid, host, start = staging.owner(os.getpid()).split("-")
    elsewhere = f"{staging.PREFIX}{pid}-{'0' * 8}-{start}-a"
    recycled = (
        f"{staging.PREFIX}{pid}-{host}-{int(start) - 60}-a"  # the number has been given to another process
    )
    for name in (mine, elsewhere, recycled, f"{staging.PREFIX}{dead}-a", "page.ipynb"):
        (tmp_path / name).mkdir()
    staging.sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {mine, elsewhere, "page.ipynb"}


def test_sweep_ends_the_kernel_that_was_left(tmp_path: Path, dead: str) -> None:
    left = tmp_path / f"{staging.PREFIX}{dead}-a"
    with staging.place(tmp_path) as stage:
        sockets = stage.sockets.with_name(f"{staging.SOCKETS}left-over-{os.getpid()}")
    sockets.mkdir()
    left.mkdir()
    (left / "sockets").write_text(str(sockets))
    words = [sys.executable, "-c", "import time; time.sleep(60)", str(sockets / "kernel.json")]
    kernel = subprocess.Popen(words, start_new_session=True)
    staging.sweep(tmp_path)
    assert kernel.wait(5) == -9
    assert not sockets.exists()
    assert not left.exists()


def test_sweep_follows_no_path_that_is_not_its_own(tmp_path: Path, dead: str) -> None:
    other = tmp_path / "reflop-ipc-precious"
    other.mkdir()
    left = tmp_path / "runs" / f"{staging.PREFIX}{dead}-a"
    left.mkdir(parents=True)
    (left / "sockets").write_text(str(other))
    staging.sweep(tmp_path / "runs")
    assert other.is_dir()
    assert not left.exists()


def test_alive() -> None:
    assert staging.alive(staging.owner(os.getpid())) is True
    assert staging.alive("1-ffffffff-0") is None
    assert staging.alive("") is None
    assert staging.owner(2**22 + 1) == ""


def test_a_process_that_ended_and_was_not_collected_is_not_alive() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        maker = staging.owner(process.pid)
        assert staging.alive(maker) is True
        process.stdin.close()  # it ends
        while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        assert staging.alive(maker) is False


def test_end_group_ends_only_processes_of_that_kind() -> None:
    words = [sys.executable, "-c", "import time; time.sleep(60)", "reflop-marker"]
    process = subprocess.Popen(words, start_new_session=True)
    try:
        staging.end_group(process.pid, "something else")
        assert psutil.pid_exists(process.pid)
        assert process.poll() is None
        staging.end_group(process.pid, "reflop-marker")
        assert process.wait(5) == -9
    finally:
        process.kill()
        process.wait()
