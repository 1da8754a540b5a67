"""A grid of parameters over one section, run through Snakemake: on this machine or a cluster, resumed after a kill."""

from __future__ import annotations

import hashlib
import itertools
import json
import shlex
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reflop import batch, catalog, runs, scheduler, source, template
from reflop import record as recording
from reflop.catalog import Section
from reflop.errors import BadFile, BadParams, ReflopError, RunFailed
from reflop.files import canonical, project_root, read_json, records_folder, require_writable, write_atomic
from reflop.record import Record


@dataclass(frozen=True)
class Point:
    """One point of a grid: what is asked, and what to type for it."""

    section: str
    preset: str
    given: dict[str, Any]
    record: str  # id of the record that answers it
    code: str  # fingerprint of the section's code and data
    alone: bool  # whether it is timed, and so takes all cores

    @property
    def id(self) -> str:
        """Twelve hex digits of the question."""
        return hashlib.sha256(self.asked.encode()).hexdigest()[:12]

    @property
    def asked(self) -> str:
        """The question as JSON."""
        return canonical(
            {"section": self.section, "preset": self.preset, "record": self.record, "source": self.code}
        )

    @property
    def command(self) -> str:
        """What runs it, after `reflop`."""
        words = [
            f"{name}={value if isinstance(value, str) else canonical(value)}"
            for name, value in self.given.items()
        ]
        return shlex.join(
            ["run", self.section, "--preset", self.preset, *(w for word in words for w in ("-p", word))]
        )

    def answer(self) -> Record | None:
        """The newest record that answers it, from whichever machine of a cluster."""
        name, folder = self.section.replace(".", "/"), records_folder()
        found = []
        for path in folder.glob(f"{name}-{self.record}@*.json"):
            try:
                found.append(recording.read(path))
            except BadFile:  # measured again
                continue
        same = [record for record in found if record.source == self.code and record.preset == self.preset]
        return max(same, key=lambda record: str(record.provenance["start"]), default=None)


def sweep(
    section: str,
    grid: dict[str, list[Any]],
    preset: str = "book",
    cores: int | str = "all",
    profile: str | None = None,
) -> list[Record]:
    """The records of `section` at every combination of the values in `grid` (name -> values), in order.

    Points measured before with the same code are not measured again; a point that this machine cannot run comes
    back as skipped. One that fails does not stop the others.

    Raises:
        BadParams: before anything starts, for the first point that is not valid.
        RunFailed: when the others are done, listing the points that failed.
    """
    root, entry = project_root(), catalog.section(section)
    if not grid or not all(grid.values()):
        raise BadParams(
            what="sweep", expected="at least one parameter with values", found=canonical(grid)[:60]
        )
    alone = _timed(root, section)
    grid_points = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    asked = [_point(entry, preset, given, alone) for given in grid_points]
    require_writable(records_folder())
    waiting = {point.id: point for point in asked if not _done(point)}
    told = f"{len(asked)} points, {len(asked) - len(waiting)} of them measured before"
    print(f"sweep of {section}: {told}", file=sys.stderr, flush=True)
    if waiting:
        _make(root, waiting, cores, profile)
    answers = [point.answer() for point in asked]
    failed = [_failure(root, point) for point, answer in zip(asked, answers, strict=True) if answer is None]
    if failed:
        then = f"reflop --debug {next(p for p, a in zip(asked, answers, strict=True) if a is None).command}"
        what = f"sweep of {section}: {len(failed)} of {len(asked)} points failed"
        raise RunFailed(what=what, found="; ".join(failed), then=then)
    return [answer for answer in answers if answer]


def points(path: str) -> dict[str, Point]:
    """The points that `sweep` wrote for Snakemake, by id."""
    return {point.id: point for point in (Point(**entry) for entry in read_json(Path(path)))}


def _point(entry: Section, preset: str, given: dict[str, Any], alone: bool) -> Point:
    params = entry.params.of(preset, given)
    identity = recording.record_id(
        entry.system, entry.name, params.model_dump(mode="json"), params.data_digests()
    )
    code = source.fingerprint(entry.module, params.data_digests())
    return Point(f"{entry.system}.{entry.name}", preset, given, identity, code, alone)


def _done(point: Point) -> bool:
    answer = point.answer()
    return answer is not None and answer.status == "done"


def _make(root: Path, waiting: dict[str, Point], cores: int | str, profile: str | None) -> None:
    """Have Snakemake run the points that wait."""
    folder = root / "build" / "sweeps"
    stamps = [folder / f"{name}.done" for name in waiting]
    for left in (*stamps, *(_log(root, point) for point in waiting.values())):
        left.unlink(missing_ok=True)
    text = json.dumps([asdict(point) for point in waiting.values()])
    file = folder / f"points-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    write_atomic(file, text)
    try:
        scheduler.make(root, stamps, cores, profile, "--config", f"points={file.relative_to(root)}")
    finally:
        file.unlink(missing_ok=True)


def _log(root: Path, point: Point) -> Path:
    return batch.log(root, "sweeps", point.id)


def _failure(root: Path, point: Point) -> str:
    given = " ".join(f"{name}={value}" for name, value in point.given.items())
    return f"{given}: {batch.last_line(_log(root, point))}"


def _timed(root: Path, section: str) -> bool:
    """Whether a page that runs the section takes all cores; so does a section that is on no page."""
    try:
        pages = [r for r in runs.load(root).values() if section in template.read(root / r.notebook).sections]
    except ReflopError:
        return True
    return any(run.threads == "all" for run in pages) or not pages
