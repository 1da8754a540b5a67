"""Peak memory of a fresh process: known allocations, errors that travel, children that die."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from reflop.errors import RunFailed, Unavailable
from reflop.measure.memory import peak_bytes
from tests.measure import memory_actions as actions

MIB = 2**20


def test_peak_counts_a_known_allocation_once() -> None:
    peak = peak_bytes(actions.allocate, 200)
    assert peak.result == 200 * 2**17
    assert 199 * MIB < peak.peak - peak.baseline < 230 * MIB  # the kernel counts in batches of pages


def test_peak_is_not_the_parents() -> None:
    ballast = bytearray(600 * MIB)
    ballast[::4096] = b"x" * len(ballast[::4096])  # resident in this process
    peak = peak_bytes(actions.allocate, 1)
    assert psutil.Process().memory_info().rss > 600 * MIB
    assert peak.peak < 300 * MIB


def test_errors_travel_back() -> None:
    with pytest.raises(RunFailed, match=r"fail: found KeyError: 'the key'"):
        peak_bytes(actions.fail, "the key")
    with pytest.raises(Unavailable, match="camera: expected one, found none") as caught:
        peak_bytes(actions.unavailable)
    assert caught.value.exit_code == 3


def test_result_that_cannot_travel_is_reported() -> None:
    with pytest.raises(RunFailed, match="unpicklable"):
        peak_bytes(actions.unpicklable)


def test_memory_error_advises_a_smaller_batch() -> None:
    with pytest.raises(RunFailed, match=r"MemoryError.*smaller batch"):
        peak_bytes(actions.exhausted)


def test_killed_child_is_reported_with_advice_and_leaves_no_process() -> None:
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(RunFailed, match=r"SIGKILL.*smaller batch"):
        peak_bytes(actions.die)
    left = [child for child in psutil.Process().children(recursive=True) if child not in before]
    assert all("resource_tracker" in " ".join(child.cmdline()) for child in left)


def test_child_ends_with_its_parent(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = (
        "from reflop.measure.memory import peak_bytes\n"
        "from tests.measure.memory_actions import sleep_after_writing_pid as action\n"
        f"peak_bytes(action, {str(pid_file)!r})\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    deadline = time.monotonic() + 60
    while not (pid_file.is_file() and pid_file.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    child = psutil.Process(int(pid_file.read_text()))
    parent.kill()
    parent.wait()
    assert child.wait(timeout=30) in (1, None)
