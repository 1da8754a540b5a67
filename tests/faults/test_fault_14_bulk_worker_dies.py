"""The process that loads and classifies dies: exit 1, no summary, the finished steps whole."""

import os
import signal

import pytest

from reflop.systems.bulk import results
from tests.systems.bulk import jobs


def test_fault_14_no_summary_of_a_run_whose_worker_died(tmp_path):
    pytest.importorskip("onnxruntime")
    jobs.pictures(tmp_path / "in", 20)
    jobs.network(tmp_path / "network.onnx")
    jobs.block(tmp_path, 17)
    command = jobs.start(tmp_path)
    (worker,) = jobs.wait_for(command, tmp_path, finished=2)
    os.kill(worker.pid, signal.SIGKILL)
    _, err = command.communicate(timeout=60)
    assert command.returncode == 1
    assert len(err.strip().splitlines()[-1]) < 300
    assert "a worker was killed" in err
    assert not (tmp_path / "out" / "summary.json").exists()
    assert results.ledger(tmp_path / "out", 20) == {"ok": 16, "error": 0, "open": 4}
