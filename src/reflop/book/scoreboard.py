"""The scoreboard: one row per record, never a ranking across scales or natures; every cell is a record's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from reflop.book import escape, runbox, table, words
from reflop.book.folder import Folder
from reflop.record import Metric, Record

PRESETS = ("book", "long", "paper")
SETUP = (
    "engine",
    "model",
    "precision",
    "batch_size",
)  # parameters that name a set-up, where a section has them
# Key of the metric: heading, and whether larger is better.
KEYS = {
    "accuracy": ("Accuracy", True),
    "throughput": ("Throughput", True),
    "latency_p50_ms": ("Latency p50", False),
    "latency_p90_ms": ("Latency p90", False),
    "latency_p99_ms": ("Latency p99", False),
    "macs": ("MACs", False),
    "params": ("Parameters", False),
    "size_bytes": ("Size", False),
    "train_s": ("Training", False),
    "energy_j": ("Energy", False),
}
EMPTY = (
    "No record of preset book, long or paper holds a score yet. Records of the smoke preset show that the code "
    "runs; they are never ranked."
)


def eligible(records: Sequence[Record]) -> list[Record]:
    """The records that take part: done, of a preset that counts, holding at least one score."""
    return [
        r for r in records if r.status == "done" and r.preset in PRESETS and KEYS.keys() & r.metrics.keys()
    ]


def stage(folder: Folder, records: Sequence[Record]) -> None:
    """Write `scoreboard.md` and `csv/scoreboard.csv`."""
    rows = eligible(records)
    folder.write("csv/scoreboard.csv", table.csv_text(map(numbers, rows)))
    groups = sorted({(r.scale, r.nature) for r in rows}, key=lambda pair: (pair[0] != "paper", pair[1]))
    parts = [
        f"## {escape.myst(scale).capitalize()} scale, {escape.myst(nature)}\n\n"
        + _group(folder, [r for r in rows if (r.scale, r.nature) == (scale, nature)])
        for scale, nature in groups
    ]
    folder.write("scoreboard.md", "\n\n".join(parts or [EMPTY]) + "\n")


def numbers(record: Record) -> dict[str, Any]:
    """One row of the CSV file, every number as the record holds it."""
    head = {
        name: getattr(record, name)
        for name in ("system", "section", "preset", "scale", "nature", "machine", "id")
    }
    told = {
        f"{key}_{part}": value
        for key in KEYS
        if key in record.metrics
        for part, value in asdict(record.metrics[key]).items()
    }
    setup = {name: record.params[name] for name in SETUP if name in record.params}
    commit = {name: record.provenance[name] for name in ("commit", "dirty")}
    return {**head, **setup, **told, **commit}


def _group(folder: Folder, records: list[Record]) -> str:
    """One ranking as a Markdown table: best first by the first score that any row holds."""
    keys = [key for key in KEYS if any(key in r.metrics for r in records)]
    setups = [name for name in SETUP if any(name in r.params for r in records)]
    ranked = sorted(records, key=lambda r: _order(r, keys))
    units = {key: {r.metrics[key].unit for r in records if key in r.metrics} for key in keys}
    header = [
        "Section",
        *(name.replace("_", " ").capitalize() for name in setups),
        *(_heading(k, units[k]) for k in keys),
    ]
    rows = [
        [
            escape.myst(r.name),
            *(escape.myst(words.value(r.params[name])) if name in r.params else "" for name in setups),
            *(_cell(r, key, ranked, unit=len(units[key]) > 1) for key in keys),
            escape.myst(r.preset), escape.myst(words.machine(r)), runbox.link(folder, r), escape.myst(words.commit(r)),
        ]
        for r in ranked
    ]  # fmt: skip
    return table.markdown([*header, "Preset", "Machine", "Record", "Commit"], rows, kind="sortable")


def _order(record: Record, keys: list[str]) -> tuple[Any, ...]:
    """Sorting key: best of the first score first, rows without it last."""
    return tuple(
        (key not in record.metrics, _signed(record.metrics[key], key) if key in record.metrics else 0.0) for key in keys
    )  # fmt: skip


def _signed(metric: Metric, key: str) -> float:
    return -metric.value if KEYS[key][1] else metric.value


def _heading(key: str, units: set[str]) -> str:
    unit = next(iter(units)) if len(units) == 1 else ""
    return f"{KEYS[key][0]}{f' ({escape.myst(unit)})' if unit else ''}"


def _cell(record: Record, key: str, rivals: list[Record], *, unit: bool) -> str:
    """A score with its interval and n; in bold when no rival of the same section is better beyond the intervals."""
    if key not in record.metrics:
        return "not run"
    metric = record.metrics[key]
    same = [r.metrics[key] for r in rivals if r.name == record.name and key in r.metrics]
    text = escape.myst(words.metric(metric, unit))
    text = f"**{text}**" if len(same) > 1 and _best(metric, same, larger=KEYS[key][1]) else text
    return f"{text} [n {metric.n}]{{.n}}" if metric.n > 1 else text


def _best(metric: Metric, rivals: list[Metric], *, larger: bool) -> bool:
    """Whether the interval reaches that of the best: a tie counts as best."""
    if larger:
        return metric.high >= max(rivals, key=lambda m: m.value).low
    return metric.low <= min(rivals, key=lambda m: m.value).high
