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


@dataclass(frozen=True)
class Measured:
    """What a section function returns.

    `rows` are flat mappings for curves and tables; a column with an interval is `x, x_low, x_high, x_n`.
    `artefacts` maps a name to a file in the section's scratch folder. `nature` says how the values came about.
    """

    metrics: dict[str, Metric]
    rows: list[dict[str, Any]] = field(default_factory=list)
    artefacts: dict[str, Path] = field(default_factory=dict)
    nature: Nature = "measured"

    def checked(self, section: str) -> Measured:
        """Itself, if every number is finite and inside its interval.

        Raises:
            RunFailed: naming the metric or column that is not.
        """
        for name, metric in self.metrics.items():
            for number in (metric.value, metric.low, metric.high):
                if not math.isfinite(number):
                    raise RunFailed(
                        what=f"{section}: metric {name}", expected="a finite number", found=str(number)
                    )
            if not metric.low <= metric.value <= metric.high:
                found = f"{metric.value} outside [{metric.low}, {metric.high}]"
                raise RunFailed(
                    what=f"{section}: metric {name}", expected="a value inside its interval", found=found
                )
        for row in self.rows:
            for column, cell in row.items():
                if isinstance(cell, float) and not math.isfinite(cell):
                    raise RunFailed(
                        what=f"{section}: column {column}", expected="finite numbers", found=str(cell)
                    )
        return self


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
        return f"{self.system}/{self.section}-{self.id}@{self.machine}.json"

    def sealed(self) -> Record:
        """Itself with the digest of its content."""
        return replace(self, digest=_digest(self))

    def save(self, folder: Path) -> Path:
        """Write the record below `folder`, atomically; returns the file."""
        path = folder / self.file_name
        write_atomic(path, canonical(_RECORD.dump_python(self, mode="json")) + "\n")
        return path

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """What a notebook shows and the book looks up: one line of text, and which record this is."""
        line = f"{self.name} ({self.preset}) {self.status}"
        told = (
            f": {self.reason}" if self.reason else f" in {self.provenance['seconds']:.1f} s on {self.machine}"
        )
        return {"text/plain": line + told, RECORD_MIME: {"name": self.name, "file": self.file_name}}


RECORD_MIME = "application/vnd.reflop.record+json"
_RECORD = TypeAdapter(Record)


def record_id(system: str, section: str, params: dict[str, Any]) -> str:
    """Twelve hex digits of what was asked: schema, system, section, parameters."""
    asked = canonical({"schema": SCHEMA, "system": system, "section": section, "params": params})
    return hashlib.sha256(asked.encode()).hexdigest()[:12]


def _digest(record: Record) -> str:
    content = _RECORD.dump_python(replace(record, digest=""), mode="json")
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def read(path: Path) -> Record:
    """Read and check one record file.

    Raises:
        BadFile: not a record, another schema, an id that does not follow from what was asked, content that was
            changed after it was written, or a file under another record's name.
    """
    content = read_json(path)
    again = "reflop run, then reflop keep"
    found = content.get("schema") if isinstance(content, dict) else type(content).__name__
    if found != SCHEMA or isinstance(found, bool):
        raise BadFile(
            what=str(path), expected=f"a record of schema {SCHEMA}", found=str(found)[:60], then=again
        )
    try:
        record = _RECORD.validate_json(canonical(content))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BadFile(what=f"{path}: {where[:80]}", expected=first["msg"], then=again) from None
    try:
        for part in (record.system, record.section, record.machine):
            checked_name(part)
    except (KeyError, TypeError, ValueError):
        raise BadFile(
            what=str(path), expected="plain system, section and machine names", then=again
        ) from None
    if record.id != record_id(record.system, record.section, record.params):
        raise BadFile(what=str(path), expected="the id of its parameters", found=record.id[:20], then=again)
    if record.digest != _digest(record):
        raise BadFile(
            what=str(path), expected="the content that was measured", found="edited content", then=again
        )
    if path.name != Path(record.file_name).name:
        raise BadFile(
            what=str(path), expected=f"the name {record.file_name}", found=path.name[:80], then=again
        )
    return record


def read_all(folder: Path, name: str = "") -> list[Record]:
    """All records below `folder`, of one section (`system.section`) or of all, oldest first.

    Raises:
        BadFile: for the first that cannot be trusted.
    """
    system, _, section = name.partition(".")
    pattern = f"{system}/{section}-*.json" if name else "*/*.json"
    found = [read(path) for path in sorted(folder.glob(pattern))]
    return sorted((r for r in found if not name or r.name == name), key=lambda r: str(r.provenance["start"]))
