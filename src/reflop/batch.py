"""Many runs at once through Snakemake: what is out of date, on these cores or on a cluster, after any kill."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from reflop import executed, machine, runs, staging, template
from reflop import record as recording
from reflop.errors import BadFile, BadParams, ReflopError, RunFailed
from reflop.files import NAME, checked_name, project_root, read_json, records_folder
from reflop.runs import Run

PAGE_LIMIT_BYTES = 64 * 2**20
GRACE_S = 8.0  # what a job has for ending its kernel after SIGTERM


def run_all(
    preset: str = "book",
    cores: int | str = "all",
    profile: str | None = None,
    only: list[str] | None = None,
) -> dict[str, str | None]:
    """Execute every run of `runs.yaml` whose page is out of date; the error of each run, None where all is well.

    A page is out of date when its parameters, its notebook or the code of a section it uses changed, or when a
    record it names is gone. One that fails does not stop the others; what it published before stays.

    Raises:
        BadParams: an unknown run, profile or number of cores, or a damaged `runs.yaml`.
        RunFailed: Snakemake itself failed, or another batch is running in this checkout.
    """
    root = project_root()
    known = runs.load(root)
    chosen = [runs.find(name, root) for name in only] if only is not None else list(known.values())
    asked, errors = _asked(root, preset, chosen)
    stale = [name for name, question in asked.items() if not current(root, preset, name, question)]
    for name in stale:
        stamp(root, preset, name).unlink(missing_ok=True)
        log(root, preset, name).unlink(missing_ok=True)
    if stale:
        snakemake(root, [str(stamp(root, preset, name).relative_to(root)) for name in stale], cores, profile)
    for name in stale:
        done = current(root, preset, name, asked[name])
        errors[name] = None if done else last_line(log(root, preset, name))
    return {run.id: errors.get(run.id) for run in chosen}


def question(run: Run, preset: str, root: Path) -> str:
    """What the page of `run` answers: see `Template.asked`."""
    return template.read(root / run.notebook).asked(preset, run.parameters)


def stamp(root: Path, preset: str, run_id: str) -> Path:
    """The file beside a page that holds the question it answers; there only while the page is good."""
    return root / "build" / "runs" / preset / f".{run_id}.done"


def log(root: Path, preset: str, name: str) -> Path:
    """Where a job's lines go."""
    return root / "build" / "logs" / preset / f"{name}.log"


def current(root: Path, preset: str, run_id: str, question: str) -> bool:
    """Whether the page is there, answers `question`, and every record it names can be read."""
    try:
        if stamp(root, preset, run_id).read_text(encoding="utf-8") != question:
            return False
        page = read_json(root / "build" / "runs" / preset / f"{run_id}.ipynb", PAGE_LIMIT_BYTES)
        for entry in executed.records(page):
            recording.read(records_folder() / entry["file"])
    except (OSError, LookupError, TypeError):
        return False
    return True


def last_line(path: Path) -> str:
    """The last line of a log, which is the error of the job that failed."""
    with contextlib.suppress(OSError):
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        if lines:
            return lines[-1].removeprefix("reflop: ")
    return "not run"


def _asked(root: Path, preset: str, chosen: list[Run]) -> tuple[dict[str, str], dict[str, str | None]]:
    """The question of every run, and the errors of those that cannot even be asked."""
    asked: dict[str, str] = {}
    errors: dict[str, str | None] = {}
    for run in chosen:
        try:
            asked[run.id] = question(run, preset, root)
        except ReflopError as error:
            errors[run.id] = str(error)
    return asked, errors


def snakemake(root: Path, targets: list[str], cores: int | str, profile: str | None, *options: str) -> bool:
    """Make `targets` (relative to `root`), as many at once as fit; whether all were made.

    Each job's lines go to its log and to stderr, Snakemake's own to `build/logs/snakemake.log`.

    Raises:
        BadParams: an unknown profile or number of cores.
        RunFailed: Snakemake itself failed, or another batch is running in this checkout.
    """
    chosen = profile or "local"
    folder = root / "workflow" / "profiles" / checked_name(chosen, "profile")
    if not folder.is_dir():
        known = sorted(path.name for path in folder.parent.glob("*") if NAME.fullmatch(path.name))
        raise BadParams(what="profile", expected=f"one of {', '.join(known)}", found=repr(chosen))
    words = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "workflow" / "Snakefile")]
    words += ["--directory", str(root), "--workflow-profile", str(folder), "--nolock", *options]
    words += ["--cores", str(_cores(cores))] if chosen == "local" else []
    logs = root / "build" / "logs" / "snakemake.log"
    logs.parent.mkdir(parents=True, exist_ok=True)
    with _alone(root) as lock, logs.open("w", encoding="utf-8") as own:
        code = _watch([*words, "--", *targets], own, lock)
    if code != 0 and "Error in rule" not in logs.read_text(encoding="utf-8", errors="replace"):
        raise RunFailed(what="snakemake", found=last_line(logs), then=f"less {logs.relative_to(root)}")
    return code == 0


def _cores(cores: int | str) -> int:
    """A number of cores from a number or `all`."""
    if cores == "all":
        return machine.available_cores()
    if str(cores).isdecimal() and 1 <= int(cores) <= 4096:
        return int(cores)
    raise BadParams(what="cores", expected="1 to 4096, or all", found=repr(cores)[:40])


def _watch(words: list[str], own: IO[str], lock: IO[str]) -> int:
    """Run Snakemake, pass on the lines of its jobs, and let nothing of it outlive this call."""
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=own,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        pass_fds=[lock.fileno()],  # held as long as Snakemake lives, whatever becomes of this process
    )
    _write(lock, {"pid": os.getpid(), "group": process.pid})
    try:
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
    """One batch at a time in a checkout. A batch whose command was killed is ended first; its pages are asked again.

    Raises:
        RunFailed: saying which process is running one.
    """
    with (root / "build" / ".batch").open("a+", encoding="utf-8") as lock:
        holder = _read(lock)
        if not _take(lock):
            if _alive(holder.get("pid", 0)):
                found = f"process {holder['pid']} running one"
                raise RunFailed(what=str(root), expected="one batch at a time", found=found, then="wait for it")
        staging.end_group(holder.get("group", 0), "snakemake", "reflop")
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield lock
        finally:
            _write(lock, {})
