"""A command that is ended by a signal while a cell of its notebook runs."""

import signal
import subprocess
import time
from pathlib import Path

import psutil

from tests import project

# A cell in C code that holds the interpreter's lock: nothing inside the kernel can notice that its parent is gone.
SLEEP = "import ctypes, os, pathlib\npathlib.Path('pid').write_text(str(os.getpid()))\nctypes.PyDLL(None).sleep(600)"
START_S = 60
GONE_S = 5


def start(root: Path) -> tuple[subprocess.Popen[str], int]:
    """The command, and the process number of its kernel, which is inside the sleeping cell."""
    command = project.command(root, "execute", "page", "--preset", "smoke")
    told = root / "notebooks" / "pid"
    end = time.monotonic() + START_S
    while not (told.exists() and told.read_text()):
        assert command.poll() is None, command.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
    return command, int(told.read_text())


def end(command: subprocess.Popen[str], number: signal.Signals) -> int:
    """Send the signal to the command alone; its exit code."""
    command.send_signal(number)
    return command.wait(30)


def said(command: subprocess.Popen[str]) -> str:
    """What the command wrote to stderr; its kernel, which shares it, must be gone."""
    return command.communicate(timeout=30)[1]


def gone(pid: int) -> bool:
    """Whether the process ends within the promised time."""
    limit = time.monotonic() + GONE_S
    while time.monotonic() < limit:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False
