"""What the sources published, and the verdict on each number, computed from the records."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from reflop import catalog
from reflop import record as recording
from reflop.errors import BadFile, BadParams
from reflop.files import canonical, project_root, read_text, records_folder
from reflop.record import STRICT, Metric, Record

LIMIT_BYTES = 2**20
Outcome = Literal["reproduced", "partly", "not reproduced", "not comparable", "not run"]


@dataclass(frozen=True)
class Published:
    """One number of a source, with what it was measured on and how near ours must come."""

    section: str  # of this system, or `system.section`
    metric: str  # of that section's record
    claim: str  # the sentence that the number supports
    value: float
    unit: str
    tolerance: float
    tolerance_kind: Literal["relative", "absolute"]
    source: str  # table, figure or file
    hardware: str = "any"  # "any", "cpu", "gpu", or words of a machine's name such as "tesla p100"
    software: str = ""
    precision: str = ""
    scale: Literal["any", "paper"] = "paper"
    direction: Literal["equal", "at least", "at most"] = "equal"
    neutral: float | None = None  # the value that would mean "no effect", such as 1 for a speed-up

    __pydantic_config__ = STRICT

    @property
    def slack(self) -> float:
        """The tolerance in the metric's unit."""
        return self.tolerance * (abs(self.value) if self.tolerance_kind == "relative" else 1)


@dataclass(frozen=True)
class Source:
    """A system's `published.toml`: its numbers, and the settings of its sections as the source states them."""

    published: list[Published] = field(default_factory=list)
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)  # section -> parameter -> value

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Verdict:
    """A published number beside ours."""

    row: Published
    record: Record | None
    verdict: Outcome
    why: str = ""

    @property
    def ours(self) -> Metric | None:
        """Our value with its interval, where there is one in the published unit."""
        found = self.record.metrics.get(self.row.metric) if self.record else None
        return found if found and found.unit == self.row.unit else None

    @property
    def difference(self) -> float | None:
        """Ours minus published, in the unit of both."""
        return self.ours.value - self.row.value if self.ours else None

    def as_row(self) -> dict[str, Any]:
        """Plain values for a table."""
        row, ours = self.row, self.ours
        return {
            "section": row.section, "claim": row.claim, "source": row.source, "published": row.value,
            "ours": ours and ours.value, "low": ours and ours.low, "high": ours and ours.high,
            "unit": row.unit, "difference": self.difference, "verdict": self.verdict, "why": self.why,
            "record": self.record and f"{self.record.id}@{self.record.machine}",
        }  # fmt: skip


@dataclass(frozen=True)
class Verification:
    """What `reflop verify` found: verdicts, what disagrees, and which sections never ran at the preset."""

    verdicts: list[Verdict]
    disagreements: list[str]
    never_run: list[str]

    @property
    def exit_code(self) -> int:
        """4 for a disagreement, else 3 if a section never ran, else 0."""
        return 4 if self.disagreements else 3 if self.never_run else 0


_SOURCE = TypeAdapter(Source)


def source(system: str) -> Source:
    """The content of a system's `published.toml`; empty where the system has none yet.

    Raises:
        BadFile: not such a file, a row with a missing or unknown key, a section that does not exist.
    """
    catalog.system(system)
    path = Path(__file__).parent / "systems" / system / "published.toml"
    if not path.exists():
        return Source()
    try:
        content = tomllib.loads(read_text(path, LIMIT_BYTES))
        for row in content.get("published", []):
            row["section"] = f"{system}.{row['section'].removeprefix(f'{system}.')}"
            catalog.section(row["section"])
        return _SOURCE.validate_json(canonical(content))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BadFile(what=" ".join([str(path), where]), expected=first["msg"]) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadFile(what=str(path), expected="rows of published numbers", found=str(error)) from None


def load(system: str) -> list[Published]:
    """The published numbers of a system, each with its section's full name; see `source` for what is refused."""
    return source(system).published


