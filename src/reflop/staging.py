"""A private place for one execution: beside the page it will replace, gone afterwards, even after a kill."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PREFIX = ".staging-"
SOCKETS = "reflop-ipc-"
SOCKET_LIMIT = 80  # of the 107 bytes that a socket's path may have, what its folder may take


@dataclass(frozen=True)
class Stage:
    """Where one execution works: `folder` on the page's own file system, `sockets` short enough for sockets."""

    folder: Path
    sockets: Path


@contextlib.contextmanager
def place(folder: Path) -> Iterator[Stage]:
    """A stage inside `folder`; what is left in it, its kernel included, ends with the block."""
    mine = Path(tempfile.mkdtemp(dir=folder, prefix=f"{PREFIX}{owner(os.getpid())}-"))
    sockets = Path(tempfile.mkdtemp(prefix=SOCKETS, dir=_short_folder()))
    try:
        (mine / "sockets").write_text(str(sockets), encoding="utf-8")
        yield Stage(mine, sockets)
    finally:
        end_processes(str(sockets))
        shutil.rmtree(sockets, ignore_errors=True)
        shutil.rmtree(mine, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what executions left in `folder` that were killed on this computer, their kernels included."""
    for left in folder.glob(f"{PREFIX}*"):
        maker = left.name.removeprefix(PREFIX).rpartition("-")[0]
        if alive(maker) is not False:
            continue
        with contextlib.suppress(OSError):
            sockets = Path((left / "sockets").read_text(encoding="utf-8"))
            if sockets.name.startswith(SOCKETS) and sockets.parent == _short_folder():
                end_processes(str(sockets))
                shutil.rmtree(sockets, ignore_errors=True)
        shutil.rmtree(left, ignore_errors=True)


def end_group(group: int, *words: str) -> None:
    """End the processes of a group, as far as they have one of `words` in their command line."""
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        with contextlib.suppress(OSError):
            line = " ".join(process.info["cmdline"] or [])
            if os.getpgid(process.pid) == group and any(word in line for word in words):
                process.kill()


def end_processes(word: str) -> None:
    """End every process group led by a process that has `word` in its command line: a kernel and its children."""
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        if any(word in part for part in process.info["cmdline"] or []) and process.pid != os.getpid():
            with contextlib.suppress(OSError, psutil.Error):
                group = os.getpgid(process.pid)
                os.killpg(group, signal.SIGKILL) if group == process.pid else process.kill()


def owner(pid: int) -> str:
    """A process that cannot be mistaken: number, computer (others may share the folder), start. Empty if gone.

    One that ended and was not yet collected by its parent is gone.
    """
    import psutil

    try:
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE
        return "" if ended else f"{pid}-{_host()}-{process.create_time():.0f}"
    except psutil.Error:
        return ""


def alive(maker: str) -> bool | None:
    """Whether the process of an `owner` text still runs; None if it ran on another computer or is no such text."""
    pid, _, rest = maker.partition("-")
    if not pid.isdecimal() or rest.partition("-")[0] != _host():
        return None
    return owner(int(pid)) == maker


def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _short_folder() -> Path:
    """The temporary folder, or `/tmp` where its path is too long for sockets."""
    usual = Path(tempfile.gettempdir())
    return usual if len(os.fsencode(usual)) <= SOCKET_LIMIT else Path("/tmp")
