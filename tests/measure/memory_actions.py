"""Functions for the memory tests: a fresh process has to be able to import them, without torch."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from reflop.errors import Unavailable


def allocate(mebibytes: int) -> int:
    return int(np.ones(mebibytes * 2**17).sum())


def fail(message: str) -> None:
    raise KeyError(message)


def unavailable() -> None:
    raise Unavailable(what="camera", expected="one", found="none")


def exhausted() -> None:
    raise MemoryError


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def unpicklable() -> object:
    return lambda: None


def sleep_after_writing_pid(path: str) -> None:
    with Path(path).open("w") as file:
        file.write(str(os.getpid()))
    time.sleep(120)
