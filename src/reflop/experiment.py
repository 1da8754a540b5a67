"""Run one section: the only place that validates, times the whole, attaches provenance and saves."""

from __future__ import annotations

import json
import resource
import shlex
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reflop import catalog, machine, source
from reflop import record as recording
from reflop.errors import BadFile, ReflopError, RunFailed, Unavailable
from reflop.files import locked, project_root, records_folder, replace_folder, require_writable, sha256
from reflop.measure import energy
from reflop.params import Params
from reflop.record import SCHEMA, Measured, Record


def run(name: str, preset: str = "book", *, fresh: bool = False, **parameters: Any) -> Record:
    """The record of section `name` at `preset`, computed unless one of the same code and parameters exists here.

    Parameters that are None keep the preset's value, so a notebook passes all of its own. `fresh` recomputes.
    What this machine cannot run comes back as a record of status "skipped" with the reason.

    Raises:
        BadParams: unknown section, preset or parameter, a value out of range, a folder that cannot be written.
        RunFailed: the section broke, or produced a value that is not a finite number.
    """
    entry = catalog.section(name)
    given = {key: value for key, value in parameters.items() if value is not None}
    params = entry.params.of(preset, given)
    asked = params.model_dump(mode="json")
    data = params.data_digests()
    code = source.fingerprint(entry.module, data)
    identity = recording.record_id(entry.system, entry.name, asked, data)
    folder, here = records_folder(), machine.describe()["slug"]
    target = folder / recording.file_name(entry.system, entry.name, identity, here)
    if not fresh and (known := _reusable(target, code, preset)):
        return known
    require_writable(target.parent)
    with TemporaryDirectory(prefix="reflop-") as scratch:
        measured, reason, provenance = _measure(entry, params, Path(scratch))
        record = Record(
            schema=SCHEMA,
            id=identity,
            system=entry.system,
            section=entry.name,
            preset=preset,
            status="skipped" if reason else "done",
            reason=reason,
            params=asked,
            metrics=measured.metrics,
            rows=measured.rows,
            nature=measured.nature,
            scale="paper" if preset == "paper" else "reduced",
            source=code,
            artefacts={key: sha256(path) for key, path in measured.artefacts.items()},
            provenance={"command": _command(entry, preset, params), **provenance},
        ).sealed()
        with locked(target.parent):  # record and artefacts of one run, even if two end at once
            if measured.artefacts:
                files = {f"{key}{path.suffix}": path for key, path in measured.artefacts.items()}
                replace_folder(target.with_suffix(""), files)
            record.save(folder)
    return record


def _reusable(target: Path, fingerprint: str, preset: str) -> Record | None:
    """The stored record if it is whole, done, of this code and of this preset."""
    try:
        known = recording.read(target)
    except BadFile:
        return None  # absent, damaged or of an older schema: measured again
    same = known.source == fingerprint and known.preset == preset and known.status == "done"
    return known if same else None


def _measure(entry: catalog.Section, params: Params, scratch: Path) -> tuple[Measured, str, dict[str, Any]]:
    """What the section measured, or nothing and the reason why it cannot run here; and how it went."""
    name = f"{entry.system}.{entry.name}"
    start, began, reason = datetime.now(UTC), time.monotonic(), ""
    measured, spent = Measured(metrics={}), None

    def section() -> None:
        nonlocal measured
        measured = entry.function()(params, scratch).checked(name)

    try:
        spent = energy.measure(section)
    except Unavailable as missing:
        reason = str(missing)
    except ReflopError:
        raise
    except Exception as error:
        raise failed(name, error) from error
    seconds = round(time.monotonic() - began, 3)
    return measured, reason, {
        **machine.commit(),
        "machine": machine.describe(),
        "start": start.isoformat(timespec="milliseconds"),
        "seconds": seconds,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "seeds": [params.seed],
        "data": params.data_digests(),
        "energy_j": spent and round(spent.joules, 3),
        "energy_counters": list(spent.counters) if spent else [],
    }  # fmt: skip


def _command(entry: catalog.Section, preset: str, params: Params) -> str:
    """What to type to get this record again."""
    base = entry.params.of(preset)
    changed = [f"-p {k}={shlex.quote(_cli(v))}" for k, v in params if v != getattr(base, k)]
    return " ".join(["reflop run", f"{entry.system}.{entry.name}", f"--preset {preset}", *changed])


def _cli(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def records(of: Record | str) -> list[Record]:
    """The records a figure draws: the fresh one first, then those kept in `results/`, other machines included.

    `of` is the record that `run` has just returned, or a section's name, which stands for the newest local record.

    Raises:
        BadFile: when a kept record was damaged or edited.
    """
    name = of if isinstance(of, str) else of.name
    catalog.section(name)
    fresh = recording.read_all(records_folder(), name)[-1:] if isinstance(of, str) else [of]
    kept = recording.read_all(project_root() / "results", name)
    return fresh + [record for record in kept if record.digest not in {f.digest for f in fresh}]


def failed(name: str, error: BaseException) -> RunFailed:
    """The one-line report of a section that broke with an error of its own."""
    told = f"{type(error).__name__}: {error}"[:300]
    short = isinstance(error, MemoryError) or "out of memory" in told.lower()
    then = "a smaller batch or preset" if short else f"reflop --debug run {name}"
    return RunFailed(what=f"{name} failed", found=told, then=then)