def verdicts(records: Iterable[Record], rows: Iterable[Published] | None = None) -> list[Verdict]:
    """One verdict for each published number (`rows`, by default of every system), in the order of the rows.

    Records of the smoke preset show that code runs, not what it measures, and are left out. Of several
    records the newest comparable one counts.
    """
    if rows is None:
        rows = [row for system in catalog.SYSTEMS for row in load(system)]
    newest = sorted(
        (record for record in records if record.preset != "smoke"),
        key=lambda record: str(record.provenance["start"]),
        reverse=True,
    )
    return [_verdict(row, [record for record in newest if record.name == row.section]) for row in rows]


def verify(preset: str = "book") -> Verification:
    """Hold every local and kept record against its own digest and against the published values."""
    records, damaged = [], []
    for folder in (records_folder(), project_root() / "results"):
        for path in sorted(folder.glob("*/*.json")):
            try:
                records.append(recording.read(path))
            except BadFile as error:
                damaged.append(str(error))
    found = verdicts(records)
    ran = {record.name for record in records if record.preset == preset}
    wanted = [name for name, entry in catalog.sections().items() if preset in entry.params.presets()]
    contradicted = [
        f"{v.row.section} {v.row.metric}: {v.why}" for v in found if v.verdict == "not reproduced"
    ]
    return Verification(found, damaged + contradicted, [name for name in wanted if name not in ran])


def _verdict(row: Published, records: list[Record]) -> Verdict:
    """The verdict of one row from the records of its section, newest first."""
    done = [record for record in records if record.status == "done"]
    if not done:
        skipped = records[0] if records else None
        return Verdict(row, skipped, "not run", skipped.reason if skipped else "")
    differing = [(record, _incomparable(row, record)) for record in done]
    for record, why in differing:
        if not why:
            return _judge(row, record)
    return Verdict(row, done[0], "not comparable", differing[0][1])


def _incomparable(row: Published, record: Record) -> str:
    """Why a record's value may not be held against the published one; empty if it may."""
    if _was_changed(record):
        return "parameters other than the preset's"
    if row.scale == "paper" and record.scale != "paper":
        return "smaller than the source's set-up"
    if not _same_hardware(row.hardware, record):
        return f"published for {row.hardware}"
    metric = record.metrics.get(row.metric)
    if metric is None:
        return f"the record has no metric {row.metric}"
    return "" if metric.unit == row.unit else f"ours is in {metric.unit or 'no unit'}"


def _was_changed(record: Record) -> bool:
    """Whether the record was asked for with parameters of one's own; another seed or device is none."""
    try:
        usual = catalog.section(record.name).params.of(record.preset).model_dump(mode="json")
    except BadParams:  # the section or its preset has gone since
        return True
    return any(
        record.params.get(key) != usual.get(key) for key in {*usual, *record.params} - {"seed", "device"}
    )


def _same_hardware(hardware: str, record: Record) -> bool:
    """Whether the section ran on the class of hardware that the number was published for."""
    if hardware == "any":
        return True
    device = "gpu" if str(record.params.get("device", "cpu")).startswith("cuda") else "cpu"
    if hardware in {"cpu", "gpu"}:
        return hardware == device
    words = re.sub(r"[^a-z0-9]+", "-", hardware.lower()).strip("-")
    return f"-{words}-" in f"-{record.machine}-"


def _judge(row: Published, record: Record) -> Verdict:
    """The rule: reproduced if our interval meets the value within its tolerance, partly if the effect has its sign."""
    ours = record.metrics[row.metric]
    low = float("-inf") if row.direction == "at most" else row.value - row.slack
    high = float("inf") if row.direction == "at least" else row.value + row.slack
    if ours.low <= high and ours.high >= low:
        return Verdict(row, record, "reproduced")
    told = f"{ours.value:.4g} [{ours.low:.4g}, {ours.high:.4g}] against {row.direction} {row.value:g}"
    why = f"{told} +- {row.slack:.3g} {row.unit}".strip()
    if row.neutral is not None and (
        ours.low > row.neutral if row.value > row.neutral else ours.high < row.neutral
    ):
        return Verdict(row, record, "partly", why)
    return Verdict(row, record, "not reproduced", why)
