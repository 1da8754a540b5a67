"""A signal after sessions of every engine came and went is a KeyboardInterrupt, not the end of the process."""

import subprocess
import sys

import pytest

from reflop.engines import ENGINES

CHILD = """
import faulthandler, os, signal, sys
faulthandler.enable()  # as pytest and many applications do: it has a stack for signal handlers of its own
import torch
from reflop.engines import ENGINES

network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 4)).eval()
example = torch.zeros(2, 3, 2, 2)
for _ in range(3):
    session = ENGINES[sys.argv[1]].prepare(network, example, "float32")
    session.run(example)
del session
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("name", ["torch", "onnxruntime", "openvino"])
def test_ctrl_c_after_sessions(name: str) -> None:
    if reason := ENGINES[name].available():
        pytest.skip(reason)
    command = ["env", "--default-signal=INT", sys.executable, "-c", CHILD, name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr
