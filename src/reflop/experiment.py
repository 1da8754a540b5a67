"""Run one section: the only place that validates, times the whole, attaches provenance and saves."""

from __future__ import annotations

import json
import resource
import shlex
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reflop import catalog, machine, source
from reflop import record as recording
from reflop.errors import BadFile, RunFailed, Unavailable
from reflop.files import project_root, records_folder, require_writable, sha256
from reflop.params import Params
from reflop.record import SCHEMA, Measured, Record


def run(name: str, preset: str = "book", *, fresh: bool = False, **parameters: Any) -> Record:
    """The record of section `name` at `preset`, computed unless one of the same code and parameters exists here.

    Parameters that are None keep the preset's value, so a notebook passes all of its own. `fresh` recomputes.

    Raises:
        BadParams: unknown section, preset or parameter, a value out of range, a folder that cannot be written.
        RunFailed: the section produced a value that is not a finite number, or broke.
    """
    entry = catalog.section(name)
    given = {key: value for key, value in parameters.items() if value is not None}
    params = entry.params.of(preset, given)
    folder = records_folder()
    asked = params.model_dump(mode="json")
    fingerprint = source.fingerprint(entry.module, params.data_digests())
    identity = recording.record_id(entry.system, entry.name, asked)
    target = folder / entry.system / f"{entry.name}-{identity}@{machine.describe()['slug']}.json"
    if not fresh and (known := _reusable(target, fingerprint, preset)):
        return known
    require_writable(target.parent)
    record, scratch = _measure(entry, params, preset, asked, identity, fingerprint)
    try:
        _store_artefacts(scratch, folder / entry.system / target.stem)
        record.save(folder)
    finally:
        shutil.rmtree(scratch.folder, ignore_errors=True)
    return record


class _Scratch:
    """The section's private folder and the files in it that are to stay."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="reflop-"))
        self.artefacts: dict[str, Path] = {}


def _reusable(target: Path, fingerprint: str, preset: str) -> Record | None:
    """The stored record if it is whole, done, of this code and of this preset."""
    try:
        known = recording.read(target)
    except BadFile:
        return None  # absent, damaged or of an older schema: measured again
    same = known.source == fingerprint and known.preset == preset and known.status == "done"
    return known if same else None


def _measure(
    entry: catalog.Section,
    params: Params,
    preset: str,
    asked: dict[str, Any],
    identity: str,
    fingerprint: str,
) -> tuple[Record, _Scratch]:
    scratch = _Scratch()
    start, began = datetime.now(UTC), time.monotonic()
    status, reason = "done", ""
    try:
        measured = entry.function()(params, scratch.folder).checked(f"{entry.system}.{entry.name}")
    except Unavailable as missing:
        measured, status, reason = Measured(metrics={}), "skipped", str(missing)
    except BaseException:
        shutil.rmtree(scratch.folder, ignore_errors=True)
        raise
    scratch.artefacts = measured.artefacts
    provenance = {
        **machine.commit(),
        "machine": machine.describe(),
        "command": _command(entry, preset, params),
        "start": start.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began, 3),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "seeds": [params.seed],
        "data": params.data_digests(),
        "energy_j": None,
    }
    record = Record(
        schema=SCHEMA,
        id=identity,
        system=entry.system,
        section=entry.name,
        preset=preset,
        status=status,
        reason=reason,  # type: ignore[arg-type]
        params=asked,
        metrics=measured.metrics,
        rows=measured.rows,
        nature=measured.nature,
        scale="paper" if preset == "paper" else "reduced",
        source=fingerprint,
        artefacts={key: sha256(path) for key, path in measured.artefacts.items()},
        provenance=provenance,
    )
    return record.sealed(), scratch


def _store_artefacts(scratch: _Scratch, folder: Path) -> None:
    """Move the section's artefacts beside the record, whole or not at all."""
    if not scratch.artefacts:
        return
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:40]}-"))
    for name, path in scratch.artefacts.items():
        shutil.copyfile(path, staging / f"{name}{path.suffix}")
    shutil.rmtree(folder, ignore_errors=True)
    staging.rename(folder)


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


def keep(record: Record) -> Path:
    """Promote a record, and its artefacts, to `results/` and `artefacts/` of the checkout; returns the file.

    Raises:
        BadFile: an artefact is missing or is not the one that was measured.
    """
    root, stem = project_root(), Path(record.file_name).with_suffix("")
    for name, digest in record.artefacts.items():
        found = sorted((records_folder() / stem).glob(f"{name}.*"))
        if len(found) != 1 or sha256(found[0]) != digest:
            raise BadFile(
                what=f"artefact {name} of {record.name}",
                expected=digest[:12],
                found="another or none",
                then=f"{record.provenance['command']} --fresh",
            )
    if record.artefacts:
        shutil.copytree(records_folder() / stem, root / "artefacts" / stem, dirs_exist_ok=True)
    return record.save(root / "results")


def failed(name: str, error: BaseException) -> RunFailed:
    """The one-line report of a section that broke with an error of its own."""
    kind = type(error).__name__
    return RunFailed(what=f"{name} failed", found=f"{kind}: {error}", then=f"reflop --debug run {name}")


__all__ = ["failed", "keep", "records", "run"]
