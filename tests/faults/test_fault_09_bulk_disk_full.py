"""The disk is full while a bulk run writes a step: exit 1 "no space", finished steps whole, the next run goes on."""

import secrets
import subprocess
import sys

import pytest

from tests import project
from tests.systems.bulk import jobs

LIMIT = 6000  # bytes of a file: enough for the status, not for the rows of a step with long names


def test_fault_09_no_room_for_a_step(tmp_path):
    pytest.importorskip("onnxruntime")
    folder = tmp_path
    jobs.pictures(folder / "in", 40)
    for path in (folder / "in").iterdir():
        path.rename(path.with_name(f"{path.stem}-{secrets.token_hex(100)}.jpg"))
    jobs.network(folder / "network.onnx")
    assert jobs.run(folder, processes=0, batches_per_step=10)[0] == 0  # laid out while there was room
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({LIMIT}, {LIMIT})); "
        f"sys.argv = ['worker', {str(folder / 'out')!r}]; "
        "from reflop.systems.bulk.worker import main; sys.exit(main())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=project.CHECKOUT, capture_output=True, timeout=120, check=False
    )
    assert told.returncode == 1
    assert "no space left" in (folder / "out" / "logs" / "0.log").read_text()
    assert not list((folder / "out" / "results").iterdir())
    assert jobs.run(folder, batches_per_step=10)[0] == 0
    assert len(jobs.table(folder)) == 40
