"""Finding records by id, file or section, and promoting them to the folder that is kept."""

from __future__ import annotations

import re
from pathlib import Path

from reflop import catalog
from reflop import record as recording
from reflop.errors import BadFile, BadParams
from reflop.files import locked, parse_json, project_root, read_text, records_folder, replace_folder, sha256
from reflop.record import Record

LINES_LIMIT_BYTES = 64 * 2**20
ARTEFACT_LIMIT_BYTES = 5 * 10**6
ARTEFACT_KINDS = {".json", ".npz", ".safetensors"}  # nothing that can hold code


def find(name: str, *, kept: bool = False) -> list[Record]:
    """The records that `name` stands for: a file, the first digits of an id, or a section (its newest record).

    A file is one record (`.json`) or one record per line (`.jsonl`, as another machine sends them). Ids and
    sections are looked up among the local records, and with `kept` among those in `results/` too.

    Raises:
        BadParams: nothing, or several different records, by that name.
        BadFile: a record that was damaged or edited.
    """
    path = Path(name)
    if path.suffix in {".json", ".jsonl"}:
        return [recording.read(path)] if path.suffix == ".json" else read_lines(path)
    folders = [records_folder(), *([project_root() / "results"] if kept else [])]
    if "." in name:
        catalog.section(name)
        found = [record for folder in folders for record in recording.read_all(folder, name)[-1:]][:1]
    else:
        found = _by_id(name, folders)
    if not found:
        then = f"reflop run {name}" if "." in name else "reflop run"
        raise BadParams(what=f"record {name[:60]}", expected="one that was measured here", then=then)
    return found


def one(name: str) -> Record:
    """The one record, local or kept, that `name` stands for; see `find`.

    Raises:
        BadParams: none, or a file that holds several.
    """
    found = find(name, kept=True)
    if len(found) > 1:
        raise BadParams(what=f"record {name[:60]}", expected="one", found=f"{len(found)}, {_listed(found)}")
    return found[0]


def read_lines(path: Path) -> list[Record]:
    """The records of a file that holds one per line, each checked like a record file.

    Raises:
        BadFile: naming the first line that cannot be trusted, or a file over 64 MiB.
    """
    lines = read_text(path, LINES_LIMIT_BYTES).splitlines()
    found = [
        recording.checked(parse_json(line, f"{path} line {number}"), f"{path} line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not found:
        raise BadFile(what=str(path), expected="one record per line", found="none")
    return found


def keep(record: Record) -> Path:
    """Promote a record, and its artefacts, to `results/` and `artefacts/` of the checkout; returns the file.

    Raises:
        BadParams: a smoke or skipped record, which shows that code runs but measures nothing worth keeping.
        BadFile: content that was changed, or an artefact that is missing, too large or not the one measured.
    """
    if record.preset == "smoke" or record.status != "done":
        found = f"a {record.preset} record, {record.status}"
        raise BadParams(what=record.name, expected="a finished run of a larger preset", found=found)
    if record != record.sealed():
        raise BadFile(what=record.name, expected="the content that was measured", found="edited content")
    root, stem = project_root(), Path(record.file_name).with_suffix("")
    artefacts = [_artefact(record, name, records_folder() / stem) for name in record.artefacts]
    path = record.save(root / "results")
    if artefacts:
        target = root / "artefacts" / stem
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target.parent):
            replace_folder(target, {file.name: file for file in artefacts})
    return path


def _by_id(prefix: str, folders: list[Path]) -> list[Record]:
    """The record whose `id@machine` begins with `prefix`, at least four digits of it."""
    if not re.fullmatch(r"[0-9a-f]{4,12}(@[a-z0-9-]*)?", prefix):
        raise BadParams(
            what="record", expected="4 to 12 digits of an id, a file or a section", found=repr(prefix[:60])
        )
    paths = [path for folder in folders for path in sorted(folder.glob(f"*/*-{prefix}*.json"))]
    found = {r.digest: r for r in map(recording.read, paths) if f"{r.id}@{r.machine}".startswith(prefix)}
    if len({(record.id, record.machine) for record in found.values()}) > 1:
        raise BadParams(what=f"record {prefix}", expected="one", found=_listed(list(found.values())))
    return list(found.values())[:1]


def _listed(records: list[Record]) -> str:
    return ", ".join(f"{record.name} {record.id}@{record.machine}" for record in records[:5])


def _artefact(record: Record, name: str, folder: Path) -> Path:
    """The file of one artefact, checked to be the one that was measured."""
    what, again = f"artefact {name} of {record.name}", f"{record.provenance['command']} --fresh"
    found = sorted(folder.glob(f"{name}.*"))
    if len(found) != 1 or sha256(found[0]) != record.artefacts[name]:
        raise BadFile(what=what, expected=record.artefacts[name][:12], found="another or none", then=again)
    size = found[0].stat().st_size
    if size > ARTEFACT_LIMIT_BYTES or found[0].suffix not in ARTEFACT_KINDS:
        expected = f"{', '.join(sorted(ARTEFACT_KINDS))} of at most {ARTEFACT_LIMIT_BYTES:,} bytes"
        raise BadFile(what=what, expected=expected, found=f"{found[0].suffix} of {size:,}")
    return found[0]
