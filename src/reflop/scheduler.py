"""Snakemake as a child process: alone in its checkout, silent but for its jobs, gone when its command is gone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from reflop import machine, staging
from reflop.errors import BadParams, RunFailed

JOB_FAILED = "Exiting because a job execution failed"  # Snakemake's words, where it itself did well
GRACE_S = 8.0  # what the jobs have for ending their kernels after SIGTERM


def make(root: Path, targets: list[Path], cores: int | str, profile: str | None, *options: str) -> bool:
    """Make `targets`, as many at once as fit; whether all were made.

    The lines of its jobs go to stderr, Snakemake's own to `build/logs/snakemake.log`. A batch whose command was
    killed is ended first.

    Raises:
        BadParams: an unknown profile or number of cores.
        RunFailed: Snakemake itself failed, or another batch is running in this checkout.
    """
    chosen = profile or "local"
    folder = _profile(root, chosen)
    words = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "workflow" / "Snakefile")]
    words += ["--directory", str(root), "--workflow-profile", str(folder), "--nolock", *options]
    words += ["--cores", str(_cores(cores))] if chosen == "local" else []
    words += ["--", *(str(target.relative_to(root)) for target in targets)]
    log = root / "build" / "logs" / "snakemake.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with _alone(root) as lock, log.open("w", encoding="utf-8") as own:
        code = _watch(words, own, lock)
    told = log.read_text(encoding="utf-8", errors="replace")
    if code != 0 and JOB_FAILED not in told:
        found = (told.strip().splitlines() or [f"exit code {code}"])[-1].strip()
        raise RunFailed(what="snakemake", found=found, then=f"less {log.relative_to(root)}")
    return code == 0


def _profile(root: Path, name: str) -> Path:
    """The folder of a profile."""
    profiles = root / "workflow" / "profiles"
    known = sorted(path.name for path in profiles.iterdir()) if profiles.is_dir() else []
    if name not in known:
        raise BadParams(what="profile", expected=f"one of {', '.join(known)}", found=repr(name)[:60])
    return profiles / name


def _cores(cores: int | str) -> int:
    """A number of cores, from a number or `all`.

    >>> _cores("2")
    2
    """
    if cores == "all":
        return machine.available_cores()
    if str(cores).isdecimal() and 1 <= int(cores) <= 4096:
        return int(cores)
    raise BadParams(what="cores", expected="1 to 4096, or all", found=repr(cores)[:40])


def _watch(words: list[str], own: IO[str], lock: IO[str]) -> int:
    """Run Snakemake, pass on the lines of its jobs, and let nothing of it outlive this call."""
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=own,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        pass_fds=[lock.fileno()],  # so that it is held as long as Snakemake lives, whatever becomes of us
    )
    try:
        _write(lock, f"{staging.owner(os.getpid())} {process.pid}")
        for line in process.stdout or ():
            print(line, end="", file=sys.stderr, flush=True)
        return process.wait()
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """Ask what is left of the process group to end, then make it."""
    if process.poll() is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[IO[str]]:
    """Hold the checkout's batch lock, which ends with the processes that hold it, however they end.

    Raises:
        RunFailed: saying which process is running a batch.
    """
    with (root / "build" / ".batch").open("a+", encoding="utf-8") as lock:
        lock.seek(0)
        maker, _, group = lock.read().partition(" ")
        if not _taken(lock) and staging.alive(maker) is not False:
            found = f"process {maker.partition('-')[0] or 'unknown'} running one"
            raise RunFailed(what=f"{root}", expected="one batch at a time", found=found, then="wait for it")
        if group.isdecimal() and staging.alive(maker) is False:
            staging.end_group(int(group), "snakemake", "reflop")
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield lock
        finally:
            _write(lock, "")


def _taken(lock: IO[str]) -> bool:
    """Try to take the lock without waiting."""
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _write(lock: IO[str], content: str) -> None:
    """Say in the lock file who holds it."""
    lock.seek(0)
    lock.truncate()
    lock.write(content)
    lock.flush()
