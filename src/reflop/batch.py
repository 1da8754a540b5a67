"""Every page that is out of date, made through Snakemake."""

from __future__ import annotations

import contextlib
from pathlib import Path

from reflop import executed, runs, scheduler, template
from reflop import record as recording
from reflop.errors import ReflopError
from reflop.files import project_root, read_json, records_folder
from reflop.runs import Run

PAGE_LIMIT_BYTES = 64 * 2**20
LONGEST_MIN = 24 * 60


def run_all(
    preset: str = "book",
    cores: int | str = "all",
    profile: str | None = None,
    only: list[str] | None = None,
) -> dict[str, str | None]:
    """Execute every run of `runs.yaml` whose page is out of date; the error of each run, None where all is well.

    A page is out of date when its parameters, its notebook or the code of a section it uses changed, or when a
    record it names is gone. A run that fails does not stop the others, and the page it made before stays. After
    a kill at any moment the same call goes on from there.

    Raises:
        BadParams: an unknown run, profile or number of cores, or a damaged `runs.yaml`.
        RunFailed: Snakemake itself failed, or another batch is running in this checkout.
    """
    root = project_root()
    known = runs.load(root)
    chosen = list(known.values()) if only is None else [runs.find(name, root) for name in only]
    errors: dict[str, str | None] = {run.id: None for run in chosen}
    asked: dict[str, str] = {}
    for run in chosen:
        try:
            asked[run.id] = question(run, preset, root)
        except ReflopError as error:
            errors[run.id] = str(error)
    stale = [name for name, text in asked.items() if not current(root, preset, name, text)]
    for name in stale:
        for left in (stamp(root, preset, name), log(root, preset, name)):
            left.unlink(missing_ok=True)
    if stale:
        scheduler.make(root, [stamp(root, preset, name) for name in stale], cores, profile)
    for name in stale:
        if not current(root, preset, name, asked[name]):
            errors[name] = last_line(log(root, preset, name))
    return errors


def question(run: Run, preset: str, root: Path) -> str:
    """What the page of `run` answers: see `Template.asked`."""
    return template.read(root / run.notebook).asked(preset, run.parameters)


def minutes(run: Run, preset: str) -> int:
    """How long a run may take before it counts as stuck: ten times its budget, a day beyond the preset "book"."""
    return max(10, run.budget_s // 6) if preset in ("smoke", "book") else LONGEST_MIN


def stamp(root: Path, preset: str, run_id: str) -> Path:
    """The file beside a page that holds the question it answers; there only while the page is good."""
    return root / "build" / "runs" / preset / f".{run_id}.done"


def log(root: Path, preset: str, name: str) -> Path:
    """Where the lines of a job go."""
    return root / "build" / "logs" / preset / f"{name}.log"


def current(root: Path, preset: str, run_id: str, asked: str) -> bool:
    """Whether the page is there, answers `asked`, and every record it names can be read."""
    try:
        if stamp(root, preset, run_id).read_text(encoding="utf-8") != asked:
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
