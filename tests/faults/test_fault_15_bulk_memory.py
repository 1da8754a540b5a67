"""A batch that does not fit into memory: exit 1, a smaller batch advised, no summary."""

import subprocess
import sys

import pytest

from tests import project
from tests.systems.bulk import jobs

LIMIT = 9 * 2**30  # of addresses; torch alone reserves several, one batch of the test needs more


def test_fault_15_a_batch_that_does_not_fit(tmp_path):
    pytest.importorskip("onnxruntime")
    jobs.pictures(tmp_path / "in", 3)
    jobs.network(tmp_path / "network.onnx")
    words = jobs.words(tmp_path, model="resnext50_32x4d", engine="torch", batch_size=65_536, decoders=1)
    limit = f"resource.setrlimit(resource.RLIMIT_AS, ({LIMIT}, {LIMIT}))"
    code = f"import resource, sys; {limit}; sys.argv = {['reflop', *words]!r}"
    told = subprocess.run(
        [sys.executable, "-c", f"{code}; from reflop.cli import main; main()"],
        cwd=project.CHECKOUT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert told.returncode == 1, told.stderr
    assert "a smaller --batch-size" in told.stderr
    assert not (tmp_path / "out" / "summary.json").exists()
