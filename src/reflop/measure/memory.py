"""Peak memory of a function, read in a process of its own so that nothing earlier counts."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import resource
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Generic, TypeVar

from reflop.errors import ReflopError, RunFailed

R = TypeVar("R")
ADVICE = "a smaller batch"


@dataclass(frozen=True)
class Peak(Generic[R]):
    """What the function returned, its peak resident memory and the memory before it began, in bytes."""

    result: R
    peak: int
    baseline: int


def peak_bytes(function: Callable[..., R], *args: Any) -> Peak[R]:
    """Call `function(*args)` in a fresh process and read its peak resident memory.

    The function, its arguments and its result must pickle: a function of a module, plain values, arrays.
    `baseline` is taken after the imports; `peak - baseline` is what the call itself needed.

    Raises:
        RunFailed: the function raised, or its process was killed (usually for want of memory). An error of
            Reflop's own family comes back as itself.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(theirs, function, args), daemon=True)
    name = getattr(function, "__qualname__", repr(function))
    try:
        process.start()
        theirs.close()  # so that the end of the child is the end of the pipe
        try:
            told, content = ours.recv()
        except EOFError:
            told, content = None, None
        process.join()
        if told is None:
            raise RunFailed(what=name, expected="an answer", found=_ending(process.exitcode), then=ADVICE)
    finally:
        if process.is_alive():
            process.kill()
            process.join()
        ours.close()
        theirs.close()
    if told == "error":
        raise content[0](**content[1])
    return Peak(*content)


def _child(pipe: Connection, function: Callable[..., object], args: tuple[Any, ...]) -> None:
    """Run in the fresh process: measure, then send ("peak", values) or ("error", class and fields)."""
    threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        baseline = _restart_peak()
        result = function(*args)
        pipe.send(("peak", (result, _peak(), baseline)))
    except ReflopError as error:
        fields = {name: getattr(error, name) for name in ("what", "expected", "found", "then")}
        pipe.send(("error", (type(error), fields)))
    except Exception as error:  # the boundary of a process: whatever it was has to be told across
        name = getattr(function, "__qualname__", repr(function))
        short = isinstance(error, MemoryError) or "out of memory" in str(error).lower()
        found = f"{type(error).__name__}: {error}"
        pipe.send(("error", (RunFailed, {"what": name, "found": found, "then": ADVICE if short else ""})))


def _follow_parent() -> None:
    """End this process when the one that started it is gone, so that it never is an orphan."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _restart_peak() -> int:
    """Set the kernel's high-water mark to the present memory where it lets us; returns the present memory."""
    import psutil

    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return psutil.Process().memory_info().rss


def _peak() -> int:
    """High-water mark of resident memory in bytes.

    Linux's `ru_maxrss` survives exec and so may be the parent's; the mark in `/proc` is this process's own.
    """
    with contextlib.suppress(OSError):
        found = re.search(r"^VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
        if found:
            return int(found.group(1)) * 1024
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024


def _ending(code: int | None) -> str:
    """How a process ended, in words.

    >>> _ending(-9)
    'its process ended by SIGKILL, usually for want of memory'
    """
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"its process ended by {name}" + (", usually for want of memory" if code == -9 else "")
    return f"its process ended with code {code}"
