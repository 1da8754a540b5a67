"""What a section measured, and the file that keeps it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from reflop.errors import BadFile, RunFailed
from reflop.files import canonical, checked_name, read_json, write_atomic

SCHEMA = 1
PROVENANCE = ("command", "machine", "seconds", "start")  # what every reader of a record relies on
Nature = Literal["measured", "simulated", "modelled"]
Scale = Literal["paper", "reduced"]
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Metric:
    """A value with its unit and the 95 % interval that `n` repeats support."""

    value: float
    unit: str  # "images/s", "ms", "%", "MAC", "J", "" for a pure number
    low: float
    high: float
    n: int

    __pydantic_config__ = STRICT

    @classmethod
    def exact(cls, value: float, unit: str) -> Metric:
        """A count or a size: nothing to repeat, no interval.

        >>> Metric.exact(3, "MAC")
        Metric(value=3, unit='MAC', low=3, high=3, n=1)
        """
        return cls(value, unit, value, value, 1)

    def columns(self, name: str) -> dict[str, float | int]:
        """The columns of a row that hold this value with its interval.

        >>> Metric(2.0, "s", 1.5, 2.5, 7).columns("seconds")
        {'seconds': 2.0, 'seconds_low': 1.5, 'seconds_high': 2.5, 'seconds_n': 7}
        """
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high, f"{name}_n": self.n}


@dataclass(frozen=True)
class Measured:
    """What a section function returns.

    `rows` are flat mappings for curves and tables; a column with an interval is `x, x_low, x_high, x_n`.
    `artefacts` maps a name to a file in the section's scratch folder. `nature` says how the values arose.
    """

    metrics: dict[str, Metric]
    rows: list[dict[str, Any]] = field(default_factory=list)
    artefacts: dict[str, Path] = field(default_factory=dict)
    nature: Nature = "measured"

    def checked(self, section: str) -> Measured:
        """Itself, if it holds anything, every number is finite and every value inside its interval.

        Raises:
            RunFailed: naming the metric or column that is not.
        """
        if not (self.metrics or self.rows):
            raise RunFailed(what=section, expected="a metric or a row", found="none")
        for name, metric in self.metrics.items():
            _require_sound(f"{section}: metric {name}", metric)
        for row in self.rows:
            for column, cell in row.items():
                if isinstance(cell, float) and not math.isfinite(cell):
                    raise RunFailed(
                        what=f"{section}: column {column}", expected="finite numbers", found=str(cell)
                    )
        for name in self.artefacts:
            checked_name(name, f"{section}: artefact")
        return self


def _require_sound(what: str, metric: Metric) -> None:
    """Refuse a metric that is not finite, lies outside its interval or rests on no measurement."""
    for number in (metric.value, metric.low, metric.high):
        if not math.isfinite(number):
            raise RunFailed(what=what, expected="a finite number", found=str(number))
    if not metric.low <= metric.value <= metric.high:
        found = f"{metric.value} outside [{metric.low}, {metric.high}]"
        raise RunFailed(what=what, expected="a value inside its interval", found=found)
    if metric.n < 1:
        raise RunFailed(what=what, expected="at least one measurement", found=str(metric.n))


@dataclass(frozen=True)
class Record:
    """One section, run once on one machine: what was asked, what came out, and where it came from."""

    schema: int
    id: str
    system: str
    section: str
    preset: str
    status: Literal["done", "skipped"]
    reason: str
    params: dict[str, Any]
    metrics: dict[str, Metric]
    rows: list[dict[str, Any]]
    nature: Nature
    scale: Scale
    source: str  # SHA-256 of the section's import closure
    artefacts: dict[str, str]  # name -> SHA-256
    provenance: dict[str, Any]
    digest: str = ""  # SHA-256 of everything above

    __pydantic_config__ = STRICT

    @property
    def name(self) -> str:
        """`system.section`, as the command line says it."""
        return f"{self.system}.{self.section}"

    @property
    def machine(self) -> str:
        """The slug of the machine that ran it."""
        return str(self.provenance["machine"]["slug"])

    @property
    def file_name(self) -> str:
        """The path of the record below a records folder."""
        return file_name(self.system, self.section, self.id, self.machine)

    def sealed(self) -> Record:
        """Itself as its file will give it back (tuples as lists, whole numbers as floats), with its digest.

        Raises:
            RunFailed: a value that JSON cannot hold, such as an array or another library's number.
        """
        try:
            plain = _RECORD.validate_json(canonical(_RECORD.dump_python(self, mode="json")))
            return replace(plain, digest=_digest(plain))
        except ValueError as error:
            raise RunFailed(
                what=self.name, expected="plain numbers and text", found=str(error)[:200]
            ) from None

    def save(self, folder: Path) -> Path:
        """Write the record below `folder`, atomically; returns the file."""
        path = folder / self.file_name
        write_atomic(path, canonical(_RECORD.dump_python(self, mode="json")) + "\n")
        return path

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """What a notebook shows and the book looks up: one line of text, and which record this is."""
        line = f"{self.name} ({self.preset}) {self.status}"
        told = (
            f": {self.reason}" if self.reason else f" in {self.provenance['seconds']:.1f} s on {self.machine}"
        )
        return {"text/plain": line + told, RECORD_MIME: {"name": self.name, "file": self.file_name}}


RECORD_MIME = "application/vnd.reflop.record+json"
_RECORD = TypeAdapter(Record)


def record_id(system: str, section: str, params: dict[str, Any], data: dict[str, str] | None = None) -> str:
    """Twelve hex digits of what was asked: schema, system, section, parameters, digests of the data (name -> SHA-256).

    So two folders given under one name make two records.
    """
    asked = {"schema": SCHEMA, "system": system, "section": section, "params": params}
    return hashlib.sha256(canonical(asked | ({"data": data} if data else {})).encode()).hexdigest()[:12]


def file_name(system: str, section: str, identity: str, machine: str) -> str:
    """Where a record lies below a records folder; a second machine adds a file, it never replaces one."""
    return f"{system}/{section}-{identity}@{machine}.json"


def _digest(record: Record) -> str:
    content = _RECORD.dump_python(replace(record, digest=""), mode="json")
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def read(path: Path) -> Record:
    """Read and check one record file.

    Raises:
        BadFile: not a record, another schema, an id that does not follow from what was asked, content that
            was changed after it was written, or a file under another record's name.
    """
    record = checked(read_json(path), str(path))
    if path.name != Path(record.file_name).name:
        raise _bad(str(path), f"the name {record.file_name}", path.name[:80])
    return record


def checked(content: object, what: str) -> Record:
    """The record that parsed JSON holds; `what` names it in errors. See `read` for what is refused."""
    schema = content.get("schema") if isinstance(content, dict) else type(content).__name__
    if schema != SCHEMA or isinstance(schema, bool):
        raise _bad(what, f"a record of schema {SCHEMA}", str(schema)[:60])
    try:
        record = _RECORD.validate_json(canonical(content))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))[:80]
        raise _bad(" ".join([what, where]), first["msg"]) from None
    try:
        for part in (record.system, record.section, record.machine, *record.artefacts):
            checked_name(part)
    except (KeyError, TypeError, ValueError):
        raise _bad(what, "plain names of system, section, machine and artefacts") from None
    if missing := [key for key in PROVENANCE if key not in record.provenance]:
        raise _bad(what, f"provenance with {missing[0]}")
    if record.id != record_id(record.system, record.section, record.params, record.provenance.get("data")):
        raise _bad(what, "the id of its parameters", record.id[:20])
    if record.digest != _digest(record):
        raise _bad(what, "the content that was measured", "edited content")
    return record


def _bad(what: str, expected: str, found: str = "") -> BadFile:
    return BadFile(what=what, expected=expected, found=found, then="remove it, then reflop run")


def read_all(folder: Path, name: str = "") -> list[Record]:
    """All records below `folder`, of one section (`system.section`) or of all, oldest first.

    Raises:
        BadFile: for the first that cannot be trusted.
    """
    system, _, section = name.partition(".")
    pattern = f"{system}/{section}-*.json" if name else "*/*.json"
    found = [read(path) for path in sorted(folder.glob(pattern))]
    return sorted((r for r in found if not name or r.name == name), key=lambda r: str(r.provenance["start"]))
